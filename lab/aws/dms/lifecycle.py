"""From creating to ready, from starting to running, from stopping to stopped."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol

from lab.aws.dms.events import TASK_FAILED, TASK_STARTED, TASK_STOPPED
from lab.aws.dms.process import Switches
from lab.aws.dms.records.task import Task
from lab.aws.dms.registry import Registry
from lab.aws.errors import invalid_combination, invalid_state, invalid_value

log = logging.getLogger(__name__)

#: how long a process may take to commit what it has applied before it is killed
STOP_LIMIT_SECONDS = 30.0

_FIRST, _AGAIN, _OVER = "start-replication", "resume-processing", "reload-target"
_STARTABLE = ("ready", "stopped", "failed")
_STOPPABLE = ("running", "starting")
_ENDED = {"stopped": TASK_STOPPED, "failed": TASK_FAILED}


class TaskLogs(Protocol):
    """Where tasks log to."""

    endpoint_url: str
    region: str

    def ensure(self, group: str, stream: str) -> None:
        """Create log group and stream unless they exist."""


class Lifecycle:
    def __init__(self, registry: Registry, logs: TaskLogs, switches: Switches) -> None:
        self._registry = registry
        self._logs = logs
        self._switches = switches

    def begin(self, task: Task, transition: str, work: Callable[[], None]) -> None:
        """Show ``transition`` as the task's status while ``work`` is done in the background.

        A transition that is still under way (a start that is stopped at once) comes to its end
        first.
        """
        task.transition = transition
        arguments = (task, transition, work, task.worker)
        task.worker = threading.Thread(
            target=self._finish, args=arguments, name=transition, daemon=True
        )
        task.worker.start()

    def start(self, task: Task, start_type: str, *, at_position: bool = False) -> None:
        """``at_position``: a CdcStartPosition was given. Raises AwsError when the task cannot be
        started so now.
        """
        self._check_start(task, start_type, at_position)
        spec = self.specification(task)
        task.start_failure = None

        def work() -> None:
            if spec["logs"]:
                self._logs.ensure(task.log_group, task.log_stream)
            task.process.start(spec, start_type)
            task.started, task.told = True, None
            flag = "resume" if start_type == _AGAIN else "fresh start"
            self._registry.events.note(TASK_STARTED, task.identifier, task.arn, flag)

        self.begin(task, "starting", work)

    def stop(self, task: Task) -> None:
        state = task.status().state
        if state not in _STOPPABLE:
            raise invalid_state(f"Replication Task cannot be stopped, invalid state: it is {state}")
        self.begin(task, "stopping", lambda: task.process.stop(STOP_LIMIT_SECONDS))

    def restart(self, tasks: Sequence[Task], finished: Callable[[], None]) -> None:
        """Interrupt those that run and let them go on where they were; then
        ``finished`` is called.
        """
        running = [task for task in tasks if task.status().state in _STOPPABLE]
        for task in running:
            spec = self.specification(task)
            self.begin(task, "starting", partial(_interrupt, task, spec))
        workers = [task.worker for task in running if task.worker is not None]

        def wait() -> None:
            for worker in workers:
                worker.join(2 * STOP_LIMIT_SECONDS)
            finished()

        threading.Thread(target=wait, name="reboot", daemon=True).start()

    def observe(self) -> None:
        """Tell as events which tasks have ended since somebody last looked."""
        for task in self._registry.tasks.values():
            status = task.status()
            if status.state in _ENDED and task.told != status.state:
                task.told = status.state
                reason = status.last_failure_message or status.stop_reason or ""
                self._registry.events.note(_ENDED[status.state], task.identifier, task.arn, reason)

    def stop_all(self, limit_seconds: float) -> None:
        """Stop every process, side by side; for the end of the lab."""

        def end(task: Task) -> None:
            if task.worker is not None:
                task.worker.join(limit_seconds)
            task.process.stop(limit_seconds)

        enders = [
            threading.Thread(target=end, args=(task,), daemon=True)
            for task in self._registry.tasks.values()
        ]
        for ender in enders:
            ender.start()
        for ender in enders:
            ender.join(2 * limit_seconds)

    def _finish(
        self, task: Task, transition: str, work: Callable[[], None], before: threading.Thread | None
    ) -> None:
        with self._registry.lock:
            # the request that began the transition is answered first: its answer shows the
            # transition
            pass
        if before is not None:
            before.join()
        try:
            work()
        except Exception as error:  # shows as the task's failure
            log.exception("task %s: %s", task.identifier, transition)
            task.start_failure = f"{transition}: {error}"
        finally:
            with self._registry.lock:
                if task.worker is threading.current_thread():
                    task.transition = None

    def _check_start(self, task: Task, start_type: str, at_position: bool) -> None:
        state = task.status().state
        if start_type not in (_FIRST, _AGAIN, _OVER):
            raise invalid_value(
                f"StartReplicationTaskType {start_type!r} must be {_FIRST}, {_AGAIN} or {_OVER}"
            )
        if state not in _STARTABLE:
            raise invalid_state(f"Replication Task cannot be started, invalid state: it is {state}")
        if at_position and start_type != _FIRST:
            raise invalid_combination(
                f"A start position is for {_FIRST} only; a task resumes where it has ended"
            )
        # a task that replicates changes only is started anew from a position with the same type
        if start_type == _FIRST and task.started and not at_position:
            raise invalid_combination(
                "Start Type : START_REPLICATION, valid only for tasks running for the first time"
            )
        if start_type != _FIRST and not task.started:
            name = start_type.upper().replace("-", "_")
            raise invalid_combination(
                f"Start Type : {name}, valid only for tasks that have been run before"
            )
        self._check_connections(task)

    def _check_connections(self, task: Task) -> None:
        instance = self._registry.instance(task.instance_arn)
        for arn in (task.source_arn, task.target_arn):
            connection = self._registry.connections.get((instance.arn, arn))
            if connection is None or connection.status != "successful":
                raise invalid_state(
                    f"Test connection for replication instance {instance.identifier} and endpoint "
                    f"{self._registry.endpoint(arn).identifier} should be successful for "
                    f"starting the replication task"
                )

    def specification(self, task: Task) -> dict[str, Any]:
        """What the replication process needs to know: the endpoints as they are now, mapping and
        settings.
        """
        registry = self._registry
        source, target = registry.endpoint(task.source_arn), registry.endpoint(task.target_arn)
        logs = {
            "endpoint_url": self._logs.endpoint_url,
            "region": self._logs.region,
            "group": task.log_group,
            "stream": task.log_stream,
        }
        return {
            "task_identifier": task.identifier,
            "task_arn": task.arn,
            "resource_id": task.resource_id,
            "replication_instance_identifier": registry.instance(task.instance_arn).identifier,
            "migration_type": task.migration_type,
            "table_mappings": json.loads(task.table_mappings),
            "settings": task.settings,
            "source": {
                **_login(source),
                "database": source.database,
                "attributes": source.attributes,
            },
            "target": {
                **_login(target),
                "service": target.database,
                "attributes": target.attributes,
            },
            "switches": dict(self._switches),
            "cdc_start_position": task.positions.start,
            "cdc_stop_position": task.positions.stop,
            "logs": logs if task.settings["Logging"]["EnableLogging"] else None,
            "metrics": {name: logs[name] for name in ("endpoint_url", "region")},
        }


def _login(endpoint: Any) -> dict[str, Any]:
    return {
        "host": endpoint.server,
        "port": endpoint.port,
        "user": endpoint.user,
        "password": endpoint.password,
    }


def _interrupt(task: Task, spec: Mapping[str, Any]) -> None:
    task.process.stop(STOP_LIMIT_SECONDS)
    task.process.start(dict(spec), _AGAIN)
