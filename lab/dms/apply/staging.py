"""The staging tables of batch apply: ``awsdms_changes<digits>``, one for each target table."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from lab.dms.databases.target import Target, TargetError
from lab.dms.ground.catalogue import TargetTable
from lab.dms.ground.changes import DELETE, INSERT
from lab.dms.ground.errors import TaskFailed
from lab.dms.transform.plan import Operation
from lab.quoting import quoted

_WIDE = {
    "VARCHAR2": "VARCHAR2(4000)",
    "NVARCHAR2": "NVARCHAR2(2000)",
    "NUMBER": "NUMBER",
    "RAW": "RAW(2000)",
}


class Staging:
    """Loads records of one shape into a staging table and moves them on with one statement."""

    def __init__(self, task: str) -> None:
        self._task = task
        self._made: dict[tuple[str, str], tuple[str, ...]] = {}

    def prepare(self, target: Target, schema: str, tables: Sequence[TargetTable]) -> None:
        """Make the staging tables of ``tables`` anew where they are missing. Oracle commits when it
        makes one.
        """
        for described in tables:
            table = (described.schema, described.name)
            columns = tuple(column.name for column in described.columns)
            if self._made.get(table) == columns:
                continue
            name = self._name(schema, table)
            typed = [_type(column.data_type, column.length) for column in described.columns]
            numbered = ", ".join(f'"col{number}" {kind}' for number, kind in enumerate(typed, 1))
            segments = ", ".join(
                f'"seg{number}" {kind}' for number, kind in enumerate(typed, 1) if _is_key(kind)
            )
            try:
                if target.describe(schema, name) is not None:
                    target.execute(f"DROP TABLE {quoted(schema)}.{quoted(name)}")
                target.execute(
                    f'CREATE TABLE {quoted(schema)}.{quoted(name)} ("seq" NUMBER NOT NULL, '
                    f"{numbered}, {segments})"
                )
            except TargetError as error:
                raise TaskFailed(
                    f"Staging table {schema}.{name} could not be created: {error.text}"
                ) from None
            self._made[table] = columns

    def execute(self, target: Target, schema: str, run: Sequence[Operation]) -> int:
        """Apply operations of one shape; returns how many rows were touched. Raises TargetError,
        nothing done then.
        """
        first = run[0]
        table = first.plan.target_name
        places = {name: number for number, name in enumerate(self._made.get(table, ()), 1)}
        if not places.keys() >= {*first.columns, *first.key}:
            raise TargetError(
                None, f"table '{'.'.join(table)}' has been altered since its staging table was made"
            )
        name = f"{quoted(schema)}.{quoted(self._name(schema, table))}"
        loaded = [
            '"seq"',
            *(f'"col{places[c]}"' for c in first.columns),
            *(f'"seg{places[c]}"' for c in first.key),
        ]
        marks = ",".join(f":{number}" for number in range(1, len(loaded) + 1))
        rows = [(number, *operation.values) for number, operation in enumerate(run, 1)]
        _, errors = target.execute_many(
            f"INSERT INTO {name} ({','.join(loaded)}) VALUES ({marks})",
            rows,
            ("number", *first.kinds),
        )
        try:
            if errors:
                raise next(iter(errors.values()))
            return target.execute(_moved(first, name, places))
        finally:
            target.execute(f"DELETE FROM {name}")

    def _name(self, schema: str, table: tuple[str, str]) -> str:
        return f"awsdms_changes{zlib.crc32('.'.join((self._task, schema, *table)).encode()):010d}"


def _moved(first: Operation, staging: str, places: dict[str, int]) -> str:
    """The statement that applies what the staging table holds."""
    table = ".".join(map(quoted, first.plan.target_name))
    columns = ",".join(map(quoted, first.columns))
    staged = ",".join(f'c."col{places[name]}"' for name in first.columns)
    if first.operation == INSERT:
        return f'INSERT INTO {table} ({columns}) SELECT {staged} FROM {staging} c ORDER BY c."seq"'
    same = " AND ".join(f't.{quoted(name)} = c."seg{places[name]}"' for name in first.key)
    there = f"EXISTS (SELECT 1 FROM {staging} c WHERE {same})"
    if first.operation == DELETE:
        return f"DELETE FROM {table} t WHERE {there}"
    return (
        f"UPDATE {table} t SET ({columns}) = (SELECT {staged} FROM {staging} c WHERE {same}) "
        f"WHERE {there}"
    )


def _type(data_type: str, length: int) -> str:
    """A column that takes what its target takes, and more of it: what is too long is refused by the
    target.
    """
    if data_type in ("CHAR", "NCHAR"):
        return f"{data_type}({max(1, length if data_type == 'CHAR' else length // 2)})"
    return _WIDE.get(data_type, data_type)


def _is_key(kind: str) -> bool:
    return not kind.endswith("LOB") and kind not in ("LONG", "LONG RAW")
