"""One mutating run per environment: an advisory lock of PostgreSQL, which ends with its connection,
also at kill -9.
"""

from __future__ import annotations

import hashlib
import time

from sqlalchemy import Connection, text

from reconciliation.databases.faults import place
from reconciliation.errors import EnvironmentFault
from reconciliation.session.writers import Writers
from reconciliation.session.writing import end_session

#: a run that was just killed gives its lock back as soon as the server notices the closed socket
WAIT_SECONDS = 3.0


def lock_number(environment: str) -> int:
    """A 64-bit number for pg_advisory_lock."""
    digest = hashlib.sha256(f"reconciliation run in {environment}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


class RunLock:
    """The lock of one environment, held on a connection of its own."""

    def __init__(self, environment: str, writers: Writers) -> None:
        self._environment, self._writers = environment, writers
        self._connection: Connection | None = None
        self._pid = 0

    @property
    def is_held(self) -> bool:
        """As far as this process knows; see ``keep``."""
        return self._connection is not None

    def hold(self) -> None:
        """Take the lock until ``release``; EnvironmentFault names who else holds it."""
        if self._connection is None:
            self._connection, self._pid = self._take()

    def keep(self) -> None:
        """After an outage: a lock that went with its connection is taken again; EnvironmentFault
        when somebody else has it.

        The server may not have noticed yet that the old session is gone: it is ended first, or this
        run would wait for itself.
        """
        if self._connection is None or _answers(self._connection):
            return
        self.release()
        with self._autocommitting() as connection:
            end_session(connection, self._pid)
        self.hold()

    def release(self) -> None:
        """A lock ends with its connection, which is closed without another word to the server: it
        may not answer any more.
        """
        if self._connection is None:
            return
        lost, self._connection = self._connection, None
        lost.invalidate()
        lost.close()

    def _take(self) -> tuple[Connection, int]:
        connection = self._autocommitting()
        try:
            self._await(connection)
            return connection, connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        except BaseException:
            connection.close()
            raise

    def _await(self, connection: Connection) -> None:
        number = lock_number(self._environment)
        end = time.monotonic() + WAIT_SECONDS
        while not connection.execute(
            text("SELECT pg_try_advisory_lock(:n)"), {"n": number}
        ).scalar_one():
            if time.monotonic() > end:
                who = _holder(connection, number)
                raise EnvironmentFault(
                    f"another run holds environment {self._environment!r} ({who}, "
                    f"{place(connection.engine.url)}); wait for it or end it"
                )
            time.sleep(0.1)

    def _autocommitting(self) -> Connection:
        # a session that idles in a transaction would keep a replication slot from being created
        return self._writers.source.connect().execution_options(isolation_level="AUTOCOMMIT")


def _answers(connection: Connection) -> bool:
    try:
        connection.execute(text("SELECT 1"))
    except EnvironmentFault:
        return False
    return True


_HOLDER = """
SELECT a.pid, coalesce(host(a.client_addr), 'local'),
       to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')
  FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
 WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
   AND l.classid = CAST(((CAST(:n AS int8) >> 32) & 4294967295) AS oid)
   AND l.objid = CAST((CAST(:n AS int8) & 4294967295) AS oid)
"""


def _holder(connection: Connection, number: int) -> str:
    row = connection.execute(text(_HOLDER), {"n": number}).first()
    return (
        f"PostgreSQL session {row[0]} from {row[1]} since {row[2]} UTC"
        if row
        else "its session just ended"
    )
