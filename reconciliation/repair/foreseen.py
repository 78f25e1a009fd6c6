"""Oracle as it would be after some statements of a script: which constraint would refuse the next one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from reconciliation.errors import Unreadable
from reconciliation.model import DifferenceKind
from reconciliation.repair.constraints import Check, Constraints
from reconciliation.repair.literals import name
from reconciliation.repair.statements import Statement, rewrites_rows

if TYPE_CHECKING:
    from reconciliation.judge import Judge

Columns = tuple[str, ...]
#: expressions of a row's columns; None when a column is NULL or not known, and no key of Oracle's then applies
Values = tuple[str, ...] | None


class Foreseen:
    """Asks for unique keys and foreign keys, by reading, and remembers what the statements before would have done.

    What triggers do, and constraints of tables the user cannot see, is not asked for.
    """

    def __init__(self, judge: Judge, connection: Connection, constraints: Constraints) -> None:
        self.judge, self.connection, self.constraints = judge, connection, constraints
        self.keys: dict[str, set[Columns]] = defaultdict(set)
        for unique in constraints.unique:
            self.keys[unique.table].add(unique.columns)
        for foreign in constraints.foreign:
            self.keys[foreign.table].add(foreign.columns)
        #: rows by which the statements so far would have changed the number of rows with these values
        self.balance: Counter[tuple[str, Columns, tuple[str, ...]]] = Counter()

    def count(self, select: str) -> int:
        """The number one of our own SELECT COUNT(*) gives."""
        # the driver's own execution: nothing in a literal may be taken for a bind
        return int(self.connection.exec_driver_sql(select).scalar_one())

    def trigger(self, statement: Statement) -> str | None:
        """The enabled trigger that keeps an INSERT from adding its row, in a sentence, or None."""
        target = self.judge.target_catalogue[self.judge.table(statement.table).target]
        enabled = [trigger.name for trigger in target.triggers if trigger.enabled and rewrites_rows(trigger)]
        if statement.kind is not DifferenceKind.MISSING or not enabled:
            return None
        return f"trigger {enabled[0]} is enabled and may give the row another key; nothing is added while it is"

    def refusal(self, statement: Statement) -> str | None:
        """Why Oracle would refuse the statement, or None; it counts as executed for the ones to come."""
        table = self.judge.table(statement.table).target
        found = next(self._refusals(table, statement), None)
        if found is None:
            self._remember(table, statement)
        return found

    def _remember(self, table: str, statement: Statement) -> None:
        for columns in self.keys[table]:
            before, after = _values(statement.before, columns), _values(statement.row, columns)
            if before is not None:
                self.balance[table, columns, before] -= 1
            if after is not None and statement.kind is not DifferenceKind.EXTRA:
                self.balance[table, columns, after] += 1

    def _refusals(self, table: str, statement: Statement) -> Iterator[str]:
        for key in self.constraints.foreign:
            if key.parent == table and self._leaves(statement, key.parent_columns):
                before = _values(statement.before, key.parent_columns)
                # a row that points to itself goes with itself
                own = key.table == table and _values(statement.before, key.columns) == before
                if before is not None and self._rows(key.table, key.columns, before) > own:
                    yield f"ORA-02292: {key.name}: rows of {key.table} point to it"
            if key.table == table and set(key.columns) & set(statement.values):
                after = _values(statement.row, key.columns)
                own = key.parent == table and _values(statement.row, key.parent_columns) == after
                if after is not None and not own and not self._rows(key.parent, key.parent_columns, after):
                    yield f"ORA-02291: {key.name}: there is no such row in {key.parent}"
        for unique in self.constraints.unique:
            if unique.table == table and set(unique.columns) & set(statement.values):
                after = _values(statement.row, unique.columns)
                same = after == _values(statement.before, unique.columns)
                if after is not None and not same and self._rows(table, unique.columns, after):
                    yield f"ORA-00001: {unique.name}: another row holds the same values"

        for check in self.constraints.checks:
            if check.table == table and self._violated(check, statement.row):
                yield f"ORA-02290: {check.name}: {check.condition}"

    def _violated(self, check: Check, row: Mapping[str, str]) -> bool:
        if not any(column in check.condition.upper() or column in check.condition for column in row):
            return False
        values = ", ".join(f"{value} AS {name(column)}" for column, value in row.items())
        try:
            return self.count(f"SELECT COUNT(*) FROM (SELECT {values} FROM DUAL) WHERE NOT ({check.condition})") > 0
        except (Unreadable, DBAPIError):  # the condition is about a column the contract does not know
            return False

    def _leaves(self, statement: Statement, columns: Columns) -> bool:
        if statement.kind is DifferenceKind.EXTRA:
            return True
        return _values(statement.before, columns) != _values(statement.row, columns) and bool(statement.before)

    def _rows(self, table: str, columns: Columns, values: tuple[str, ...]) -> int:
        schema, _, plain = table.partition(".")
        where = " AND ".join(f"{name(column)} = {value}" for column, value in zip(columns, values, strict=True))
        now = self.count(f"SELECT COUNT(*) FROM {name(schema)}.{name(plain)} WHERE {where}")
        return now + self.balance[table, columns, values]


def _values(row: Mapping[str, str], columns: Columns) -> Values:
    found = tuple(row.get(column, "NULL") for column in columns)
    return None if "NULL" in found else found
