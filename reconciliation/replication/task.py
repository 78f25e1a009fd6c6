"""The replication task: what it is, what it counted, and how it is stopped and started."""

from __future__ import annotations

import datetime as dt
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from reconciliation.databases.connections import AwsClients
from reconciliation.documents import members
from reconciliation.errors import EnvironmentFault
from reconciliation.model import Document, TaskInfo
from reconciliation.parallel_run import ParallelRun

if TYPE_CHECKING:
    from types_boto3_dms.literals import StartReplicationTaskTypeValueType
    from types_boto3_dms.type_defs import ReplicationTaskTypeDef, TableStatisticsTypeDef


#: DMS user guide, "Table states during tasks"
_SUSPENDED_STATES = ("Table error", "Table does not exist", "Table cancelled")


@dataclass(frozen=True)
class TableStatistics:
    """Counters of DescribeTableStatistics for one source table, names as DMS has them."""

    schema_name: str
    table_name: str
    table_state: str
    inserts: int
    updates: int
    deletes: int
    ddls: int
    applied_inserts: int
    applied_updates: int
    applied_deletes: int
    applied_ddls: int
    full_load_rows: int
    last_update_time: dt.datetime | None

    @property
    def full_name(self) -> str:
        return f"{self.schema_name}.{self.table_name}"

    @property
    def suspended(self) -> bool:
        """Its changes are not replicated although the task is running."""
        return self.table_state in _SUSPENDED_STATES


def find_task(aws: AwsClients, identifier: str) -> TaskInfo:
    """The task by its identifier; an unknown one raises EnvironmentFault with the identifiers there
    are.
    """
    found = {task["ReplicationTaskIdentifier"]: task for task in _all_tasks(aws)}
    if identifier not in found:
        there = ", ".join(sorted(found)) or "none"
        raise EnvironmentFault(
            f"there is no replication task {identifier!r} in {aws.region}; tasks there: {there}"
        )
    return _task(found[identifier])


def _all_tasks(aws: AwsClients) -> list[ReplicationTaskTypeDef]:
    with aws.asking("describing the replication tasks"):
        paginator = aws.dms.get_paginator("describe_replication_tasks")
        return [task for page in paginator.paginate() for task in page["ReplicationTasks"]]


def other_mappings(run: ParallelRun) -> dict[str, str]:
    """The table mappings of the tasks beside the profile's, as they stand there, by identifier."""
    return {
        task["ReplicationTaskIdentifier"]: task.get("TableMappings", "")
        for task in _all_tasks(run.aws)
        if task["ReplicationTaskIdentifier"] != run.task.identifier
    }


def _task(task: ReplicationTaskTypeDef) -> TaskInfo:
    statistics = task.get("ReplicationTaskStats") or {}
    name = task["ReplicationTaskIdentifier"]
    try:
        settings: Document = json.loads(task.get("ReplicationTaskSettings") or "{}")
    except ValueError as error:
        raise EnvironmentFault(f"the settings of task {name!r} are not JSON: {error}") from None
    if not isinstance(settings, dict):
        raise EnvironmentFault(f"the settings of task {name!r} are no object: {settings!r}")
    return TaskInfo(
        identifier=name,
        arn=task["ReplicationTaskArn"],
        status=task.get("Status", ""),
        migration_type=task.get("MigrationType", ""),
        table_mappings=task.get("TableMappings", ""),
        settings=settings,
        stop_reason=task.get("StopReason", ""),
        last_failure=task.get("LastFailureMessage", ""),
        source_endpoint_arn=task.get("SourceEndpointArn", ""),
        target_endpoint_arn=task.get("TargetEndpointArn", ""),
        instance_arn=task.get("ReplicationInstanceArn", ""),
        has_run=bool(task.get("ReplicationTaskStartDate") or statistics.get("FreshStartDate")),
        recovery_checkpoint=task.get("RecoveryCheckpoint", ""),
    )


