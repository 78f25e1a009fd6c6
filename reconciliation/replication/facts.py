"""A snapshot of the replication for the report."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from reconciliation.errors import Unreadable
from reconciliation.parallel_run import ParallelRun
from reconciliation.replication.dropped import ApplyException, apply_exceptions
from reconciliation.replication.latency import latency, worst_latency
from reconciliation.replication.slots import SlotInfo, slot
from reconciliation.replication.task import (
    TableStatistics,
    describe_task,
    settings_section,
    table_statistics,
)

T = TypeVar("T")


@dataclass(frozen=True)
class TaskFacts:
    """What a report says about the task."""

    identifier: str
    status: str
    migration_type: str
    statistics: tuple[TableStatistics, ...] = ()
    slot: SlotInfo | None = None
    exceptions: tuple[ApplyException, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    unseen: tuple[str, ...] = ()  # why parts of this are not known
    #: the largest that CloudWatch has of the time that was asked for, or the latest; in seconds
    latency_seconds: float | None = None


def task_facts(run: ParallelRun, since: dt.datetime | None = None) -> TaskFacts:
    """What the task, its slot and its exceptions table say now; ``since`` limits the apply
    exceptions.

    Statistics and exceptions that may not be read are left out with their reason: these are facts
    for a report, no verdict hangs on them. Raises EnvironmentFault for the task itself and its
    slot.
    """
    task = describe_task(run)
    metadata = settings_section(task, "TargetMetadata")
    shown = {
        "target table preparation": settings_section(task, "FullLoadSettings").get(
            "TargetTablePrepMode"
        ),
        "limited LOB mode": metadata.get("LimitedSizeLobMode"),
        "LOB size limit (KB)": metadata.get("LobMaxSize"),
        "batch apply": metadata.get("BatchApplyEnabled"),
        "data validation": settings_section(task, "ValidationSettings").get("EnableValidation"),
        "logging": settings_section(task, "Logging").get("EnableLogging"),
    }
    on_off = {True: "on", False: "off"}
    words = {
        name: on_off[value] if isinstance(value, bool) else str(value)
        for name, value in shown.items()
        if value is not None
    }
    unseen: list[str] = []
    return TaskFacts(
        task.identifier,
        task.status,
        task.migration_type,
        tuple(_if_seen(lambda: table_statistics(run), unseen)),
        slot(run),
        tuple(_if_seen(lambda: apply_exceptions(run, since), unseen)),
        words,
        tuple(unseen),
        _told_latency(run, since),
    )


def _told_latency(run: ParallelRun, since: dt.datetime | None) -> float | None:
    """Of a run shorter than a minute CloudWatch may have nothing yet: then the latest counts."""
    worst = None if since is None else worst_latency(run, since)
    return latency(run) if worst is None else worst


def _if_seen(read: Callable[[], list[T]], unseen: list[str]) -> list[T]:
    try:
        return read()
    except Unreadable as error:
        unseen.append(str(error))
        return []
