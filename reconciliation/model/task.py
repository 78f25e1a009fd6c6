"""The replication task as its service shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciliation.model.values import Document


@dataclass(frozen=True)
class TaskInfo:
    """A replication task as DescribeReplicationTasks shows it; ``resource_id`` is the last part of
    its ARN.
    """

    identifier: str
    arn: str
    status: str
    migration_type: str
    table_mappings: str
    settings: Mapping[str, Document]
    stop_reason: str
    last_failure: str
    source_endpoint_arn: str
    target_endpoint_arn: str
    instance_arn: str
    has_run: bool
    recovery_checkpoint: str = ""

    @property
    def resource_id(self) -> str:
        return self.arn.rpartition(":")[2]
