"""The replication task, started anew from its own position instead of resumed, and the source,
rebooted under it.
"""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import text

from reconciliation.errors import EnvironmentFault, Lost
from reconciliation.model import TaskInfo
from reconciliation.parallel_run import ParallelRun
from reconciliation.replication.slots import SlotInfo, slot
from reconciliation.replication.task import (
    await_status,
    describe_task,
    may_control,
    pause_seconds,
)

if TYPE_CHECKING:
    from types_boto3_dms.type_defs import EndpointTypeDef

_LSN = re.compile(r"([0-9A-Fa-f]{1,8})/([0-9A-Fa-f]{1,8})")


def restart_task(run: ParallelRun, limit_seconds: float = 300) -> TaskInfo:
    """Start the stopped task anew, at the position to which it had come, and wait until it runs.

    DMS takes a task that replicates changes only through start-replication with a CdcStartPosition,
    and reads the slot that the source endpoint names (AWS DMS user guide, "Performing replication
    starting from a CDC start point"); the position must not be older than what the slot has
    confirmed. A lab's endpoint names the slot for that moment only. Raises EnvironmentFault.
    """
    may_control(run)
    task, read = describe_task(run), slot(run)
    if read is None:
        raise EnvironmentFault(
            f"task {task.identifier!r} cannot be started anew: its replication slot is not there"
        )
    position = _later(task.recovery_checkpoint, read.confirmed_flush_lsn or "")
    with (
        _slot_named(run, read),
        run.aws.asking(f"starting task {task.identifier!r} anew from {position}"),
    ):
        run.aws.dms.start_replication_task(
            ReplicationTaskArn=task.arn,
            StartReplicationTaskType="start-replication",
            CdcStartPosition=position,
        )
    return await_status(run, "running", limit_seconds)


def _later(*positions: str) -> str:
    """The latest LSN among checkpoints and LSNs (``4AF/B00000D0``)."""
    found = [match for one in positions if (match := _LSN.search(one))]
    if not found:
        raise EnvironmentFault("neither the task nor its slot says up to where it has come")
    return max(found, key=lambda one: (int(one[1], 16), int(one[2], 16)))[0]


@contextmanager
def _slot_named(run: ParallelRun, read: SlotInfo) -> Iterator[None]:
    arn = run.task.source_endpoint_arn
    given = _source_endpoint(run).get("ExtraConnectionAttributes", "")
    if re.search(r"(^|;)\s*slotname\s*=", given, re.IGNORECASE):
        yield
        return
    if run.profile.kind != "lab":
        raise EnvironmentFault(
            f"the source endpoint names no slot ({given or 'no attributes'}): a restart would make "
            f"a new one, and what is written meanwhile would be lost; set SlotName={read.name}"
        )
    named = f"{given.rstrip('; ')};SlotName={read.name}".lstrip(";")
    _set_attributes(run, arn, named)
    try:
        yield
    finally:
        _set_attributes(run, arn, given)


def _source_endpoint(run: ParallelRun) -> EndpointTypeDef:
    with run.aws.asking("describing the source endpoint"):
        pages = list(run.aws.dms.get_paginator("describe_endpoints").paginate())
    for endpoint in (one for page in pages for one in page["Endpoints"]):
        if endpoint["EndpointArn"] == run.task.source_endpoint_arn:
            return endpoint
    raise EnvironmentFault(f"there is no endpoint {run.task.source_endpoint_arn}")


def _set_attributes(run: ParallelRun, arn: str, attributes: str) -> None:
    with run.aws.asking("having the source endpoint name the slot"):
        run.aws.dms.modify_endpoint(EndpointArn=arn, ExtraConnectionAttributes=attributes)


# ------------------------------------------------------------------ the source


def reboot_source(run: ParallelRun, limit_seconds: float = 900) -> None:
    """Reboot PostgreSQL as RDS does it, and wait until it answers again. Every connection to it is
    lost; those of ``run`` are given up. Raises EnvironmentFault.
    """
    may_control(run)
    instance, before = run.profile.agreed.rds_instance, _started_at(run)
    with run.aws.asking(f"rebooting {instance}"):
        run.aws.rds.reboot_db_instance(DBInstanceIdentifier=instance)
    end = time.monotonic() + limit_seconds
    while (now := _started_at(run)) in (None, before) or not _is_available(run, instance):
        if time.monotonic() > end:
            raise EnvironmentFault(
                f"PostgreSQL {instance} was told to reboot and "
                f"{'has not done so' if now == before else 'does not answer'} after "
                f"{limit_seconds:g} s"
            )
        time.sleep(pause_seconds(run))


def _started_at(run: ParallelRun) -> dt.datetime | None:
    """When the server was started; None while it does not answer."""
    run.source.dispose()
    try:
        with run.source.connect() as connection:
            found: dt.datetime = connection.execute(
                text("SELECT pg_postmaster_start_time()")
            ).scalar_one()
            return found
    except Lost:
        return None


def _is_available(run: ParallelRun, instance: str) -> bool:
    with run.aws.asking(f"describing {instance}"):
        found = run.aws.rds.describe_db_instances(DBInstanceIdentifier=instance)["DBInstances"]
    return found[0].get("DBInstanceStatus") == "available"
