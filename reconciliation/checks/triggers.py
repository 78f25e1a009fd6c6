"""What stands on the legacy tables and may change what is replicated into them."""

from __future__ import annotations

from reconciliation.checks.registry import check
from reconciliation.databases.catalogue import read_target_triggers
from reconciliation.databases.sight import oracle
from reconciliation.errors import Unseen
from reconciliation.model import Finding, Trigger
from reconciliation.parallel_run import ParallelRun


@check(subject="the triggers of the legacy tables", kinds=("trigger_enabled",))
def check_legacy_triggers(run: ParallelRun) -> tuple[Finding, ...]:
    """No enabled trigger stands on a legacy table that the task or the contract writes to.

    Raises Unseen, with what was found, when triggers of such a table may be hidden.
    """
    targets = {table.target: table.source for table in run.resolved.tables}
    targets |= {table.target: table.source for table in run.contract.tables}
    schemas = sorted({name.partition(".")[0] for name in targets})
    with run.target.connect() as connection:
        sight = oracle.read_sight(connection, schemas)
        found = [
            _trigger_finding(schema, trigger, targets[f"{schema}.{trigger.table}"])
            for schema in schemas
            for trigger in read_target_triggers(connection, schema, sight)
            if trigger.enabled and f"{schema}.{trigger.table}" in targets
        ]
    hidden = [name for name in sorted(targets) if not sight.sees_triggers(name)]
    if hidden:
        raise Unseen(
            f"{sight.where}: {sight.user} may not see "
            f"whether a trigger stands on {', '.join(hidden)}; {sight.hidden_triggers(hidden[0])}",
            found,
        )
    return tuple(found)


def _trigger_finding(schema: str, trigger: Trigger, source: str) -> Finding:
    return Finding(
        "trigger_enabled",
        f"trigger {trigger.name} ({trigger.description}) on {schema}.{trigger.table} is enabled: "
        f"it can change what the replication writes; ALTER TRIGGER {schema}.{trigger.name} DISABLE",
        source,
    )
