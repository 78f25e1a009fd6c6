"""Replication instances: in the lab, a name under which replication processes run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from lab.aws.dms.listing import Selectors, page, select
from lab.aws.dms.registry import Registry, identifier
from lab.aws.errors import already_exists, invalid_state, not_found

DEFAULT_STORAGE_GB = 50
DEFAULT_ENGINE_VERSION = "3.5.4"


@dataclass(frozen=True)
class ReplicationInstance:
    identifier: str
    arn: str
    instance_class: str
    status: str
    engine_version: str
    storage_gb: int
    public: bool
    region: str
    created: datetime = field(default_factory=lambda: datetime.now(UTC))

    def describe(self) -> dict[str, Any]:
        return {
            "ReplicationInstanceIdentifier": self.identifier,
            "ReplicationInstanceClass": self.instance_class,
            "ReplicationInstanceStatus": self.status,
            "AllocatedStorage": self.storage_gb,
            "InstanceCreateTime": self.created,
            "VpcSecurityGroups": [],
            "AvailabilityZone": f"{self.region}a",
            "PendingModifiedValues": {},
            "MultiAZ": False,
            "EngineVersion": self.engine_version,
            "AutoMinorVersionUpgrade": False,
            "ReplicationInstanceArn": self.arn,
            "ReplicationInstancePrivateIpAddress": "127.0.0.1",
            "ReplicationInstancePrivateIpAddresses": ["127.0.0.1"],
            "PubliclyAccessible": self.public,
            "NetworkType": "IPV4",
        }


_SELECTORS: Selectors = {
    "replication-instance-arn": lambda instance: [instance.arn],
    "replication-instance-id": lambda instance: [instance.identifier],
    "replication-instance-class": lambda instance: [instance.instance_class],
    "engine-version": lambda instance: [instance.engine_version],
}


class InstanceOperations:
    def __init__(self, registry: Registry, log_size: Callable[[str], int]) -> None:
        """``log_size`` gives the bytes a task (by its ARN) has logged so far."""
        self._registry = registry
        self._log_size = log_size

    def create(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        registry = self._registry
        name = identifier(parameters["ReplicationInstanceIdentifier"], "replication instance")
        if any(known.identifier == name for known in registry.instances.values()):
            raise already_exists(f"Replication Instance {name} already exists")
        instance = ReplicationInstance(
            identifier=name,
            arn=registry.new_arn("rep", parameters.get("ResourceIdentifier")),
            instance_class=parameters["ReplicationInstanceClass"],
            status="available",
            engine_version=parameters.get("EngineVersion", DEFAULT_ENGINE_VERSION),
            storage_gb=parameters.get("AllocatedStorage", DEFAULT_STORAGE_GB),
            public=parameters.get("PubliclyAccessible", True),
            region=registry.region,
        )
        registry.instances[instance.arn] = instance
        registry.set_tags(instance.arn, parameters.get("Tags"))
        return {"ReplicationInstance": replace(instance, status="creating").describe()}

    def describe(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        filters = parameters.get("Filters")
        found = select(self._registry.instances.values(), filters, _SELECTORS)
        if filters and not found:
            raise not_found("No Replication Instances found matching given filters")
        shown, marker = page(found, parameters)
        return {"Marker": marker, "ReplicationInstances": [instance.describe() for instance in shown]}

    def delete(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        registry = self._registry
        instance = registry.instance(parameters["ReplicationInstanceArn"])
        if registry.tasks_using(instance.arn):
            raise invalid_state(f"Replication Instance {instance.identifier} has tasks; delete them first")
        del registry.instances[instance.arn]
        registry.tags.pop(instance.arn, None)
        for key in [key for key in registry.connections if key[0] == instance.arn]:
            del registry.connections[key]
        return {"ReplicationInstance": replace(instance, status="deleting").describe()}

    def task_logs(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        instance = self._registry.instance(parameters["ReplicationInstanceArn"])
        shown, marker = page(self._registry.tasks_using(instance.arn), parameters)
        logs = [
            {
                "ReplicationTaskName": task.identifier,
                "ReplicationTaskArn": task.arn,
                "ReplicationInstanceTaskLogSize": self._log_size(task.arn),
            }
            for task in shown
        ]
        return {"ReplicationInstanceArn": instance.arn, "ReplicationInstanceTaskLogs": logs, "Marker": marker}
