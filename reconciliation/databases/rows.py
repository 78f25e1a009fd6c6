"""Rows of one contracted table, read exactly: by key, or all of them in key
order and in batches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DataError

from reconciliation.canonical import charsets
from reconciliation.canonical.types import (
    is_moment,
    ordered_text,
    read_moment,
    source_reading,
    target_label,
    target_reading,
)
from reconciliation.databases.faults import explain, place, words
from reconciliation.databases.fetching import broken, kept_bytes, kept_unconverted
from reconciliation.databases.keys import key_condition
from reconciliation.databases.quoting import for_text, quoted, text_quoted, text_quoted_table
from reconciliation.errors import Unreadable, UnreadableValue
from reconciliation.model import (
    SIDES,
    CatalogueTable,
    ColumnType,
    Key,
    Row,
    TableContract,
    UnreadableCell,
    Value,
)

if TYPE_CHECKING:
    from reconciliation.canonical import ColumnRule

Answer = TypeVar("Answer")

#: keys looked up in one statement: Oracle allows 1000 expressions in a list
KEYS_PER_STATEMENT = 500
#: rows read by value at a time, and the same of a table with LOBs
ROWS_IN_MEMORY, LOB_ROWS_IN_MEMORY = 2000, 20
_LOBS = frozenset({"CLOB", "NCLOB", "BLOB", "LONG", "LONG RAW"})

_TEXT_TYPES = frozenset(
    {"varchar", "text", "bpchar", "name", "citext", "VARCHAR2", "CHAR", "NVARCHAR2", "NCHAR"}
)


@dataclass(frozen=True)
class Side:
    """One side of a contracted table: its columns in the contract's order, and how to select and
    order them.
    """

    table: CatalogueTable
    columns: tuple[str, ...]
    key: tuple[str, ...]
    is_target: bool
    key_of: Callable[[Row], Key]
    filter: str | None = None  # the contract's row filter; rows outside it are not read
    as_of: int | None = None  # an SCN of Oracle: the rows as they were then

    def select(self, condition: str | None = None) -> str:
        """All columns of the rows within the filter, and within a further condition of this
        module's own.
        """
        columns = ", ".join(self._expression(name) for name in self.columns)
        conditions = " AND ".join(f"({part})" for part in (self.escaped_filter, condition) if part)
        then = "" if self.as_of is None else f" AS OF SCN {self.as_of}"
        return f"SELECT {columns} FROM {text_quoted_table(self.table)}{then}" + (
            f" WHERE {conditions}" if conditions else ""
        )

    @property
    def escaped_filter(self) -> str:
        """The filter for SQLAlchemy's text(), where a colon begins a bind; empty when there is
        none.
        """
        return for_text(self.filter or "")

    def _expression(self, name: str) -> str:
        if name not in self.table.columns:  # a system column, which no catalogue lists
            return text_quoted(name)
        reading = (target_reading if self.is_target else source_reading)(
            self.table.columns[name].type, text_quoted(name)
        )
        return reading if reading == text_quoted(name) else f"{reading} AS {text_quoted(name)}"

    @property
    def order(self) -> str:
        """In code point order where a key column is text, whatever the databases' languages are."""
        return f" ORDER BY {', '.join(self._ordering(name) for name in self.key)}"

    def _ordering(self, name: str) -> str:
        # text keys in code point order on both sides, whatever the databases' languages are
        if self.table.columns[name].type.name not in _TEXT_TYPES:
            return quoted(name)
        if not self.is_target:
            return f'{quoted(name)} COLLATE "C"'
        ordered = ordered_text(self.table.columns[name].type, quoted(name))
        # of national text the session's NLS_SORT, which is BINARY, orders every character
        return f"NLSSORT({ordered}, 'NLS_SORT=BINARY')" if ordered == quoted(name) else ordered

    @property
    def key_columns(self) -> list[tuple[str, ColumnType]]:
        """The key's columns as SQL names them, with their types."""
        return [(text_quoted(name), self.table.columns[name].type) for name in self.key]

    def row(self, values: Sequence[Value]) -> dict[str, Value]:
        return {
            name: self._value(name, value) for name, value in zip(self.columns, values, strict=True)
        }

    def _value(self, name: str, value: Value) -> Value:
        if isinstance(value, memoryview):
            return bytes(value)
        if self.is_target and isinstance(value, str):
            if name in self._moments:
                return read_moment(self.table.columns[name].type, value)
            if name in self._hiding:
                return kept_unconverted(value)
        return value

    @cached_property
    def _moments(self) -> frozenset[str]:
        return frozenset(
            name for name, column in self.table.columns.items() if is_moment(column.type)
        )

    @cached_property
    def _hiding(self) -> frozenset[str]:
        """Columns in a character set that hides broken bytes."""
        return frozenset(
            name
            for name, column in self.table.columns.items()
            if charsets.hides_broken_bytes(column.type.charset)
        )


