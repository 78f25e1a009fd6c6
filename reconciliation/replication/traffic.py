"""Who writes the mapped tables of PostgreSQL, and how much: its own counters of rows, and the locks
of transactions that are still open.

What the counters are worth, and how late they are: ``reconciliation.databases.written``. Both can
be read by everybody; the names of other users' sessions ask for pg_read_all_stats.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import text

from reconciliation.databases.written import PARTS, rows_written
from reconciliation.errors import EnvironmentFault
from reconciliation.parallel_run import ParallelRun

#: a prepared transaction holds its locks without a session
_OPEN = f"""{PARTS}
SELECT DISTINCT p.name, a.pid, a.usename::text, a.application_name, host(a.client_addr)
  FROM pg_locks l JOIN parts p ON p.oid = l.relation
  LEFT JOIN pg_stat_activity a ON a.pid = l.pid
 WHERE l.locktype = 'relation' AND l.mode = 'RowExclusiveLock' AND l.granted
   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND l.pid IS DISTINCT FROM pg_backend_pid()
 ORDER BY 1, 2
"""


@dataclass(frozen=True)
class Traffic:
    """``rows`` inserted, updated and deleted so far, by source name; ``writers`` are transactions
    that are writing a mapped table just now, a line each.
    """

    rows: Mapping[str, int]
    writers: tuple[str, ...] = ()

    def since(self, before: Traffic) -> dict[str, int]:
        """By table the rows written after ``before``; tables without any are left out."""
        grown = {name: rows - before.rows.get(name, 0) for name, rows in self.rows.items()}
        return {name: rows for name, rows in grown.items() if rows}


def traffic(run: ParallelRun) -> Traffic:
    """What PostgreSQL says now of the tables the task maps. Raises EnvironmentFault, also where it
    does not count rows.
    """
    names = [table.source for table in run.resolved.tables]
    written = rows_written(run.source, names, heirs=True)
    if written.era is None:
        raise EnvironmentFault(
            "PostgreSQL counts no rows (track_counts is off), so nobody can say who writes: "
            "turn it on"
        )
    with run.source.connect() as connection:
        found = connection.execute(text(_OPEN), {"names": names, "heirs": True}).all()
    return Traffic(written.in_all(), tuple(_writer(*one) for one in found))


def _writer(
    table: str, pid: int | None, user: str | None, application: str | None, host: str | None
) -> str:
    if pid is None:
        return f"{table} by a prepared transaction"
    where = f" from {host}" if host else ""
    program = f" ({application})" if application else ""
    return f"{table} by {user or 'somebody'}{program}{where}, session {pid}"
