"""Rows of one contracted table, read exactly: by key, or all of them in key order and in batches."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Engine, text

from reconciliation.keys import key_condition
from reconciliation.model import CatalogueTable, ColumnType, Key, Row, TableContract

#: keys looked up in one statement: Oracle allows 1000 expressions in a list
KEYS_PER_STATEMENT = 500

_TEXT_TYPES = frozenset({"varchar", "text", "bpchar", "name", "citext", "VARCHAR2", "CHAR", "NVARCHAR2", "NCHAR"})
_ZONED = ("TIMESTAMP WITH TIME ZONE", "TIMESTAMP WITH LOCAL TIME ZONE")


def quoted(name: str) -> str:
    """An identifier as both databases take it; the colon would be taken for a bind by SQLAlchemy."""
    return '"' + name.replace('"', '""').replace(":", "\\:") + '"'


def quoted_table(table: CatalogueTable) -> str:
    return f"{quoted(table.schema)}.{quoted(table.name)}"


@dataclass(frozen=True)
class Side:
    """One side of a contracted table: its columns in the contract's order, and how to select and order them."""

    table: CatalogueTable
    columns: tuple[str, ...]
    key: tuple[str, ...]
    is_target: bool
    key_of: Callable[[Row], Key]
    filter: str | None = None  # the contract's row filter; rows outside it are not read

    def select(self, condition: str | None = None) -> str:
        """All columns of the rows within the filter, and within a further condition of this module's own."""
        columns = ", ".join(self._expression(name) for name in self.columns)
        conditions = " AND ".join(f"({part})" for part in (self.escaped_filter, condition) if part)
        return f"SELECT {columns} FROM {quoted_table(self.table)}" + (f" WHERE {conditions}" if conditions else "")

    @property
    def escaped_filter(self) -> str:
        """The filter for SQLAlchemy's text(), where a colon begins a bind; empty when there is none."""
        return (self.filter or "").replace(":", "\\:")

    def _expression(self, name: str) -> str:
        # the driver drops the zone of a zoned Oracle value, so the server turns it into UTC first
        if self.is_target and self.table.columns[name].type.name in _ZONED:
            return f"SYS_EXTRACT_UTC({quoted(name)}) AS {quoted(name)}"
        return quoted(name)

    @property
    def order(self) -> str:
        return f" ORDER BY {', '.join(self._ordering(name) for name in self.key)}"

    def _ordering(self, name: str) -> str:
        # text keys in code point order on both sides, whatever the databases' languages are
        if self.table.columns[name].type.name not in _TEXT_TYPES:
            return quoted(name)
        return f"NLSSORT({quoted(name)}, 'NLS_SORT=BINARY')" if self.is_target else f'{quoted(name)} COLLATE "C"'

    @property
    def key_columns(self) -> list[tuple[str, ColumnType]]:
        """The key's columns as SQL names them, with their types."""
        return [(quoted(name), self.table.columns[name].type) for name in self.key]

    def row(self, values: Sequence[Any]) -> dict[str, Any]:
        return {name: self._value(name, value) for name, value in zip(self.columns, values, strict=True)}

    def _value(self, name: str, value: Any) -> Any:
        if isinstance(value, memoryview):
            return bytes(value)
        if self.is_target and isinstance(value, dt.datetime) and self.table.columns[name].type.name in _ZONED:
            return value.replace(tzinfo=dt.UTC)
        return value


def source_side(table: TableContract, source_table: CatalogueTable, key_of: Callable[[Row], Key] | None = None) -> Side:
    columns = tuple(dict.fromkeys(pair.source for pair in table.pairs))
    return Side(source_table, columns, table.key, False, key_of or plain_key(table.key), table.source_filter)


def target_side(table: TableContract, target_table: CatalogueTable, key_of: Callable[[Row], Key] | None = None) -> Side:
    key = tuple(table.pair(name).target for name in table.key)
    columns = tuple(dict.fromkeys(pair.target for pair in table.pairs))
    return Side(target_table, columns, key, True, key_of or plain_key(key), table.target_filter)


def plain_key(columns: tuple[str, ...]) -> Callable[[Row], Key]:
    """Key values without a rule: whole numbers are int on both sides, everything else is taken as it is."""

    def key_of(row: Row) -> Key:
        return tuple(_whole(row[name]) for name in columns)

    return key_of


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, Decimal) and value == value.to_integral_value() else value


# ------------------------------------------------------------------ reading


def read_source_rows(
    engine: Engine,
    table: TableContract,
    source_table: CatalogueTable,
    keys: Iterable[Key] | None = None,
    *,
    key_of: Callable[[Row], Key] | None = None,
) -> dict[Key, Row]:
    """The contracted columns of PostgreSQL's rows by canonical key; all rows when ``keys`` is None."""
    return _read(engine, source_side(table, source_table, key_of), keys)


def read_target_rows(
    engine: Engine,
    table: TableContract,
    target_table: CatalogueTable,
    keys: Iterable[Key] | None = None,
    *,
    key_of: Callable[[Row], Key] | None = None,
) -> dict[Key, Row]:
    """The contracted columns of Oracle's rows by canonical key; all rows when ``keys`` is None."""
    return _read(engine, target_side(table, target_table, key_of), keys)


def _read(engine: Engine, side: Side, keys: Iterable[Key] | None) -> dict[Key, Row]:
    with engine.connect() as connection:
        if keys is None:
            return {key: row for batch in batches(connection, side) for key, row in batch}
        return rows_by_key(connection, side, keys)


def rows_by_key(connection: Connection, side: Side, keys: Iterable[Key]) -> dict[Key, Row]:
    """The rows with these keys; a key without a row is absent from the result."""
    wanted = list(dict.fromkeys(keys))
    found: dict[Key, Row] = {}
    for start in range(0, len(wanted), KEYS_PER_STATEMENT):
        condition, binds = key_condition(side.key_columns, wanted[start : start + KEYS_PER_STATEMENT], side.is_target)
        for values in connection.execute(text(side.select(condition)), binds):
            row = side.row(values)
            found[side.key_of(row)] = row
    return found


def batches(connection: Connection, side: Side, size: int = 2000) -> Iterator[list[tuple[Key, Row]]]:
    """All rows in key order, ``size`` at a time, from a cursor of the server (constant memory)."""
    result = connection.execution_options(yield_per=size).execute(text(side.select() + side.order))
    with result:
        for partition in result.partitions(size):
            yield [(side.key_of(row), row) for row in map(side.row, partition)]
