"""The rules of one table: every agreed column pair with its types, its rule and what was accepted
for it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from reconciliation.canonical.conversions import MOMENTS, NUMBERS, conversion_rule
from reconciliation.canonical.rules import Rule, natural_rule
from reconciliation.canonical.types import source_label
from reconciliation.describe import digest, show
from reconciliation.errors import CanonicalError
from reconciliation.model import (
    AcceptedDifference,
    CatalogueColumn,
    CatalogueTable,
    ColumnPair,
    ColumnType,
    Row,
    TableContract,
    Value,
)


@dataclass(frozen=True)
class ColumnRule:
    """One agreed pair, ready to compare. ``table`` is the source's full name, for messages."""

    table: str
    pair: ColumnPair
    rule: Rule
    source: CatalogueColumn
    target: CatalogueColumn
    accepted: tuple[AcceptedDifference, ...] = ()
    sensitive: bool = False  # its values appear as digests

    def canonical_source(self, value: Value) -> Value:
        return self._canonical(
            self.rule.canonical_source, value, f"{self.table}.{self.pair.source}"
        )

    def canonical_target(self, value: Value) -> Value:
        return self._canonical(self.rule.canonical_target, value, self.pair.target)

    def _canonical(self, function: Callable[[Value], Value], value: Value, column: str) -> Value:
        try:
            return function(value)
        except (TypeError, ValueError, ArithmeticError, AttributeError) as error:
            shown = digest(value) if self.sensitive else show(value)
            raise CanonicalError(
                f"{column}: rule {self.rule.name} cannot read {shown}, a value of type "
                f"{type(value).__name__}"
            ) from error


def rules_for(
    table: TableContract, source: CatalogueTable, target: CatalogueTable
) -> Mapping[str, ColumnRule]:
    """The rule of every agreed pair, by source column name.

    Raises CanonicalError for the first pair without one, as ``column_rule`` does: nothing is equal
    for lack of a rule.
    """
    return {pair.source: column_rule(table, pair, source, target) for pair in table.pairs}


def column_rule(
    table: TableContract, pair: ColumnPair, source: CatalogueTable, target: CatalogueTable
) -> ColumnRule:
    """The rule of one agreed pair of the table.

    Raises CanonicalError for a pair of types without a rule, a conversion that does not connect the
    types, a bound that is no value of its column, or a column the catalogue does not have.
    """
    for side, name in ((source, pair.source), (target, pair.target)):
        if name not in side.columns:
            raise CanonicalError(f"{side.full_name} has no column {name}")
    source_column, target_column = source.columns[pair.source], target.columns[pair.target]
    where = f"{table.source}.{pair.source} -> {pair.target}"
    if pair.conversion is not None:
        try:
            rule = conversion_rule(pair.conversion, source_column.type, target_column.type)
        except CanonicalError as error:
            raise CanonicalError(f"{where}: {error}") from error
    else:
        found = natural_rule(source_column.type, target_column.type)
        if found is None:
            types = f"{source_column.type} with {target_column.type}"
            raise CanonicalError(
                f"{where}: no rule compares {types}; name a conversion in the contract"
            )
        rule = found
    for words in _foreign_bounds(pair, source_column.type):
        raise CanonicalError(f"{where}: {words}")
    accepted = tuple(entry for entry in table.accepted if pair.source in entry.columns)
    return ColumnRule(
        table.source,
        pair,
        rule,
        source_column,
        target_column,
        accepted,
        pair.source in table.sensitive,
    )


def _foreign_bounds(pair: ColumnPair, source_type: ColumnType) -> Iterator[str]:
    label = source_label(source_type)
    for name, bound in (("minimum", pair.minimum), ("maximum", pair.maximum)):
        if bound is None:
            continue
        if label in MOMENTS and not isinstance(bound, dt.date):
            yield f"{name} = {bound!r} is no bound for {source_type}; write a date or time"
        if (label in NUMBERS or label == "money") and not _is_number(bound):
            yield f"{name} = {bound!r} is no bound for {source_type}; write a number"


def _is_number(bound: Value) -> bool:
    """TOML's floats are not exact, so a number may be given as text as well."""
    if isinstance(bound, bool) or not isinstance(bound, (int, float, Decimal, str)):
        return False
    try:
        return not Decimal(str(bound)).is_nan()
    except InvalidOperation:
        return False


def source_key(
    table: TableContract, rules: Mapping[str, ColumnRule], row: Row
) -> tuple[Value, ...]:
    """The canonical key of a PostgreSQL row."""
    return tuple(rules[column].canonical_source(row[column]) for column in table.key)


def target_key(
    table: TableContract, rules: Mapping[str, ColumnRule], row: Row
) -> tuple[Value, ...]:
    """The canonical key of an Oracle row."""
    return tuple(
        rules[column].canonical_target(row[rules[column].pair.target]) for column in table.key
    )
