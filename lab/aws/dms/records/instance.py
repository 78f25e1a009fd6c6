"""A replication instance and what it looks like from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


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
    kms_key: str
    subnets: Mapping[str, Any]
    multi_az: bool = False
    upgrades: bool = True
    window: str = "sun:06:00-sun:14:00"
    pending: Mapping[str, Any] = field(default_factory=dict)
    created: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def subnet_group(self) -> str:
        return self.subnets["ReplicationSubnetGroupIdentifier"]

    def describe(self) -> dict[str, Any]:
        return {
            "ReplicationInstanceIdentifier": self.identifier,
            "ReplicationInstanceClass": self.instance_class,
            "ReplicationInstanceStatus": self.status,
            "AllocatedStorage": self.storage_gb,
            "InstanceCreateTime": self.created,
            "VpcSecurityGroups": [],
            "AvailabilityZone": f"{self.region}a",
            "ReplicationSubnetGroup": self.subnets,
            "PreferredMaintenanceWindow": self.window,
            "PendingModifiedValues": dict(self.pending),
            "MultiAZ": self.multi_az,
            "EngineVersion": self.engine_version,
            "AutoMinorVersionUpgrade": self.upgrades,
            "KmsKeyId": self.kms_key,
            "ReplicationInstanceArn": self.arn,
            "ReplicationInstancePrivateIpAddress": "127.0.0.1",
            "ReplicationInstancePublicIpAddresses": [],
            "ReplicationInstancePrivateIpAddresses": ["127.0.0.1"],
            "ReplicationInstanceIpv6Addresses": [],
            "PubliclyAccessible": self.public,
            "NetworkType": "IPV4",
        }
