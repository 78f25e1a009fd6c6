"""A process that changes rows at a steady rate, beside what is measured."""

from __future__ import annotations

import multiprocessing
import os
import random
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any, Protocol

import psycopg2
from psycopg2.errors import DeadlockDetected, ForeignKeyViolation

from benchmarks.labs import connect_source

#: changes of a transaction at most
_TRANSACTION = 12
_ROLLED_BACK = 0.05
_START_LIMIT_SECONDS = 200
#: how long PostgreSQL may be away, and between two attempts to reach it
_AWAY_SECONDS, _PAUSE_SECONDS = 120.0, 0.5


class Changes(Protocol):
    """One change after the other; is handed to the writer's process."""

    random: random.Random

    def begin(self, connection: Any) -> None:
        """Look at what there is to be changed."""

    def resume(self, connection: Any) -> None:
        """The connection was lost: the last transaction may have been committed, or not."""

    def one(self, cursor: Any) -> int:
        """Make one change; the number of rows it changed."""

    def keep(self) -> None:
        """The transaction has been committed."""

    def forget(self) -> None:
        """The transaction has been rolled back."""


class Writer:
    """Runs from ``start`` to ``stop``; ``rows`` counts committed row changes, ``refused``
    transactions that somebody else's rows or locks did not let through.
    """

    def __init__(self, address: Mapping[str, Any], changes: Changes, rate: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._rows, self._refused = context.Value("q", 0), context.Value("q", 0)
        self._stop = context.Event()
        self._process = context.Process(
            target=_write,
            args=(address, changes, rate, self._rows, self._refused, self._stop),
            daemon=True,
        )

    @property
    def rows(self) -> int:
        if not self._stop.is_set() and self._process.exitcode is not None:
            raise RuntimeError("the writer has ended by itself")
        return self._rows.value

    @property
    def refused(self) -> int:
        return self._refused.value

    def __enter__(self) -> Writer:
        self._process.start()
        end = time.monotonic() + _START_LIMIT_SECONDS
        while self.rows == 0:
            if time.monotonic() > end:
                raise RuntimeError("the writer writes nothing")
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._process.join(30)
        if self._process.is_alive():
            self._process.kill()


def _write(
    address: Mapping[str, Any], changes: Changes, rate: int, rows: Any, refused: Any, stop: Any
) -> None:
    """As an application does, it goes on when PostgreSQL was restarted."""
    parent, has_begun = os.getppid(), False
    lost: float | None = None

    def goes_on() -> bool:
        return not stop.is_set() and os.getppid() == parent

    while goes_on():
        try:
            with closing(connect_source(address)) as connection:
                look = changes.resume if has_begun else changes.begin
                look(connection)
                connection.commit()
                has_begun, lost = True, None
                _write_on(connection, changes, rate, rows, refused, goes_on)
        except psycopg2.OperationalError:
            lost = lost or time.monotonic()
            if goes_on() and time.monotonic() - lost > _AWAY_SECONDS:
                raise
            time.sleep(_PAUSE_SECONDS)


def _write_on(
    connection: Any,
    changes: Changes,
    rate: int,
    rows: Any,
    refused: Any,
    goes_on: Callable[[], bool],
) -> None:
    began, written = time.monotonic(), rows.value
    while goes_on():
        if rows.value - written >= (time.monotonic() - began) * rate:
            time.sleep(0.01)
            continue
        try:
            rows.value += transaction(connection, changes)
        except (DeadlockDetected, ForeignKeyViolation):
            connection.rollback()
            changes.forget()
            refused.value += 1


def transaction(connection: Any, changes: Changes) -> int:
    """A few changes, now and then rolled back; the number of rows that were changed for good."""
    with connection.cursor() as cursor:
        done = sum(changes.one(cursor) for _ in range(changes.random.randint(1, _TRANSACTION)))
    if changes.random.random() < _ROLLED_BACK:
        connection.rollback()
        changes.forget()
        return 0
    connection.commit()
    changes.keep()
    return done
