"""What only the differences of a whole column together can tell: the constant all of its cells are
off by.

A single cell that went from 70 to 75 says nothing; forty cells that all went up by 5 say what
happened.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import TypeVar

from reconciliation.describe import key_parts
from reconciliation.differences.causes import is_number, moment_unit, rounded_to, same_clock
from reconciliation.differences.group_words import detail
from reconciliation.model import Amount, Difference, DifferenceGroup, DifferenceKind, Key, Value

#: a constant has to hold for all of at least two cells, or for most of at least ten
FEW, MANY, MOST = 2, 10, Fraction(4, 5)
MICROSECONDS_PER_UNIT: Mapping[str, int] = {
    "epoch_seconds": 1_000_000,
    "epoch_millis": 1000,
    "epoch_micros": 1,
}
_MOVABLE = ("other", "shifted", "rounding")

Group = tuple[DifferenceKind, str | None, str | None, str | None]
T = TypeVar("T")


def group_of(difference: Difference) -> Group:
    """What differences are counted by: kind, both columns, cause."""
    return difference.kind, difference.source_column, difference.target_column, difference.cause


def refined(differences: Sequence[Difference]) -> tuple[Difference, ...]:
    """The same differences, their causes guessed anew from all cells of their columns; canonical
    values are dropped.
    """
    columns: dict[tuple[str | None, str | None], list[int]] = defaultdict(list)
    for place, item in enumerate(differences):
        if item.cause in _MOVABLE and _calculable(item):
            columns[item.source_column, item.target_column].append(place)
    causes: dict[int, str] = {}
    for places in columns.values():
        found = _causes([differences[place] for place in places])
        causes.update(zip(places, found, strict=True))
    return tuple(
        replace(
            item,
            cause=causes.get(place, item.cause),
            canonical=None,
            amount=_amount(item, causes.get(place)),
        )
        for place, item in enumerate(differences)
    )


def grouped(differences: Sequence[Difference]) -> tuple[DifferenceGroup, ...]:
    """Differences counted by kind, column and cause, the most frequent first."""
    members: dict[Group, list[Difference]] = defaultdict(list)
    for item in differences:
        members[group_of(item)].append(item)
    most_first = sorted(members.items(), key=lambda pair: -len(pair[1]))
    return tuple(
        DifferenceGroup(*group, len(items), _key(items[0]), detail(items))
        for group, items in most_first
    )


def _key(item: Difference) -> Key:
    """A group is shown without its table's contract at hand, so it carries no sensitive key."""
    return tuple(key_parts(item)) if set(item.sensitive) & set(item.key_columns) else item.key


def _values(item: Difference) -> tuple[Value, Value]:
    return item.canonical or (item.source_value, item.target_value)


def _calculable(item: Difference) -> bool:
    left, right = _values(item)
    if is_number(left) and is_number(right):
        return Decimal(str(left)).is_finite() and Decimal(str(right)).is_finite()
    return isinstance(left, dt.datetime) and isinstance(right, dt.datetime)


def _exact(number: Value) -> Fraction:
    return Fraction(Decimal(str(number)))


def _gap(item: Difference) -> Fraction | dt.timedelta:
    """How far the target is from the source: a Fraction, or a timedelta for moments and epoch
    numbers.
    """
    left, right = _values(item)
    if isinstance(left, dt.datetime) and isinstance(right, dt.datetime):
        ours, theirs = same_clock(left, right)
        return theirs - ours
    gap = _exact(right) - _exact(left)
    per_unit = MICROSECONDS_PER_UNIT.get(item.rule or "")
    if per_unit is None or (gap * per_unit).denominator != 1 or abs(gap * per_unit) > 10**15:
        return gap
    return dt.timedelta(microseconds=int(gap * per_unit))


def _ratio(item: Difference) -> Fraction | None:
    left, right = _values(item)
    if not is_number(left) or not left or not right:
        return None
    return _exact(right) / _exact(left)


