"""Whole runs without Gherkin: compare tables, or check what can be checked without comparing; a RunReport comes out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

import oracledb

from reconciliation.capacity import check_capacity
from reconciliation.contract import expired, sensitive_columns
from reconciliation.errors import CanonicalError
from reconciliation.judge import Judge
from reconciliation.mapping_check import check_mapping
from reconciliation.model import Finding, Status
from reconciliation.readiness import (
    check_capacity_to_spare,
    check_logical_decoding,
    check_mapped_table_keys,
    check_pglogical,
    check_rds_instance,
    check_slot_health,
)
from reconciliation.replication import task_facts
from reconciliation.report.grounds import grounds
from reconciliation.report.model import RunReport, accepted_entries
from reconciliation.run_names import run_id
from reconciliation.setup_check import (
    SOURCE,
    TARGET,
    check_connection,
    check_endpoint,
    check_legacy_triggers,
    check_replication_instance,
    check_task_errors,
    check_task_running,
    check_task_settings,
)
from reconciliation.tables import Progress, compare_tables
from reconciliation.verdict import Scope, Verdict, verdict_of_findings, verdict_of_tables


def versions(judge: Judge) -> dict[str, str]:
    """What answered, for the evidence."""
    return {**judge.preflight.versions, "python-oracledb": oracledb.__version__}


def compare_run(
    judge: Judge, tables: Sequence[str] | None = None, progress: Progress | None = None, workers: int | None = None
) -> RunReport:
    """Compare whole tables, reading only; the verdict is about equality alone. ``workers`` as in compare_tables."""
    started = dt.datetime.now(dt.UTC)
    results = tuple(compare_tables(judge, tables, progress, workers))
    judge.resilience.finish()
    occurrences = {result.table: result.accepted_values for result in results if result.status is not Status.NOT_JUDGED}
    return _report(
        judge, started, verdict_of_tables(results), _scope(judge, tables), subject="tables",
        out_of_scope=tuple(table.source for table in judge.contract.tables if tables and table.source not in tables),
        tables=results, **grounds(results),
        accepted=accepted_entries(judge.contract, started.date(), occurrences, judged_tables=occurrences),
        task=task_facts(judge),
    )  # fmt: skip


def _scope(judge: Judge, tables: Sequence[str] | None) -> Scope:
    return Scope.PARTIAL if tables and {one.source for one in judge.contract.tables} - set(tables) else Scope.FULL


def _report(judge: Judge, started: dt.datetime, verdict: Verdict, scope: Scope, **parts: object) -> RunReport:
    return RunReport(
        run_id=run_id(started), environment=judge.profile.name, title=judge.profile.title, started=started,
        finished=dt.datetime.now(dt.UTC), verdict=verdict, scope=scope, versions=versions(judge),
        notes=judge.preflight.lines, agreed_lag_seconds=judge.profile.replication.agreed_lag_seconds,
        sensitive=sensitive_columns(judge.contract), **parts,
    )  # fmt: skip


# ------------------------------------------------------------------ static checks

CHECKS: tuple[Callable[[Judge], tuple[Finding, ...]], ...] = (
    check_rds_instance,
    check_logical_decoding,
    check_pglogical,
    check_capacity_to_spare,
    check_mapped_table_keys,
    check_slot_health,
    check_replication_instance,
    lambda judge: check_endpoint(judge, SOURCE),
    lambda judge: check_endpoint(judge, TARGET),
    lambda judge: check_connection(judge, SOURCE),
    lambda judge: check_connection(judge, TARGET),
    check_task_settings,
    check_task_running,
    check_task_errors,
    check_legacy_triggers,
    lambda judge: check_mapping(judge.resolved, judge.contract, judge.source_catalogue, judge.target_catalogue),
)


def check_run(judge: Judge) -> RunReport:
    """Everything that can be said without comparing rows; any finding makes it NOT READY."""
    started = dt.datetime.now(dt.UTC)
    findings = [finding for check in CHECKS for finding in check(judge)]
    for table in judge.contract.tables:
        findings += _capacity(judge, table.source)
    findings += [
        Finding("accepted_expired", f"the accepted difference {entry.rule} on {entry.table} expired on "
                f"{entry.expires}; {entry.owner} must renew it or have it mended", entry.table)
        for entry in expired(judge.contract, started.date())
    ]  # fmt: skip
    return _report(
        judge, started, verdict_of_findings(findings), Scope.FULL, subject="checks", findings=tuple(findings),
        reasons=(f"{len(findings)} findings",) if findings else (), task=task_facts(judge),
    )  # fmt: skip


def _capacity(judge: Judge, name: str) -> tuple[Finding, ...]:
    table = judge.table(name)
    try:
        return check_capacity(table, judge.source_catalogue[table.source], judge.target_catalogue[table.target])
    except CanonicalError as error:
        return (Finding("type_without_rule", str(error), name),)
