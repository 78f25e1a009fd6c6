"""Oracle as it would be after some statements of a script: which constraint would refuse the next
one.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from reconciliation.databases.catalogue import read_target_triggers
from reconciliation.databases.grants import oracle_table
from reconciliation.databases.quoting import quoted
from reconciliation.databases.sight.oracle import read_sight, user_of
from reconciliation.errors import Locked, TooSlow, Unreadable, Unseen
from reconciliation.model import DifferenceKind
from reconciliation.parallel_run import ParallelRun
from reconciliation.repair.constraints import Check, Columns, Constraints, HiddenParent
from reconciliation.repair.statements import Statement, rewrites_rows

#: expressions of a row's columns; None when a column is NULL or not known, and no key of Oracle's
#: then applies
Values = tuple[str, ...] | None


class Foreseen:
    """Asks for unique keys and foreign keys, by reading, and remembers what the statements before
    would have done.

    What triggers do is not asked for, but that one is in the way; what may be hidden is told by
    ``unseen``.
    """

    def __init__(self, run: ParallelRun, connection: Connection, constraints: Constraints) -> None:
        self.run, self.connection, self.constraints = run, connection, constraints
        schemas = run.profile.target.schemas
        self.sight = read_sight(connection, schemas)
        self.triggers = {
            f"{schema}.{trigger.table}": trigger.name
            for schema in schemas
            for trigger in read_target_triggers(connection, schema, self.sight)
            if trigger.enabled and rewrites_rows(trigger)
        }
        self.keys: dict[str, set[Columns]] = defaultdict(set)
        for unique in constraints.unique:
            self.keys[unique.table].add(unique.columns)
        for foreign in constraints.foreign:
            self.keys[foreign.table].add(foreign.columns)
        #: rows by which the statements so far would have changed the number of rows with these
        #: values
        self.balance: Counter[tuple[str, Columns, tuple[str, ...]]] = Counter()

    def count(self, select: str) -> int:
        """The number one of our own SELECT COUNT(*) gives."""
        # the driver's own execution: nothing in a literal may be taken for a bind
        return int(self.connection.exec_driver_sql(select).scalar_one())

    def trigger(self, statement: Statement) -> str | None:
        """The enabled trigger that keeps an INSERT from adding its row, in a sentence, or None."""
        trigger = self.triggers.get(self.run.table(statement.table).target)
        if statement.kind is not DifferenceKind.MISSING or trigger is None:
            return None
        return (
            f"trigger {trigger} is enabled and may give the row another key; nothing is added "
            f"while it is"
        )

    def unseen(self, statement: Statement) -> str | None:
        """What may stand against a statement and cannot be seen, with the grant that is missing;
        None: nothing.
        """
        table = self.run.table(statement.table).target
        hidden = self.sight.hidden_triggers(table)
        if statement.kind is DifferenceKind.MISSING and hidden:
            return f"a trigger that gives the row another key may be hidden; {hidden}"
        keys = [unique for unique in self.constraints.unique if unique.table == table]
        if self.constraints.hidden and any(
            self._leaves(statement, unique.columns) for unique in keys
        ):
            return f"rows of a table that is hidden may point to it; {self.constraints.hidden}"
        for parentless in self.constraints.parentless:
            if parentless.table == table and _points(statement, parentless.columns):
                return parent_hidden(parentless, self.constraints)
        return None

    def refusal(self, statement: Statement) -> str | None:
        """Why Oracle would refuse the statement, or None; it counts as executed for the ones to
        come.
        """
        table = self.run.table(statement.table).target
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
                if (
                    after is not None
                    and not own
                    and not self._rows(key.parent, key.parent_columns, after)
                ):
                    yield f"ORA-02291: {key.name}: there is no such row in {key.parent}"
        for unique in self.constraints.unique:
            if unique.table == table and set(unique.columns) & set(statement.values):
                after = _values(statement.row, unique.columns)
                same = after == _values(statement.before, unique.columns)
                if after is not None and not same and self._rows(table, unique.columns, after):
                    yield f"ORA-00001: {unique.name}: another row holds the same values"

        for check in self.constraints.checks:
            if check.table == table and self._violated(check, statement):
                yield f"ORA-02290: {check.name}: {check.condition}"

    def _violated(self, check: Check, statement: Statement) -> bool:
        if not any(_names(check.condition, column) for column in statement.values):
            return False
        values = ", ".join(
            f"{value} AS {quoted(column)}" for column, value in statement.row.items()
        )
        try:
            return (
                self.count(
                    f"SELECT COUNT(*) FROM (SELECT {values} FROM DUAL) WHERE NOT "
                    f"({check.condition})"
                )
                > 0
            )
        except (Unreadable, DBAPIError) as error:
            raise Unseen(
                f"{check.name} ({check.condition}) cannot be asked for: "
                f"it is about a column outside the contract ({error})"
            ) from None

    def _leaves(self, statement: Statement, columns: Columns) -> bool:
        if statement.kind is DifferenceKind.EXTRA:
            return True
        return _values(statement.before, columns) != _values(statement.row, columns) and bool(
            statement.before
        )

    def _rows(self, table: str, columns: Columns, values: tuple[str, ...]) -> int:
        schema, _, plain = table.partition(".")
        where = " AND ".join(
            f"{quoted(column)} = {value}" for column, value in zip(columns, values, strict=True)
        )
        try:
            now = self.count(f"SELECT COUNT(*) FROM {quoted(schema)}.{quoted(plain)} WHERE {where}")
        except (Locked, TooSlow):
            raise
        except Unreadable:
            grant = oracle_table(table, user_of(self.connection))
            raise Unseen(f"rows of {table} cannot be counted; {grant}") from None
        return now + self.balance[table, columns, values]


def parent_hidden(key: HiddenParent, constraints: Constraints) -> str:
    """That nobody can tell whether a row of the child has its parent, and the way out."""
    way = constraints.hidden or f"have somebody who may see the parent of {key.name} look for it"
    return (
        f"{key.name} of {key.table} points to a table that is hidden, which may have no such "
        f"row (ORA-02291); {way}"
    )


def _points(statement: Statement, columns: Columns) -> bool:
    """Whether a statement writes a foreign key; one with a NULL in it points nowhere."""
    return bool(set(columns) & set(statement.values)) and all(
        statement.row.get(one) != "NULL" for one in columns
    )


def _names(condition: str, column: str) -> bool:
    """Whether a condition is about a column; a longer name that holds it does not count."""
    return (
        re.search(rf"(?<![\w$#]){re.escape(column)}(?![\w$#])", condition, re.IGNORECASE)
        is not None
    )


def _values(row: Mapping[str, str], columns: Columns) -> Values:
    found = tuple(row.get(column, "NULL") for column in columns)
    return None if "NULL" in found else found
