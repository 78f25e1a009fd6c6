"""What the lab's DMS knows: instances, endpoints, connections, tasks and their tags."""

from __future__ import annotations

import base64
import os
import re
import threading
from dataclasses import dataclass, field
from typing import Any

from lab.aws.config import ACCOUNT
from lab.aws.dms.events import EventLog
from lab.aws.dms.records.connection import Connection
from lab.aws.dms.records.endpoint import Endpoint
from lab.aws.dms.records.instance import ReplicationInstance
from lab.aws.dms.records.subnet_group import SubnetGroup
from lab.aws.dms.records.task import Task
from lab.aws.errors import invalid_value, not_found

#: the key everything is said to be encrypted under; the lab encrypts nothing
KMS_KEY = "00000000-0000-0000-0000-000000000000"
_RESOURCE_IDENTIFIER = re.compile(r"[A-Za-z](-?[A-Za-z0-9]){0,30}")


@dataclass
class Registry:
    """The state behind the API; whoever reads or changes it holds ``lock``."""

    region: str
    lock: threading.RLock = field(default_factory=threading.RLock)
    instances: dict[str, ReplicationInstance] = field(default_factory=dict)
    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    connections: dict[tuple[str, str], Connection] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    subnet_groups: dict[str, SubnetGroup] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    events: EventLog = field(default_factory=EventLog)

    def new_arn(self, kind: str, resource_identifier: str | None = None) -> str:
        """An ARN with an opaque upper-case resource id, or with the one the caller wants."""
        if resource_identifier and not _RESOURCE_IDENTIFIER.fullmatch(resource_identifier):
            raise invalid_value(
                f"The resource identifier {resource_identifier!r} is not 1 to 31 letters and digits"
            )
        resource_id = resource_identifier or base64.b32encode(os.urandom(24)).decode().rstrip("=")
        arn = f"arn:aws:dms:{self.region}:{ACCOUNT}:{kind}:{resource_id}"
        if arn in self.tags:
            raise invalid_value(f"The resource identifier {resource_id!r} is in use")
        return arn

    def instance(self, arn: str) -> ReplicationInstance:
        return _known(self.instances, arn, "Replication Instance")

    def kms_key(self) -> str:
        return f"arn:aws:kms:{self.region}:{ACCOUNT}:key/{KMS_KEY}"

    def endpoint(self, arn: str) -> Endpoint:
        return _known(self.endpoints, arn, "Endpoint")

    def task(self, arn: str) -> Task:
        return _known(self.tasks, arn, "Replication Task")

    def set_tags(self, arn: str, tags: list[dict[str, str]] | None) -> None:
        stored = self.tags.setdefault(arn, {})
        for tag in tags or []:
            stored[tag["Key"]] = tag.get("Value", "")

    def tasks_using(self, arn: str) -> list[Task]:
        """Tasks that refer to an endpoint or a replication instance."""
        return [
            task
            for task in self.tasks.values()
            if arn in (task.source_arn, task.target_arn, task.instance_arn)
        ]


def _known(records: dict[str, Any], arn: str, what: str) -> Any:
    try:
        return records[arn]
    except KeyError:
        raise not_found(f"{what} {arn} not found") from None
