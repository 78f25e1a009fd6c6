"""The life of a replication task through boto3."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lab.dms.control import TableStatistics
from tests.aws.building import (
    MAPPING,
    await_state,
    connect_both,
    create_endpoint,
    create_instance,
    create_task,
    describe_task,
    refused,
    start_task,
    until,
)
from tests.aws.conftest import Lab


def test_a_task_walks_through_its_states(dms: Any, lab: Lab) -> None:
    arn = create_task(dms)
    process = lab.process
    assert process.directory.name == arn.rsplit(":", 1)[1]
    assert process.directory.is_dir()
    process.gate.clear()
    assert start_task(dms, arn)["Status"] == "starting"
    assert describe_task(dms)["Status"] == "starting"
    process.gate.set()
    running = await_state(dms, "running")
    assert running["ReplicationTaskStats"]["FreshStartDate"] == running["ReplicationTaskStartDate"]
    process.gate.clear()
    assert (
        dms.stop_replication_task(ReplicationTaskArn=arn)["ReplicationTask"]["Status"] == "stopping"
    )
    assert describe_task(dms)["Status"] == "stopping"
    process.gate.set()
    stopped = await_state(dms, "stopped")
    assert stopped["StopReason"] == "Stop Reason NORMAL"
    assert "LastFailureMessage" not in stopped
    assert stopped["ReplicationTaskStats"]["StopDate"] >= stopped["ReplicationTaskStartDate"]


def test_a_start_can_be_stopped_while_it_is_under_way(dms: Any, lab: Lab) -> None:
    arn = create_task(dms)
    lab.process.gate.clear()
    start_task(dms, arn)
    assert (
        dms.stop_replication_task(ReplicationTaskArn=arn)["ReplicationTask"]["Status"] == "stopping"
    )
    lab.process.gate.set()
    seen: set[str] = set()
    until(lambda: describe_task(dms)["Status"], lambda state: seen.add(state) or state == "stopped")
    assert seen <= {"stopping", "stopped"}
    assert len(lab.process.starts) == 1


def test_a_task_is_started_once_and_resumed_after(dms: Any, lab: Lab) -> None:
    arn = create_task(dms)
    for start_type in ("resume-processing", "reload-target"):
        assert refused(start_task, dms, arn, start_type) == "InvalidParameterCombinationException"
    start_task(dms, arn)
    await_state(dms, "running")
    assert refused(start_task, dms, arn, "resume-processing") == "InvalidResourceStateFault"
    dms.stop_replication_task(ReplicationTaskArn=arn)
    await_state(dms, "stopped")
    assert refused(dms.stop_replication_task, ReplicationTaskArn=arn) == "InvalidResourceStateFault"
    only_first = "Start Type : START_REPLICATION, valid only for tasks running for the first time"
    with pytest.raises(ClientError, match=f"InvalidParameterCombinationException.*{only_first}"):
        start_task(dms, arn)
    start_task(dms, arn, "resume-processing")
    await_state(dms, "running")
    assert [start_type for _spec, start_type in lab.process.starts] == [
        "start-replication",
        "resume-processing",
    ]


def test_a_failed_task_tells_why(dms: Any, lab: Lab) -> None:
    arn = create_task(dms)
    start_task(dms, arn)
    await_state(dms, "running")
    lab.process.fail("Last Error  No tables were found. Stop Reason FATAL_ERROR Error Level FATAL")
    failed = describe_task(dms)
    assert failed["Status"] == "failed"
    assert "No tables were found" in failed["LastFailureMessage"]
    assert "FATAL_ERROR" in failed["StopReason"]


def test_a_process_that_cannot_be_started_is_a_failed_task(dms: Any, lab: Lab) -> None:
    arn = create_task(dms)
    lab.process.start_error = OSError("no memory")
    start_task(dms, arn)
    failed = await_state(dms, "failed")
    assert "no memory" in failed["LastFailureMessage"]
    lab.process.start_error = None
    start_task(dms, arn)
    assert "LastFailureMessage" not in await_state(dms, "running")


def test_a_task_starts_only_on_successful_connections(dms: Any, lab: Lab) -> None:
    lab.unreachable.add("the-target")
    arn = create_task(dms)
    with pytest.raises(
        ClientError, match=r"InvalidResourceStateFault.*endpoint the-target should be successful"
    ):
        start_task(dms, arn)
    task = describe_task(dms)
    assert task["Status"] == "ready"
    lab.unreachable.clear()
    connect_both(dms, task["ReplicationInstanceArn"], task["TargetEndpointArn"])
    start_task(dms, arn)
    await_state(dms, "running")


def test_the_process_is_told_what_it_needs(dms: Any, lab: Lab, endpoint_url: str) -> None:
    settings = json.dumps({"Logging": {"EnableLogging": True}})
    arn = create_task(dms, ReplicationTaskSettings=settings)
    start_task(dms, arn)
    await_state(dms, "running")
    ((spec, _start_type),) = lab.process.starts
    resource_id = arn.rsplit(":", 1)[1]
    login = {"host": "127.0.0.1", "user": "dmsuser", "password": "hidden", "attributes": {}}
    assert spec["source"] == {**login, "port": 5432, "database": "dso"}
    assert spec["target"] == {**login, "port": 1521, "service": "XE"}
    assert spec["table_mappings"] == {"rules": []}
    assert spec["switches"] == {"missing_target_column": "skip"}
    assert spec["settings"] == json.loads(describe_task(dms)["ReplicationTaskSettings"])
    assert spec["logs"] == {
        "endpoint_url": endpoint_url,
        "region": "ap-northeast-2",
        "group": "dms-tasks-repl",
        "stream": f"dms-task-{resource_id}",
    }
    assert spec["task_identifier"] == "the-task"
    assert (spec["task_arn"], spec["resource_id"]) == (arn, resource_id)


def test_the_description_holds_what_was_created(dms: Any) -> None:
    before = datetime.now(UTC)
    arn = create_task(dms, TaskData="{}")
    task = describe_task(dms, Filters=[{"Name": "replication-task-id", "Values": ["the-task"]}])
    assert (task["ReplicationTaskArn"], task["MigrationType"], task["TableMappings"]) == (
        arn,
        "cdc",
        MAPPING,
    )
    assert before.replace(microsecond=0) <= task["ReplicationTaskCreationDate"] <= datetime.now(UTC)
    bare = describe_task(dms, WithoutSettings=True)
    assert "ReplicationTaskSettings" not in bare
    assert bare["ReplicationTaskArn"] == arn
    for name, value in (("migration-type", "full-load"), ("replication-task-id", "other")):
        wrong = [{"Name": name, "Values": [value]}]
        assert refused(dms.describe_replication_tasks, Filters=wrong) == "ResourceNotFoundFault"


def test_tables_are_counted_as_they_change(dms: Any, lab: Lab) -> None:
    arn = create_task(dms)
    assert dms.describe_table_statistics(ReplicationTaskArn=arn)["TableStatistics"] == []
    start_task(dms, arn)
    await_state(dms, "running")
    now = datetime.now(UTC)
    lab.process.counters = [
        TableStatistics("travelbuddy", "flightspecial", updates=1, last_update_time=now)
    ]
    (seen,) = dms.describe_table_statistics(ReplicationTaskArn=arn)["TableStatistics"]
    assert (seen["Updates"], seen["AppliedUpdates"], seen["TableState"]) == (
        1,
        0,
        "Table completed",
    )
    assert abs((seen["LastUpdateTime"] - now).total_seconds()) < 0.01
    lab.process.counters = [
        TableStatistics("travelbuddy", "flightspecial", updates=2, applied_updates=2),
        TableStatistics("travelbuddy", "hotelspecial", table_state="Table error"),
    ]
    by_state = [{"Name": "table-state", "Values": ["Table completed"]}]
    (seen,) = dms.describe_table_statistics(ReplicationTaskArn=arn, Filters=by_state)[
        "TableStatistics"
    ]
    assert (seen["Updates"], seen["AppliedUpdates"], seen["ValidationState"]) == (
        2,
        2,
        "Not enabled",
    )
    stats = describe_task(dms)["ReplicationTaskStats"]
    assert (stats["TablesLoaded"], stats["TablesErrored"]) == (1, 1)
    unknown = [{"Name": "color", "Values": ["x"]}]
    code = refused(dms.describe_table_statistics, ReplicationTaskArn=arn, Filters=unknown)
    assert code == "InvalidParameterValueException"


def test_statistics_are_filtered_and_paged(dms: Any, lab: Lab) -> None:
    arn = create_task(dms)
    lab.process.counters = [
        TableStatistics(
            schema, f"table_{number}", table_state="Table error" if number else "Table completed"
        )
        for schema in ("one", "two")
        for number in range(12)
    ]

    def found(*filters: tuple[str, str], **more: Any) -> list[str]:
        wanted = [{"Name": name, "Values": [value]} for name, value in filters]
        answer = dms.describe_table_statistics(ReplicationTaskArn=arn, Filters=wanted, **more)
        assert answer["ReplicationTaskArn"] == arn
        return [f"{one['SchemaName']}.{one['TableName']}" for one in answer["TableStatistics"]]

    assert found(("schema-name", "two"), ("table-state", "Table completed")) == ["two.table_0"]
    assert found(
        ("schema-name", "one"), ("table-name", "table_3"), ("table-state", "Table error")
    ) == ["one.table_3"]
    assert found(("table-name", "table_3"), ("table-state", "Table completed")) == []
    first = dms.describe_table_statistics(ReplicationTaskArn=arn, MaxRecords=20)
    assert len(first["TableStatistics"]) == 20
    assert len(found(MaxRecords=20, Marker=first["Marker"])) == 4


def test_without_logging_there_is_no_log(dms: Any, lab: Lab, client: Any) -> None:
    start_task(dms, create_task(dms))
    await_state(dms, "running")
    ((spec, _start_type),) = lab.process.starts
    assert spec["logs"] is None
    groups = client("logs").describe_log_groups(logGroupNamePrefix="dms-tasks-")["logGroups"]
    assert groups == []


def test_validation_that_is_wanted_and_not_done_shows(dms: Any, lab: Lab) -> None:
    arn = create_task(
        dms, ReplicationTaskSettings='{"ValidationSettings": {"EnableValidation": true}}'
    )
    lab.process.counters = [TableStatistics("travelbuddy", "flightspecial")]
    (seen,) = dms.describe_table_statistics(ReplicationTaskArn=arn)["TableStatistics"]
    assert seen["ValidationState"] == "Error"


def test_a_resting_task_is_modified(dms: Any, lab: Lab) -> None:
    arn = create_task(dms, ReplicationTaskSettings='{"TargetMetadata": {"LobMaxSize": 64}}')
    mapping = json.dumps({"rules": [{}]})
    changed = dms.modify_replication_task(
        ReplicationTaskArn=arn,
        TableMappings=mapping,
        ReplicationTaskIdentifier="Renamed",
        ReplicationTaskSettings='{"Logging": {"EnableLogging": true}}',
    )["ReplicationTask"]
    assert changed["Status"] == "modifying"
    task = await_state(dms, "ready")
    settings = json.loads(task["ReplicationTaskSettings"])
    assert (task["ReplicationTaskIdentifier"], task["TableMappings"]) == ("renamed", mapping)
    assert (settings["TargetMetadata"]["LobMaxSize"], settings["Logging"]["EnableLogging"]) == (
        64,
        True,
    )
    start_task(dms, arn)
    await_state(dms, "running")
    assert (
        refused(dms.modify_replication_task, ReplicationTaskArn=arn) == "InvalidResourceStateFault"
    )


def test_a_task_is_deleted_with_its_directory(dms: Any, lab: Lab) -> None:
    arn = create_task(dms)
    start_task(dms, arn)
    await_state(dms, "running")
    task = describe_task(dms)
    assert (
        refused(dms.delete_replication_task, ReplicationTaskArn=arn) == "InvalidResourceStateFault"
    )
    assert (
        refused(dms.delete_endpoint, EndpointArn=task["SourceEndpointArn"])
        == "InvalidResourceStateFault"
    )
    dms.stop_replication_task(ReplicationTaskArn=arn)
    await_state(dms, "stopped")
    assert (
        dms.delete_replication_task(ReplicationTaskArn=arn)["ReplicationTask"]["Status"]
        == "deleting"
    )
    until(lambda: dms.describe_replication_tasks()["ReplicationTasks"], lambda tasks: tasks == [])
    assert not lab.process.directory.exists()
    assert refused(dms.describe_table_statistics, ReplicationTaskArn=arn) == "ResourceNotFoundFault"


def test_endpoints_have_their_side(dms: Any) -> None:
    instance = create_instance(dms)["ReplicationInstanceArn"]
    source, target = (create_endpoint(dms, kind)["EndpointArn"] for kind in ("source", "target"))
    wrong_way = {"SourceEndpointArn": target, "TargetEndpointArn": source}
    rest = {"ReplicationTaskIdentifier": "x", "MigrationType": "cdc", "TableMappings": MAPPING}
    with pytest.raises(
        ClientError, match=r"InvalidParameterValueException.*endpoint must be of type SOURCE"
    ):
        dms.create_replication_task(**wrong_way, ReplicationInstanceArn=instance, **rest)
    right_way = {"SourceEndpointArn": source, "TargetEndpointArn": target}
    code = refused(
        dms.create_replication_task, **right_way, ReplicationInstanceArn=f"{instance}X", **rest
    )
    assert code == "ResourceNotFoundFault"


@pytest.mark.parametrize(
    ("parameters", "code", "text"),
    [
        (
            {"TableMappings": "not json"},
            "InvalidParameterValueException",
            "Invalid Table Mappings document",
        ),
        (
            {"ReplicationTaskSettings": "{"},
            "InvalidParameterValueException",
            "Invalid task settings document",
        ),
        (
            {"ReplicationTaskSettings": '{"Logging": {"CloudWatchLogGroup": "mine"}}'},
            "InvalidParameterValueException",
            "Task Settings CloudWatchLogGroup or CloudWatchLogStream cannot be set on create.",
        ),
        ({"MigrationType": "full-load"}, "InvalidParameterValueException", "changes only"),
        ({"CdcStartPosition": "last week"}, "InvalidParameterValueException", "CdcStartPosition"),
        (
            {"CdcStartPosition": "2018-03-08T12:12:12"},
            "InvalidParameterCombinationException",
            "not supported",
        ),
        (
            {"CdcStartTime": datetime(2018, 3, 8)},
            "InvalidParameterCombinationException",
            "not supported",
        ),
        (
            {"CdcStartTime": datetime(2018, 3, 8), "CdcStartPosition": "4AF/B00000D0"},
            "InvalidParameterCombinationException",
            "not both",
        ),
        (
            {"CdcStopPosition": "2018-03-08T12:12:12"},
            "InvalidParameterValueException",
            "server_time",
        ),
        (
            {"CdcStopPosition": "server_time:2018-13-08T12:12:12"},
            "InvalidParameterValueException",
            "server_time",
        ),
        ({"SourceEndpointArn": "arn:aws:dms:x"}, "ResourceNotFoundFault", "arn:aws:dms:x"),
        ({"ReplicationTaskIdentifier": "a b"}, "InvalidParameterValueException", "'a b'"),
    ],
)
def test_a_task_that_cannot_be_is_refused(
    dms: Any, parameters: dict[str, Any], code: str, text: str
) -> None:
    with pytest.raises(ClientError) as caught:
        create_task(dms, **parameters)
    assert caught.value.response["Error"]["Code"] == code
    assert text in caught.value.response["Error"]["Message"]
    assert dms.describe_replication_tasks()["ReplicationTasks"] == []


def test_the_size_of_a_log_is_told(dms: Any, client: Any) -> None:
    arn = create_task(dms, ReplicationTaskSettings='{"Logging": {"EnableLogging": true}}')
    start_task(dms, arn)
    task = await_state(dms, "running")
    logging = json.loads(task["ReplicationTaskSettings"])["Logging"]
    client("logs").put_log_events(
        logGroupName=logging["CloudWatchLogGroup"],
        logStreamName=logging["CloudWatchLogStream"],
        logEvents=[{"timestamp": int(datetime.now(UTC).timestamp() * 1000), "message": "x" * 50}],
    )
    (log,) = dms.describe_replication_instance_task_logs(
        ReplicationInstanceArn=task["ReplicationInstanceArn"]
    )["ReplicationInstanceTaskLogs"]
    assert (log["ReplicationTaskArn"], log["ReplicationTaskName"]) == (arn, "the-task")
    assert log["ReplicationInstanceTaskLogSize"] >= 50
