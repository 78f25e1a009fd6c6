"""The replication task: its settings, its state, its tables, and what it writes down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial

from reconciliation.checks.registry import check
from reconciliation.checks.task_settings import settings_findings
from reconciliation.databases.sight import together
from reconciliation.model import Finding
from reconciliation.parallel_run import ParallelRun
from reconciliation.replication import (
    apply_exceptions,
    describe_task,
    log_warnings,
    table_statistics,
)


@check(subject="the settings of the task", kinds=("task_settings",))
def check_task_settings(run: ParallelRun) -> tuple[Finding, ...]:
    """Migration type and settings are as agreed, and no error policy hides a conflict."""
    found = settings_findings(describe_task(run), run.profile.agreed)
    return tuple(Finding("task_settings", words) for words in found)


@check(subject="the state of the task", kinds=("task_running",))
def check_task_running(run: ParallelRun) -> tuple[Finding, ...]:
    """The task is running."""
    task = describe_task(run)
    if task.status == "running":
        return ()
    why = task.last_failure or task.stop_reason
    words = f"task {task.identifier} is {task.status}, not running"
    return (Finding("task_running", f"{words}{f' ({why})' if why else ''}; resume it"),)


@check(subject="the state of the mapped tables", kinds=("table_suspended", "table_not_replicated"))
def check_task_errors(run: ParallelRun) -> tuple[Finding, ...]:
    """No replicated table is suspended, and the task knows every contracted table."""
    statistics = {table.full_name: table for table in table_statistics(run)}
    findings = [
        Finding(
            "table_suspended",
            f"table {name} is in state {table.table_state!r}: its changes are not replicated "
            "although the task is running; see the task's log and reload it",
            name,
        )
        for name, table in statistics.items()
        if table.suspended
    ]
    findings += [
        Finding(
            "table_not_replicated",
            f"the task's table statistics do not list {table.source}; see the selection "
            "rules of the table mapping",
            table.source,
        )
        for table in run.contract.tables
        if table.source not in statistics
    ]
    return tuple(findings)


@check(subject="the records of dropped changes", kinds=())
def check_records(run: ParallelRun) -> tuple[Finding, ...]:
    """What the replication writes down about dropped changes can be read: its control table and its
    log.

    Finds nothing by itself; raises Unseen for what cannot be read, without which nobody can say
    that nothing was dropped.
    """
    now = dt.datetime.now(dt.UTC)
    records: list[Callable[[ParallelRun, dt.datetime], object]] = [apply_exceptions]
    if run.profile.agreed.cloudwatch_logs:  # that it is as agreed is another check's affair
        records.append(log_warnings)
    return together(*(partial(_read, what, run, now) for what in records))


def _read(
    what: Callable[[ParallelRun, dt.datetime], object], run: ParallelRun, since: dt.datetime
) -> tuple[Finding, ...]:
    what(run, since)
    return ()
