"""AWS Database Migration Service of the lab (AmazonDMSv20160101): the operations and what they are
done by.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lab.aws.dms.assessments import Assess, AssessmentOperations
from lab.aws.dms.connection_test import connect
from lab.aws.dms.connections import ConnectionOperations
from lab.aws.dms.endpoints import EndpointOperations
from lab.aws.dms.events import EventLog, Publish
from lab.aws.dms.instances import InstanceOperations
from lab.aws.dms.lifecycle import Lifecycle
from lab.aws.dms.offers import OfferOperations
from lab.aws.dms.process import MappingValidation, ProcessFactory, Switches
from lab.aws.dms.records.endpoint import Endpoint
from lab.aws.dms.registry import Registry
from lab.aws.dms.schemas import SchemaOperations, read_schemas
from lab.aws.dms.subnets import SubnetGroupOperations
from lab.aws.dms.tags import TagOperations
from lab.aws.dms.tasks import TaskOperations
from lab.aws.errors import not_done
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
        schemas: Callable[[Endpoint], tuple[str, ...]] = read_schemas,
        publish: Publish = lambda event: None,
        assessments: Sequence[str] = (),
        assess: Assess = lambda spec, names: iter(()),
    ) -> None:
        """``directory`` is the lab's state directory; tasks live in ``dms/<resource id>`` below it.

        ``publish`` takes events as EventBridge delivers them; ``assess`` runs the premigration
        ``assessments``.
        """
        self.registry = Registry(region, events=EventLog(publish))
        self._lifecycle = Lifecycle(self.registry, logs, switches)
        tasks = TaskOperations(
            self.registry,
            self._lifecycle,
            directory=directory / "dms",
            processes=processes,
            validate_mapping=validate_mapping,
        )
        self._operations = {
            **_instance_operations(
                self.registry, self._lifecycle, lambda arn: self._log_size(logs, arn)
            ),
            **_endpoint_operations(self.registry, test_connection, schemas),
            **_task_operations(self.registry, self._lifecycle, tasks),
            **_offer_operations(self.registry),
            **_assessment_operations(
                AssessmentOperations(
                    self.registry,
                    self._lifecycle,
                    directory=directory / "assessments",
                    names=assessments,
                    assess=assess,
                )
            ),
        }

    @property
    def operations(self) -> tuple[str, ...]:
        return tuple(sorted(self._operations))

    def handle(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """The response's members by their names. Raises AwsError."""
        model = operation_model("dms", operation)
        if operation not in self._operations:
            raise not_done("DMS", operation)
        check_input(model, parameters)
        with self.registry.lock:
            return self._operations[operation](parameters)

    def stop_all(self, limit_seconds: float) -> None:
        """End the replication processes; for the end of the lab."""
        self._lifecycle.stop_all(limit_seconds)

    def _log_size(self, logs: LogStore, arn: str) -> int:
        task = self.registry.task(arn)
        return logs.size(task.log_group, task.log_stream)


def _instance_operations(
    registry: Registry, lifecycle: Lifecycle, log_size: Callable[[str], int]
) -> dict[str, Operation]:
    subnets = SubnetGroupOperations(registry)
    instances = InstanceOperations(registry, log_size, lifecycle.restart)
    return {
        "CreateReplicationInstance": instances.create,
        "DescribeReplicationInstances": instances.describe,
        "ModifyReplicationInstance": instances.modify,
        "RebootReplicationInstance": instances.reboot,
        "DeleteReplicationInstance": instances.delete,
        "DescribeReplicationInstanceTaskLogs": instances.task_logs,
        "CreateReplicationSubnetGroup": subnets.create,
        "DescribeReplicationSubnetGroups": subnets.describe,
        "ModifyReplicationSubnetGroup": subnets.modify,
        "DeleteReplicationSubnetGroup": subnets.delete,
    }


def _endpoint_operations(
    registry: Registry,
    test: Callable[[Endpoint], None],
    read: Callable[[Endpoint], tuple[str, ...]],
) -> dict[str, Operation]:
    endpoints = EndpointOperations(registry)
    connections = ConnectionOperations(registry, test)
    schemas = SchemaOperations(registry, read)
    return {
        "CreateEndpoint": endpoints.create,
        "DescribeEndpoints": endpoints.describe,
        "ModifyEndpoint": endpoints.modify,
        "DeleteEndpoint": endpoints.delete,
        "TestConnection": connections.test,
        "DescribeConnections": connections.describe,
        "DeleteConnection": connections.delete,
        "RefreshSchemas": schemas.refresh,
        "DescribeRefreshSchemasStatus": schemas.status,
        "DescribeSchemas": schemas.describe,
    }


def _task_operations(
    registry: Registry, lifecycle: Lifecycle, tasks: TaskOperations
) -> dict[str, Operation]:
    tags = TagOperations(registry)

    def events(parameters: Mapping[str, Any]) -> dict[str, Any]:
        lifecycle.observe()
        return registry.events.describe(parameters)

    return {
        "CreateReplicationTask": tasks.create,
        "DescribeReplicationTasks": tasks.describe,
        "StartReplicationTask": tasks.start,
        "StopReplicationTask": tasks.stop,
        "ModifyReplicationTask": tasks.modify,
        "MoveReplicationTask": tasks.move,
        "DeleteReplicationTask": tasks.delete,
        "ReloadTables": tasks.reload_tables,
        "DescribeTableStatistics": tasks.table_statistics,
        "DescribeEvents": events,
        "DescribeEventCategories": registry.events.categories,
        "AddTagsToResource": tags.add,
        "ListTagsForResource": tags.list_tags,
        "RemoveTagsFromResource": tags.remove,
    }


def _offer_operations(registry: Registry) -> dict[str, Operation]:
    offers = OfferOperations(registry)
    return {
        "DescribeAccountAttributes": offers.account_attributes,
        "DescribeCertificates": offers.certificates,
        "DescribeEndpointSettings": offers.endpoint_settings,
        "DescribeEndpointTypes": offers.endpoint_types,
        "DescribeEngineVersions": offers.engine_versions,
        "DescribeEventSubscriptions": offers.subscriptions,
        "DescribeOrderableReplicationInstances": offers.orderable_instances,
        "DescribePendingMaintenanceActions": offers.maintenance,
    }


def _assessment_operations(assessments: AssessmentOperations) -> dict[str, Operation]:
    return {
        "StartReplicationTaskAssessmentRun": assessments.start,
        "DescribeReplicationTaskAssessmentRuns": assessments.describe_runs,
        "DescribeReplicationTaskIndividualAssessments": assessments.describe_individuals,
        "DescribeApplicableIndividualAssessments": assessments.applicable,
        "CancelReplicationTaskAssessmentRun": assessments.cancel,
        "DeleteReplicationTaskAssessmentRun": assessments.delete,
    }
