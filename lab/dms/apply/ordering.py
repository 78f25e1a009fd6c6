"""In which target tables the order of changes of different rows cannot be seen afterwards.

It can where a trigger runs, where a foreign key looks at other rows, and where a unique key besides
the primary key lets one row stand in the way of another. And it must be certain which row a change
concerns: values of the primary key that differ here must differ for Oracle, too, which blanks at
the end of a CHAR, a rounded NUMBER or a DATE without its fraction do not.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

from lab.dms.databases.target import Target
from lab.dms.ground.changes import INSERT
from lab.dms.transform.plan import Operation

TargetName = tuple[str, str]

#: a trigger or a key may be added while the task runs
_LOOK_SECONDS = 5.0
_CONSTRAINTS = (
    "SELECT OWNER, TABLE_NAME, CONSTRAINT_NAME, CONSTRAINT_TYPE, R_OWNER, R_CONSTRAINT_NAME FROM "
    "ALL_CONSTRAINTS "
    "WHERE CONSTRAINT_TYPE IN ('P', 'R') AND :1 IN (OWNER, R_OWNER)"
)
_COLUMNS = (
    "SELECT n.TABLE_NAME, n.CONSTRAINT_NAME, n.COLUMN_NAME, k.DATA_TYPE, k.DATA_SCALE FROM "
    "ALL_CONS_COLUMNS n "
    "JOIN ALL_TAB_COLUMNS k ON k.OWNER = n.OWNER AND k.TABLE_NAME = n.TABLE_NAME AND "
    "k.COLUMN_NAME = n.COLUMN_NAME "
    "WHERE n.OWNER = :1"
)
_TRIGGERS = "SELECT TABLE_NAME FROM DBA_TRIGGERS WHERE TABLE_OWNER = :1 AND STATUS = 'ENABLED'"
_SECOND_KEYS = (
    "SELECT TABLE_NAME FROM ALL_INDEXES WHERE TABLE_OWNER = :1 AND UNIQUENESS = 'UNIQUE' "
    "GROUP BY TABLE_NAME HAVING COUNT(*) > 1"
)
_TEXT = ("VARCHAR2", "NVARCHAR2")


class Ordering:
    """What is known about the target tables of a task. ``look`` asks the catalogue, every few
    seconds at most.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._looked: float | None = None
        self._keys: Mapping[TargetName, Mapping[str, type]] = {}

    def look(self, target: Target, schemas: Iterable[str]) -> None:
        """Learn about all tables of these schemas; raises what the target raises."""
        now = self._clock()
        if self._looked is not None and now < self._looked + _LOOK_SECONDS:
            return
        keys: dict[TargetName, dict[str, type]] = {}
        for schema in sorted(set(schemas)):
            keys |= {(schema, table): kinds for table, kinds in free_tables(target, schema).items()}
        self._keys = keys
        self._looked = now

    def identity(self, operation: Operation) -> Hashable | None:
        """Table and key of the row that an operation concerns; None when its place may matter to
        other rows.
        """
        plan = operation.plan
        kinds = self._keys.get(plan.target_name)
        if kinds is None or len(plan.key) != len(kinds):
            return None
        if operation.operation == INSERT:
            columns = operation.columns
            if not all(name in columns for name in plan.key):
                return None
            values: tuple[Any, ...] = tuple(
                operation.values[columns.index(name)] for name in plan.key
            )
        else:
            values = operation.values[len(operation.columns) :]
        for name, value in zip(plan.key, values, strict=True):
            if type(value) is not kinds.get(name):
                return None
        return (plan.target_name, values)


def free_tables(target: Target, schema: str) -> dict[str, dict[str, type]]:
    """The tables of a schema in which the order cannot be seen, each with the columns of its
    primary key.
    """
    bound = {
        table for query in (_TRIGGERS, _SECOND_KEYS) for (table,) in target.query(query, (schema,))
    }
    primary: dict[str, str] = {}
    referred: set[str] = set()
    for owner, table, name, kind, r_owner, r_name in target.query(_CONSTRAINTS, (schema,)):
        if kind == "P" and owner == schema:
            primary[name] = table
        elif kind == "R":
            if owner == schema:
                bound.add(table)
            if r_owner == schema:
                referred.add(r_name)
    bound |= {table for name, table in primary.items() if name in referred}
    keys: dict[str, dict[str, type]] = {}
    for table, name, column, data_type, scale in target.query(_COLUMNS, (schema,)):
        if primary.get(name) == table and table not in bound:
            kind = _exact(data_type, scale)
            if kind is None:
                bound.add(table)
            else:
                keys.setdefault(table, {})[column] = kind
    return {table: kinds for table, kinds in keys.items() if table not in bound}


def _exact(data_type: str, scale: int | None) -> type | None:
    """The Python type whose different values are different values of the column, None when there is
    none.
    """
    if data_type in _TEXT:
        return str
    return int if data_type == "NUMBER" and (scale is None or scale >= 0) else None
