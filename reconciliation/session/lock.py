"""One mutating run per environment: an advisory lock of PostgreSQL, which ends with its connection,
also at kill -9.
"""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from reconciliation.databases.faults import place
from reconciliation.errors import EnvironmentFault
from reconciliation.session.writing import end_session

if TYPE_CHECKING:
    from reconciliation.session.judge import Judge

#: a run that was just killed gives its lock back as soon as the server notices the closed socket
PATIENCE_SECONDS = 3.0


def lock_number(environment: str) -> int:
    """A 64-bit number for pg_advisory_lock."""
    digest = hashlib.sha256(f"reconciliation run in {environment}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def hold_run_lock(judge: Judge) -> None:
    """Take the environment's lock for as long as the judge is open; EnvironmentFault names who else
    holds it.
    """
    if judge.lock is not None:
        return
    judge.lock, judge.lock_pid = _take(judge)


def keep_run_lock(judge: Judge) -> None:
    """After an outage: a lock that went with its connection is taken again; EnvironmentFault when
    somebody else has it.

    The server may not have noticed yet that the old session is gone: it is ended first, or this run
    would wait for itself.
    """
    if judge.lock is None or _answers(judge.lock):
        return
    lost, pid = judge.lock, judge.lock_pid
    judge.lock = None
    lost.invalidate()
    lost.close()
    with judge.source_writer.connect().execution_options(
        isolation_level="AUTOCOMMIT"
    ) as connection:
        end_session(connection, pid)
    hold_run_lock(judge)


def _answers(connection: Connection) -> bool:
    try:
        connection.execute(text("SELECT 1"))
    except EnvironmentFault:
        return False
    return True


def _take(judge: Judge) -> tuple[Connection, int]:
    # autocommit: a session that idles in a transaction would keep a replication slot from being
    # created
    connection = judge.source_writer.connect().execution_options(isolation_level="AUTOCOMMIT")
    number = lock_number(judge.profile.name)
    end = time.monotonic() + PATIENCE_SECONDS
    try:
        while not connection.execute(
            text("SELECT pg_try_advisory_lock(:n)"), {"n": number}
        ).scalar_one():
            if time.monotonic() > end:
                who = _holder(connection, number)
                raise EnvironmentFault(
                    f"another run holds environment {judge.profile.name!r} ({who}, "
                    f"{place(judge.source.url)}); wait for it or end it"
                )
            time.sleep(0.1)
        return connection, connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    except BaseException:
        connection.close()
        raise


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
