"""The static checks by the words they are asked for with: one list for the guarantees and for the
command line.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from reconciliation.agreed.contract import expired
from reconciliation.capacity import check_capacity
from reconciliation.checks import replication_setup as setup_check
from reconciliation.checks import source as readiness
from reconciliation.checks.mapping import check_mapping
from reconciliation.checks.replication_setup import SOURCE, TARGET
from reconciliation.databases.sight import oracle, together
from reconciliation.errors import CanonicalError, EnvironmentFault, Unreadable, Unseen
from reconciliation.model import Finding, TableContract
from reconciliation.parallel_run import ParallelRun

Check = Callable[[ParallelRun], Sequence[Finding]]


@dataclass(frozen=True)
class Examined:
    """What a check found, and why the rest of it could not be judged; None: all of it was."""

    subject: str
    findings: tuple[Finding, ...]
    unjudged: EnvironmentFault | None = None


def examine(judge: ParallelRun, subject: str) -> Examined:
    """Run one check of SUBJECTS. Raises EnvironmentFault for what keeps every other check from
    being judged, too.
    """
    try:
        return Examined(subject, tuple(SUBJECTS[subject](judge)))
    except Unreadable as error:
        return Examined(subject, tuple(getattr(error, "findings", ())), error)


# ------------------------------------------------------------------ mapping, capacity, acceptance


def mapping_findings(judge: ParallelRun) -> tuple[Finding, ...]:
    """The promises of the task's mapping. Raises Unseen, with the findings, for target tables that
    may be hidden.
    """
    hidden = _hidden_targets(judge)
    findings = check_mapping(
        judge.resolved, judge.contract, judge.source_catalogue, judge.target_catalogue, hidden
    )
    if hidden:
        raise Unseen("; ".join(hidden.values()), findings)
    return findings


def _hidden_targets(judge: ParallelRun) -> dict[str, str]:
    """Why nothing may be concluded about tables the mapping leads to, by name."""
    agreed = {(table.source, table.target) for table in judge.contract.tables}
    absent = [
        table.target
        for table in judge.resolved.tables
        if table.target not in judge.target_catalogue and (table.source, table.target) in agreed
    ]
    return oracle.hidden_tables(judge.target, absent)


def capacity_findings(judge: ParallelRun) -> tuple[Finding, ...]:
    """Values the legacy columns cannot hold. Raises Unseen for tables that are not as their
    contract says.
    """
    return together(*(partial(_capacity, judge, table) for table in judge.contract.tables))


def _capacity(judge: ParallelRun, table: TableContract) -> Sequence[Finding]:
    if table.source in judge.unfit:
        raise Unseen(judge.unfit[table.source])
    try:
        return check_capacity(
            table, judge.source_catalogue[table.source], judge.target_catalogue[table.target]
        )
    except CanonicalError as error:
        return (Finding("type_without_rule", str(error), table.source),)


def expired_findings(judge: ParallelRun) -> tuple[Finding, ...]:
    """Accepted differences whose date has passed."""
    today = dt.datetime.now(dt.UTC).date()
    return tuple(
        Finding(
            "accepted_expired",
            f"{one.rule} on {', '.join(one.columns)} was accepted by {one.owner} until "
            f"{one.expires}: {one.reason}; renew it or have it mended",
            one.table,
        )
        for one in expired(judge.contract, today)
    )


SUBJECTS: Mapping[str, Check] = {
    "the RDS instance": readiness.check_rds_instance,
    "the logical decoding": readiness.check_logical_decoding,
    "the pglogical extension": readiness.check_pglogical,
    "the spare capacity": readiness.check_capacity_to_spare,
    "the keys of the mapped tables": readiness.check_mapped_table_keys,
    "the replication slot": readiness.check_slot_health,
    "the replication instance": setup_check.check_replication_instance,
    "the source endpoint": lambda judge: setup_check.check_endpoint(judge, SOURCE),
    "the target endpoint": lambda judge: setup_check.check_endpoint(judge, TARGET),
    "the source connection": lambda judge: setup_check.check_connection(judge, SOURCE),
    "the target connection": lambda judge: setup_check.check_connection(judge, TARGET),
    "the settings of the task": setup_check.check_task_settings,
    "the state of the task": setup_check.check_task_running,
    "the state of the mapped tables": setup_check.check_task_errors,
    "the records of dropped changes": setup_check.check_records,
    "the triggers of the legacy tables": setup_check.check_legacy_triggers,
    "the table mapping": mapping_findings,
    "the capacity of the legacy columns": capacity_findings,
    "the accepted differences": expired_findings,
}
