"""Texts of rows with their counts, in the order of their bytes, from one side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import Connection

from reconciliation.canonical import ColumnRule
from reconciliation.canonical.types import target_label
from reconciliation.errors import Unreadable
from reconciliation.faults import place
from reconciliation.streams.layout import Layout, NoTexts
from reconciliation.streams.statement import Statement

#: rows fetched at a time
_CHUNK_ROWS = 2_000
#: seconds a database may take to group a table before its first row comes
PATIENCE_SECONDS = 600

#: the texts of one row (a wide row has several) and how often it stands there
Counted = tuple[tuple[str, ...], int]


def check_layout(layout: Layout, rules: Sequence[ColumnRule]) -> None:
    """Raises NoTexts for a column that is in no text: a row counted without it would be another row."""
    written = {field.rule.pair.source for part in layout.parts for field in part}
    for rule in rules:
        if rule.pair.source not in written:
            raise NoTexts(f"{rule.pair.source} ({rule.source.type}) -> {rule.pair.target} "
                          f"({target_label(rule.target.type)}) cannot be written as a text both databases can count; "
                          "only a table with a key can be compared with it")  # fmt: skip


def statements(layout: Layout) -> tuple[str, str]:
    """What both databases are asked: the texts, how often each stands there, in the order of their bytes."""
    return (_grouped(layout.source, len(layout.parts), 'COLLATE "C"', "::text"),
            _grouped(layout.target, len(layout.parts), "", ""))  # fmt: skip


def _grouped(rows: Statement, parts: int, collation: str, as_text: str) -> str:
    """``collation`` keeps PostgreSQL from taking unlike texts for one, and from an order of its own."""
    names = ", ".join(f"t{number}" for number in range(parts))
    collated = ", ".join(f"t{number} {collation}" for number in range(parts))
    return (f"WITH g ({names}) AS ({replace(rows, order='').sql}) SELECT {collated}, COUNT(*){as_text} FROM g "
            f"GROUP BY {collated} ORDER BY {collated}")  # fmt: skip


def counted_rows(connection: Connection, sql: str) -> Iterator[Counted]:
    """The rows of one side; raises Unreadable when the database's order is not that of the bytes, or repeats a row."""
    oracle = connection.engine.dialect.name == "oracle"
    if oracle:
        with _patient(connection):
            yield from _ordered(connection, sql)
    else:
        yield from _ordered(connection, sql.replace("%", "%%"))


def _ordered(connection: Connection, sql: str) -> Iterator[Counted]:
    streamed = connection.execution_options(yield_per=_CHUNK_ROWS)
    last: tuple[bytes, ...] | None = None
    with streamed.exec_driver_sql(sql) as result:
        for *texts, count in result:
            key = tuple(text.encode() for text in texts)
            if last is not None and not last < key:
                raise Unreadable(f"{place(connection.engine.url)}: rows do not come in the order of their UTF-8 bytes; "
                                 "without a key they cannot be held against each other")  # fmt: skip
            last = key
            yield tuple(texts), int(count)


@contextmanager
def _patient(connection: Connection) -> Iterator[None]:
    """The call that groups the table may take long, and only that one."""
    driver = connection.connection.driver_connection
    before, driver.call_timeout = driver.call_timeout, PATIENCE_SECONDS * 1000
    try:
        yield
    finally:
        driver.call_timeout = before
