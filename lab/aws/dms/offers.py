"""What the service says it has on offer, its quotas and the settings of endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lab.aws.config import ACCOUNT
from lab.aws.dms.listing import Selectors, page, select
from lab.aws.dms.offered import ENGINE_VERSIONS, ENGINES, INSTANCE_CLASSES, SETTINGS_MEMBERS
from lab.aws.dms.registry import Registry
from lab.aws.errors import invalid_value
from lab.aws.service_models import structure

_ROLES = (("postgres", "source"), ("aurora-postgresql", "source"), ("oracle", "target"))
_TYPE_SELECTORS: Selectors = {
    "engine-name": lambda role: [role[0]],
    "endpoint-type": lambda role: [role[1]],
}
#: defaults of the service model's documentation, where the lab's replication has one
_DEFAULTS = {
    "CaptureDdls": "true",
    "DdlArtifactsSchema": "public",
    "ExecuteTimeout": "60",
    "FailTasksOnLobTruncation": "false",
    "HeartbeatEnable": "false",
    "HeartbeatFrequency": "5",
    "HeartbeatSchema": "public",
    "MapBooleanAsBoolean": "false",
    "MapJsonbAsClob": "false",
    "MapLongVarcharAs": "wstring",
    "PluginName": "no-preference",
    "TrimSpaceInChar": "true",
    "UseDirectPathFullLoad": "true",
}


class OfferOperations:
    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def endpoint_types(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        found = select(_ROLES, parameters.get("Filters"), _TYPE_SELECTORS)
        shown, marker = page(found, parameters)
        types = [
            {
                "EngineName": engine,
                "SupportsCDC": True,
                "EndpointType": kind,
                "ReplicationInstanceEngineMinimumVersion": min(ENGINE_VERSIONS),
                "EngineDisplayName": ENGINES[engine],
            }
            for engine, kind in shown
        ]
        return {"Marker": marker, "SupportedEndpointTypes": types}

    def endpoint_settings(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        engine = parameters["EngineName"]
        if engine not in ENGINES:
            raise invalid_value(
                f"The engine {engine!r} is not known in the lab; it knows {', '.join(ENGINES)}"
            )
        members = structure("dms", SETTINGS_MEMBERS[engine]).members
        shown, marker = page(
            [_setting(name, shape) for name, shape in sorted(members.items())], parameters
        )
        return {"Marker": marker, "EndpointSettings": list(shown)}

    def engine_versions(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        versions = list(ENGINE_VERSIONS)
        shown, marker = page(versions, parameters)
        described = [
            {
                "Version": version,
                "Lifecycle": "Available",
                "ReleaseStatus": "prod",
                "LaunchDate": ENGINE_VERSIONS[version],
                "AvailableUpgrades": versions[versions.index(version) + 1 :],
            }
            for version in shown
        ]
        return {"Marker": marker, "EngineVersions": described}

    def orderable_instances(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        offers = [(version, size) for version in ENGINE_VERSIONS for size in INSTANCE_CLASSES]
        shown, marker = page(offers, parameters)
        described = [
            {
                "EngineVersion": version,
                "ReplicationInstanceClass": size,
                "StorageType": "gp2",
                "MinAllocatedStorage": 5,
                "MaxAllocatedStorage": 6144,
                "DefaultAllocatedStorage": 50,
                "IncludedAllocatedStorage": 50,
                "AvailabilityZones": [f"{self._registry.region}a"],
                "ReleaseStatus": "prod",
            }
            for version, size in shown
        ]
        return {"Marker": marker, "OrderableReplicationInstances": described}

    def account_attributes(self, _parameters: Mapping[str, Any]) -> dict[str, Any]:
        registry = self._registry
        instances = registry.instances.values()
        used = (
            ("ReplicationInstances", len(instances), 60),
            ("AllocatedStorage", sum(instance.storage_gb for instance in instances), 30000),
            ("ReplicationSubnetGroups", len(registry.subnet_groups), 60),
            ("EventSubscriptions", 0, 60),
            ("Certificates", 0, 100),
            ("Endpoints", len(registry.endpoints), 1000),
            ("ReplicationTasks", len(registry.tasks), 600),
        )
        quotas = [
            {"AccountQuotaName": name, "Used": now, "Max": limit} for name, now, limit in used
        ]
        return {
            "AccountQuotas": quotas,
            "UniqueAccountIdentifier": f"{self._registry.region}-{ACCOUNT}",
        }

    def certificates(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """None: the lab's endpoints connect without SSL."""
        page([], parameters)
        return {"Certificates": []}

    def maintenance(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        page([], parameters)
        return {"PendingMaintenanceActions": []}

    def subscriptions(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        page([], parameters)
        return {"EventSubscriptionsList": []}


def _setting(name: str, shape: Any) -> dict[str, Any]:
    choices = list(getattr(shape, "enum", ()) or ())
    kind = (
        "enum"
        if choices
        else shape.type_name
        if shape.type_name in ("boolean", "integer")
        else "string"
    )
    return {
        "Name": name,
        "Type": kind,
        "EnumValues": choices or None,
        "Sensitive": shape.name == "SecretString",
        "DefaultValue": _DEFAULTS.get(name),
    }
