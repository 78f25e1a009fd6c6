"""A writer that costs next to nothing, a reader that sees when its rows are there, and a look at
the task's memory.

The writer is a loop inside of PostgreSQL with a commit after every change: no client, no network,
one backend.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field

from benchmarks.processes import resident_bytes
from benchmarks.replicated import SCHEMA, Replicated
from benchmarks.servers import USER

#: of ten changes in a row six insert, three update and one deletes
CHANGES_OF_TEN = {"inserts": 6, "updates": 3, "deletes": 1}
_POLL_SECONDS = 0.01
_LOOK_SECONDS = 0.5
_PATIENCE_SECONDS = 600

_ROW = (
    "'Flight special ' || n || ' to 서울', 'Incheon ' || n % 500, 'ICN', (n % 2000)::int, (n % "
    "100000) / 100.0"
)
_MOMENT = "timestamptz '2026-01-01 00:00:00.123456+00' + n % 2592000 * interval '1 second'"
_PROCEDURES = f"""
CREATE PROCEDURE {SCHEMA}.write(first bigint, changes bigint, per_second float8, every bigint)
  LANGUAGE plpgsql AS $$
DECLARE began timestamptz := clock_timestamp(); ahead float8; place int;
BEGIN
  FOR n IN first .. first + changes - 1 LOOP
    place := n % 10;
    IF place < 6 THEN INSERT INTO {SCHEMA}.special VALUES (n, {_ROW}, {_MOMENT});
    ELSIF place < 9 THEN UPDATE {SCHEMA}.special SET cost = place, header = 'changed ' || n
      WHERE id = n - 6;
    ELSE DELETE FROM {SCHEMA}.special WHERE id = n - 5;
    END IF;
    COMMIT;
    IF n % every = 0 OR n = first + changes - 1 THEN
      INSERT INTO {SCHEMA}.probe VALUES (n, extract(epoch FROM clock_timestamp()));
      COMMIT;
    END IF;
    IF per_second > 0 THEN
      ahead := (n - first) / per_second - extract(epoch FROM clock_timestamp() - began);
      IF ahead > 0.001 THEN PERFORM pg_sleep(ahead); END IF;
    END IF;
  END LOOP;
END $$;
CREATE PROCEDURE {SCHEMA}.write_bulk(first bigint, amount bigint, in_one bigint)
  LANGUAGE plpgsql AS $$
DECLARE begins bigint := first;
BEGIN
  WHILE begins < first + amount LOOP
    INSERT INTO {SCHEMA}.special SELECT n, {_ROW}, {_MOMENT}
      FROM generate_series(begins, least(begins + in_one, first + amount) - 1) n;
    COMMIT;
    begins := begins + in_one;
  END LOOP;
  INSERT INTO {SCHEMA}.probe VALUES (first + amount - 1, extract(epoch FROM clock_timestamp()));
  COMMIT;
END $$
"""


def prepare(replicated: Replicated) -> None:
    """Create the writer's procedures in the source."""
    with closing(replicated.connect_source()) as connection, connection.cursor() as cursor:
        cursor.execute(_PROCEDURES)


@dataclass(frozen=True)
class Arrival:
    """``seconds`` from the first commit to the moment the last row was seen in Oracle, ``lags`` of
    the probes.
    """

    changes: int
    seconds: float
    writing_seconds: float
    lags: Sequence[float] = field(repr=False)

    @property
    def rate(self) -> float:
        """Changes per second, from commit to commit."""
        return self.changes / self.seconds

    def lag(self, share: float) -> float:
        """The lag in seconds that this share of the probes does not exceed."""
        ranked = sorted(self.lags)
        return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


def write_single(
    replicated: Replicated, first: int, changes: int, per_second: float = 0, every: int = 20
) -> Arrival:
    """Single-row transactions, as fast as possible or ``per_second``; every so many a probe.

    A probe carries the writer's clock from just before its commit; its lag ends when a session of
    Oracle sees it. Both clocks are this machine's, and the time between two looks counts as lag.
    """
    probes = changes // every + 1
    call = f"CALL {SCHEMA}.write({first}, {changes}, {per_second}, {every})"
    return _arrival(replicated, call, changes + probes, first, first + changes - 1)


def write_bulk(replicated: Replicated, first: int, rows: int, in_one: int) -> Arrival:
    """Rows inserted by transactions of ``in_one`` rows."""
    return _arrival(
        replicated,
        f"CALL {SCHEMA}.write_bulk({first}, {rows}, {in_one})",
        rows,
        first,
        first + rows - 1,
    )


def _arrival(replicated: Replicated, call: str, changes: int, first: int, last: int) -> Arrival:
    began = time.time()
    ended: list[float] = []
    failures: list[BaseException] = []

    def write() -> None:
        try:
            with closing(replicated.connect_source()) as connection, connection.cursor() as cursor:
                cursor.execute(call)
            ended.append(time.time())
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    lags, seen = _watch(replicated, first, last, failures)
    thread.join(_PATIENCE_SECONDS)
    return Arrival(changes, seen - began, ended[0] - began, lags)


def _watch(
    replicated: Replicated, first: int, last: int, failures: Sequence[BaseException]
) -> tuple[list[float], float]:
    """The lags of all probes from the ``first`` number on until the ``last`` one; and when that
    was.
    """
    lags: list[float] = []
    deadline = time.monotonic() + _PATIENCE_SECONDS
    query = f"SELECT ID, WRITTEN FROM {USER}.PROBE WHERE ID > :1 ORDER BY ID"
    with replicated.target.oracle() as connection, connection.cursor() as cursor:
        cursor.prefetchrows = cursor.arraysize = 1000
        newest = first - 1
        while newest < last:
            found = cursor.execute(query, [newest]).fetchall()
            now = time.time()
            lags += [now - written for _, written in found]
            newest = found[-1][0] if found else newest
            if failures:
                raise failures[0]
            if time.monotonic() > deadline:
                raise RuntimeError(f"probe {last} did not arrive; the newest one is {newest}")
            time.sleep(_POLL_SECONDS)
    return lags, time.time()


class Memory:
    """A context manager: what the task's processes have resident, looked at twice a second."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self.bytes: list[int] = []

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(_LOOK_SECONDS):
            self.bytes.append(resident_bytes(self._pid))

    @property
    def growth(self) -> float:
        """The peak of the second half over the peak of the first; 1 when it was over before there
        were two looks.
        """
        middle = len(self.bytes) // 2
        return max(self.bytes[middle:]) / max(self.bytes[:middle]) if middle else 1.0
