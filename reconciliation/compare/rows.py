"""Two sets of rows and the rules of their columns in, typed differences out. Pure: no database, no
clock.

Every cell is compared by its canonical rule and nothing else; there is no tolerance. A difference
that somebody accepted is counted under its name, and so is every value that lost precision by an
agreed conversion.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from reconciliation.canonical import ColumnRule, accepted_rule, source_key, target_key
from reconciliation.capacity import column_refusal
from reconciliation.describe import describe, key_words
from reconciliation.differences.causes import cause
from reconciliation.errors import CanonicalError
from reconciliation.model import Difference, DifferenceKind, Key, Row, TableContract, Value

__all__ = ["CompareError", "Comparison", "compare_rows", "describe", "key_rows"]


class CompareError(Exception):
    """Rows that cannot be compared row by row: two rows under one key, or a row without a compared
    column.
    """


@dataclass(frozen=True)
class Comparison:
    """``equal_rows`` + rows with a difference + ``accepted_rows`` make up ``source_rows`` (extra
    rows aside).

    ``accepted_rows`` are rows absent in Oracle because it refuses a value and somebody accepted
    that. ``accepted_values`` counts by "column: rule", ``reductions`` by "column: what was left
    out".
    """

    differences: tuple[Difference, ...]
    equal_rows: int
    source_rows: int
    target_rows: int
    accepted_values: Mapping[str, int] = field(default_factory=dict)
    reductions: Mapping[str, int] = field(default_factory=dict)
    accepted_rows: int = 0
    #: those of ``accepted_values`` in rows that differ elsewhere, which are rechecked
    accepted_beside: Mapping[str, int] = field(default_factory=dict)

    @property
    def differing_keys(self) -> tuple[Key, ...]:
        """Keys with at least one difference, each once, in the order they were met."""
        return tuple(dict.fromkeys(difference.key for difference in self.differences))


def compare_rows(
    table: TableContract,
    rules: Mapping[str, ColumnRule],
    source_rows: Mapping[Key, Row],
    target_rows: Mapping[Key, Row],
) -> Comparison:
    """Compare rows by key. Rows hold driver values by column name, on each side by that side's
    names.

    Keys are canonicalised again here, so rows keyed by driver values do as well. Raises
    CompareError for two rows with the same canonical key or a row without an agreed column,
    CanonicalError for a value its rule cannot read.
    """
    left = key_rows(
        source_rows.values(), lambda row: source_key(table, rules, row), table, table.source
    )
    right = key_rows(
        target_rows.values(), lambda row: target_key(table, rules, row), table, table.target
    )
    found = _Collected(table, rules)
    for key, row in left.items():
        if key in right:
            found.compare(key, row, right[key])
        else:
            found.missing(key, row)
    for key in right:
        if key not in left:
            found.extra(key)
    return Comparison(
        differences=tuple(found.differences),
        equal_rows=found.equal_rows,
        source_rows=len(left),
        target_rows=len(right),
        accepted_values=dict(found.accepted_values),
        reductions=dict(found.reductions),
        accepted_rows=found.accepted_rows,
        accepted_beside=dict(found.accepted_beside),
    )


def key_rows(
    rows: Iterable[Row], key_of: Callable[[Row], Key], table: TableContract, name: str
) -> dict[Key, Row]:
    """Rows of the table called ``name`` by canonical key; CompareError when two have the same one
    or a key is NULL.
    """
    keyed: dict[Key, Row] = {}
    for row in rows:
        try:
            key = key_of(row)
        except KeyError as error:
            raise CompareError(f"{name}: a row lacks its key column {error.args[0]}") from error
        if any(part is None for part in key) or key in keyed:
            words = key_words(table.key, key, table.sensitive)
            raise CompareError(
                f"{name}: two rows have the key {words}; rows cannot be paired by a key that "
                f"repeats"
                if key in keyed
                else f"{name}: a row has NULL in its key {words}; rows cannot be paired by it"
            )
        keyed[key] = row
    return keyed


class _Collected:
    """Collects what a comparison finds."""

    def __init__(self, table: TableContract, rules: Mapping[str, ColumnRule]) -> None:
        self.table = table
        self.rules = rules
        self.differences: list[Difference] = []
        self.equal_rows = 0
        self.accepted_rows = 0
        self.accepted_values: Counter[str] = Counter()
        self.accepted_beside: Counter[str] = Counter()
        self._accepted_here: list[str] = []
        self.reductions: Counter[str] = Counter()

    def compare(self, key: Key, source: Row, target: Row) -> None:
        before = len(self.differences)
        self._accepted_here.clear()
        for column, rule in self.rules.items():
            try:
                left, right = source[column], target[rule.pair.target]
            except KeyError as error:
                raise CompareError(f"{self._row(key)} lacks the column {error.args[0]}") from error
            try:
                self._cell(key, rule, left, right)
            except CanonicalError as error:
                raise CanonicalError(f"{self._row(key)}: {error}") from error
        self.accepted_values.update(self._accepted_here)
        if len(self.differences) == before:
            self.equal_rows += 1
        else:
            self.accepted_beside.update(self._accepted_here)

    def _row(self, key: Key) -> str:
        return f"{self.table.source}: row {key_words(self.table.key, key, self.table.sensitive)}"

    def _cell(self, key: Key, rule: ColumnRule, left: Value, right: Value) -> None:
        canonical_left, canonical_right = rule.canonical_source(left), rule.canonical_target(right)
        self._reduce(rule, left, right, canonical_left == canonical_right)
        if canonical_left == canonical_right:
            return
        accepted = accepted_rule(rule.accepted, rule.source.type, rule.target.type, left, right)
        if accepted is not None:
            self._accepted_here.append(f"{rule.pair.source}: {accepted.rule}")
            return
        guess = cause(canonical_left, canonical_right, rule.rule.name)
        found = self._difference(key, DifferenceKind.CHANGED, rule, left, right, guess)
        self.differences.append(replace(found, canonical=(canonical_left, canonical_right)))

    def _reduce(self, rule: ColumnRule, left: Value, right: Value, agreed: bool) -> None:
        if rule.rule.reduction and (agreed or rule.rule.by_source) and rule.rule.loses(left, right):
            self.reductions[f"{rule.pair.source}: {rule.rule.reduction}"] += 1

    def missing(self, key: Key, row: Row) -> None:
        """A row Oracle lacks; accepted when every reason to refuse it was."""
        for column, rule in self.rules.items():
            if rule.rule.by_source and column in row:
                self._reduce(rule, row[column], None, agreed=False)
        refused = [
            column_refusal(rule, row[column])
            for column, rule in self.rules.items()
            if column in row
        ]
        reasons = [refusal for refusal in refused if refusal is not None]
        if reasons and all(refusal.accepted is not None for refusal in reasons):
            self.accepted_rows += 1
            for refusal in reasons:
                if refusal.accepted is not None:
                    self.accepted_values[f"{refusal.source_column}: {refusal.accepted.rule}"] += 1
            return
        self.differences.append(self._difference(key, DifferenceKind.MISSING))

    def extra(self, key: Key) -> None:
        self.differences.append(self._difference(key, DifferenceKind.EXTRA))

    def _difference(
        self,
        key: Key,
        kind: DifferenceKind,
        rule: ColumnRule | None = None,
        left: Value = None,
        right: Value = None,
        guess: str | None = None,
    ) -> Difference:
        return Difference(
            table=self.table.source,
            target_table=self.table.target,
            key=key,
            kind=kind,
            source_column=rule.pair.source if rule else None,
            target_column=rule.pair.target if rule else None,
            source_value=left,
            target_value=right,
            rule=rule.rule.name if rule else None,
            cause=guess,
            source_type=str(rule.source.type) if rule else None,
            target_type=str(rule.target.type) if rule else None,
            key_columns=self.table.key,
            sides=self.table.sides,
            sensitive=self.table.sensitive,
        )
