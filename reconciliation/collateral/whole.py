"""Small tables read whole, where the server allows no other look."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sqlalchemy as sa

from reconciliation.collateral.change import AGAIN, Rows
from reconciliation.databases.quoting import for_text, text_quoted_table
from reconciliation.databases.rows import Side, plain_key, readable
from reconciliation.errors import CanonicalError
from reconciliation.model import CatalogueTable, Key, Row, Value

#: rows up to which a table is small
SMALL_ROWS = 10_000


def is_small(connection: sa.Connection, table: CatalogueTable, condition: str | None) -> bool:
    """Whether a table of Oracle has at most SMALL_ROWS rows that meet a condition; counted on the
    server, as far as it matters.
    """
    limit = f"ROWNUM <= {SMALL_ROWS + 1}"
    where = f"({for_text(condition)}) AND {limit}" if condition else limit
    counted = f"SELECT COUNT(*) FROM {text_quoted_table(table)} WHERE {where}"
    return bool(connection.execute(sa.text(counted)).scalar_one() <= SMALL_ROWS)


def read_side(connection: sa.Connection, side: Side) -> Rows:
    """Every row of one side of a contracted table by its canonical key, or without a key by all it
    holds.
    """
    with readable(connection):
        rows = [side.row(tuple(values)) for values in connection.execute(sa.text(side.select()))]
    if not side.key:
        return keyed(rows, plain_key(side.columns))
    return keyed(rows, lambda row: _key(side, row))


def _key(side: Side, row: Row) -> Key:
    """A key that no rule can read stands as it is."""
    try:
        return side.key_of(row)
    except CanonicalError:
        return tuple(row[name] for name in side.key)


def keyed(rows: Sequence[Row], key_of: Callable[[Row], Key]) -> Rows:
    """The rows by key; what is there twice is there under two."""
    found: dict[Key, Row] = {}
    for row in rows:
        key = tuple(_hashable(value) for value in key_of(row))
        while key in found:
            key = (*key, AGAIN)
        found[key] = row
    return found


def _hashable(value: Value) -> Value:
    try:
        hash(value)
    except TypeError:
        return repr(value)
    return value
