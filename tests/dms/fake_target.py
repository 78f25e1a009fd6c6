"""A target in memory that takes the statements DMS generates and refuses what
Oracle would refuse.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from lab.dms.databases.target import TargetError
from lab.dms.ground.catalogue import TargetColumn, TargetTable
from lab.dms.ground.errors import TargetLost
from tests.dms.fake_ddl import FakeTable, alter

_NAME = r'"([^"]+)"\."([^"]+)"'
_COLUMN = r'"([^"]+)"'


@dataclass
class FakeDatabase:
    """What survives a session. ``before`` is called before every statement and may raise."""

    tables: dict[tuple[str, str], FakeTable] = field(default_factory=dict)
    statements: list[str] = field(default_factory=list)
    arrays: list[int] = field(default_factory=list)
    commits: int = 0
    before: Callable[[str], None] = lambda statement: None
    before_commit: Callable[[], None] = lambda: None
    after_commit: Callable[[], None] = lambda: None
    #: the tables as they were before the transaction that is open
    untouched: dict[tuple[str, str], FakeTable] | None = None

    def add(self, description: TargetTable) -> None:
        self.tables[description.schema, description.name] = FakeTable(description)

    def rows(self, schema: str, table: str) -> list[dict[str, Any]]:
        return self.tables[schema, table].rows

    def committed(self, schema: str, table: str) -> list[dict[str, Any]]:
        """The rows another session would see."""
        tables = self.untouched
        return (self.tables if tables is None else tables)[schema, table].rows


class FakeTarget:
    """One session on a FakeDatabase, with a transaction."""

    def __init__(self, database: FakeDatabase) -> None:
        self.database = database
        self.lost = False

    def describe(self, schema: str, table: str) -> TargetTable | None:
        found = self.database.tables.get((schema, table))
        return found.description if found else None

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        self._check(sql)
        if re.search(r"\sFROM (ALL|DBA)_", sql):
            return []
        match = re.fullmatch(
            rf"SELECT {_COLUMN} FROM {_NAME} WHERE {_COLUMN} = :1(?: FOR UPDATE WAIT \d+)?", sql
        )
        wanted, schema, table, column = match.groups()
        return [
            (row[wanted],) for row in self._table(schema, table).rows if row[column] == values[0]
        ]

    def execute(self, sql: str, values: Sequence[Any] = (), kinds: Sequence[str] = ()) -> int:
        self._check(sql)
        if kinds and len(kinds) != len(values):
            raise AssertionError(f"{len(values)} values but {len(kinds)} kinds")
        return self._run(sql, list(values))

    def execute_many(
        self, sql: str, rows: Sequence[Sequence[Any]], kinds: Sequence[str]
    ) -> tuple[list[int], dict[int, TargetError]]:
        self._check(sql)
        self.database.arrays.append(len(rows))
        counts, errors = [], {}
        for index, values in enumerate(rows):
            try:
                counts.append(self._run(sql, list(values)))
            except TargetError as error:
                counts.append(0)
                errors[index] = error
        return counts, errors

    def commit(self) -> None:
        self._check("COMMIT")
        self.database.before_commit()
        self.database.untouched = None
        self.database.commits += 1
        self.database.after_commit()

    def rollback(self) -> None:
        if self.database.untouched is not None:
            self.database.tables = self.database.untouched
            self.database.untouched = None

    def close(self) -> None:
        self.rollback()
        self.lost = True

    # ----------------------------------------------------------------- statements

    def _check(self, sql: str) -> None:
        if self.lost:
            raise TargetLost("DPY-4011: the database or network closed the connection")
        self.database.statements.append(sql)
        self.database.before(sql)

    def _table(self, schema: str, table: str) -> FakeTable:
        if (schema, table) not in self.database.tables:
            raise TargetError(942, "ORA-00942: table or view does not exist")
        return self.database.tables[schema, table]

    def _run(self, sql: str, values: list[Any]) -> int:
        if sql.startswith("CREATE TABLE"):
            return self._create(sql)
        if sql.startswith(("ALTER TABLE", "DROP TABLE")):
            self.database.untouched = None  # as Oracle commits
            alter(self.database.tables, sql)
            return 0
        if self.database.untouched is None:
            self.database.untouched = copy.deepcopy(self.database.tables)
        verb = sql.split(" ", 1)[0]
        return {"INSERT": self._insert, "UPDATE": self._update, "DELETE": self._delete}[verb](
            sql, values
        )

    def _create(self, sql: str) -> int:
        schema, table = re.match(rf"CREATE TABLE {_NAME}", sql).groups()
        columns = re.findall(rf"{_COLUMN} (\w+)", sql.split("(", 1)[1])
        self.database.add(
            TargetTable(
                schema, table, tuple(TargetColumn(name, kind, 4000) for name, kind in columns)
            )
        )
        return 0

    def _insert(self, sql: str, values: list[Any]) -> int:
        schema, table, columns = re.match(rf"INSERT INTO {_NAME} \(([^)]*)\)", sql).groups()
        target = self._table(schema, table)
        names = re.findall(_COLUMN, columns)
        if len(set(names)) < len(names):
            raise TargetError(957, "ORA-00957: duplicate column name")
        given = dict(zip(names, values, strict=True))
        row = {column.name: None for column in target.description.columns} | self._checked(
            target, given
        )
        self._not_null(target, row)
        key = target.description.key
        if key and any(all(other[name] == row[name] for name in key) for other in target.rows):
            raise TargetError(1, f"ORA-00001: unique constraint ({schema}.PK_{table}) violated")
        target.rows.append(row)
        return 1

    def _update(self, sql: str, values: list[Any]) -> int:
        match = re.match(rf"UPDATE {_NAME} SET (.*) WHERE (.*)$", sql)
        target = self._table(match[1], match[2])
        names = re.findall(_COLUMN, match[3])
        changed = self._checked(target, dict(zip(names, values, strict=False)))
        found = self._matching(target, match[4], values[len(names) :])
        for row in found:
            self._not_null(target, row | changed)
            row.update(changed)
        return len(found)

    def _delete(self, sql: str, values: list[Any]) -> int:
        match = re.match(rf"DELETE FROM {_NAME} WHERE (.*)$", sql)
        target = self._table(match[1], match[2])
        found = self._matching(target, match[3], values)
        target.rows[:] = [row for row in target.rows if not any(row is other for other in found)]
        return len(found)

    @staticmethod
    def _matching(target: FakeTable, where: str, values: list[Any]) -> list[dict[str, Any]]:
        null = dict.fromkeys(re.findall(rf"{_COLUMN} IS NULL", where))
        wanted = dict(zip(re.findall(rf"{_COLUMN}=", where), values, strict=True)) | null
        return [
            row for row in target.rows if all(row[name] == value for name, value in wanted.items())
        ]

    @staticmethod
    def _checked(target: FakeTable, given: dict[str, Any]) -> dict[str, Any]:
        known = {column.name: column for column in target.description.columns}
        for name, value in given.items():
            if name not in known:
                raise TargetError(904, f'ORA-00904: "{name}": invalid identifier')
            column = known[name]
            if column.data_type == "NUMBER" and isinstance(value, str):
                raise TargetError(1722, "ORA-01722: invalid number")
            if (
                column.data_type == "VARCHAR2"
                and isinstance(value, str)
                and len(value.encode()) > column.length
            ):
                raise TargetError(
                    12899,
                    f'ORA-12899: value too large for column "{target.description.schema}".'
                    f'"{target.description.name}"."{name}" (actual: {len(value.encode())}, '
                    f"maximum: {column.length})",
                )
        return {
            name: value or None if isinstance(value, str) else value
            for name, value in given.items()
        }

    @staticmethod
    def _not_null(target: FakeTable, row: dict[str, Any]) -> None:
        for column in target.description.columns:
            if not column.nullable and row[column.name] is None:
                where = (
                    f'("{target.description.schema}"."{target.description.name}"."{column.name}")'
                )
                raise TargetError(1400, f"ORA-01400: cannot insert NULL into {where}")
