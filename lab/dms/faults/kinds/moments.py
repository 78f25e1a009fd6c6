"""Dates and times that arrive as others. DMS holds them as text: ``YYYY-MM-DD HH:MM:SS[.ffffff]``
in UTC.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from lab.dms.faults.catalogue import PER_VALUE, VALUE, Given, fault
from lab.dms.faults.options import FaultUnknown, number, text, whole

_Change = Callable[[Any, str], Any]


def _of_moments(change: Callable[[dt.datetime], dt.datetime]) -> _Change:
    """A change of dates with a time; what a datetime cannot hold is left alone."""

    def change_moment(value: Any, _: str) -> Any:
        moment = _moment(value)
        if moment is None:
            return value
        try:
            changed = change(moment)
        except OverflowError:
            return value
        return (
            value
            if changed == moment
            else changed.isoformat(" ", "auto" if len(value) == 19 else "microseconds")
        )

    return change_moment


def _moment(value: Any) -> dt.datetime | None:
    """A value that is a date with a time in DMS's text form."""
    if (
        not isinstance(value, str)
        or len(value) not in (19, 26)
        or value[4:5] != "-"
        or value[10:11] != " "
    ):
        return None
    try:
        return dt.datetime.fromisoformat(value)
    except ValueError:
        return None


@fault(
    VALUE,
    "timestamps_shifted",
    (41, 63),
    "dates with a time are hours off in Oracle",
    PER_VALUE,
    hours=number(9, "by how many hours, also negative"),
)
def _timestamps_shifted(given: Given) -> _Change:
    by = dt.timedelta(hours=given["hours"])
    return _of_moments(lambda moment: moment + by)


@fault(
    VALUE,
    "summer_time_shifted",
    (41, 63),
    "dates with a time are the clock of a zone in Oracle: right in winter, an hour off in summer",
    PER_VALUE,
    zone=text("Europe/London", "the zone whose clock is read"),
)
def _summer_time_shifted(given: Given) -> _Change:
    try:
        zone = ZoneInfo(given["zone"])
    except (ZoneInfoNotFoundError, ValueError):
        raise FaultUnknown(
            f"option zone of fault summer_time_shifted is {given['zone']!r}; no such zone"
        ) from None
    return _of_moments(
        lambda moment: moment.replace(tzinfo=dt.UTC).astimezone(zone).replace(tzinfo=None)
    )


@fault(
    VALUE,
    "before_1970_shifted",
    (39,),
    "dates with a time before 1970 are off by a day in Oracle, later ones are right",
    PER_VALUE,
    days=whole(-1, "by how many days, also negative"),
)
def _before_1970_shifted(given: Given) -> _Change:
    epoch, by = dt.datetime(1970, 1, 1), dt.timedelta(days=given["days"])
    return _of_moments(lambda moment: moment + by if moment < epoch else moment)


@fault(
    VALUE,
    "fraction_of_second_lost",
    (64,),
    "milliseconds are missing in Oracle",
    PER_VALUE,
    digits=whole(0, "how many digits of the second's fraction are left", 0, 5),
)
def _fraction_of_second_lost(given: Given) -> _Change:
    digits = given["digits"]

    def change(value: Any, _: str) -> Any:
        if _moment(value) is None or len(value) == 19:
            return value
        return value[:19] if digits == 0 else value[: 20 + digits].ljust(26, "0")

    return change


@fault(
    VALUE,
    "time_of_day_lost",
    (64,),
    "dates with a time are at midnight in Oracle",
    PER_VALUE,
)
def _time_of_day_lost(_: Given) -> _Change:
    return _of_moments(lambda moment: moment.replace(hour=0, minute=0, second=0, microsecond=0))


@fault(
    VALUE,
    "years_clamped",
    (40,),
    "dates beyond a first and a last year are the border of that range in Oracle",
    PER_VALUE,
    first=whole(1678, "the first year that survives", 1, 9999),
    last=whole(2261, "the last year that survives", 1, 9999),
)
def _years_clamped(given: Given) -> _Change:
    least = dt.datetime(given["first"], 1, 1)
    most = dt.datetime(given["last"], 12, 31, 23, 59, 59)

    def clamp(moment: dt.datetime) -> dt.datetime:
        return least if moment < least else most if moment.year > most.year else moment

    return _of_moments(clamp)


@fault(
    VALUE,
    "dates_one_day_early",
    (41, 63),
    "dates without a time are the day before in Oracle",
    PER_VALUE,
)
def _dates_one_day_early(_: Given) -> _Change:
    def change(value: Any, type_name: str) -> Any:
        try:
            return (
                str(dt.date.fromisoformat(value) - dt.timedelta(days=1))
                if type_name == "date"
                else value
            )
        except (ValueError, OverflowError):
            return value

    return change
