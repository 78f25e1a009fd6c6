"""AWS Database Migration Service of the lab (AmazonDMSv20160101): the operations and what they are done by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from lab.aws.dms.connection_test import connect
from lab.aws.dms.connections import ConnectionOperations
from lab.aws.dms.endpoints import Endpoint, EndpointOperations
from lab.aws.dms.instances import InstanceOperations
from lab.aws.dms.lifecycle import Lifecycle
from lab.aws.dms.process import MappingValidation, ProcessFactory, Switches
from lab.aws.dms.registry import Registry
from lab.aws.dms.tags import TagOperations
from lab.aws.dms.tasks import TaskOperations
from lab.aws.errors import not_implemented
from lab.aws.logs import LogStore
from lab.aws.service_models import check_input, operation_model

Operation = Callable[[Mapping[str, Any]], dict[str, Any]]


class DmsService:
    def __init__(
        self,
        *,
        region: str,
        directory: Path,
        logs: LogStore,
        processes: ProcessFactory,
        validate_mapping: MappingValidation,
        switches: Switches,
        test_connection: Callable[[Endpoint], None] = connect,
    ) -> None:
        """``directory`` is the lab's state directory; tasks live in ``dms/<resource id>`` below it."""
        self.registry = Registry(region)
        self._lifecycle = Lifecycle(self.registry, logs, switches)
        tasks = TaskOperations(
            self.registry,
            self._lifecycle,
            directory=directory / "dms",
            processes=processes,
            validate_mapping=validate_mapping,
        )
        instances = InstanceOperations(self.registry, lambda arn: self._log_size(logs, arn))
        connections = ConnectionOperations(self.registry, test_connection)
        self._operations = _table(instances, EndpointOperations(self.registry), connections, tasks, self.registry)

    @property
    def operations(self) -> tuple[str, ...]:
        return tuple(sorted(self._operations))

    def handle(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """The response's members by their names. Raises AwsError."""
        model = operation_model("dms", operation)
        if operation not in self._operations:
            raise not_implemented("DMS", operation)
        check_input(model, parameters)
        with self.registry.lock:
            return self._operations[operation](parameters)

    def stop_all(self, limit_seconds: float) -> None:
        """End the replication processes; for the end of the lab."""
        self._lifecycle.stop_all(limit_seconds)

    def _log_size(self, logs: LogStore, arn: str) -> int:
        task = self.registry.task(arn)
        return logs.size(task.log_group, task.log_stream)


def _table(
    instances: InstanceOperations,
    endpoints: EndpointOperations,
    connections: ConnectionOperations,
    tasks: TaskOperations,
    registry: Registry,
) -> dict[str, Operation]:
    tags = TagOperations(registry)
    return {
        "CreateReplicationInstance": instances.create,
        "DescribeReplicationInstances": instances.describe,
        "DeleteReplicationInstance": instances.delete,
        "DescribeReplicationInstanceTaskLogs": instances.task_logs,
        "CreateEndpoint": endpoints.create,
        "DescribeEndpoints": endpoints.describe,
        "ModifyEndpoint": endpoints.modify,
        "DeleteEndpoint": endpoints.delete,
        "TestConnection": connections.test,
        "DescribeConnections": connections.describe,
        "DeleteConnection": connections.delete,
        "CreateReplicationTask": tasks.create,
        "DescribeReplicationTasks": tasks.describe,
        "StartReplicationTask": tasks.start,
        "StopReplicationTask": tasks.stop,
        "ModifyReplicationTask": tasks.modify,
        "DeleteReplicationTask": tasks.delete,
        "DescribeTableStatistics": tasks.table_statistics,
        "AddTagsToResource": tags.add,
        "ListTagsForResource": tags.list_tags,
        "RemoveTagsFromResource": tags.remove,
    }
