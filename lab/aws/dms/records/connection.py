"""A connection between a replication instance and an endpoint, as far as it was tested."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lab.aws.dms.records.instance import ReplicationInstance


@dataclass(frozen=True)
class Connection:
    instance: ReplicationInstance
    endpoint_arn: str
    endpoint_identifier: str
    status: str
    failure: str | None = None

    def describe(self) -> dict[str, Any]:
        return {
            "ReplicationInstanceArn": self.instance.arn,
            "EndpointArn": self.endpoint_arn,
            "Status": self.status,
            "LastFailureMessage": self.failure,
            "EndpointIdentifier": self.endpoint_identifier,
            "ReplicationInstanceIdentifier": self.instance.identifier,
        }
