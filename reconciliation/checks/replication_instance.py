"""The replication instance that the task runs on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciliation.checks.registry import check
from reconciliation.model import Finding
from reconciliation.parallel_run import ParallelRun
from reconciliation.replication import describe_task

if TYPE_CHECKING:
    from types_boto3_dms.type_defs import ReplicationInstanceTypeDef


@check(subject="the replication instance", kinds=("replication_instance",))
def check_replication_instance(run: ParallelRun) -> tuple[Finding, ...]:
    """The agreed replication instance exists, is available, and the task runs on it."""
    return tuple(Finding("replication_instance", words) for words in _instance_words(run))


def _instance_words(run: ParallelRun) -> list[str]:
    wanted = run.profile.agreed.replication_instance
    instances = _instances(run)
    found = next(
        (item for item in instances if item["ReplicationInstanceIdentifier"] == wanted), None
    )
    if found is None:
        there = ", ".join(item["ReplicationInstanceIdentifier"] for item in instances) or "none"
        return [f"there is no replication instance {wanted!r}; instances there: {there}"]
    findings = []
    status = found.get("ReplicationInstanceStatus")
    if status != "available":
        findings.append(
            f"replication instance {wanted} is {status}, not available; wait for it or start it"
        )
    if describe_task(run).instance_arn != found.get("ReplicationInstanceArn"):
        findings.append(
            f"the task does not run on the agreed replication instance {wanted}; move it there"
        )
    return findings


def _instances(run: ParallelRun) -> list[ReplicationInstanceTypeDef]:
    with run.aws.asking("describing the replication instances"):
        pages = run.aws.dms.get_paginator("describe_replication_instances").paginate()
        return [item for page in pages for item in page["ReplicationInstances"]]