def source_side(
    table: TableContract, source_table: CatalogueTable, key_of: Callable[[Row], Key] | None = None
) -> Side:
    columns = tuple(dict.fromkeys(pair.source for pair in table.pairs))
    return Side(
        source_table, columns, table.key, False, key_of or plain_key(table.key), table.source_filter
    )


def target_side(
    table: TableContract, target_table: CatalogueTable, key_of: Callable[[Row], Key] | None = None
) -> Side:
    key = tuple(table.pair(name).target for name in table.key)
    columns = tuple(dict.fromkeys(pair.target for pair in table.pairs))
    return Side(target_table, columns, key, True, key_of or plain_key(key), table.target_filter)


def plain_key(columns: tuple[str, ...]) -> Callable[[Row], Key]:
    """Key values without a rule: whole numbers are int on both sides, everything else is taken as
    it is.
    """

    def key_of(row: Row) -> Key:
        return tuple(_whole(row[name]) for name in columns)

    return key_of


def _whole(value: Value) -> Value:
    return (
        int(value) if isinstance(value, Decimal) and value == value.to_integral_value() else value
    )


# ------------------------------------------------------------------ reading


def rows_by_key(connection: Connection, side: Side, keys: Iterable[Key]) -> dict[Key, Row]:
    """The rows with these keys; a key without a row is absent from the result.

    Raises UnreadableValue for values that cannot be read, naming their cells where only texts are
    broken.
    """
    wanted = list(dict.fromkeys(keys))
    found: dict[Key, Row] = {}
    with readable(connection):
        for start in range(0, len(wanted), KEYS_PER_STATEMENT):
            part = wanted[start : start + KEYS_PER_STATEMENT]
            condition, binds = key_condition(side.key_columns, part, side.is_target)
            for values in connection.execute(text(side.select(condition)), binds):
                row = side.row(values)
                found[side.key_of(row)] = row
    _check_readable(side, found)
    return found


def each_asked(
    engine: Engine, asked: Mapping[str, Callable[[Connection], Answer]]
) -> dict[str, Answer | Unreadable]:
    """Every answer over one connection, by the name of a table; in its place why one cannot be had,
    which keeps no other from being given.
    """
    found: dict[str, Answer | Unreadable] = {}
    if not asked:
        return found
    with engine.connect() as connection:
        for name, ask in asked.items():
            try:
                found[name] = ask(connection)
            except Unreadable as error:
                connection.rollback()  # what was begun answers nothing more
                found[name] = error
    return found


def told(found: Answer | Unreadable) -> Answer:
    """What was answered of a table; raises why nothing was."""
    if isinstance(found, Unreadable):
        raise found
    return found


@contextmanager
def readable(connection: Connection) -> Iterator[None]:
    """Whatever the driver or the database says of a value it cannot hand over is UnreadableValue.

    Texts of Oracle come with their broken bytes kept (see ``fetching``).
    """
    url = connection.engine.url
    try:
        with kept_bytes(connection):
            yield
    except DataError as error:
        raise explain(error.orig or error, url, connecting=False) from None
    except (UnicodeError, OverflowError, InvalidOperation) as error:
        connection.invalidate()  # half an answer may have been left unread
        raise UnreadableValue(f"{place(url)}: a value cannot be read ({words(error)})") from None


def _check_readable(side: Side, rows: Mapping[Key, Row]) -> None:
    cells = [
        UnreadableCell(key, SIDES[side.is_target], column, why)
        for key, row in rows.items()
        for column, value in row.items()
        if (why := broken(value))
    ]
    if cells:
        first = cells[0]
        raise UnreadableValue(
            f"{side.table.full_name}: {len({cell.key for cell in cells})} of the rows cannot be "
            f"read: {first.column}: {first.why}",
            cells,
        )


def rows_in_memory(rules: Iterable[ColumnRule]) -> int:
    """How many rows of a table are read into memory at a time: few where values may be long."""
    lobs = any(target_label(rule.target.type) in _LOBS for rule in rules)
    return LOB_ROWS_IN_MEMORY if lobs else ROWS_IN_MEMORY


def batches(
    connection: Connection, side: Side, size: int = ROWS_IN_MEMORY
) -> Iterator[list[tuple[Key, Row]]]:
    """All rows in key order, ``size`` at a time, from a cursor of the server (constant memory).

    Broken texts are among the values, and equal nothing. Raises UnreadableValue for any other that
    cannot be read.
    """
    with readable(connection):
        result = connection.execution_options(yield_per=size).execute(
            text(side.select() + for_text(side.order))
        )
        with result:
            for partition in result.partitions(size):
                yield [(side.key_of(row), row) for row in map(side.row, partition)]
