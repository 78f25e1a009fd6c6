"""Replication subnet groups: kept by name; the lab has one network, 127.0.0.1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lab.aws.dms.listing import Selectors, page, select
from lab.aws.dms.records.subnet_group import SubnetGroup
from lab.aws.dms.registry import Registry
from lab.aws.errors import AwsError, already_exists, invalid_state, not_found

DEFAULT_GROUP = "default-vpc-lab"


_SELECTORS: Selectors = {"replication-subnet-group-id": lambda group: [group.identifier]}


class SubnetGroupOperations:
    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        subnets = ("subnet-0000000a", "subnet-0000000b")
        registry.subnet_groups[DEFAULT_GROUP] = SubnetGroup(
            DEFAULT_GROUP, "default", subnets, registry.region
        )

    def create(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        name = parameters["ReplicationSubnetGroupIdentifier"].lower()
        if name in self._registry.subnet_groups:
            raise already_exists(f"Replication Subnet Group {name} already exists")
        description = parameters["ReplicationSubnetGroupDescription"]
        group = SubnetGroup(name, description, _subnets(parameters), self._registry.region)
        self._registry.subnet_groups[name] = group
        self._registry.set_tags(group.arn, parameters.get("Tags"))
        return {"ReplicationSubnetGroup": group.describe()}

    def modify(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        group = self._group(parameters["ReplicationSubnetGroupIdentifier"])
        description = parameters.get("ReplicationSubnetGroupDescription", group.description)
        changed = replace(group, description=description, subnets=_subnets(parameters))
        self._registry.subnet_groups[group.identifier] = changed
        return {"ReplicationSubnetGroup": changed.describe()}

    def describe(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        filters = parameters.get("Filters")
        found = select(self._registry.subnet_groups.values(), filters, _SELECTORS)
        if filters and not found:
            raise not_found("No Replication Subnet Groups found matching given filters")
        shown, marker = page(found, parameters)
        return {"Marker": marker, "ReplicationSubnetGroups": [group.describe() for group in shown]}

    def delete(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        group = self._group(parameters["ReplicationSubnetGroupIdentifier"])
        if any(
            instance.subnet_group == group.identifier
            for instance in self._registry.instances.values()
        ):
            raise invalid_state(
                f"Replication Subnet Group {group.identifier} is used by a replication instance"
            )
        del self._registry.subnet_groups[group.identifier]
        self._registry.tags.pop(group.arn, None)
        return {}

    def _group(self, name: str) -> SubnetGroup:
        try:
            return self._registry.subnet_groups[name.lower()]
        except KeyError:
            raise not_found(f"Replication Subnet Group {name} not found") from None


def _subnets(parameters: Mapping[str, Any]) -> tuple[str, ...]:
    subnets = tuple(parameters["SubnetIds"])
    if len(set(subnets)) < 2:
        raise AwsError(
            "ReplicationSubnetGroupDoesNotCoverEnoughAZs",
            "The subnets must be in at least two availability zones; in the lab each subnet is "
            "in one of its own",
        )
    return subnets
