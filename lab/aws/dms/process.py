"""The replication process behind a task, as the API needs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol


class ProcessStatus(Protocol):
    state: str
    stop_reason: str | None
    last_failure_message: str | None
    fresh_start_date: datetime | None
    start_date: datetime | None
    stop_date: datetime | None
    recovery_checkpoint: str | None


class TableCounters(Protocol):
    schema_name: str
    table_name: str
    inserts: int
    updates: int
    deletes: int
    ddls: int
    applied_inserts: int
    applied_updates: int
    applied_deletes: int
    applied_ddls: int
    full_load_rows: int
    table_state: str
    last_update_time: datetime | None


class ReplicationProcess(Protocol):
    """Lives in a directory of its own; answers also while it does not run."""

    def start(self, spec: dict[str, Any], start_type: str) -> None: ...

    def stop(self, timeout: float = 30) -> None: ...

    def status(self) -> ProcessStatus: ...

    def statistics(self) -> Sequence[TableCounters]: ...


ProcessFactory = Callable[[Path], ReplicationProcess]
#: raises DMS's error (an AwsError) for a table mapping document that it refuses
MappingValidation = Callable[[str], None]
#: how the replication shall decide what DMS's documentation leaves open
Switches = Mapping[str, Any]
