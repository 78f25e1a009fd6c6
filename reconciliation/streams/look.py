"""The first look at a whole table: which keys differ, and what was counted on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from typing import Protocol

import oracledb
import psycopg2
from sqlalchemy import Connection
from sqlalchemy.engine import URL

from reconciliation.canonical import CanonicalError
from reconciliation.faults import Unreadable, explain, place
from reconciliation.model import Key
from reconciliation.streams.merge import Counts, Mismatch, merge
from reconciliation.streams.source import CopiedRows, Stalled
from reconciliation.streams.target import fetched_rows


class RowForm(Protocol):
    """How rows of one table are written and read back; equal bytes are equal rows."""

    source_sql: str
    target_sql: str
    #: how PostgreSQL counts the values that a conversion makes less exact, and the names of those counts
    reductions_sql: str
    reductions: tuple[str, ...]

    def source_key(self, row: bytes) -> Key:
        """ValueError or ArithmeticError for a key that cannot be read."""

    def target_key(self, row: bytes) -> Key:
        """The same for the other side."""

    def alike(self, source: bytes, target: bytes, accepted: Counter[str]) -> bool:
        """Whether two unlike rows of one key hold the same values, but for what somebody accepted."""


@dataclass
class Look:
    """``suspects`` are the keys to look at again, the first ``limit`` of ``suspect_count``."""

    limit: int
    counts: Counts = field(default_factory=Counts)
    suspects: list[Key] = field(default_factory=list)
    suspect_count: int = 0
    accepted: Counter[str] = field(default_factory=Counter)
    reductions: Counter[str] = field(default_factory=Counter)

    def suspect(self, key: Key) -> None:
        self.suspect_count += 1
        if len(self.suspects) < self.limit:
            self.suspects.append(key)


def look_at_rows(
    rows: RowForm,
    source: Connection,
    target: Connection,
    *,
    limit: int,
    patience: float,
    progress: Callable[[int], None],
) -> Look:
    """Compare every row of both sides within their open transactions.

    ``limit`` is how many suspect keys are kept, ``patience`` seconds without a row from PostgreSQL after which the
    table is given up, ``progress`` gets the number of source rows. Raises Unordered, or EnvironmentFault for whatever
    the databases refuse.
    """
    look = Look(limit)
    with ExitStack() as open_streams:
        left, right = (
            open_streams.enter_context(_stream(connection, sql, patience))
            for connection, sql in ((source, rows.source_sql), (target, rows.target_sql))
        )
        told = _telling(left, progress)
        for mismatch in merge(told, right, _key(rows.source_key), _key(rows.target_key), look.counts):
            _weigh(look, rows, mismatch)
    _count_reductions(look, rows, source)
    return look


@contextmanager
def _stream(connection: Connection, sql: str, patience: float) -> Iterator[Iterator[list[bytes]]]:
    """The rows of one side in chunks; the driver's errors as EnvironmentFault."""
    driver, url = connection.connection.driver_connection, connection.engine.url
    if url.get_backend_name() == "oracle":
        with closing(_explained(fetched_rows(driver, sql), url)) as chunks:
            yield chunks
    else:
        with CopiedRows(driver, sql, patience) as copied:
            yield _explained(iter(copied), url)


def _explained(chunks: Iterator[list[bytes]], url: URL) -> Generator[list[bytes]]:
    try:
        yield from chunks
    except Stalled as error:
        raise Unreadable(f"{place(url)}: {error}; is the table locked, or is it sorted first?") from None
    except (psycopg2.Error, oracledb.Error) as error:
        raise explain(error, url, connecting=False) from None


def _telling(chunks: Iterable[list[bytes]], progress: Callable[[int], None]) -> Iterator[list[bytes]]:
    rows = 0
    for chunk in chunks:
        yield chunk
        rows += len(chunk)
        progress(rows)


def _key(read: Callable[[bytes], Key]) -> Callable[[bytes], Key]:
    def key_of(row: bytes) -> Key:
        try:
            return read(row)
        except (ValueError, ArithmeticError) as error:
            raise CanonicalError(f"the key of a row cannot be read: {error}") from error

    return key_of


def _weigh(look: Look, rows: RowForm, mismatch: Mismatch) -> None:
    if mismatch.source is None or mismatch.target is None:
        look.suspect(mismatch.key)
    elif rows.alike(mismatch.source, mismatch.target, look.accepted):
        look.counts.equal += 1
    else:
        look.suspect(mismatch.key)


def _count_reductions(look: Look, rows: RowForm, source: Connection) -> None:
    """Values that an agreed conversion made less exact, counted by PostgreSQL in the same snapshot."""
    if not rows.reductions:
        return
    counts = source.exec_driver_sql(rows.reductions_sql.replace("%", "%%")).one()
    look.reductions.update({name: count for name, count in zip(rows.reductions, counts, strict=True) if count})
