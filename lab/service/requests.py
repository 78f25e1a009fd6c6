"""The body of a request to change a header."""

from __future__ import annotations

import json

HEADER_LIMIT = 255
_INT8 = range(-(2**63), 2**63)


class BadRequestError(Exception):
    """The request is refused; the text tells the caller why."""


def parse_header_change(body: bytes, path_id: int) -> str:
    """The new header from ``{"id": 1, "flightSpecialHeader": "..."}``.

    Raises BadRequestError for a body that is not such an object, for another id than the path's and
    for a header that is not 1 to 255 characters of storable text.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise BadRequestError("the body is not JSON") from None
    if not isinstance(document, dict):
        raise BadRequestError("the body is not a JSON object")
    _check_id(document.get("id"), path_id)
    return _checked_header(document.get("flightSpecialHeader"))


def _check_id(body_id: object, path_id: int) -> None:
    if not isinstance(body_id, int) or isinstance(body_id, bool):
        raise BadRequestError("id must be a number")
    if body_id != path_id:
        raise BadRequestError(f"id is {body_id} in the body and {path_id} in the path")
    if body_id not in _INT8:
        raise BadRequestError(f"id {body_id} is out of range")


def _checked_header(header: object) -> str:
    if not isinstance(header, str):
        raise BadRequestError("flightSpecialHeader must be text")
    if not 1 <= len(header) <= HEADER_LIMIT:
        raise BadRequestError(
            f"flightSpecialHeader has {len(header)} characters; 1 to {HEADER_LIMIT} are allowed"
        )
    # PostgreSQL stores neither the character 0 nor half of a surrogate pair
    if "\0" in header or any("\ud800" <= character <= "\udfff" for character in header):
        raise BadRequestError("flightSpecialHeader contains a character that cannot be stored")
    return header
