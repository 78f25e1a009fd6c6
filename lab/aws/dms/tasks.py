"""Replication tasks: created, described, modified and deleted; ``lifecycle``
starts and stops them.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lab.aws.dms.events import TASK_CHANGED, TASK_CREATED, TASK_DELETED
from lab.aws.dms.identifiers import identifier, resource_id
from lab.aws.dms.lifecycle import Lifecycle
from lab.aws.dms.listing import Selectors, page, select
from lab.aws.dms.positions import Positions
from lab.aws.dms.process import MappingValidation, ProcessFactory
from lab.aws.dms.records.task import Task
from lab.aws.dms.registry import Registry
from lab.aws.dms.settings import complete_settings
from lab.aws.dms.statistics import LARGEST_PAGE, STATISTICS_SELECTORS, describe_counters
from lab.aws.errors import AwsError, already_exists, invalid_state, invalid_value, not_found

#: where a task reads from and writes to, the only pair that the lab replicates
SOURCE_ENGINES = ("postgres", "aurora-postgresql")
TARGET_ENGINES = ("oracle",)

_MODIFIABLE = ("ready", "stopped", "failed")

_SELECTORS: Selectors = {
    "replication-task-arn": lambda task: [task.arn],
    "replication-task-id": lambda task: [task.identifier],
    "migration-type": lambda task: [task.migration_type],
    "endpoint-arn": lambda task: [task.source_arn, task.target_arn],
    "replication-instance-arn": lambda task: [task.instance_arn],
}


class TaskOperations:
    def __init__(
        self,
        registry: Registry,
        lifecycle: Lifecycle,
        *,
        directory: Path,
        processes: ProcessFactory,
        validate_mapping: MappingValidation,
    ) -> None:
        """``directory`` is where each task gets a directory of its own, named
        by its resource id.
        """
        self._registry = registry
        self._lifecycle = lifecycle
        self._directory = directory
        self._processes = processes
        self._validate_mapping = validate_mapping

    def create(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        registry = self._registry
        name = self._free_identifier(parameters["ReplicationTaskIdentifier"])
        instance = registry.instance(parameters["ReplicationInstanceArn"])
        self._check_endpoints(parameters["SourceEndpointArn"], parameters["TargetEndpointArn"])
        _check_migration_type(parameters["MigrationType"])
        positions = Positions().changed(parameters)
        self._validate_mapping(parameters["TableMappings"])
        arn = registry.new_arn("task", parameters.get("ResourceIdentifier"))
        directory = self._directory / resource_id(arn)
        task = Task(
            identifier=name,
            arn=arn,
            source_arn=parameters["SourceEndpointArn"],
            target_arn=parameters["TargetEndpointArn"],
            instance_arn=instance.arn,
            migration_type=parameters["MigrationType"],
            table_mappings=parameters["TableMappings"],
            settings={},
            created=datetime.now(UTC),
            directory=directory,
            process=self._processes(directory),
        )
        task.log_group = f"dms-tasks-{instance.identifier}"
        task.log_stream = f"dms-task-{resource_id(arn)}"
        task.settings = _settings(task, parameters)
        task.task_data, task.positions = parameters.get("TaskData"), positions
        registry.tasks[arn] = task
        registry.set_tags(arn, parameters.get("Tags"))
        registry.events.note(TASK_CREATED, name, arn)
        self._lifecycle.begin(task, "creating", lambda: directory.mkdir(mode=0o700, parents=True))
        return {"ReplicationTask": task.describe()}

    def describe(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        self._lifecycle.observe()
        filters = parameters.get("Filters")
        found = select(self._registry.tasks.values(), filters, _SELECTORS)
        if filters and not found:
            raise not_found("No Tasks found matching given criteria")
        shown, marker = page(found, parameters)
        with_settings = not parameters.get("WithoutSettings", False)
        return {
            "Marker": marker,
            "ReplicationTasks": [task.describe(with_settings) for task in shown],
        }

    def start(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        task = self._registry.task(parameters["ReplicationTaskArn"])
        before, task.positions = task.positions, task.positions.changed(parameters)
        at_position = parameters.get("CdcStartPosition") is not None
        try:
            self._lifecycle.start(
                task, parameters["StartReplicationTaskType"], at_position=at_position
            )
        except AwsError:
            task.positions = before
            raise
        return {"ReplicationTask": task.describe()}

    def stop(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        task = self._registry.task(parameters["ReplicationTaskArn"])
        self._lifecycle.stop(task)
        return {"ReplicationTask": task.describe()}

    def modify(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        task = self._registry.task(parameters["ReplicationTaskArn"])
        self._check_resting(task, "modified")
        positions = task.positions.changed(parameters)
        name = parameters.get("ReplicationTaskIdentifier", task.identifier)
        if name.lower() != task.identifier:
            name = self._free_identifier(name)
        _check_migration_type(parameters.get("MigrationType", task.migration_type))
        mappings = parameters.get("TableMappings", task.table_mappings)
        self._validate_mapping(mappings)
        settings = _settings(task, parameters, task.settings)
        self._lifecycle.begin(task, "modifying", lambda: None)
        task.identifier, task.table_mappings, task.settings = name.lower(), mappings, settings
        task.task_data, task.positions = parameters.get("TaskData", task.task_data), positions
        self._registry.events.note(TASK_CHANGED, task.identifier, task.arn)
        return {"ReplicationTask": task.describe()}

    def delete(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """The replication slot on the source stays, as DMS leaves it."""
        task = self._registry.task(parameters["ReplicationTaskArn"])
        self._check_resting(task, "deleted")
        self._lifecycle.begin(task, "deleting", lambda: self._remove(task))
        return {"ReplicationTask": task.describe()}

    def move(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """To another replication instance; the log goes on in that instance's group."""
        task = self._registry.task(parameters["ReplicationTaskArn"])
        instance = self._registry.instance(parameters["TargetReplicationInstanceArn"])
        self._check_resting(task, "moved")
        if instance.arn == task.instance_arn:
            raise invalid_state(
                f"Replication Task {task.identifier} is on {instance.identifier} already"
            )
        task.target_instance_arn = instance.arn

        def moved() -> None:
            with self._registry.lock:
                task.instance_arn, task.target_instance_arn = instance.arn, None
                task.log_group = f"dms-tasks-{instance.identifier}"
                task.settings = complete_settings(
                    None, group=task.log_group, stream=task.log_stream, base=task.settings
                )

        self._lifecycle.begin(task, "moving", moved)
        return {"ReplicationTask": task.describe()}

    def reload_tables(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Refused: a reload needs a task that runs and has a full load, and the lab's tasks
        replicate changes only.
        """
        task = self._registry.task(parameters["ReplicationTaskArn"])
        state = task.status().state
        if state != "running":
            raise invalid_state(
                f"Tables are reloaded while a Replication Task runs; {task.identifier} is {state}"
            )
        raise invalid_state(
            f"Replication Task {task.identifier} is of the type {task.migration_type}: tables "
            f"are reloaded by tasks "
            "with a full load only"
        )

    def table_statistics(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        task = self._registry.task(parameters["ReplicationTaskArn"])
        counters = select(
            task.process.statistics(), parameters.get("Filters"), STATISTICS_SELECTORS
        )
        shown, marker = page(counters, parameters, largest=LARGEST_PAGE)
        validated = task.settings["ValidationSettings"]["EnableValidation"]
        statistics = [describe_counters(one, validation_wanted=validated) for one in shown]
        return {"ReplicationTaskArn": task.arn, "TableStatistics": statistics, "Marker": marker}

    def _remove(self, task: Task) -> None:
        shutil.rmtree(task.directory, ignore_errors=True)
        with self._registry.lock:
            self._registry.tasks.pop(task.arn, None)
            self._registry.tags.pop(task.arn, None)
            self._registry.events.note(TASK_DELETED, task.identifier, task.arn)

    def _check_resting(self, task: Task, action: str) -> None:
        state = task.status().state
        if state not in _MODIFIABLE:
            raise invalid_state(
                f"Replication Task {task.identifier} cannot be {action}: it is {state}, stop it "
                f"first"
            )

    def _free_identifier(self, text: str) -> str:
        name = identifier(text, "replication task")
        if any(known.identifier == name for known in self._registry.tasks.values()):
            raise already_exists(f"Replication Task {name} already exists")
        return name

    def _check_endpoints(self, source_arn: str, target_arn: str) -> None:
        for arn, kind, engines in (
            (source_arn, "source", SOURCE_ENGINES),
            (target_arn, "target", TARGET_ENGINES),
        ):
            endpoint = self._registry.endpoint(arn)
            if endpoint.type != kind:
                raise invalid_value(
                    f"ReplicationEngineType [id={endpoint.engine}, name={endpoint.identifier}, "
                    f"endpointType={endpoint.type.upper()}] endpoint must be of type {kind.upper()}"
                )
            if endpoint.engine not in engines:
                raise invalid_value(
                    f"The lab replicates from PostgreSQL to Oracle; the {kind} endpoint is "
                    f"{endpoint.engine}"
                )


def _settings(
    task: Task, parameters: Mapping[str, Any], base: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    sent = parameters.get("ReplicationTaskSettings")
    return complete_settings(sent, group=task.log_group, stream=task.log_stream, base=base)


def _check_migration_type(value: str) -> None:
    if value != "cdc":
        raise invalid_value(f"MigrationType {value!r}: the lab replicates changes only (cdc)")
