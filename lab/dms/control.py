"""Starting, stopping and watching the process of a task from another process.

The process is a session of its own and outlives whoever started it. That it lives is known by the
lock it holds on a file of its directory, not by a process number that may have been given to
somebody else since.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.dms.agreed.spec import write_spec
from lab.dms.directory.process import LOCK_NAME, START_TYPES, failure_text, is_held
from lab.dms.directory.state import COUNTERS, FILE_NAME, TaskState, utc_now
from lab.dms.ground.lsn import format_lsn

#: processes started from here; kept so that they can outlive the TaskProcess that started them, and
#: be reaped
_CHILDREN: dict[int, subprocess.Popen[bytes]] = {}
ALIVE = ("starting", "running", "stopping")


class TaskAlreadyRunning(RuntimeError):  # noqa: N818 - a state, as the API names it
    """The task's process runs already."""


@dataclass(frozen=True)
class TaskStatus:
    """``state`` is one of ready, starting, running, stopping, stopped, failed; times are in UTC.

    ``cdc_position`` is the LSN up to which the target holds everything (``0/16B3748``),
    ``recovery_checkpoint`` the same in the form DescribeReplicationTasks shows.
    """

    state: str
    stop_reason: str | None = None
    last_failure_message: str | None = None
    fresh_start_date: dt.datetime | None = None
    start_date: dt.datetime | None = None
    stop_date: dt.datetime | None = None
    recovery_checkpoint: str | None = None
    cdc_position: str | None = None


@dataclass(frozen=True)
class TableStatistics:
    """The counters of DescribeTableStatistics for one table, under its source name."""

    schema_name: str
    table_name: str
    inserts: int = 0
    updates: int = 0
    deletes: int = 0
    ddls: int = 0
    applied_inserts: int = 0
    applied_updates: int = 0
    applied_deletes: int = 0
    applied_ddls: int = 0
    full_load_rows: int = 0
    table_state: str = "Table completed"
    last_update_time: dt.datetime | None = None


class TaskProcess:
    """The process of the task whose directory is ``<state directory>/dms/<resource id>``."""

    def __init__(self, directory: Path) -> None:
        self.directory = Path(directory)
        self._child: subprocess.Popen[bytes] | None = None

    def start(self, spec: Mapping[str, Any], start_type: str) -> None:
        """Start the process and return at once; the status walks from starting to running or
        failed.

        ``start_type`` is one of START_TYPES. Raises TaskAlreadyRunning, or ValueError for an
        unknown type.
        """
        if start_type not in START_TYPES:
            raise ValueError(
                f"start type is '{start_type}'; it must be one of {', '.join(START_TYPES)}"
            )
        if self.is_alive():
            raise TaskAlreadyRunning(
                f"task {self.directory.name} is running already; stop it first"
            )
        self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_spec(self.directory / "spec.json", spec)
        state = TaskState(self.directory)
        state.set(
            state="starting",
            start_date=utc_now().isoformat(),
            stop_reason=None,
            last_failure_message=None,
        )
        state.close()
        command = [sys.executable, "-m", "lab.dms", "--config", str(self.directory / "spec.json")]
        with self._log_file() as log:
            self._child = subprocess.Popen(
                [*command, "--start-type", start_type],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=Path(__file__).resolve().parents[2],
                start_new_session=True,
            )
        _CHILDREN[self._child.pid] = self._child
        self._wait_for_lock(10)

    def stop(self, timeout: float = 30) -> None:
        """End the process: what it has applied is committed and confirmed, what it has not is read
        again later.

        A process that has not ended after ``timeout`` seconds is killed; nothing is lost by that.
        """
        pid = self._pid()
        if pid is not None and self.is_alive():
            self._set_state_if_alive("stopping")
            self._signal(pid, signal.SIGTERM)
            if not self._wait_for_end(timeout):
                self._signal(pid, signal.SIGKILL)
                self._wait_for_end(5)
        self._set_state_if_alive(
            "stopped", stop_reason="Stop Reason NORMAL", stop_date=utc_now().isoformat()
        )

    def status(self) -> TaskStatus:
        """The status as it is now; a process that died without a word shows as failed."""
        values = self._read()
        state = values.get("state") or "ready"
        reason, message = values.get("stop_reason"), values.get("last_failure_message")
        if state in ALIVE and not self.is_alive():
            state = self._read().get("state") or "ready"
            if state in ALIVE:
                state = "failed"
                reason = message = failure_text("The replication process ended unexpectedly.")
        applied = values.get("applied_lsn")
        return TaskStatus(
            state=state,
            stop_reason=reason,
            last_failure_message=message,
            fresh_start_date=_time(values.get("fresh_start_date")),
            start_date=_time(values.get("start_date")),
            stop_date=_time(values.get("stop_date")),
            recovery_checkpoint=_checkpoint(int(applied)) if applied else None,
            cdc_position=format_lsn(int(applied)) if applied else None,
        )

    def statistics(self) -> list[TableStatistics]:
        """One entry per table the task has ever captured, by schema and name."""
        with contextlib.suppress(sqlite3.OperationalError):
            state = TaskState(self.directory, read_only=True)
            try:
                return [_statistics(row) for row in state.statistics()]
            finally:
                state.close()
        return []

    def is_alive(self) -> bool:
        """Whether a process holds the task's lock."""
        for pid, child in list(_CHILDREN.items()):
            if child.poll() is not None:
                _CHILDREN.pop(pid, None)
        return is_held(self.directory / LOCK_NAME)

    def _set_state_if_alive(self, new_state: str, **more: str) -> None:
        """Write a state unless the task has already said how it ended."""
        if (self.directory / FILE_NAME).exists():
            state = TaskState(self.directory)
            if state.get("state") in ALIVE:
                state.set(state=new_state, **more)
            state.close()

    def _read(self) -> dict[str, str | None]:
        with contextlib.suppress(sqlite3.OperationalError):
            state = TaskState(self.directory, read_only=True)
            try:
                return state.all()
            finally:
                state.close()
        return {}

    def _pid(self) -> int | None:
        try:
            return int((self.directory / LOCK_NAME).read_text())
        except (FileNotFoundError, ValueError):
            return None

    @staticmethod
    def _signal(pid: int, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)

    def _wait_for_end(self, timeout: float) -> bool:
        deadline = time.monotonic() + timeout
        while self.is_alive():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        if self._child is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(5)
        return True

    def _wait_for_lock(self, timeout: float) -> None:
        """Until the new process has its lock (or is gone), so that status() does not take it for
        dead.
        """
        deadline = time.monotonic() + timeout
        while (
            self._child is not None and self._child.poll() is None and time.monotonic() < deadline
        ):
            if self._pid() == self._child.pid and self.is_alive():
                return
            time.sleep(0.02)

    def _log_file(self) -> Any:
        """``<state directory>/log/dms.log``, or a file in the task's directory when there is no
        such directory.
        """
        directory = self.directory.parent.parent / "log"
        return (directory / "dms.log" if directory.is_dir() else self.directory / "task.log").open(
            "ab"
        )


def _statistics(row: Mapping[str, Any]) -> TableStatistics:
    return TableStatistics(
        schema_name=row["schema_name"],
        table_name=row["table_name"],
        table_state=row["table_state"],
        last_update_time=_time(row["last_update_time"]),
        **{name: row[name] for name in COUNTERS},
    )


def _time(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None


def _checkpoint(lsn: int) -> str:
    return f"checkpoint:V1#1#{lsn >> 32:08X}/{lsn & 0xFFFFFFFF:08X}#0#0#*#0#0"