def _amount(item: Difference, cause: str | None) -> Amount | None:
    if cause == "shifted":
        return _gap(item)
    if cause == "scaled":
        return _ratio(item)
    if cause == "rounding" and item.canonical is not None:
        left, right = item.canonical
        if isinstance(left, dt.datetime) and isinstance(right, dt.datetime):
            return moment_unit(left, right)
        return rounded_to(Decimal(str(left)), Decimal(str(right)))
    return None


def _causes(items: Sequence[Difference]) -> list[str]:
    """A cause for every one of some differing numbers or moments of one column."""
    own = [_own_cause(item) for item in items]
    free = [
        place
        for place, item in enumerate(items)
        if own[place] != "rounding" or not _is_evident(item)
    ]
    gaps, ratios = [_gap(items[place]) for place in free], [_ratio(items[place]) for place in free]
    gap, ratio = _constant(gaps, len(items)), _constant(ratios, len(items))
    if gap is not None:
        own = _renamed(
            own, (place for place, found in zip(free, gaps, strict=True) if found == gap), "shifted"
        )
    elif ratio is not None and len({_values(items[place])[0] for place in free}) >= FEW:
        own = _renamed(
            own,
            (place for place, found in zip(free, ratios, strict=True) if found == ratio),
            "scaled",
        )
    return _times_of_day_lost(items, own)


def _renamed(causes: list[str], places: Iterable[int], name: str) -> list[str]:
    chosen = set(places)
    return [name if place in chosen else cause for place, cause in enumerate(causes)]


def _constant(values: Iterable[T | None], whole: int) -> T | None:
    """The value that all, or nearly all of many, have in common; None if there is none."""
    most = Counter(value for value in values if value is not None).most_common(1)
    if not most:
        return None
    ((common, count),) = most
    enough = count >= FEW and (count == whole or (whole >= MANY and count >= MOST * whole))
    return common if enough else None


def _own_cause(item: Difference) -> str:
    """The cell's own guess, held against the value as it was stored: an epoch number does not show
    what was cut off.
    """
    moment = item.source_value
    if (
        item.cause != "rounding"
        or item.rule not in MICROSECONDS_PER_UNIT
        or not isinstance(moment, dt.datetime)
    ):
        return item.cause or "other"
    return "rounding" if _is_evident(item) else "other"


def _is_evident(item: Difference) -> bool:
    """Whether the values show by themselves that one was rounded, so that no constant explains it
    better.
    """
    left, right = _values(item)
    if isinstance(left, dt.datetime) and isinstance(right, dt.datetime):
        return moment_unit(left, right) is not None
    kept = rounded_to(Decimal(str(left)), Decimal(str(right)))
    if kept is not None and kept <= 0:  # whole numbers that end with zeros may do so by chance
        return True
    per_unit, moment = MICROSECONDS_PER_UNIT.get(item.rule or ""), item.source_value
    if per_unit is None or not isinstance(moment, dt.datetime):
        return False
    if _exact(right) - _exact(left) != 1:
        return False
    return moment.microsecond % per_unit * 2 >= per_unit


def _times_of_day_lost(items: Sequence[Difference], own: list[str]) -> list[str]:
    """Moments that all became midnight of about their day were not shifted, each by an amount of
    its own.
    """
    shifted = [item for item, cause in zip(items, own, strict=True) if cause == "shifted"]
    midnights = [item for item in shifted if _is_midnight(item)]
    if len(midnights) < max(FEW, len(shifted)) or len({_gap(item) for item in shifted}) < FEW:
        return own
    return ["rounding" if cause == "shifted" else cause for cause in own]


def _is_midnight(item: Difference) -> bool:
    left, right = _values(item)
    if not isinstance(left, dt.datetime) or not isinstance(right, dt.datetime):
        return False
    return moment_unit(left, right) == "days"
