"""A replication subnet group and what it looks like from outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lab.aws.config import ACCOUNT

VPC = "vpc-00000000000000000"


@dataclass(frozen=True)
class SubnetGroup:
    identifier: str
    description: str
    subnets: tuple[str, ...]
    region: str

    @property
    def arn(self) -> str:
        return f"arn:aws:dms:{self.region}:{ACCOUNT}:subgrp:{self.identifier}"

    def describe(self) -> dict[str, Any]:
        zones = (f"{self.region}{letter}" for letter in "abcdefghijklmnopqrst")
        return {
            "ReplicationSubnetGroupIdentifier": self.identifier,
            "ReplicationSubnetGroupDescription": self.description,
            "VpcId": VPC,
            "SubnetGroupStatus": "Complete",
            "Subnets": [
                {
                    "SubnetIdentifier": subnet,
                    "SubnetAvailabilityZone": {"Name": zone},
                    "SubnetStatus": "Active",
                }
                for subnet, zone in zip(self.subnets, zones, strict=False)
            ],
            "SupportedNetworkTypes": ["IPV4"],
        }
