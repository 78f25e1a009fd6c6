"""One task from its start to its end: prepare, replicate, stop or fail."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from lab.dms.agreed.spec import TaskSpec
from lab.dms.databases.target import OracleTarget, Target
from lab.dms.directory.state import TaskState
from lab.dms.ground.logs import TASK_MANAGER, TaskLog
from lab.dms.monitoring.metrics import Metrics
from lab.dms.task.commits import Commits
from lab.dms.task.parts import put_together
from lab.dms.task.preparation import Preparation
from lab.dms.task.reading import SlotReader
from lab.dms.task.replicating import Replicating
from lab.dms.task.retry import Stopped


def _oracle(spec: TaskSpec) -> Target:
    return OracleTarget(spec.target, spec.settings.statement_cache)


class Task:
    """Runs in one thread; ``stop`` may be called from a signal handler."""

    def __init__(
        self,
        spec: TaskSpec,
        directory: Path,
        state: TaskState,
        log: TaskLog,
        connect_target: Callable[[TaskSpec], Target] = _oracle,
    ) -> None:
        self._parts = put_together(spec, directory, state, log, connect_target)
        self._reader = SlotReader(self._parts)
        commits = Commits(self._parts, self._reader)
        self._preparation = Preparation(self._parts, self._reader, commits)
        self._replicating = Replicating(self._parts, self._reader, commits)

    @property
    def stop_reason(self) -> str:
        """Why the task ended when it was not for a failure."""
        return self._replicating.stop_reason

    @property
    def metrics(self) -> Metrics:
        """What the task has read and applied, for whoever publishes it."""
        return self._parts.metrics

    def stop(self) -> None:
        """Ask the task to apply what it has read and to end."""
        self._parts.stop.set()
        self._parts.bell.ring()

    def run(self, start_type: str) -> None:
        """Replicate until stopped; raises TaskFailed with the reason when the task cannot go on."""
        parts = self._parts
        try:
            slot = self._preparation.prepare(start_type)
            parts.state.set(state="running")
            parts.log.info(TASK_MANAGER, f"Task '{parts.spec.task_identifier}' is running")
            self._replicating.replicate(slot)
        except Stopped:
            parts.log.info(TASK_MANAGER, "Task was asked to stop while it waited for a database")
        finally:
            self._close()

    def _close(self) -> None:
        self._parts.faults.close()
        self._parts.target.drop()
        self._reader.close()
        self._parts.source.close()
        self._parts.bell.close()
