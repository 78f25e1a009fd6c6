"""The logical replication slot the task reads from."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text

from reconciliation.parallel_run import ParallelRun


@dataclass(frozen=True)
class SlotInfo:
    """A logical replication slot; ``retained_bytes`` is the WAL it keeps the
    server from removing.
    """

    name: str
    plugin: str
    active: bool
    wal_status: str | None
    restart_lsn: str | None
    confirmed_flush_lsn: str | None
    retained_bytes: int
    unconfirmed_bytes: int


_SLOTS = """
SELECT slot_name, plugin::text, active, wal_status, restart_lsn::text, confirmed_flush_lsn::text,
       coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::int8,
       coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn), 0)::int8
  FROM pg_replication_slots WHERE slot_type = 'logical' AND database = current_database()
    ORDER BY slot_name
"""


def slots(run: ParallelRun) -> list[SlotInfo]:
    """All logical slots of the source database."""
    with run.source.connect() as connection:
        return [SlotInfo(*row) for row in connection.execute(text(_SLOTS))]


def slot(run: ParallelRun) -> SlotInfo | None:
    """The task's slot, or None. DMS builds a slot's name from the task's resource id; otherwise the
    agreed plugin decides. Active slots come first among all that come into question: one that
    nobody reads may be left over.
    """
    found = slots(run)
    prefix = run.task.resource_id.lower()[:16]
    named = [item for item in found if prefix and item.name.lower().startswith(prefix)]
    alike = [item for item in found if item.plugin == run.profile.agreed.slot_plugin]
    return min(named or alike or found, key=lambda item: not item.active, default=None)
