"""``python -m lab.dms --config <task directory>/spec.json``: the process of one task.

The lock is taken and the signals are heard first. The drivers, which take most of the time until a
task runs, are imported behind that, inside the functions.
"""

from __future__ import annotations

import argparse
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from lab.dms.directory.process import START_TYPES, failure_text, take_lock

if TYPE_CHECKING:
    from lab.dms.agreed.spec import TaskSpec
    from lab.dms.directory.state import TaskState
    from lab.dms.ground.logs import LogShipper, TaskLog


def main(argv: list[str] | None = None, stop: StopRequest | None = None) -> int:
    """Run the task until ``stop`` is asked for; 0 when it was stopped, 1 when it failed, 2 when it
    could not begin.
    """
    parser = argparse.ArgumentParser(
        prog="python -m lab.dms", description="The replication of one task."
    )
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--config", type=Path, help="the task's spec.json")
    where.add_argument("--task-dir", type=Path, help="the directory that holds spec.json")
    parser.add_argument("--start-type", choices=START_TYPES, default="resume-processing")
    options = parser.parse_args(argv)
    config = options.config or options.task_dir / "spec.json"
    try:
        lock = take_lock(config.parent)
    except OSError as error:
        print(f"lab.dms: {error}", file=sys.stderr)
        return 2
    with lock:
        return _begin(config, options.start_type, stop or StopRequest())


class StopRequest:
    """SIGTERM and SIGINT from the first moment on; one that comes before there is a task is handed
    to it.
    """

    def __init__(self) -> None:
        self._asked = False
        self._stop: Callable[[], None] | None = None

    def listen(self) -> StopRequest:
        """Take the process's signals."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._ask())
        return self

    def _ask(self) -> None:
        self._asked = True
        if self._stop is not None:
            self._stop()

    def hand_to(self, stop: Callable[[], None]) -> None:
        """``stop`` is called for every request from now on, and at once for
        one that has been made.
        """
        self._stop = stop
        if self._asked:
            stop()


def _begin(config: Path, start_type: str, stop: StopRequest) -> int:
    from lab.dms.agreed.spec import SpecError, read_spec
    from lab.dms.directory.state import StateUnusable, TaskState

    try:
        state = TaskState(config.parent)
    except StateUnusable as error:
        return _refused(error)
    try:
        spec = read_spec(config)
    except (SpecError, OSError) as error:
        _note_end(state, "failed", failure_text(str(error)))
        return _refused(error)
    else:
        return _run(spec, config.parent, state, start_type, stop)
    finally:
        state.close()


def _run(
    spec: TaskSpec, directory: Path, state: TaskState, start_type: str, stop: StopRequest
) -> int:
    from lab.dms.directory.state import StateUnusable, utc_now
    from lab.dms.ground.logs import TASK_MANAGER, LogShipper, TaskLog
    from lab.dms.monitoring.cloudwatch import CloudWatchStream

    shipper = LogShipper(CloudWatchStream(spec.logs)) if spec.logs else None
    log = TaskLog(spec.settings.log_components, shipper, context=spec.settings.log_context)
    try:
        state.set(
            state="starting",
            start_date=utc_now().isoformat(),
            stop_reason=None,
            last_failure_message=None,
        )
    except StateUnusable as error:
        return _refused(error)
    log.info(TASK_MANAGER, f"Task '{spec.task_identifier}' starts with {start_type}")
    ended, reason = _replicate(spec, directory, state, log, start_type, stop)
    if ended == "stopped":
        log.info(TASK_MANAGER, f"Task stopped. {reason}")
    else:
        log.error(TASK_MANAGER, reason)
    _note_end(state, ended, reason)
    _ship(shipper)
    return 0 if ended == "stopped" else 1


def _replicate(
    spec: TaskSpec,
    directory: Path,
    state: TaskState,
    log: TaskLog,
    start_type: str,
    stop: StopRequest,
) -> tuple[str, str]:
    """Run the task to its end; returns stopped or failed, and why."""
    from lab.dms.databases.target import TargetError
    from lab.dms.ground.errors import TaskFailed
    from lab.dms.monitoring.metrics import publishing
    from lab.dms.task.task import Task

    task = Task(spec, directory, state, log)
    stop.hand_to(task.stop)
    try:
        with publishing(task.metrics, spec, log):
            task.run(start_type)
    except (TaskFailed, TargetError) as error:
        return "failed", failure_text(str(error))
    except Exception as error:
        traceback.print_exc()
        return "failed", failure_text(f"Internal error: {type(error).__name__}: {error}")
    return "stopped", task.stop_reason


def _note_end(state: TaskState, ended: str, reason: str) -> None:
    """How the task ended, for those who watch it; where it cannot be written,
    its log has said it.
    """
    from lab.dms.directory.state import StateUnusable, utc_now

    message = reason if ended == "failed" else None
    try:
        state.set(
            state=ended,
            stop_reason=reason,
            last_failure_message=message,
            stop_date=utc_now().isoformat(),
        )
    except StateUnusable as error:
        print(f"lab.dms: {error}", file=sys.stderr)


def _refused(error: Exception) -> int:
    print(f"lab.dms: {error}", file=sys.stderr)
    return 2


def _ship(shipper: LogShipper | None) -> None:
    if shipper is not None:
        shipper.close()


if __name__ == "__main__":
    sys.exit(main(stop=StopRequest().listen()))
