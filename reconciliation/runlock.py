"""One mutating run per environment: an advisory lock of PostgreSQL, which ends with its connection, also at kill -9."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from reconciliation.errors import EnvironmentFault
from reconciliation.faults import place

if TYPE_CHECKING:
    from reconciliation.judge import Judge

#: a run that was just killed gives its lock back as soon as the server notices the closed socket
PATIENCE_SECONDS = 3.0


def lock_number(environment: str) -> int:
    """A 64-bit number for pg_advisory_lock."""
    digest = hashlib.sha256(f"reconciliation run in {environment}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def hold_run_lock(judge: Judge) -> None:
    """Take the environment's lock for as long as the judge is open; EnvironmentFault names who else holds it."""
    if judge.lock is not None:
        return
    # autocommit: a session that idles in a transaction would keep a replication slot from being created
    connection = judge.source_writer.connect().execution_options(isolation_level="AUTOCOMMIT")
    number = lock_number(judge.profile.name)
    end = time.monotonic() + PATIENCE_SECONDS
    try:
        while not connection.execute(text("SELECT pg_try_advisory_lock(:n)"), {"n": number}).scalar_one():
            if time.monotonic() > end:
                who = _holder(connection, number)
                raise EnvironmentFault(f"another run holds environment {judge.profile.name!r} ({who}, "
                                       f"{place(judge.source.url)}); wait for it or end it")  # fmt: skip
            time.sleep(0.1)
    except BaseException:
        connection.close()
        raise
    judge.lock = connection


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
    return f"PostgreSQL session {row[0]} from {row[1]} since {row[2]} UTC" if row else "its session just ended"
