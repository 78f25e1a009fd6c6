"""PostgreSQL's text of a value as the value pglogical's JSON would have held.

test_decoding and pgoutput give text; what comes after capture knows one form only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

Literal = Callable[[str], Any]
_json = json.JSONDecoder(parse_float=Decimal, strict=False).decode
_WHOLE = re.compile(r"-?\d+")
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?", re.IGNORECASE)
_BOUNDS = re.compile(r"(?:\[-?\d+:-?\d+\])+=")


def number(text: str) -> int | Decimal | str:
    """A number in its digits; ``NaN`` and ``Infinity`` stay words."""
    if _WHOLE.fullmatch(text):
        return int(text)
    return Decimal(text) if _NUMBER.fullmatch(text) else text


def boolean(text: str) -> bool:
    return text in ("t", "true")


def moment(text: str) -> str:
    """``2026-11-21 12:00:00.5+00`` in ISO 8601, ``2026-11-21T12:00:00.5+00:00``."""
    if text.endswith("infinity"):
        return text
    body, era, _ = text.partition(" BC")
    body = body.replace(" ", "T", 1)
    return f"{f'{body}:00' if body[-3:-2] in '+-' and 'T' in body else body}{era}"


def json_value(text: str) -> Any:
    return _json(text.strip())


def array_of(element: Literal | None, delimiter: str = ",") -> Literal:
    """The function from an array's text to a list, nested for several dimensions."""

    def parse(text: str) -> list[Any]:
        bounds = _BOUNDS.match(text)
        found, _ = _array(text, bounds.end() if bounds else 0, element, delimiter)
        return found

    return parse


def _array(text: str, at: int, element: Literal | None, delimiter: str) -> tuple[list[Any], int]:
    found: list[Any] = []
    item: Any
    at += 1
    while text[at] != "}":
        if text[at] == "{":
            item, at = _array(text, at, element, delimiter)
        else:
            quoted = text[at] == '"'
            raw, at = _item(text, at, delimiter + "}")
            item = (
                None if raw == "NULL" and not quoted else raw if element is None else element(raw)
            )
        found.append(item)
        if text[at] == delimiter:
            at += 1
    return found, at + 1


def record_of(fields: Sequence[tuple[str, Literal | None]]) -> Literal:
    """The function from a composite value's text to a dict by attribute."""

    def parse(text: str) -> dict[str, Any]:
        found: dict[str, Any] = {}
        at = 1
        for name, literal in fields:
            raw, end = _item(text, at, ",)", doubled=True)
            found[name] = None if end == at else raw if literal is None else literal(raw)
            at = end + 1
        return found

    return parse


def _item(text: str, at: int, ends: str, *, doubled: bool = False) -> tuple[str, int]:
    """An element, quoted or not, and the position behind it."""
    parts: list[str] = []
    inside = False
    while inside or text[at] not in ends:
        character = text[at]
        if character == "\\":
            at += 1
            parts.append(text[at])
        elif character == '"' and inside and doubled and text[at + 1] == '"':
            at += 1
            parts.append('"')
        elif character == '"':
            inside = not inside
        else:
            parts.append(character)
        at += 1
    return "".join(parts), at
