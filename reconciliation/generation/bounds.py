"""What the contract's minimum and maximum, and PostgreSQL's own type, leave
of a column's values.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from reconciliation.canonical import ColumnRule
from reconciliation.canonical.types import source_label
from reconciliation.canonical.values import exact, of_type
from reconciliation.capacity.columns import source_bounds

#: what Python's drivers can carry; PostgreSQL itself reaches from 4713 BC to 294276
_FIRST = dt.datetime(1, 1, 1, tzinfo=dt.UTC)
_LAST = dt.datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=dt.UTC)


def within(rule: ColumnRule, value: object) -> bool:
    """Whether the source column may hold the value: by its type, and by the bounds agreed on."""
    if value is None or isinstance(value, (bool, str, bytes)):
        return True
    if isinstance(value, dt.date):
        return _moment_within(rule, value)
    if isinstance(value, (int, float, Decimal)):
        return _number_within(rule, value)
    return True


def _number_within(rule: ColumnRule, value: float | Decimal) -> bool:
    agreed = rule.pair.minimum is not None or rule.pair.maximum is not None
    number = exact(value)
    if not number.is_finite():
        return not agreed
    low, high = source_bounds(rule)
    return (low is None or number >= low) and (high is None or number <= high)


def _moment_within(rule: ColumnRule, value: dt.date) -> bool:
    low, high = moment_bounds(rule)
    if not isinstance(value, dt.datetime):
        return low.date() <= value <= high.date()
    return low <= value <= high


def moment_bounds(rule: ColumnRule) -> tuple[dt.datetime, dt.datetime]:
    """First and last point in time of a column; with a zone for timestamptz, without one for the
    others.
    """
    zoned = source_label(rule.source.type) == "timestamptz"
    low = _FIRST if rule.pair.minimum is None else _as_moment(of_type(dt.date, rule.pair.minimum))
    high = _LAST if rule.pair.maximum is None else _as_moment(of_type(dt.date, rule.pair.maximum))
    return (low, high) if zoned else (low.replace(tzinfo=None), high.replace(tzinfo=None))


def _as_moment(value: dt.date) -> dt.datetime:
    if not isinstance(value, dt.datetime):
        value = dt.datetime(value.year, value.month, value.day)
    return value.astimezone(dt.UTC) if value.tzinfo else value.replace(tzinfo=dt.UTC)
