"""Fetching and inserting through python-oracledb and the stand-in, and
through psycopg2 without it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Any

from psycopg2.extras import execute_values

from benchmarks.flights import (
    COLUMNS,
    ORACLE_TABLE,
    POSTGRES_TABLE,
    SELECT,
    TABLE,
    TOTALS,
    Flight,
    flights,
)
from benchmarks.servers import Servers
from benchmarks.timing import Contestant, Summary, in_turns, progress, timed

BATCH = 5000
NAMED = "psycopg2, named cursor"
CLIENT_SIDE = "psycopg2, client-side cursor"
ROWS = "oracledb, rows"
DATA_FRAMES = "oracledb, fetch_df_batches"
EXECUTE_VALUES = "psycopg2, execute_values"
EXECUTEMANY = "oracledb, executemany"
#: rows per statement that both drivers are tried with before the race
BATCH_SIZES = (100, 1000, 5000, 10_000)
_TUNING_ROWS = 50_000

_names = ", ".join(COLUMNS)
_ORACLE_INSERT = (
    f"INSERT INTO {TABLE} ({_names}) VALUES ({', '.join(f':{n + 1}' for n in range(len(COLUMNS)))})"
)
_POSTGRES_INSERT = f"INSERT INTO {TABLE} ({_names}) VALUES %s"


class Race:
    """Both drivers' tables and connections."""

    def __init__(self, servers: Servers, rows: Sequence[Flight]) -> None:
        self._servers = servers
        self._rows = rows
        self._oracle = servers.oracle()
        self._plain = servers.plain()
        for connection, statement in ((self._oracle, ORACLE_TABLE), (self._plain, POSTGRES_TABLE)):
            _execute(connection, statement)

    def close(self) -> None:
        self._oracle.close()
        self._plain.close()

    # -- inserting
    # ----------------------------------------------------------------------------------------------

    def insert(self, repeat: int) -> tuple[list[Summary], dict[str, int]]:
        """All rows in one transaction, the table empty before; every driver with the batch size
        that suits it best.
        """
        some = self._rows[:_TUNING_ROWS]
        sizes = {}
        for name in (EXECUTE_VALUES, EXECUTEMANY):
            tried = {
                size: timed(self._inserting(name, some, size), len(some)) for size in BATCH_SIZES
            }
            sizes[name] = max(tried, key=lambda size, tried=tried: tried[size])
            progress(f"{name}: {sizes[name]} rows a statement are the fastest")
        contestants = [self._inserting(name, self._rows, size) for name, size in sizes.items()]
        summaries = in_turns(contestants, len(self._rows), repeat)
        self._compare_contents()
        return summaries, sizes

    def _inserting(self, name: str, rows: Sequence[Flight], size: int) -> Contestant:
        if name == EXECUTE_VALUES:
            return Contestant(
                name, lambda: self._execute_values(rows, size), lambda: self._empty(self._plain)
            )
        return Contestant(
            name, lambda: self._executemany(rows, size), lambda: self._empty(self._oracle)
        )

    def _execute_values(self, rows: Sequence[Flight], size: int) -> int:
        with self._plain.cursor() as cursor:
            execute_values(cursor, _POSTGRES_INSERT, rows, page_size=size)
        self._plain.commit()
        return len(rows)

    def _executemany(self, rows: Sequence[Flight], size: int) -> int:
        done = 0
        with self._oracle.cursor() as cursor:
            for start in range(0, len(rows), size):
                cursor.executemany(_ORACLE_INSERT, rows[start : start + size])
                done += cursor.rowcount
        self._oracle.commit()
        return done

    @staticmethod
    def _empty(connection: Any) -> None:
        _execute(connection, f"TRUNCATE TABLE {TABLE}")

    def _compare_contents(self) -> None:
        """Raises RuntimeError unless both tables hold what they were given."""
        totals = [_execute(connection, TOTALS) for connection in (self._oracle, self._plain)]
        sums = [sum(row[place] for row in self._rows) for place in (0, 7, 8)]
        wanted = (len(self._rows), *sums, sum(len(row[1]) for row in self._rows))
        if any(tuple(map(int, found)) != wanted for found in totals):
            raise RuntimeError(f"the tables hold {totals} instead of {wanted}")

    # -- fetching
    # ----------------------------------------------------------------------------------------------

    def fetch(self, repeat: int) -> list[Summary]:
        """All rows, handed out in lists (or data frames) of ``BATCH``."""
        self._servers.vacuum()
        runs = {
            NAMED: lambda: self._fetch_plain(take_all, "flights"),
            CLIENT_SIDE: lambda: self._fetch_plain(take_all, None),
            ROWS: lambda: self._fetch_oracle(take_all),
            DATA_FRAMES: self._fetch_frames,
        }
        self._compare_rows()
        return in_turns(
            [Contestant(name, run) for name, run in runs.items()], len(self._rows), repeat
        )

    def _fetch_plain(self, take: Callable[[Any], int], name: str | None) -> int:
        with self._plain.cursor(name=name) as cursor:
            cursor.arraysize = cursor.itersize = BATCH
            cursor.execute(SELECT)
            count = take(cursor)
        self._plain.rollback()
        return count

    def _fetch_oracle(self, take: Callable[[Any], int]) -> int:
        with self._oracle.cursor() as cursor:
            cursor.arraysize = cursor.prefetchrows = BATCH
            cursor.execute(SELECT)
            return take(cursor)

    def _fetch_frames(self) -> int:
        return sum(frame.num_rows() for frame in self._oracle.fetch_df_batches(SELECT, size=BATCH))

    def _compare_rows(self) -> None:
        """Raises RuntimeError unless both drivers give the rows that were inserted, as the same
        Python values.
        """

        def compare(cursor: Any) -> int:
            if sorted(cursor.fetchall()) != sorted_rows:
                raise RuntimeError("a driver gives other rows than were inserted")
            return len(sorted_rows)

        sorted_rows = sorted(self._rows)
        self._fetch_plain(compare, None)
        self._fetch_oracle(compare)


def take_all(cursor: Any) -> int:
    """The number of rows of an executed query, taken ``arraysize`` at a time and dropped."""
    count = 0
    while rows := cursor.fetchmany():
        count += len(rows)
    return count


def _execute(connection: Any, statement: str) -> tuple[Any, ...] | None:
    """One statement, committed; its first row when it is a query."""
    with closing(connection.cursor()) as cursor:
        cursor.execute(statement)
        row = cursor.fetchone() if cursor.description else None
    connection.commit()
    return row


def race(
    servers: Servers, count: int, repeat: int
) -> tuple[list[Summary], list[Summary], dict[str, int]]:
    """The fetches, the inserts and the batch sizes of the inserts, for ``count`` rows."""
    progress(f"making {count:,} rows")
    running = Race(servers, list(flights(count)))
    try:
        inserted, sizes = running.insert(repeat)
        return running.fetch(repeat), inserted, sizes
    finally:
        running.close()
