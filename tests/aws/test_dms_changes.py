"""Tasks that begin at a position, move and are interrupted; instances that
change: through boto3.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.aws.building import (
    await_state,
    create_instance,
    create_task,
    describe_task,
    refused,
    start_task,
    until,
)
from tests.aws.conftest import Lab


def test_a_task_begins_at_a_position(dms: Any, lab: Lab) -> None:
    checkpoint = "checkpoint:V1#1#000004AF/B00000D0#0#0#*#0#0"
    arn = create_task(
        dms, CdcStartPosition=checkpoint, CdcStopPosition="server_time:2030-01-01T00:00:00"
    )
    task = describe_task(dms)
    assert (task["CdcStartPosition"], task["CdcStopPosition"]) == (
        checkpoint,
        "server_time:2030-01-01T00:00:00",
    )
    start_task(dms, arn)
    await_state(dms, "running")
    dms.stop_replication_task(ReplicationTaskArn=arn)
    await_state(dms, "stopped")
    lsn = {"ReplicationTaskArn": arn, "CdcStartPosition": "4AF/B00000D0"}
    code = refused(dms.start_replication_task, **lsn, StartReplicationTaskType="resume-processing")
    assert code == "InvalidParameterCombinationException"
    assert describe_task(dms)["CdcStartPosition"] == checkpoint
    dms.start_replication_task(**lsn, StartReplicationTaskType="start-replication")
    assert await_state(dms, "running")["CdcStartPosition"] == "4AF/B00000D0"
    told = [
        (spec["cdc_start_position"], spec["cdc_stop_position"])
        for spec, _start_type in lab.process.starts
    ]
    assert told == [
        (checkpoint, "server_time:2030-01-01T00:00:00"),
        ("4AF/B00000D0", "server_time:2030-01-01T00:00:00"),
    ]


def test_a_task_is_moved_with_its_log(dms: Any, lab: Lab) -> None:
    arn = create_task(dms, ReplicationTaskSettings='{"Logging": {"EnableLogging": true}}')
    here = describe_task(dms)["ReplicationInstanceArn"]
    there = dms.create_replication_instance(
        ReplicationInstanceIdentifier="other", ReplicationInstanceClass="dms.t3.micro"
    )["ReplicationInstance"]["ReplicationInstanceArn"]
    assert refused(move, dms, arn, here) == "InvalidResourceStateFault"
    assert move(dms, arn, there)["Status"] == "moving"
    moved = await_state(dms, "ready")
    assert moved["ReplicationInstanceArn"] == there
    assert "TargetReplicationInstanceArn" not in moved
    assert (
        json.loads(moved["ReplicationTaskSettings"])["Logging"]["CloudWatchLogGroup"]
        == "dms-tasks-other"
    )


def move(dms: Any, arn: str, instance_arn: str) -> dict[str, Any]:
    moved = dms.move_replication_task(
        ReplicationTaskArn=arn, TargetReplicationInstanceArn=instance_arn
    )
    return moved["ReplicationTask"]


def test_tables_of_a_task_without_full_load_are_not_reloaded(dms: Any, lab: Lab) -> None:
    arn = create_task(dms)
    table = {"SchemaName": "travelbuddy", "TableName": "flightspecial"}
    reload = {"ReplicationTaskArn": arn, "TablesToReload": [table]}
    with pytest.raises(
        dms.exceptions.InvalidResourceStateFault, match="while a Replication Task runs"
    ):
        dms.reload_tables(**reload)
    start_task(dms, arn)
    await_state(dms, "running")
    with pytest.raises(dms.exceptions.InvalidResourceStateFault, match="with a full load only"):
        dms.reload_tables(**reload)


def test_a_reboot_interrupts_tasks_and_lets_them_go_on(dms: Any, lab: Lab) -> None:
    arn = create_task(dms)
    start_task(dms, arn)
    await_state(dms, "running")
    lab.process.gate.clear()
    instance = describe_task(dms)["ReplicationInstanceArn"]
    rebooting = dms.reboot_replication_instance(ReplicationInstanceArn=instance)[
        "ReplicationInstance"
    ]
    assert rebooting["ReplicationInstanceStatus"] == "rebooting"
    assert (
        refused(dms.reboot_replication_instance, ReplicationInstanceArn=instance)
        == "InvalidResourceStateFault"
    )
    lab.process.gate.set()
    until(
        lambda: dms.describe_replication_instances()["ReplicationInstances"][0][
            "ReplicationInstanceStatus"
        ],
        lambda state: state == "available",
    )
    await_state(dms, "running")
    assert [start_type for _spec, start_type in lab.process.starts] == [
        "start-replication",
        "resume-processing",
    ]


def test_an_instance_changes_now_or_in_its_window(dms: Any) -> None:
    arn = create_instance(dms)["ReplicationInstanceArn"]
    later = dms.modify_replication_instance(
        ReplicationInstanceArn=arn,
        ReplicationInstanceClass="dms.t3.large",
        ReplicationInstanceIdentifier="Renamed",
    )["ReplicationInstance"]
    assert (later["ReplicationInstanceStatus"], later["ReplicationInstanceClass"]) == (
        "modifying",
        "dms.t3.micro",
    )
    assert later["PendingModifiedValues"] == {"ReplicationInstanceClass": "dms.t3.large"}
    assert later["ReplicationInstanceIdentifier"] == "renamed"
    now = dms.modify_replication_instance(
        ReplicationInstanceArn=arn, ReplicationInstanceClass="dms.t3.small", ApplyImmediately=True
    )["ReplicationInstance"]
    assert (now["ReplicationInstanceClass"], now["PendingModifiedValues"]) == ("dms.t3.small", {})
    assert now["ReplicationSubnetGroup"]["ReplicationSubnetGroupIdentifier"] == "default-vpc-lab"
