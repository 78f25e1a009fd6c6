"""How often a task tries again after a recoverable error (RecoverableErrorCount)."""

from __future__ import annotations

import io
import threading
from pathlib import Path
from typing import Any

import pytest

from lab.dms.agreed.settings import parse_settings
from lab.dms.databases.target import Target
from lab.dms.directory.state import TaskState
from lab.dms.ground.errors import Recoverable, TargetLost, TaskFailed
from lab.dms.ground.logs import TaskLog
from lab.dms.task.retry import Retry
from lab.dms.task.task import Task
from tests.dms.worlds import spec


@pytest.mark.parametrize(("starting", "attempts"), [(True, 6), (False, 9)])
def test_attempts_by_default(starting: bool, attempts: int) -> None:
    errors = parse_settings({"ErrorBehavior": {"RecoverableErrorInterval": 0.0001}}).errors
    assert errors.recoverable_count == -1
    retry = Retry(errors, "TASK", threading.Event(), starting=starting)
    for _ in range(attempts):
        retry.wait(Recoverable("away"))
    with pytest.raises(TaskFailed, match=f"stopped after {attempts} recovery attempts"):
        retry.wait(Recoverable("away"))


@pytest.mark.parametrize(("count", "attempts"), [(-1, 6), (0, 0), (2, 2)])
def test_a_target_that_stays_away_fails_a_starting_task(
    tmp_path: Path, count: int, attempts: int
) -> None:
    calls: list[Any] = []

    def away(found: Any) -> Target:
        calls.append(found)
        raise TargetLost("Failed to connect to the target database: refused")

    behaviour = {"RecoverableErrorCount": count, "RecoverableErrorInterval": 0.0001}
    state = TaskState(tmp_path)
    written = io.StringIO()
    task = Task(
        spec(settings={"ErrorBehavior": behaviour}),
        tmp_path,
        state,
        TaskLog(stream=written),
        connect_target=away,
    )
    with pytest.raises(
        TaskFailed, match=f"stopped after {attempts} recovery attempts: Failed to connect to the"
    ):
        task.run("start-replication")
    state.close()
    assert len(calls) == 1 + attempts
    assert written.getvalue().count(
        "]W:  Failed to connect to the target database: refused (recovery attempt"
    ) == len(calls)