def settings_section(task: TaskInfo, name: str) -> Mapping[str, Document]:
    """A section of the task's settings, empty where there is none; EnvironmentFault where something
    else stands there.
    """
    found = task.settings.get(name)
    if found is None:
        return {}
    try:
        return members(found, name)
    except ValueError as error:
        raise EnvironmentFault(f"the settings of task {task.identifier!r}: {error}") from None


def describe_task(run: ParallelRun) -> TaskInfo:
    """The profile's task as it is now."""
    return find_task(run.aws, run.profile.aws.task)


def table_statistics(run: ParallelRun) -> list[TableStatistics]:
    """The task's counters per table as they are now."""
    with run.aws.asking("describing the table statistics"):
        paginator = run.aws.dms.get_paginator("describe_table_statistics")
        pages = list(paginator.paginate(ReplicationTaskArn=run.task.arn))
    return [_statistics(table) for page in pages for table in page["TableStatistics"]]


_Counter = Literal[
    "Inserts",
    "Updates",
    "Deletes",
    "Ddls",
    "AppliedInserts",
    "AppliedUpdates",
    "AppliedDeletes",
    "AppliedDdls",
    "FullLoadRows",
]
_COUNTERS: tuple[_Counter, ...] = get_args(_Counter)


def _statistics(table: TableStatisticsTypeDef) -> TableStatistics:
    counters = {_snake(name): int(table.get(name) or 0) for name in _COUNTERS}
    return TableStatistics(
        table["SchemaName"],
        table["TableName"],
        table.get("TableState", ""),
        **counters,
        last_update_time=table.get("LastUpdateTime"),
    )


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


# ------------------------------------------------------------------ stopping and starting


def stop_task(run: ParallelRun, limit_seconds: float = 300) -> TaskInfo:
    """Stop the task and wait until it is stopped. Needs control_task = true."""
    may_control(run)
    with run.aws.asking(f"stopping task {run.task.identifier!r}"):
        run.aws.dms.stop_replication_task(ReplicationTaskArn=run.task.arn)
    return await_status(run, "stopped", limit_seconds)


def start_task(run: ParallelRun, limit_seconds: float = 300) -> TaskInfo:
    """Start the task where it stopped (a task that never ran: from now) and wait until it runs.

    One that is being stopped is stopped first, which it cannot be kept from; one that is being
    started need not be told.
    """
    may_control(run)
    task = describe_task(run)
    if task.status == "starting":
        return await_status(run, "running", limit_seconds)
    if task.status == "stopping":
        await_status(run, "stopped", limit_seconds)
    kind: StartReplicationTaskTypeValueType = (
        "resume-processing" if task.has_run else "start-replication"
    )
    with run.aws.asking(f"starting task {run.task.identifier!r}"):
        run.aws.dms.start_replication_task(
            ReplicationTaskArn=run.task.arn, StartReplicationTaskType=kind
        )
    return await_status(run, "running", limit_seconds)


def may_control(run: ParallelRun) -> None:
    """Raises EnvironmentFault where the profile forbids to interrupt the task."""
    if not (run.profile.control_task and run.profile.mutations):
        raise EnvironmentFault(
            f"environment {run.profile.name!r} does not allow stopping and starting the task; "
            "control_task and mutations must be true"
        )


def pause_seconds(run: ParallelRun) -> float:
    """Between two looks at a task; the real service limits the rate of such calls."""
    return 0.1 if run.profile.kind == "lab" else 5.0


def await_status(run: ParallelRun, wanted: str, limit_seconds: float) -> TaskInfo:
    """The task once it has this status; raises EnvironmentFault with why it has not."""
    end = time.monotonic() + limit_seconds
    while True:
        task = describe_task(run)
        if task.status == wanted:
            return task
        if task.status == "failed" or time.monotonic() > end:
            why = task.last_failure or task.stop_reason or "no reason given"
            raise EnvironmentFault(
                f"task {task.identifier!r} is {task.status}, not {wanted}, after at most "
                f"{limit_seconds:g} s: {why}"
            )
        time.sleep(pause_seconds(run))
