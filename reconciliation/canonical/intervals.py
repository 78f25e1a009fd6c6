"""Lengths of time: PostgreSQL's interval held against both of Oracle's.

PostgreSQL keeps months, days and microseconds apart; Oracle keeps either months (YEAR TO MONTH) or
seconds (DAY TO SECOND, where a day has 24 hours). A value with parts of both kinds has no
counterpart there. Sources: PostgreSQL documentation, "Interval Output" (style ``postgres``); Oracle
SQL Language Reference, "Data Types" (INTERVAL).
"""

from __future__ import annotations

import re
from decimal import Context, Decimal

from reconciliation.canonical import values
from reconciliation.model import Value

_PARTS = re.compile(
    r"(?:(?P<years>[+-]?\d+) years? ?)?(?:(?P<mons>[+-]?\d+) mons? ?)?"
    r"(?:(?P<days>[+-]?\d+) days? ?)?"
    r"(?:(?P<sign>[+-]?)(?P<hours>\d+):(?P<minutes>\d\d):(?P<seconds>\d\d(?:\.\d{1,6})?))?"
)
_DAY = 86_400
_EXACT = Context(prec=60)


def interval_parts(text: str) -> tuple[int, int, Decimal]:
    """Months, days and seconds of an interval as PostgreSQL prints it; ValueError for what is none
    (infinity).
    """
    found = _PARTS.fullmatch(text)
    if not text or not found:
        raise ValueError(f"{text!r} is no interval of months, days and seconds")
    part = {
        name: Decimal(value or 0) for name, value in found.groupdict().items() if name != "sign"
    }
    seconds = part["hours"] * 3600 + part["minutes"] * 60 + part["seconds"]
    return (
        int(part["years"] * 12 + part["mons"]),
        int(part["days"]),
        -seconds if found["sign"] == "-" else seconds,
    )


def seconds_of(value: Value) -> Value:
    """The seconds of an interval without months; one with months is equal to nothing in Oracle."""
    if value is None:
        return None
    months, days, seconds = interval_parts(values.of_type(str, value))
    if months:
        return ("months", months, "days", days, "seconds", seconds)
    return values.number(_EXACT.add(_EXACT.multiply(days, _DAY), seconds))


def months_of(value: Value) -> Value:
    """The months of an interval without days and seconds; any other is equal
    to nothing in Oracle.
    """
    if value is None:
        return None
    months, days, seconds = interval_parts(values.of_type(str, value))
    return ("months", months, "days", days, "seconds", seconds) if days or seconds else months


def days_and_hours_merge(value: Value, _target: Value) -> bool:
    """Whether PostgreSQL tells this value from another of as many seconds: 24 hours from 1 day."""
    if value is None:
        return False
    months, days, seconds = interval_parts(values.of_type(str, value))
    return not months and (abs(seconds) >= _DAY or days * seconds < 0)
