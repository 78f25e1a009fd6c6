"""The task's replication slot in PostgreSQL."""

from __future__ import annotations

from reconciliation.checks.registry import check
from reconciliation.model import Finding
from reconciliation.parallel_run import ParallelRun
from reconciliation.replication import describe_task, slot


@check(subject="the replication slot", kinds=("slot_health",))
def check_slot_health(run: ParallelRun) -> tuple[Finding, ...]:
    """The task's slot exists, is used with the agreed plugin, and neither lost WAL nor keeps too
    much of it.
    """
    slot_now, agreed = slot(run), run.profile.agreed
    if slot_now is None:
        return (
            Finding(
                "slot_health",
                "there is no logical replication slot "
                f"in database {run.source_credentials.database}; is the task running?",
            ),
        )
    name, found = slot_now.name, []
    if slot_now.plugin != agreed.slot_plugin:
        found.append(
            f"uses plugin {slot_now.plugin}, agreed is {agreed.slot_plugin}; "
            "see the source endpoint's attributes"
        )
    if not slot_now.active and describe_task(run).status == "running":
        found.append("is inactive although the task is running; look into the task's log")
    if slot_now.wal_status in ("unreserved", "lost"):
        found.append(
            f"has wal_status {slot_now.wal_status}: changes are being lost; reload the target"
        )
    limit = agreed.slot_retained_limit_mb * 1024 * 1024
    if slot_now.retained_bytes > limit:
        found.append(
            f"keeps {slot_now.retained_bytes / 1024 / 1024:.0f} MB of WAL, agreed are at most "
            f"{agreed.slot_retained_limit_mb} MB; see what the replication waits for"
        )
    return tuple(Finding("slot_health", f"slot {name} {words}") for words in found)
