"""What the processes behind one session take while a table grows and is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.flights import COLUMNS, SELECT, TABLE, in_batches
from benchmarks.oracle_speed import BATCH, take_all
from benchmarks.servers import Servers, own_bytes, peak_bytes
from benchmarks.timing import progress

_INSERT = (
    f"INSERT INTO {TABLE} ({', '.join(COLUMNS)}) VALUES "
    f"({', '.join(f':{n + 1}' for n in range(len(COLUMNS)))})"
)
_SMALLEST = 100_000


@dataclass(frozen=True)
class Memory:
    """Peaks in bytes at one size of the table; PostgreSQL's process counts beside the stand-in, not
    in it.
    """

    rows: int
    stand_in: int
    backend_peak: int
    backend_own: int


def sizes(largest: int) -> list[int]:
    """100 thousand and its tenfolds up to ``largest``, which is always the last one."""
    found, size = [], _SMALLEST
    while size < largest:
        found.append(size)
        size *= 10
    return [*found, largest]


def measure(servers: Servers, row_numbers: Sequence[int]) -> list[Memory]:
    """Per size: a new session fills the table up to it in one transaction, and reads all of it
    three ways.
    """
    with servers.oracle() as connection, connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE TABLE {TABLE}")
    found, present = [], 0
    for rows in row_numbers:
        found.append(_at_size(servers, present, rows))
        present = rows
        stand_in, backend = found[-1].stand_in / 1e6, found[-1].backend_peak / 1e6
        progress(
            f"{rows:>12,} rows: stand-in {stand_in:.0f} MB, its backend {backend:.0f} MB at the "
            f"most"
        )
    return found


def _at_size(servers: Servers, present: int, rows: int) -> Memory:
    with servers.oracle() as connection:
        session = servers.session_pid()
        with connection.cursor() as cursor:
            for batch in in_batches(rows - present, BATCH, present + 1):
                cursor.executemany(_INSERT, batch)
            connection.commit()
            cursor.arraysize = cursor.prefetchrows = BATCH
            cursor.execute(SELECT)
            _expect(take_all(cursor), rows)
            # with changes under way a result is read inside the transaction
            cursor.execute(f"UPDATE {TABLE} SET cost = cost WHERE id = 1")
            cursor.execute(SELECT)
            _expect(take_all(cursor), rows)
        connection.rollback()
        frames = connection.fetch_df_batches(SELECT, size=BATCH)
        _expect(sum(frame.num_rows() for frame in frames), rows)
        backend = servers.store_backend_pid()
        stand_in = peak_bytes(servers.stand_in.pid) + peak_bytes(session)
        return Memory(rows, stand_in, peak_bytes(backend), own_bytes(backend))


def _expect(count: int, rows: int) -> None:
    if count != rows:
        raise RuntimeError(f"{count} rows were read instead of {rows}")
