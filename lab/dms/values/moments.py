"""Texts as dates and times, for rules that make a date, a time or a datetime of another column.

DMS converts those in its formats only: ``YYYY-MM-DD`` or ``YYYY:MM:DD``, ``HH:MM:SS``, and both
behind each other (AWS DMS user guide, transformation rules, "data-type").
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

_DATE = re.compile(r"(\d{4})[-:](\d\d)[-:](\d\d)", re.ASCII)
_DATETIME = re.compile(_DATE.pattern + r"( \d\d:\d\d:\d\d(?:\.\d{1,9})?)", re.ASCII)


def moment(name: str) -> Callable[[Any], Any]:
    """The function that brings a value into DMS's form for the data type called ``name``.

    A value in another form is left as it is: the target refuses it in its own words.
    """
    return {"date": _date, "datetime": _datetime}.get(name, _same)


def _date(value: Any) -> Any:
    found = isinstance(value, str) and (_DATE.fullmatch(value) or _DATETIME.fullmatch(value))
    return "-".join(found.groups()[:3]) if found else value


def _datetime(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if found := _DATETIME.fullmatch(value):
        return "-".join(found.groups()[:3]) + found[4]
    found = _DATE.fullmatch(value)
    return "-".join(found.groups()) + " 00:00:00" if found else value


def _same(value: Any) -> Any:
    return value
