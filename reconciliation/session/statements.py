"""Acts as statements of PostgreSQL: any table, any key, every name quoted.

Values are written as literals without a type (psycopg documentation, "Adaptation of Python values
to SQL types"), so a text becomes whatever the column is: json, uuid, inet, an enumeration, an array
as PostgreSQL prints it. OVERRIDING SYSTEM VALUE: PostgreSQL documentation, INSERT.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from sqlalchemy import TextClause, text

from reconciliation.databases.keys import key_condition
from reconciliation.databases.quoting import text_quoted, text_quoted_table
from reconciliation.databases.rows import KEYS_PER_STATEMENT
from reconciliation.making.model import Act, Delete, Insert, Update
from reconciliation.model import ALWAYS, CatalogueTable, Key, Row, Value

#: rows that come by one statement
ROWS_PER_STATEMENT = 100

Statement = tuple[TextClause, Mapping[str, Value]]


def together(acts: Iterable[Act]) -> Iterator[Sequence[Act]]:
    """The acts in their order, parted into those of one statement: rows of one table that come one
    behind the other, with the same columns.
    """
    for _, alike in groupby(acts, _form):
        several = list(alike)
        for start in range(0, len(several), ROWS_PER_STATEMENT):
            yield several[start : start + ROWS_PER_STATEMENT]


def _form(act: Act) -> tuple[object, ...]:
    if isinstance(act, Insert) and act.own.row:
        return (act.table, *act.own.row)
    return (id(act),)


def statement_of(acts: Sequence[Act], table: CatalogueTable, key: Sequence[str]) -> Statement:
    """What does acts that are done ``together``; ``key`` are the table's key columns."""
    first = acts[0]
    if isinstance(first, Insert):
        return _insert(table, [one.own.row for one in acts if isinstance(one, Insert)])
    return _change(first, table, key)


def _change(act: Update | Delete, table: CatalogueTable, key: Sequence[str]) -> Statement:
    condition, binds = picked(table, key, act.keys, is_target=False)
    named = text_quoted_table(table)
    if isinstance(act, Update):
        sets, values = _binds(act.values)
        assigned = ", ".join(
            f"{text_quoted(column)} = {bind}" for column, bind in zip(act.values, sets, strict=True)
        )
        return text(f"UPDATE {named} SET {assigned} WHERE {condition}"), {**values, **binds}
    return text(f"DELETE FROM {named} WHERE {condition}"), binds


def _insert(table: CatalogueTable, rows: Sequence[Row]) -> Statement:
    named, names = text_quoted_table(table), list(rows[0])
    if not names:
        return text(f"INSERT INTO {named} DEFAULT VALUES"), {}
    columns = ", ".join(text_quoted(column) for column in names)
    numbered = any(
        column in table.columns and table.columns[column].identity == ALWAYS for column in names
    )
    overriding = " OVERRIDING SYSTEM VALUE" if numbered else ""
    written: list[str] = []
    values: dict[str, Value] = {}
    for number, row in enumerate(rows):
        sets, binds = _binds(row, f"v{number}_")
        written.append(f"({', '.join(sets)})")
        values |= binds
    return text(f"INSERT INTO {named} ({columns}){overriding} VALUES {', '.join(written)}"), values


def _binds(row: Row, named: str = "v") -> tuple[list[str], dict[str, Value]]:
    values = {f"{named}{number}": _as_written(value) for number, value in enumerate(row.values())}
    return [f":{name}" for name in values], values


def _as_written(value: Value) -> Value:
    """What the driver has no literal for, as its text."""
    if isinstance(value, Mapping):
        return json.dumps(value)
    return str(value) if isinstance(value, uuid.UUID) else value


def picked(
    table: CatalogueTable, key: Sequence[str], keys: Sequence[Key], is_target: bool
) -> tuple[str, dict[str, Value]]:
    """The condition that picks the rows with these canonical keys, and its binds."""
    columns = [(text_quoted(name), table.columns[name].type) for name in key]
    if not keys:
        return "1 = 0", {}
    return key_condition(columns, keys, is_target)


def parts(keys: Sequence[Key]) -> list[Sequence[Key]]:
    """Keys for one statement each, as many as Oracle allows."""
    return [
        keys[start : start + KEYS_PER_STATEMENT]
        for start in range(0, len(keys), KEYS_PER_STATEMENT)
    ]
