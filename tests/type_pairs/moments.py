"""Dates, times and lengths of time. Expected epochs are Python's own
arithmetic on aware datetimes.
"""

from __future__ import annotations

import datetime as dt

from tests.type_pairs.case import Case, Column, columns, eq, ne, step

_MOMENT, _NEXT = "2026-03-01 12:34:56.789012", "2026-03-01 12:34:56.789013"
_SECOND = "2026-03-01 12:34:56"
_FIRST, _LAST = "0001-01-01 00:00:00", "9999-12-31 23:59:59"

_DATES = [
    step("2026-03-01", "2026-03-01 00:00:01"),
    eq("2026-03-01", "2026-03-01 00:00:00"),
    eq("0001-01-01", _FIRST),
    eq("9999-12-31", "9999-12-31 00:00:00"),
    ne("9999-12-31", _LAST),
    ne("2026-03-01", "2026-03-02 00:00:00"),
    eq("2024-02-29", "2024-02-29 00:00:00"),
]
_DATE_STEPS = [step("2026-03-01", "2026-03-01 00:00:00.000001")]
#: what PostgreSQL makes of a leap second's text is the first second of the new year
_SECONDS = [
    step(_SECOND, "2026-03-01 12:34:57"),
    eq(_SECOND, _SECOND),
    eq(_FIRST, _FIRST),
    eq(_LAST, _LAST),
    eq("1969-12-31 23:59:59", "1969-12-31 23:59:59"),
    ne(_MOMENT, _SECOND),
    eq("2016-12-31 23:59:60", "2017-01-01 00:00:00"),
]
_MICROS = [
    step(_MOMENT, _NEXT),
    eq(_MOMENT, _MOMENT),
    eq("1969-12-31 23:59:59.9995", "1969-12-31 23:59:59.999500"),
    eq(f"{_LAST}.999999", f"{_LAST}.999999"),
    *_SECONDS[1:],
]
_NANOS = [
    step(_MOMENT, f"{_MOMENT}001"),
    eq(_MOMENT, f"{_MOMENT}000"),
    eq(f"{_LAST}.999999", f"{_LAST}.999999000"),
]
_ZONED = [
    step(_MOMENT, f"{_NEXT} +00:00"),
    eq(_MOMENT, f"{_MOMENT} +00:00"),
    eq(_MOMENT, "2026-03-01 21:34:56.789012 +09:00"),
    ne(_MOMENT, f"{_MOMENT} +09:00"),
    eq(_FIRST, f"{_FIRST}.000000 +00:00"),
    eq(f"{_LAST}.999999", f"{_LAST}.999999 +00:00"),
]
#: 2026-03-29 01:30 UTC is 03:30 in Berlin, right after the hour that does not exist
_GAP = [
    eq("2026-03-29 01:30:00", "2026-03-29 03:30:00"),
    eq("2026-03-29 00:59:59", "2026-03-29 01:59:59"),
]
#: 00:30 and 01:30 UTC are both 02:30 in Berlin on 2026-10-25
_TWICE = [
    eq("2026-10-25 00:30:00", "2026-10-25 02:30:00", reduced=True),
    eq("2026-10-25 01:30:00", "2026-10-25 02:30:00", reduced=True),
    eq("2026-10-25 02:00:00", "2026-10-25 03:00:00"),
    eq("2026-10-24 23:59:59", "2026-10-25 01:59:59"),
]
_SEOUL = [step(_SECOND, "2026-03-01 21:34:57"), eq(_SECOND, "2026-03-01 21:34:56")]


def _epoch(source: str, unit: dt.timedelta) -> list[Case]:
    found = []
    for number, text in enumerate(
        (_MOMENT, "1970-01-01 00:00:00", "1969-12-31 23:59:59.999999", _FIRST, _LAST)
    ):
        moment = dt.datetime.fromisoformat(text[:10] if source == "date" else text).replace(
            tzinfo=dt.UTC
        )
        since = moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
        lost = since % unit != dt.timedelta()
        found.append(eq(text, since // unit, reduced=lost))
        found.append((ne if number else step)(text, since // unit + 1, reduced=lost))
    return found


_LENGTHS = [
    step("1 day 02:03:04.000005", "1 02:03:04.000006"),
    eq("1 day 02:03:04.000005", "1 02:03:04.000005"),
    eq("1 day", "1 00:00:00"),
    eq("24:00:00", "1 00:00:00", reduced=True),
    eq("0", "0 00:00:00"),
    eq("-3 days", "-3 00:00:00"),
    eq("-00:00:00.000001", "-0 00:00:00.000001"),
    eq("1 day -01:00:00", "0 23:00:00", reduced=True),
    ne("1 mon", "30 00:00:00"),
    ne("1 mon -30 days", "0 00:00:00"),
    eq("99 days 23:59:59.999999", "99 23:59:59.999999"),
]
_MONTHS = [
    step("1 year 1 mon", "1-2"),
    eq("1 year 1 mon", "1-1"),
    eq("-14 mons", "-1-2"),
    eq("0", "0-0"),
    ne("1 mon 1 day", "0-1"),
    ne("30 days", "0-1"),
    eq("99 years 11 mons", "99-11"),
]


def all_columns() -> list[Column]:
    """Every pair of dates, times and lengths of time."""
    found = columns("date", ("DATE",), _DATES) + columns(
        "date", ("TIMESTAMP(6)",), _DATE_STEPS + _DATES[1:]
    )
    for source in ("timestamp", "timestamptz"):
        found += columns(source, ("DATE",), _SECONDS) + columns(source, ("TIMESTAMP(6)",), _MICROS)
        found += columns(source, ("TIMESTAMP(9)",), _NANOS)
        found += columns(
            source, ("TIMESTAMP(6) WITH TIME ZONE", "TIMESTAMP(6) WITH LOCAL TIME ZONE"), _ZONED
        )
        whole = [
            step(_SECOND, "2026-03-01 12:34:57"),
            eq(_SECOND, _SECOND),
            eq(_MOMENT, _SECOND, reduced=True),
            eq("1969-12-31 23:59:59.5", "1969-12-31 23:59:59", reduced=True),
        ]
        found += columns(source, ("DATE", "TIMESTAMP(6)"), whole, "whole_seconds")
    found += columns("timestamptz", ("DATE", "TIMESTAMP(6)"), _SEOUL, "wall_clock:Asia/Seoul")
    berlin = [
        step("2026-07-01 10:00:00", "2026-07-01 12:00:01"),
        eq("2026-07-01 10:00:00", "2026-07-01 12:00:00"),
        *_GAP,
        *_TWICE,
    ]
    found += columns("timestamptz", ("DATE", "TIMESTAMP(6)"), berlin, "wall_clock:Europe/Berlin")
    for source in ("date", "timestamp", "timestamptz"):
        for name, unit in (("seconds", 1_000_000), ("millis", 1_000), ("micros", 1)):
            cases = _epoch(source, dt.timedelta(microseconds=unit))
            found += columns(source, ("NUMBER(19)", "NUMBER"), cases, f"epoch_{name}")
    found += columns("interval", ("INTERVAL DAY(4) TO SECOND(6)",), _LENGTHS)
    return found + columns("interval", ("INTERVAL YEAR(4) TO MONTH",), _MONTHS)
