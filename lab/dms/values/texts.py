"""Values of PostgreSQL's structured types as the texts DMS carries them in."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

_UNITS = {"year": "YEAR", "mon": "MONTH", "day": "DAY"}
_PART = re.compile(r"([+-]?\d+) (year|mon|day)s?")
_CLOCK = re.compile(r"([+-]?)(\d+):(\d\d):(\d\d(?:\.\d+)?)$")


class JsonNull:
    """JSON's own null in a column, which is not the NULL of a column without a value."""


JSON_NULL = JsonNull()


def json_text(value: Any) -> str:
    """A JSON value as PostgreSQL prints a jsonb: digits kept, ``, `` and ``: `` as separators."""
    if value is JSON_NULL:
        return "null"
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(f"{_quoted(key)}: {json_text(item)}" for key, item in value.items())
            + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(json_text(item) for item in value) + "]"
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    return str(value) if isinstance(value, int | Decimal) else _quoted(value)


def array_text(value: Any) -> str:
    """An array as PostgreSQL prints it: ``{1,NULL,"a b"}``."""
    if isinstance(value, list):
        return "{" + ",".join("NULL" if item is None else array_text(item) for item in value) + "}"
    text = _scalar(value)
    if (
        text
        and text.upper() != "NULL"
        and not any(character in text for character in '{},"\\ \t\r\n')
    ):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def moments_array_text(value: Any) -> str:
    """An array of timestamps, whose elements the stream writes with a ``T``."""
    return array_text(
        _mapped(value, lambda text: text.replace("T", " ", 1).replace("+00:00", "+00"))
    )


def composite_text(value: Any) -> Any:
    """A composite value as PostgreSQL prints it: ``(1,"a b",)``; a text is one already."""
    if not isinstance(value, Mapping):
        return value
    return "(" + ",".join("" if item is None else _field(item) for item in value.values()) + ")"


def hstore_text(value: Any) -> Any:
    """An hstore as PostgreSQL prints it: ``"a"=>"1", "b"=>NULL``; a text is one already."""
    if not isinstance(value, Mapping):
        return value
    return ", ".join(
        f"{_in_quotes(key)}=>{'NULL' if item is None else _in_quotes(item)}"
        for key, item in value.items()
    )


def interval_text(value: str) -> str:
    """``1 year 2 mons 04:05:06`` as DMS writes it: ``1 YEAR, 2 MONTHS, 4 HOURS, 5 MINUTES, 6
    SECONDS``.
    """
    parts = [_counted(number, _UNITS[unit]) for number, unit in _PART.findall(value)]
    if clock := _CLOCK.search(value):
        sign, *numbers = clock.groups()
        minus = "-" if sign == "-" else ""
        for number, unit in zip(numbers, ("HOUR", "MINUTE", "SECOND"), strict=True):
            if Decimal(number):
                parts.append(_counted(minus + number.lstrip("0").removesuffix("."), unit))
    return ", ".join(parts) or "0 SECONDS"


def _counted(number: str, unit: str) -> str:
    number = number.removeprefix("+")
    if number.removeprefix("-").startswith("."):
        number = number.replace(".", "0.")
    return f"{number} {unit}" if number.removeprefix("-") == "1" else f"{number} {unit}S"


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "t" if value else "f"
    return json_text(value) if isinstance(value, dict) else str(value)


def _field(value: Any) -> str:
    text = array_text(value) if isinstance(value, list) else _scalar(value)
    if text and not any(character in text for character in '(),"\\ \t\r\n'):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '""') + '"'


def _in_quotes(value: Any) -> str:
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, list):
        return [_mapped(item, change) for item in value]
    return change(value) if isinstance(value, str) else value


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
