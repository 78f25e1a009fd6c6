"""Rows that stand more often on one side, by their values: texts may differ for one value, and
somebody may have accepted a difference.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from reconciliation.canonical import accepted_rule
from reconciliation.canonical.types import padded, replicated_number, stored_moment, stored_number
from reconciliation.canonical.values import exact, of_type
from reconciliation.capacity import column_refusal
from reconciliation.compare.streams.form import FieldText
from reconciliation.compare.streams.layout import Field, Layout
from reconciliation.describe import digest, show
from reconciliation.errors import CanonicalError
from reconciliation.model import ColumnType, Key, Value

#: a row by its canonical values
Values = Key


@dataclass
class Count:
    """How often a row stands on each side, and how many of those have no partner yet."""

    source: int = 0
    target: int = 0
    free_source: int = 0
    free_target: int = 0

    @property
    def both(self) -> tuple[int, int]:
        """How often on each side, where rows that found a partner by other values count as their
        partner does.
        """
        if self.free_source:
            return self.source, self.source - self.free_source
        return self.target - self.free_target, self.target

    def add(self, source: int, target: int) -> None:
        self.source, self.target = self.source + source, self.target + target
        self.free_source, self.free_target = self.free_source + source, self.free_target + target


@dataclass
class Surplus:
    """``counts`` are rows one side has too often; those that found partners are ``equal`` rows."""

    counts: dict[Values, Count] = field(default_factory=dict)
    equal: int = 0
    accepted: Counter[str] = field(default_factory=Counter)


def by_values(layout: Layout, rows: Iterable[tuple[tuple[str, ...], int, int]]) -> Surplus:
    """``rows`` are texts with their unequal counts on both sides. Raises CanonicalError for an
    unreadable value.
    """
    found = Surplus()
    fields: dict[Values, list[FieldText]] = {}
    for texts, ours, theirs in rows:
        split = layout.split(list(texts))
        for is_source, count in ((True, ours), (False, theirs)):
            if count:
                values = tuple(_values(layout, split, is_source))
                found.counts.setdefault(values, Count()).add(
                    *((count, 0) if is_source else (0, count))
                )
                if is_source:
                    fields.setdefault(values, split)
    _settle(found, ((values, values, ()) for values in found.counts))
    _settle(found, _stored_otherwise(layout, found, fields))
    _leave_refused(layout, found, fields)
    found.counts = {
        values: count
        for values, count in found.counts.items()
        if count.free_source or count.free_target
    }
    return found


def _values(layout: Layout, split: list[FieldText], is_source: bool) -> Iterator[Value]:
    for one, text in zip(layout.fields, split, strict=True):
        try:
            if not is_source:
                yield one.rule.canonical_target(one.form.read_target(text))
            else:
                value = one.form.read_source(text)
                yield value if one.form.converted else one.rule.canonical_source(value)
        except (ValueError, ArithmeticError) as error:
            shown = digest(text) if one.rule.sensitive else show(text)
            name = one.rule.pair.source if is_source else one.rule.pair.target
            raise CanonicalError(
                f"{layout.table.source}: {name}: "
                f"rule {one.rule.rule.name} cannot read {shown} in a row without a key"
            ) from error


def _settle(found: Surplus, pairs: Iterable[tuple[Values, Values, tuple[str, ...]]]) -> None:
    """Rows of the source under the first values are the same as rows of the target under the
    second.
    """
    for ours, theirs, accepted in pairs:
        here, there = found.counts[ours], found.counts.get(theirs)
        same = min(here.free_source, there.free_target) if there is not None else 0
        if there is None or not same:
            continue
        here.free_source -= same
        there.free_target -= same
        found.equal += same
        found.accepted.update(dict.fromkeys(accepted, same))


# ------------------------------------------------------------------ accepted differences


def _stored_otherwise(
    layout: Layout, found: Surplus, fields: dict[Values, list[FieldText]]
) -> Iterator[tuple[Values, Values, tuple[str, ...]]]:
    """For every row the source has too often: the values the target would hold by what somebody
    accepted.
    """
    if not any(one.rule.accepted for one in layout.fields):
        return
    for values in [values for values, count in found.counts.items() if count.free_source]:
        changed, names = list(values), []
        for place, (one, text) in enumerate(zip(layout.fields, fields[values], strict=True)):
            kept = _kept(one, text)
            if kept is not None:
                changed[place], name = kept
                names.append(name)
        if names:
            yield values, tuple(changed), tuple(names)


def _kept(one: Field, text: FieldText) -> tuple[Value, str] | None:
    """The canonical value an accepted difference lets the target hold instead, and the name it is
    counted under.
    """
    if one.form.converted or not one.rule.accepted:
        return None
    value = one.form.read_source(text)
    for entry in one.rule.accepted:
        stored = _STORED.get(entry.rule)
        if stored is None:
            continue
        try:
            there = stored(one.rule.source.type, one.rule.target.type, value)
        except (TypeError, ValueError, ArithmeticError):
            continue
        if (
            accepted_rule((entry,), one.rule.source.type, one.rule.target.type, value, there)
            is not None
        ):
            canonical = one.rule.canonical_target(there)
            if canonical != one.rule.canonical_source(value):
                return canonical, f"{one.rule.pair.source}: {entry.rule}"
    return None


def _number(source: ColumnType, kind: ColumnType, value: Value) -> Decimal:
    return stored_number(kind, replicated_number(source, exact(value)))


def _moment(_source: ColumnType, kind: ColumnType, value: Value) -> dt.datetime:
    return stored_moment(kind, of_type(dt.datetime, value))


def _padded(_source: ColumnType, kind: ColumnType, value: Value) -> str:
    return padded(kind, of_type(str, value))


#: what the target holds under each accepted difference
_STORED: dict[str, Callable[[ColumnType, ColumnType, Value], Value]] = {
    "empty_string_is_null": lambda _source, _kind, _value: None,
    "rounded_to_scale": _number,
    "fraction_of_second_lost": _moment,
    "blank_padded": _padded,
}


def _leave_refused(layout: Layout, found: Surplus, fields: dict[Values, list[FieldText]]) -> None:
    """Rows the target cannot hold, where every reason was accepted, are missing by agreement."""
    for values, count in found.counts.items():
        if not count.free_source or count.target:
            continue
        refusals = [
            refusal
            for one, text in zip(layout.fields, fields[values], strict=True)
            if not one.form.converted
            and (refusal := column_refusal(one.rule, one.form.read_source(text))) is not None
        ]
        if refusals and all(refusal.accepted is not None for refusal in refusals):
            for refusal in refusals:
                if refusal.accepted is not None:
                    found.accepted[f"{refusal.source_column}: {refusal.accepted.rule}"] += (
                        count.free_source
                    )
            found.equal += count.free_source  # as they were agreed to be
            count.free_source = 0
