"""Filters and pages of the describe calls."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from lab.aws.errors import invalid_value

Record = TypeVar("Record")
#: filter name -> the values of a record it is held against
Selectors = Mapping[str, Callable[[Any], Iterable[str]]]

PAGE = 100
SMALLEST_PAGE = 20


def select(
    records: Iterable[Record], filters: list[dict[str, Any]] | None, selectors: Selectors
) -> list[Record]:
    """Records that match every filter; a filter matches when one of its values does."""
    chosen = list(records)
    for one in filters or []:
        selector = selectors.get(one["Name"])
        if selector is None:
            raise invalid_value(
                f"Unrecognized filter name {one['Name']!r}; valid are {', '.join(selectors)}"
            )
        wanted = set(one["Values"])
        chosen = [record for record in chosen if wanted & set(selector(record))]
    return chosen


def page(
    records: Sequence[Record], parameters: Mapping[str, Any], *, largest: int = PAGE
) -> tuple[Sequence[Record], str | None]:
    """The page after ``Marker`` with at most ``MaxRecords`` records, and the marker of the next
    one.
    """
    size = parameters.get("MaxRecords", PAGE)
    if not SMALLEST_PAGE <= size <= largest:
        raise invalid_value(
            f"MaxRecords is {size}; it must be between {SMALLEST_PAGE} and {largest}"
        )
    start = _offset(parameters.get("Marker"))
    following = start + size
    return records[start:following], _marker(following) if following < len(records) else None


def _marker(offset: int) -> str:
    return base64.urlsafe_b64encode(f"from {offset}".encode()).decode()


def _offset(marker: str | None) -> int:
    if not marker:
        return 0
    try:
        return int(base64.urlsafe_b64decode(marker.encode()).decode().removeprefix("from "))
    except (binascii.Error, ValueError):
        raise invalid_value(f"The marker {marker!r} was not given out by this service") from None
