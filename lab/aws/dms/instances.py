"""Replication instances: in the lab, a name under which replication processes run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from lab.aws.dms.events import INSTANCE_CHANGED, INSTANCE_CREATED, INSTANCE_DELETED
from lab.aws.dms.identifiers import identifier
from lab.aws.dms.listing import Selectors, page, select
from lab.aws.dms.offered import ENGINE_VERSIONS, INSTANCE_CLASSES
from lab.aws.dms.records.instance import ReplicationInstance
from lab.aws.dms.registry import Registry
from lab.aws.dms.subnets import DEFAULT_GROUP
from lab.aws.errors import already_exists, invalid_state, invalid_value, not_found

DEFAULT_STORAGE_GB = 50
DEFAULT_ENGINE_VERSION = "3.5.4"
#: parameter -> attribute of an instance; these wait for the maintenance window unless they shall
#: apply immediately
_WAITING = {
    "ReplicationInstanceClass": "instance_class",
    "AllocatedStorage": "storage_gb",
    "MultiAZ": "multi_az",
    "EngineVersion": "engine_version",
}
_AT_ONCE = {"PreferredMaintenanceWindow": "window", "AutoMinorVersionUpgrade": "upgrades"}


_SELECTORS: Selectors = {
    "replication-instance-arn": lambda instance: [instance.arn],
    "replication-instance-id": lambda instance: [instance.identifier],
    "replication-instance-class": lambda instance: [instance.instance_class],
    "engine-version": lambda instance: [instance.engine_version],
}


class InstanceOperations:
    def __init__(
        self, registry: Registry, log_size: Callable[[str], int], restart: Callable[..., None]
    ) -> None:
        """``log_size`` gives the bytes a task (by its ARN) has logged so far.

        ``restart`` interrupts the processes of some tasks and lets them go on; then it calls what
        it is given.
        """
        self._registry = registry
        self._log_size = log_size
        self._restart = restart

    def create(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        registry = self._registry
        name = self._free_identifier(parameters["ReplicationInstanceIdentifier"])
        _check_offered(parameters)
        group = parameters.get("ReplicationSubnetGroupIdentifier", DEFAULT_GROUP).lower()
        if group not in registry.subnet_groups:
            raise not_found(f"Replication Subnet Group {group} not found")
        instance = ReplicationInstance(
            identifier=name,
            arn=registry.new_arn("rep", parameters.get("ResourceIdentifier")),
            instance_class=parameters["ReplicationInstanceClass"],
            status="available",
            engine_version=parameters.get("EngineVersion", DEFAULT_ENGINE_VERSION),
            storage_gb=parameters.get("AllocatedStorage", DEFAULT_STORAGE_GB),
            public=parameters.get("PubliclyAccessible", True),
            region=registry.region,
            kms_key=parameters.get("KmsKeyId") or registry.kms_key(),
            subnets=registry.subnet_groups[group].describe(),
            multi_az=parameters.get("MultiAZ", False),
            **{
                attribute: parameters[name]
                for name, attribute in _AT_ONCE.items()
                if name in parameters
            },
        )
        registry.instances[instance.arn] = instance
        registry.set_tags(instance.arn, parameters.get("Tags"))
        registry.events.note(INSTANCE_CREATED, name, instance.arn)
        return {"ReplicationInstance": replace(instance, status="creating").describe()}

    def modify(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """What has to wait for the maintenance window shows as pending unless it shall apply
        immediately.
        """
        registry = self._registry
        instance = self._available(parameters["ReplicationInstanceArn"])
        _check_offered(parameters)
        values = {
            attribute: parameters[name]
            for name, attribute in _AT_ONCE.items()
            if name in parameters
        }
        waiting = {name: parameters[name] for name in _WAITING if name in parameters}
        if parameters.get("ApplyImmediately"):
            values |= {_WAITING[name]: value for name, value in waiting.items()}
            kept = {name: value for name, value in instance.pending.items() if name not in waiting}
        else:
            kept = {**instance.pending, **waiting}
        name = parameters.get("ReplicationInstanceIdentifier", instance.identifier)
        if name.lower() != instance.identifier:
            values["identifier"] = self._free_identifier(name)
        changed = replace(instance, pending=kept, **values)
        registry.instances[instance.arn] = changed
        if changed.instance_class != instance.instance_class:
            registry.events.note(INSTANCE_CHANGED, changed.identifier, changed.arn)
        return {"ReplicationInstance": replace(changed, status="modifying").describe()}

    def reboot(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Tasks that run are interrupted and go on where they were."""
        registry = self._registry
        instance = self._available(parameters["ReplicationInstanceArn"])
        rebooting = replace(instance, status="rebooting")
        registry.instances[instance.arn] = rebooting

        def finished() -> None:
            with registry.lock:
                if instance.arn in registry.instances:
                    registry.instances[instance.arn] = replace(
                        registry.instances[instance.arn], status="available"
                    )

        self._restart(registry.tasks_using(instance.arn), finished)
        return {"ReplicationInstance": rebooting.describe()}

    def describe(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        filters = parameters.get("Filters")
        found = select(self._registry.instances.values(), filters, _SELECTORS)
        if filters and not found:
            raise not_found("No Replication Instances found matching given filters")
        shown, marker = page(found, parameters)
        return {
            "Marker": marker,
            "ReplicationInstances": [instance.describe() for instance in shown],
        }

    def delete(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        registry = self._registry
        instance = registry.instance(parameters["ReplicationInstanceArn"])
        if registry.tasks_using(instance.arn):
            raise invalid_state(
                f"Replication Instance {instance.identifier} has tasks; delete them first"
            )
        del registry.instances[instance.arn]
        registry.tags.pop(instance.arn, None)
        registry.events.note(INSTANCE_DELETED, instance.identifier, instance.arn)
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
        return {
            "ReplicationInstanceArn": instance.arn,
            "ReplicationInstanceTaskLogs": logs,
            "Marker": marker,
        }

    def _available(self, arn: str) -> ReplicationInstance:
        instance = self._registry.instance(arn)
        if instance.status != "available":
            raise invalid_state(
                f"Replication Instance {instance.identifier} is {instance.status}, not available"
            )
        return instance

    def _free_identifier(self, text: str) -> str:
        name = identifier(text, "replication instance")
        if any(known.identifier == name for known in self._registry.instances.values()):
            raise already_exists(f"Replication Instance {name} already exists")
        return name


def _check_offered(parameters: Mapping[str, Any]) -> None:
    for name, offered in (
        ("ReplicationInstanceClass", INSTANCE_CLASSES),
        ("EngineVersion", ENGINE_VERSIONS),
    ):
        if parameters.get(name, next(iter(offered))) not in offered:
            raise invalid_value(
                f"{name} {parameters[name]!r} is not on offer; there are: {', '.join(offered)}"
            )
