"""The life of a replication slot: its name, its creation, which can take long, and what state it is
in.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import psycopg2
import psycopg2.extensions

from lab.dms.ground.errors import Recoverable, TaskFailed, one_line
from lab.dms.ground.lsn import parse_lsn

_OPEN_TRANSACTIONS = """
SELECT pid, coalesce(datname, '-'), coalesce(application_name, ''), coalesce(state, '-'),
       date_trunc('second', now() - xact_start)::text
  FROM pg_catalog.pg_stat_activity
 WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid() ORDER BY xact_start LIMIT 3
"""
Query = Callable[[str], list[tuple[Any, ...]]]


@dataclass(frozen=True)
class SlotState:
    """``confirmed`` is the position up to which nothing is needed any more, None for a slot that
    never was ready.
    """

    plugin: str
    confirmed: int | None
    is_lost: bool


class SlotCreation:
    """Creates a slot of ``plugin`` over ``connection`` (taken over and closed) and watches how long
    that takes.

    PostgreSQL waits for every transaction open at that moment, in any database of the server.
    ``query`` runs a statement over another connection.
    """

    def __init__(self, connection: Any, query: Query, slot: str, plugin: str) -> None:
        self._call = _Call(connection, slot, plugin)
        self._query = query
        self._slot = slot

    def position(
        self, limit: float, say: Callable[[str], None], stopping: Callable[[], bool]
    ) -> int:
        """The new slot's first position.

        ``say`` is told what is waited for; after ``limit`` seconds, or when ``stopping`` says so,
        TaskFailed is raised.
        """
        started, told = time.monotonic(), 0.0
        while not self._call.finished(0.25):
            waited = time.monotonic() - started
            if waited >= limit or stopping():
                holders = self.open_transactions()
                self._call.cancel()
                raise TaskFailed(
                    f"Replication slot {self._slot} could not be created within {limit:g} "
                    f"seconds: it waits for open "
                    f"transactions ({holders or 'none is open any more'}). End them and start "
                    f"the task again"
                )
            if waited - told >= 2:
                told = waited
                say(
                    f"Creation of replication slot '{self._slot}' waits for open transactions: "
                    f"{self.open_transactions()}"
                )
        return self._call.result()

    def open_transactions(self) -> str:
        """The oldest open transactions that have an id, in words; empty when there is none."""
        return "; ".join(
            f"pid {pid} in database {database}{f' of {program}' if program else ''}, {state} for "
            f"{age}"
            for pid, database, program, state, age in self._query(_OPEN_TRANSACTIONS)
        )


class _Call(threading.Thread):
    """The blocking call in a thread of its own, so that it can be watched and called off."""

    def __init__(self, connection: Any, slot: str, plugin: str) -> None:
        super().__init__(name="slot creation", daemon=True)
        self._connection = connection
        self._connection.autocommit = True
        self._arguments = (slot, plugin)
        self._position: int | None = None
        self._error: psycopg2.Error | None = None
        self.start()

    def run(self) -> None:
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(
                    "SELECT lsn::text FROM pg_create_logical_replication_slot(%s, %s)",
                    self._arguments,
                )
                self._position = parse_lsn(cursor.fetchone()[0])
        except psycopg2.Error as error:
            self._error = error

    def finished(self, timeout: float) -> bool:
        self.join(timeout)
        return not self.is_alive()

    def cancel(self) -> None:
        self._connection.cancel()
        self.join(10)
        self._connection.close()

    def result(self) -> int:
        self._connection.close()
        if self._position is not None:
            return self._position
        text = one_line(self._error)
        if isinstance(self._error, psycopg2.OperationalError) and self._connection.closed > 1:
            raise Recoverable(text)
        raise TaskFailed(f"Replication slot {self._arguments[0]} could not be created: {text}")
