"""One statement per divergent row: what it changes, and the condition under which it may.

A statement changes a row only while Oracle still holds what was compared, so it never overwrites a
newer value, and changes nothing when it is executed again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from reconciliation.canonical import ColumnRule
from reconciliation.databases.quoting import quoted, quoted_table
from reconciliation.model import (
    CatalogueTable,
    Difference,
    DifferenceKind,
    Key,
    Row,
    TableContract,
    Trigger,
    Value,
)
from reconciliation.repair.literals import ByHand, holds, literal
from reconciliation.repair.written import written

VERBS = {
    DifferenceKind.MISSING: "INSERT",
    DifferenceKind.CHANGED: "UPDATE",
    DifferenceKind.EXTRA: "DELETE",
}
_AND = "\n   AND "


@dataclass(frozen=True)
class Statement:
    """SQL for one row, without its terminator. ``columns`` are the columns it writes (DELETE:
    none).

    ``where`` is its condition; ``guard`` counts the rows that it would change but for triggers.
    ``before`` and ``values`` are expressions by column: what Oracle's row holds now, and what is
    written.
    """

    table: str
    kind: DifferenceKind
    key: Key
    columns: tuple[str, ...]
    where: str
    sql: str = field(repr=False)
    guard: str = field(repr=False)
    values: Mapping[str, str] = field(repr=False, default_factory=dict)
    before: Mapping[str, str] = field(repr=False, default_factory=dict)

    @property
    def verb(self) -> str:
        return VERBS[self.kind]

    @property
    def row(self) -> Mapping[str, str]:
        """The row once the statement was executed; of a DELETE the row that went."""
        return {**self.before, **self.values}


@dataclass(frozen=True)
class Unrepaired:
    """A row, or one column of it, that no statement is written for.
    ``column`` None: the whole row.
    """

    table: str
    kind: DifferenceKind
    key: Key
    reason: str
    column: str | None = None


def rewrites_rows(trigger: Trigger) -> bool:
    """Whether a trigger, once enabled, may change the rows that are inserted,
    their keys included.
    """
    return (
        trigger.description.startswith(("BEFORE EACH ROW", "COMPOUND"))
        and "INSERT" in trigger.description
    )


@dataclass(frozen=True)
class RowWriter:
    """Writes the statements of one contracted table; ``hidden`` are source columns whose values it
    must not write.
    """

    table: TableContract
    rules: Mapping[str, ColumnRule]
    target: CatalogueTable
    hidden: frozenset[str] = frozenset()

    @property
    def relation(self) -> str:
        return quoted_table(self.target)

    def write(
        self, key: Key, source: Row | None, target: Row | None, differences: Sequence[Difference]
    ) -> tuple[Statement | None, tuple[Unrepaired, ...]]:
        """The statement for one divergent row as both sides hold it now, and what of it is left to
        people.
        """
        kind = differences[0].kind
        try:
            if kind is DifferenceKind.MISSING and source is not None:
                return self._insert(key, source), ()
            if kind is DifferenceKind.EXTRA and target is not None:
                return self._delete(key, target), ()
            if source is not None and target is not None:
                return self._update(key, source, target, differences)
            raise ByHand("the row is gone")
        except ByHand as reason:
            return None, (Unrepaired(self.table.source, kind, key, str(reason)),)

    def condition(self, kind: DifferenceKind, columns: Sequence[str], target: Row) -> str:
        """What has to be true of an existing row; raises ByHand. ``columns``: those an UPDATE
        writes.
        """
        asked = (
            columns
            if kind is DifferenceKind.CHANGED
            else [rule.pair.target for rule in self.rules.values()]
        )
        keys = [self.rules[column].pair.target for column in self.table.key]
        parts = [*keys, *(column for column in asked if column not in keys)]
        return _AND.join(text for column in parts for text in self._holds(column, target[column]))

    def _refuse_hidden(self, source_column: str) -> None:
        if source_column in self.hidden:
            raise ByHand(
                f"{source_column} is sensitive, and its values are not written to files unless "
                f"told so"
            )

    def _holds(self, column: str, value: Value) -> tuple[str, ...]:
        self._refuse_hidden(
            next(rule.pair.source for rule in self.rules.values() if rule.pair.target == column)
        )
        column_type = self.target.columns[column].type
        if column_type.name.startswith("LONG"):
            raise ByHand(f"{column} is a {column_type.name}, which no condition can ask for")
        try:
            return holds(column, column_type, value)
        except ByHand as reason:
            raise ByHand(f"{column}: {reason}") from reason

    # -------------------------------------------------------------- the three kinds

    def _expression(self, rule: ColumnRule, source: Row) -> str:
        self._refuse_hidden(rule.pair.source)
        try:
            return literal(rule.target.type, written(rule, source[rule.pair.source]))
        except ByHand as reason:
            raise ByHand(f"{rule.pair.source} -> {rule.pair.target}: {reason}") from reason

    def _insert(self, key: Key, source: Row) -> Statement:
        self._refuse_columns_without_value()
        values = {rule.pair.target: self._expression(rule, source) for rule in self.rules.values()}
        keys = [self.rules[column].pair.target for column in self.table.key]
        same = " AND ".join(f"{quoted(column)} = {values[column]}" for column in keys)
        absent = where = f"NOT EXISTS (SELECT NULL FROM {self.relation} WHERE {same})"
        if self.target.hidden_triggers or any(
            rewrites_rows(trigger) for trigger in self.target.triggers
        ):
            where = _AND.join((absent, self._no_trigger(), self._shown()))
        names = ",\n     ".join(quoted(column) for column in values)
        sql = (
            f"INSERT INTO {self.relation}\n    ({names})\nSELECT "
            + ",\n       ".join(values.values())
            + f"\n  FROM DUAL\n WHERE {where}"
        )
        return Statement(
            self.table.source,
            DifferenceKind.MISSING,
            key,
            tuple(values),
            where,
            sql,
            f"SELECT COUNT(*) FROM DUAL WHERE {absent}",
            values,
        )

    def _no_trigger(self) -> str:
        """A trigger may give the row another key, and then every execution
        would add one more row.
        """
        schema, table = (
            plain.replace("'", "''") for plain in (self.target.schema, self.target.name)
        )
        return (
            f"NOT EXISTS (SELECT NULL FROM all_triggers WHERE table_owner = '{schema}' "
            f"AND table_name = '{table}'"
            "\n                   AND status = 'ENABLED' AND triggering_event LIKE '%INSERT%'"
            "\n                   AND trigger_type IN ('BEFORE EACH ROW', 'COMPOUND'))"
        )

    def _shown(self) -> str:
        """That no trigger is found proves nothing to a session that all_triggers hides them from
        (see sight.oracle).
        """
        schema, table = (
            plain.replace("'", "''") for plain in (self.target.schema, self.target.name)
        )
        return (
            f"(USER = '{schema}' OR EXISTS (SELECT NULL FROM session_privs "
            "WHERE privilege = 'CREATE ANY TRIGGER')"
            f"\n        OR EXISTS (SELECT NULL FROM all_tab_privs WHERE table_schema = '{schema}'"
            f"\n                    AND table_name = '{table}' AND (grantee IN (USER, 'PUBLIC')"
            "\n                     OR grantee IN (SELECT role FROM session_roles))))"
        )

    def _refuse_columns_without_value(self) -> None:
        agreed = {pair.target for pair in self.table.pairs}
        for column in self.target.columns.values():
            if column.name not in agreed and not column.nullable and column.default is None:
                raise ByHand(
                    f"ORA-01400: {column.name} is NOT NULL, has no default, and no column is "
                    f"agreed for it"
                )

    def _update(
        self, key: Key, source: Row, target: Row, differences: Sequence[Difference]
    ) -> tuple[Statement | None, tuple[Unrepaired, ...]]:
        values: dict[str, str] = {}
        unrepaired = []
        for difference in differences:
            rule = self.rules[difference.source_column or ""]
            try:
                expression = self._expression(rule, source)
                self._holds(rule.pair.target, target[rule.pair.target])
            except ByHand as reason:
                unrepaired.append(
                    Unrepaired(
                        self.table.source,
                        DifferenceKind.CHANGED,
                        key,
                        str(reason),
                        rule.pair.source,
                    )
                )
                continue
            values[rule.pair.target] = expression
        if not values:
            return None, tuple(unrepaired)
        where = self.condition(DifferenceKind.CHANGED, tuple(values), target)
        settings = ",\n       ".join(
            f"{quoted(column)} = {expression}" for column, expression in values.items()
        )
        sql = f"UPDATE {self.relation}\n   SET {settings}\n WHERE {where}"
        statement = Statement(
            self.table.source,
            DifferenceKind.CHANGED,
            key,
            tuple(values),
            where,
            sql,
            f"SELECT COUNT(*) FROM {self.relation} WHERE {where}",
            values,
            self._before(target),
        )
        return statement, tuple(unrepaired)

    def _delete(self, key: Key, target: Row) -> Statement:
        if self.table.target_filter or self.table.source_filter:
            raise ByHand(
                "the contract compares some rows of this table only; the row may be right "
                "outside of them"
            )
        where = self.condition(DifferenceKind.EXTRA, (), target)
        sql = f"DELETE FROM {self.relation}\n WHERE {where}"
        guard = f"SELECT COUNT(*) FROM {self.relation} WHERE {where}"
        return Statement(
            self.table.source,
            DifferenceKind.EXTRA,
            key,
            (),
            where,
            sql,
            guard,
            {},
            self._before(target),
        )

    def _before(self, target: Row) -> dict[str, str]:
        """The row as expressions; columns that have none are no part of a key either."""
        found = {}
        for rule in self.rules.values():
            with suppress(ByHand):
                found[rule.pair.target] = literal(rule.target.type, target[rule.pair.target])
        return found
