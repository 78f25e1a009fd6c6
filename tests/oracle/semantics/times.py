"""DATE, the TIMESTAMPs, the intervals, and arithmetic with them.

Sources: Oracle Database SQL Language Reference, "Datetime and Interval Data Types",
"Datetime/Interval Arithmetic", "Format Models", ADD_MONTHS, LAST_DAY, MONTHS_BETWEEN, TRUNC (date);
Error Messages, ORA-01873.
"""

from __future__ import annotations

import calendar
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal

from tests.oracle.semantics import Refusal

_MICROSECOND = timedelta(microseconds=1)
_DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


def date(value: datetime) -> datetime:
    """DATE keeps no fraction of a second."""
    return value.replace(microsecond=0)


def _rounded(micros: int, digits: int) -> int:
    """Microseconds at so many digits of a second, half away from zero."""
    unit = 10 ** (6 - digits)
    sign = -1 if micros < 0 else 1
    return sign * ((abs(micros) + unit // 2) // unit * unit)


def timestamp(value: datetime, digits: int) -> datetime:
    """TIMESTAMP(p): the fraction rounded to p digits."""
    return value + (_rounded(value.microsecond, min(digits, 6)) - value.microsecond) * _MICROSECOND


#: a moment to the nanosecond: its second, and the nanoseconds in it
Moment = tuple[datetime, int]


def rounded_moment(moment: Moment, digits: int) -> Moment:
    """TIMESTAMP(p) with up to nine digits: the fraction rounded to p digits, half up."""
    second, nanos = moment
    unit = 10 ** (9 - digits)
    nanos = (nanos + unit // 2) // unit * unit
    return (second + timedelta(seconds=1), nanos - 10**9) if nanos >= 10**9 else (second, nanos)


def moment_text(moment: Moment) -> str:
    """``YYYY-MM-DD HH24:MI:SS.FF9``, also what stands in a literal."""
    return f"{moment[0].isoformat(' ')}.{moment[1]:09}"


def in_zone(clock: datetime, written: int, read: int) -> datetime:
    """TIMESTAMP WITH LOCAL TIME ZONE: written under one session zone, read under another (offsets
    in minutes).
    """
    return clock + timedelta(minutes=read - written)


def zone_text(minutes: int) -> str:
    """An offset as ``+hh:mm``."""
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


def day_interval(value: timedelta, days: int, digits: int) -> timedelta:
    """INTERVAL DAY(d) TO SECOND(f): the seconds rounded to f digits, then at
    most d digits of days.
    """
    rounded = _rounded(value // _MICROSECOND, min(digits, 6)) * _MICROSECOND
    if abs(rounded) >= timedelta(10**days) if days < 9 else False:
        raise Refusal(1873)
    return rounded


def year_interval(months: int, years: int) -> int:
    """INTERVAL YEAR(y) TO MONTH, in months: at most y digits of years."""
    if abs(months) // 12 >= 10**years:
        raise Refusal(1873)
    return months


def plus_days(value: datetime, days: Decimal) -> datetime:
    """DATE + NUMBER: days with fractions, to the nearest second."""
    seconds = (
        Context(prec=60, rounding=ROUND_HALF_UP)
        .multiply(days, Decimal(86400))
        .to_integral_value(ROUND_HALF_UP)
    )
    return value + timedelta(seconds=int(seconds))


def days_between(left: datetime, right: datetime) -> Decimal:
    """DATE - DATE in days, to some dozens of digits."""
    return Context(prec=60).divide(Decimal(int((left - right).total_seconds())), Decimal(86400))


def last_day(value: datetime) -> datetime:
    """LAST_DAY keeps the time of day."""
    return value.replace(day=calendar.monthrange(value.year, value.month)[1])


def add_months(value: datetime, months: int) -> datetime:
    """ADD_MONTHS: the last day of a month stays the last day, and a day that the month lacks
    becomes its last.
    """
    years, month = divmod(value.year * 12 + value.month - 1 + months, 12)
    length = calendar.monthrange(years, month + 1)[1]
    day = length if value == last_day(value) else min(value.day, length)
    return value.replace(year=years, month=month + 1, day=day)


def months_between(left: datetime, right: datetime) -> Decimal:
    """MONTHS_BETWEEN: whole months for the same day or two last days, else 31-day months with the
    time of day.
    """
    months = Decimal((left.year - right.year) * 12 + left.month - right.month)
    if left.day == right.day or (left == last_day(left) and right == last_day(right)):
        return months
    rest = (left - left.replace(day=1, hour=0, minute=0, second=0)) - (
        right - right.replace(day=1, hour=0, minute=0, second=0)
    )
    wide = Context(prec=60)
    return wide.add(months, wide.divide(Decimal(int(rest.total_seconds())), Decimal(31 * 86400)))


#: format model -> the text it gives (AMERICAN, AMERICA)
FORMATS = {
    "YYYY-MM-DD HH24:MI:SS": lambda d: f"{d.year:04}-{d:%m-%d %H:%M:%S}",
    "DD/MM/YY HH12:MI AM": lambda d: (
        f"{d:%d/%m}/{d.year % 100:02} {d:%I:%M} {'PM' if d.hour > 11 else 'AM'}"
    ),
    "DDD": lambda d: f"{d.timetuple().tm_yday:03}",
    "Q": lambda d: str((d.month + 2) // 3),
    "DY": lambda d: _DAYS[d.weekday()],
    "D": lambda d: str(d.isoweekday() % 7 + 1),
    "DD MON RR": lambda d: f"{d.day:02} {calendar.month_abbr[d.month].upper()} {d.year % 100:02}",
    "FMMonth DD, YYYY": lambda d: f"{calendar.month_name[d.month]} {d.day}, {d.year}",
    "Month": lambda d: calendar.month_name[d.month].ljust(9),
    "SSSSS": lambda d: f"{d.hour * 3600 + d.minute * 60 + d.second:05}",
    "IYYY-IW": lambda d: "{:04}-{:02}".format(*d.isocalendar()[:2]),
    "WW": lambda d: f"{(d.timetuple().tm_yday - 1) // 7 + 1:02}",
    "W": lambda d: str((d.day - 1) // 7 + 1),
    "CC": lambda d: f"{(d.year + 99) // 100:02}",
    "J": lambda d: f"{d.toordinal() + 1_721_425:07}" if d >= datetime(1582, 10, 15) else None,
    '"at" HH24"h"MI': lambda d: f"at {d:%H}h{d:%M}",
}
#: TRUNC (date) with these units
TRUNCATED = {
    "DD": lambda d: d.replace(hour=0, minute=0, second=0),
    "MM": lambda d: d.replace(day=1, hour=0, minute=0, second=0),
    "Q": lambda d: d.replace(month=(d.month - 1) // 3 * 3 + 1, day=1, hour=0, minute=0, second=0),
    "YYYY": lambda d: d.replace(month=1, day=1, hour=0, minute=0, second=0),
    "HH24": lambda d: d.replace(minute=0, second=0),
    "MI": lambda d: d.replace(second=0),
    "IW": lambda d: d.replace(hour=0, minute=0, second=0) - timedelta(d.weekday()),
    "DAY": lambda d: d.replace(hour=0, minute=0, second=0) - timedelta(d.isoweekday() % 7),
}
