"""The RDS instance as AWS describes it, and its parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciliation.checks.registry import check
from reconciliation.errors import Unseen
from reconciliation.model import Finding
from reconciliation.parallel_run import ParallelRun

if TYPE_CHECKING:
    from types_boto3_rds.type_defs import DBInstanceTypeDef


@check(subject="the RDS instance", kinds=("rds_instance", "pending_reboot"))
def check_rds_instance(run: ParallelRun) -> tuple[Finding, ...]:
    """The RDS instance exists, is available, and no parameter waits for a reboot."""
    instance = _instance(run)
    if instance is None:
        return (
            Finding(
                "rds_instance",
                f"there is no RDS instance {run.profile.agreed.rds_instance!r} in "
                f"{run.aws.region}; check [agreed] rds_instance",
            ),
        )
    name, found = instance["DBInstanceIdentifier"], []
    if instance.get("DBInstanceStatus") != "available":
        found.append(
            Finding(
                "rds_instance",
                f"RDS instance {name} is {instance.get('DBInstanceStatus')}, not "
                "available; wait for it",
            )
        )
    for group in instance.get("DBParameterGroups", []):
        state = group.get("ParameterApplyStatus")
        if state != "in-sync":
            found.append(
                Finding(
                    "pending_reboot",
                    f"RDS instance {name}: parameter group {group.get('DBParameterGroupName')} "
                    f"is {state}, so changed parameters are not in force; reboot the instance",
                )
            )
    return tuple(found)


def _instance(run: ParallelRun) -> DBInstanceTypeDef | None:
    with run.aws.asking("describing the RDS instances"):
        pages = run.aws.rds.get_paginator("describe_db_instances").paginate()
        instances = [instance for page in pages for instance in page["DBInstances"]]
    wanted = run.profile.agreed.rds_instance
    return next(
        (instance for instance in instances if instance["DBInstanceIdentifier"] == wanted), None
    )


def parameters(run: ParallelRun) -> dict[str, str]:
    """The parameters of the instance's parameter groups. Raises Unseen for an unknown instance,
    which shows none.
    """
    instance = _instance(run)
    if instance is None:
        raise Unseen(
            f"there is no RDS instance {run.profile.agreed.rds_instance!r} "
            f"in {run.aws.region} whose parameters could be read; check [agreed] rds_instance"
        )
    groups = [group["DBParameterGroupName"] for group in instance.get("DBParameterGroups", [])]
    found: dict[str, str] = {}
    for group in groups:
        with run.aws.asking(f"describing the parameter group {group}"):
            pages = run.aws.rds.get_paginator("describe_db_parameters").paginate(
                DBParameterGroupName=group
            )
            for page in pages:
                found |= {
                    item["ParameterName"]: item["ParameterValue"]
                    for item in page["Parameters"]
                    if "ParameterValue" in item
                }
    return found
