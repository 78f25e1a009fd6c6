"""The SQL of the target, with quoted identifiers and every column in SET, as DMS generates it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from lab.dms.ground.changes import DELETE, INSERT
from lab.quoting import quoted

Names = tuple[str, ...]


@lru_cache(maxsize=1024)
def statement(
    operation: str, schema: str, table: str, columns: Names, key: Names, nulls: Names = ()
) -> str:
    """The statement with the placeholders ``:1``, ``:2``...; those of the key come last.

    ``nulls`` are key columns whose value is NULL: they have no placeholder, and every row with NULL
    there is meant.
    """
    marks = [f":{number}" for number in range(1, len(columns) + len(key) + 1)]
    text = _render(operation, schema, table, columns, key, marks)
    if not nulls:
        return text
    joint = " AND " if key else ""
    return text + joint + " AND ".join(f"{quoted(name)} IS NULL" for name in nulls)


def statement_text(
    operation: str,
    schema: str,
    table: str,
    columns: Names,
    key: Names,
    values: Sequence[Any] | None,
) -> str:
    """The statement as the exceptions table shows it: with literal values, or with ``?`` when
    ``values`` is None.
    """
    marks = (
        ["?"] * (len(columns) + len(key))
        if values is None
        else [literal(value) for value in values]
    )
    return _render(operation, schema, table, columns, key, marks)


def literal(value: Any) -> str:
    """A value as an SQL literal."""
    if value is None:
        return "NULL"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, bytes):
        return f"'{value.hex().upper()}'"
    if isinstance(value, dt.datetime):
        return f"'{value}'"
    return "'" + str(value).replace("'", "''") + "'"


def _render(
    operation: str, schema: str, table: str, columns: Names, key: Names, marks: Sequence[str]
) -> str:
    name = f"{quoted(schema)}.{quoted(table)}"
    if operation == INSERT:
        return f"INSERT INTO {name} ({','.join(map(quoted, columns))}) VALUES ({','.join(marks)})"
    where = " AND ".join(
        f"{quoted(column)}={mark}" for column, mark in zip(key, marks[len(columns) :], strict=True)
    )
    if operation == DELETE:
        return f"DELETE FROM {name} WHERE {where}"
    assigned = ",".join(
        f"{quoted(column)}={mark}" for column, mark in zip(columns, marks, strict=False)
    )
    return f"UPDATE {name} SET {assigned} WHERE {where}"
