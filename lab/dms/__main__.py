"""``python -m lab.dms --config <task directory>/spec.json``: the process of one task."""

from __future__ import annotations

import argparse
import fcntl
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TextIO

from lab.dms.cloudwatch import CloudWatchStream
from lab.dms.control import LOCK_NAME, START_TYPES, failure_text
from lab.dms.errors import TaskFailed
from lab.dms.logs import TASK_MANAGER, LogShipper, TaskLog
from lab.dms.metrics import CloudWatch, MetricPublisher, log_latency
from lab.dms.spec import SpecError, TaskSpec, read_spec
from lab.dms.state import TaskState, utc_now
from lab.dms.target import TargetError
from lab.dms.task import Task


def main(argv: list[str] | None = None) -> int:
    """Run the task until SIGTERM; 0 when it was stopped, 1 when it failed, 2 when it could not begin."""
    parser = argparse.ArgumentParser(prog="python -m lab.dms", description="The replication of one task.")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--config", type=Path, help="the task's spec.json")
    where.add_argument("--task-dir", type=Path, help="the directory that holds spec.json")
    parser.add_argument("--start-type", choices=START_TYPES, default="resume-processing")
    options = parser.parse_args(argv)
    config = options.config or options.task_dir / "spec.json"
    try:
        spec = read_spec(config)
        lock = _lock(config.parent)
    except (SpecError, OSError) as error:
        print(f"lab.dms: {error}", file=sys.stderr)
        _note_refusal(config.parent, str(error))
        return 2
    with lock:
        return _run(spec, config.parent, options.start_type)


def _run(spec: TaskSpec, directory: Path, start_type: str) -> int:
    state = TaskState(directory)
    shipper = LogShipper(CloudWatchStream(spec.logs)) if spec.logs else None
    log = TaskLog(spec.settings.log_components, shipper, context=spec.settings.log_context)
    state.set(state="starting", start_date=utc_now().isoformat(), stop_reason=None, last_failure_message=None)
    log.info(TASK_MANAGER, f"Task '{spec.task_identifier}' starts with {start_type}")
    task = Task(spec, directory, state, log)
    publisher = None
    interval = spec.switches.metrics_interval_seconds
    if spec.metrics and interval:
        publisher = MetricPublisher(task.metrics, _publish(log, CloudWatch(spec.metrics)), interval)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: task.stop())
    failure = None
    try:
        task.run(start_type)
    except (TaskFailed, TargetError) as error:
        failure = failure_text(str(error))
    except Exception as error:
        traceback.print_exc()
        failure = failure_text(f"Internal error: {type(error).__name__}: {error}")
    if failure is None:
        log.info(TASK_MANAGER, f"Task stopped. {task.stop_reason}")
        state.set(state="stopped", stop_reason=task.stop_reason, stop_date=utc_now().isoformat())
    else:
        log.error(TASK_MANAGER, failure)
        state.set(state="failed", stop_reason=failure, last_failure_message=failure, stop_date=utc_now().isoformat())
    for sender in (shipper, publisher):
        if sender is not None:
            sender.close()
    state.close()
    return 0 if failure is None else 1


def _publish(log: TaskLog, cloud: CloudWatch) -> Callable[[Mapping[str, float]], None]:
    def publish(points: Mapping[str, float]) -> None:
        log_latency(log, points)
        cloud(points)

    return publish


def _lock(directory: Path) -> TextIO:
    """The lock that says the task lives; raises OSError when another process holds it."""
    descriptor = os.open(directory / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
    file = os.fdopen(descriptor, "r+")
    for attempt in range(20):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if attempt == 19:
                file.close()
                raise OSError(f"{directory}: the task runs already") from None
            time.sleep(0.05)  # somebody may just be asking whether the task lives
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def _note_refusal(directory: Path, reason: str) -> None:
    if directory.is_dir() and "runs already" not in reason:
        state = TaskState(directory)
        state.set(state="failed", stop_reason=failure_text(reason), last_failure_message=failure_text(reason))
        state.close()


if __name__ == "__main__":
    sys.exit(main())
