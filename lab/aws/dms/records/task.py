"""One replication task and what it looks like from outside."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lab.aws.dms.identifiers import resource_id
from lab.aws.dms.positions import Positions
from lab.aws.dms.process import ReplicationProcess


@dataclass(frozen=True)
class TaskStatus:
    """What is known of a task's life at one moment; times are in UTC."""

    state: str = "ready"
    stop_reason: str | None = None
    last_failure_message: str | None = None
    fresh_start_date: datetime | None = None
    start_date: datetime | None = None
    stop_date: datetime | None = None
    recovery_checkpoint: str | None = None


@dataclass
class Task:
    identifier: str
    arn: str
    source_arn: str
    target_arn: str
    instance_arn: str
    migration_type: str
    table_mappings: str
    settings: dict[str, Any]
    created: datetime
    directory: Path
    process: ReplicationProcess = field(repr=False)
    log_group: str = ""
    log_stream: str = ""
    task_data: str | None = None
    positions: Positions = field(default_factory=Positions)
    #: where the task is being moved to
    target_instance_arn: str | None = None
    #: a transition under way hides the process's own state
    transition: str | None = None
    worker: threading.Thread | None = field(default=None, repr=False)
    #: why the process could not even be started
    start_failure: str | None = None
    started: bool = False
    #: the end (stopped, failed) that has been told as an event
    told: str | None = None
    _seen: TaskStatus = field(default_factory=TaskStatus)
    _watching: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def resource_id(self) -> str:
        return resource_id(self.arn)

    def status(self) -> TaskStatus:
        """The status as it is now; during a transition its dates and reasons
        are those last seen.
        """
        with self._watching:
            if self.transition is None and self.started:
                self._seen = _copy(self.process.status())
            seen = self._seen
        if self.transition is not None:
            return TaskStatus(**{**vars(seen), "state": self.transition})
        if self.start_failure is not None:
            text = f"Last Error  {self.start_failure} Stop Reason FATAL_ERROR Error Level FATAL"
            return TaskStatus(
                **{
                    **vars(seen),
                    "state": "failed",
                    "stop_reason": text,
                    "last_failure_message": text,
                }
            )
        return seen

    def describe(self, with_settings: bool = True) -> dict[str, Any]:
        status = self.status()
        documents = {
            "TableMappings": self.table_mappings,
            "ReplicationTaskSettings": json.dumps(self.settings, separators=(",", ":")),
        }
        return {
            "ReplicationTaskIdentifier": self.identifier,
            "SourceEndpointArn": self.source_arn,
            "TargetEndpointArn": self.target_arn,
            "ReplicationInstanceArn": self.instance_arn,
            "MigrationType": self.migration_type,
            **(documents if with_settings else {}),
            "Status": status.state,
            "LastFailureMessage": status.last_failure_message,
            "StopReason": status.stop_reason,
            "ReplicationTaskCreationDate": self.created,
            "ReplicationTaskStartDate": status.start_date,
            "CdcStartPosition": self.positions.start,
            "CdcStopPosition": self.positions.stop,
            "RecoveryCheckpoint": status.recovery_checkpoint,
            "ReplicationTaskArn": self.arn,
            "ReplicationTaskStats": self._totals(status),
            "TaskData": self.task_data,
            "TargetReplicationInstanceArn": self.target_instance_arn,
        }

    def _totals(self, status: TaskStatus) -> dict[str, Any]:
        states = [one.table_state for one in self.process.statistics()] if self.started else []
        done = states.count("Table completed")
        return {
            "FullLoadProgressPercent": round(100 * done / len(states)) if states else 0,
            "ElapsedTimeMillis": _elapsed_ms(status),
            "TablesLoaded": done,
            "TablesLoading": states.count("Full load"),
            "TablesQueued": states.count("Before load"),
            "TablesErrored": states.count("Table error"),
            "FreshStartDate": status.fresh_start_date,
            "StartDate": status.start_date,
            "StopDate": status.stop_date,
        }


def _copy(status: Any) -> TaskStatus:
    return TaskStatus(**{name: getattr(status, name) for name in TaskStatus.__dataclass_fields__})


def _elapsed_ms(status: TaskStatus) -> int:
    if status.start_date is None:
        return 0
    ended = status.stop_date if status.state in ("stopped", "failed") else None
    return max(0, round(((ended or datetime.now(UTC)) - status.start_date).total_seconds() * 1000))
