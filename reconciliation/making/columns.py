"""A column that a made row gives a value: what both of its sides can hold."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from reconciliation.canonical import ColumnRule
from reconciliation.canonical.types import (
    is_moment,
    lacking,
    source_label,
    stored_moment,
    stored_number,
    target_label,
)
from reconciliation.canonical.values import exact
from reconciliation.capacity import column_refusal
from reconciliation.capacity.columns import source_bounds
from reconciliation.errors import CanonicalError
from reconciliation.generation.bounds import within
from reconciliation.model import ALWAYS, CatalogueColumn, ColumnType, Value

TEXTS = frozenset({"varchar", "text", "citext", "bpchar", "name"})
WHOLE = frozenset({"int2", "int4", "int8"})
FLOATS = frozenset({"float4", "float8"})
NUMBERS = WHOLE | FLOATS | frozenset({"numeric", "money"})
MOMENTS = frozenset({"date", "timestamp", "timestamptz"})
_TARGET_TEXTS = frozenset({"VARCHAR2", "NVARCHAR2", "CHAR", "NCHAR"})
#: types whose name and modifier a CAST takes as the catalogue tells them, also below a domain
_PLAIN_NAMES = (
    WHOLE
    | FLOATS
    | MOMENTS
    | frozenset({"text", "bool", "uuid", "json", "jsonb", "bytea", "money", "inet", "cidr"})
    | frozenset({"varchar", "bpchar", "numeric", "bit", "varbit", "time", "timetz", "interval"})
)


@dataclass(frozen=True)
class Column:
    """``rules`` are those of the pairs the column is the source of; none: Oracle has no such
    column. ``values`` are those the contract gives. ``ordinal`` tells columns of a table apart.
    """

    source: CatalogueColumn
    rules: tuple[ColumnRule, ...] = ()
    values: tuple[Value, ...] = ()
    ordinal: int = 0

    @property
    def name(self) -> str:
        return self.source.name

    @property
    def type(self) -> ColumnType:
        return self.source.type

    @cached_property
    def label(self) -> str:
        return source_label(self.type)

    @property
    def nullable(self) -> bool:
        """Whether both sides take NULL."""
        return self.source.nullable and all(rule.target.nullable for rule in self.rules)

    @property
    def always(self) -> bool:
        """Whether PostgreSQL refuses to have it updated."""
        return self.source.identity == ALWAYS

    @cached_property
    def cast(self) -> str:
        """The type as a CAST names it; of a domain its base, which takes what the domain's own
        conditions refuse.
        """
        if self.label not in _PLAIN_NAMES:
            return self.source.declared or self.type.name
        if self.type.length is not None and self.label in ("varchar", "bpchar", "bit", "varbit"):
            return f"{self.label}({self.type.length})"
        if self.label == "numeric" and self.type.precision is not None:
            return f"numeric({self.type.precision},{self.type.scale or 0})"
        if self.label in ("timestamp", "timestamptz", "time", "timetz") and self.type.scale:
            return f"{self.label}({self.type.scale})"
        return self.label

    def holds(self, value: Value) -> bool:
        """Whether both sides can hold the value, as far as their types tell."""
        if value is None:
            return self.nullable
        if isinstance(value, str) and self.label in TEXTS:
            if self.type.length is not None and len(value) > self.type.length:
                return False
            if self.label == "bpchar" and value != value.rstrip(" "):
                return False
        try:
            return self._in_scale(value) and all(_held(rule, value) for rule in self.rules)
        except (CanonicalError, TypeError, ValueError, ArithmeticError):
            return False

    def _in_scale(self, value: Value) -> bool:
        """Whether PostgreSQL keeps every digit of the number."""
        if self.label == "numeric" and self.type.precision is not None:
            number = exact(value)
            scale = self.type.scale or 0
            return number.is_finite() and number == round(number, scale) and self._has_room(number)
        if self.label in WHOLE:
            return isinstance(value, int) and abs(value) < 2 ** (8 * int(self.label[3:]) - 1)
        return True

    def _has_room(self, number: Decimal) -> bool:
        whole = (self.type.precision or 0) - (self.type.scale or 0)
        return not number or number.adjusted() < whole

    def keeps(self, value: Value) -> bool:
        """Whether the value also arrives as it is: nothing of it is rounded or cut."""
        return self.holds(value) and self.unaltered(value)

    def unaltered(self, value: Value) -> bool:
        """Whether nothing is rounded or cut of a value that both sides hold."""
        return all(_kept(rule, value) for rule in self.rules)

    @cached_property
    def characters(self) -> int | None:
        """Single-byte characters of the longest text both sides hold; None without a limit."""
        limits = [self.type.length if self.label in ("varchar", "bpchar") else None]
        limits += [63 if self.label == "name" else None]
        limits += [
            rule.target.type.length
            for rule in self.rules
            if target_label(rule.target.type) in _TARGET_TEXTS
        ]
        known = [limit for limit in limits if limit is not None]
        return min(known) if known else None

    @cached_property
    def octets(self) -> int | None:
        """Bytes of the longest RAW the legacy side holds; None without a limit."""
        known = [
            rule.target.type.length
            for rule in self.rules
            if target_label(rule.target.type) in ("RAW", "LONG RAW")
        ]
        return min((limit for limit in known if limit is not None), default=None)

    @cached_property
    def scale(self) -> int:
        """Decimal places that both sides keep, 6 at most; negative: powers of ten."""
        scales = [6 if self.label == "numeric" else 2 if self.label == "money" else 0]
        if self.label == "numeric" and self.type.precision is not None:
            scales.append(self.type.scale or 0)
        for rule in self.rules:
            kind = rule.target.type
            if kind.name == "NUMBER" and (kind.precision is not None or kind.scale is not None):
                scales.append(kind.scale or 0)
        return min(scales)

    @cached_property
    def bounds(self) -> tuple[Decimal, Decimal]:
        """The lowest and highest whole number, or multiple of ``scale``, that both sides hold."""
        low, high = Decimal(-(10**38) + 1), Decimal(10**38 - 1)
        if self.label in WHOLE:
            reach = Decimal(2 ** (8 * int(self.label[3:]) - 1))
            low, high = -reach, reach - 1
        elif self.label in FLOATS:
            low, high = Decimal(-(2**24)), Decimal(2**24)
        elif self.label == "money":
            low, high = Decimal(-(10**15)), Decimal(10**15)
        elif self.type.precision is not None:
            high = Decimal((0, (9,) * self.type.precision, -(self.type.scale or 0)))
            low = -high
        for rule in self.rules:
            below, above = source_bounds(rule)
            low = low if below is None else max(low, below)
            high = high if above is None else min(high, above)
            kind = rule.target.type
            if kind.name == "NUMBER" and kind.precision is not None:
                most = Decimal((0, (9,) * kind.precision, -(kind.scale or 0)))
                low, high = max(low, -most), min(high, most)
        return low, high


def _held(rule: ColumnRule, value: Value) -> bool:
    return (
        within(rule, value)
        and column_refusal(rule, value) is None
        and not lacking(rule.target.type, value)
    )


def _kept(rule: ColumnRule, value: Value) -> bool:
    if rule.rule.by_source and rule.rule.loses(value, None):
        return False
    kind, written = rule.target.type, rule.canonical_source(value)
    if is_moment(kind) and isinstance(written, dt.datetime):
        return stored_moment(kind, written) == written
    if target_label(kind) in ("NUMBER", "FLOAT") and isinstance(written, (int, Decimal, float)):
        return stored_number(kind, exact(written)) == exact(written)
    return True
