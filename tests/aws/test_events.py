"""Events of tasks and instances: asked for, and delivered by EventBridge."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.aws.building import await_state, create_task, describe_task, until
from tests.aws.conftest import Lab

FAILURE = "Last Error  ODBC general error. Stop Reason FATAL_ERROR Error Level FATAL"
GROUP = "/aws/events/dms"


def messages(dms: Any, **parameters: Any) -> list[str]:
    return [event["Message"] for event in dms.describe_events(**parameters)["Events"]]


def walk(dms: Any, lab: Lab) -> str:
    """A task that is started, stopped, resumed and fails."""
    arn = create_task(dms)
    dms.start_replication_task(ReplicationTaskArn=arn, StartReplicationTaskType="start-replication")
    await_state(dms, "running")
    dms.stop_replication_task(ReplicationTaskArn=arn)
    await_state(dms, "stopped")
    dms.start_replication_task(ReplicationTaskArn=arn, StartReplicationTaskType="resume-processing")
    await_state(dms, "running")
    lab.process.fail(FAILURE)
    await_state(dms, "failed")
    return arn


def test_the_life_of_a_task_is_told_in_events(dms: Any, lab: Lab) -> None:
    walk(dms, lab)
    assert messages(dms, SourceType="replication-task", SourceIdentifier="the-task") == [
        "The replication task has been created.",
        "Replication task started, with flag, fresh start",
        "Replication task stopped. Stop Reason NORMAL",
        "Replication task started, with flag, resume",
        FAILURE,
    ]
    assert messages(dms, EventCategories=["failure"]) == [FAILURE]
    assert messages(dms, SourceType="replication-instance") == ["Replication instance created"]
    by_instance = [{"Name": "replication-instance-id", "Values": ["repl"]}]
    assert messages(dms, Filters=by_instance) == ["Replication instance created"]
    past = datetime.now(UTC) - timedelta(hours=2)
    assert messages(dms, StartTime=past, EndTime=past + timedelta(hours=1)) == []


@pytest.fixture
def delivered(client: Callable[[str], Any], lab: Lab) -> Callable[[], list[dict[str, Any]]]:
    """What has arrived in the log group that stands for a rule of EventBridge."""
    logs = client("logs")

    def read() -> list[dict[str, Any]]:
        return [
            json.loads(event["message"])
            for event in logs.filter_log_events(logGroupName=GROUP)["events"]
        ]

    return read


def test_eventbridge_delivers_them_with_their_ids(
    dms: Any, lab: Lab, delivered: Callable[[], list[dict[str, Any]]]
) -> None:
    arn = walk(dms, lab)
    seen = until(delivered, lambda events: len(events) >= 6)
    of_task = [
        event for event in seen if event["detail-type"] == "DMS Replication Task State Change"
    ]
    details = [event["detail"] for event in of_task]
    assert [(one["eventId"], one["eventType"], one["category"]) for one in details] == [
        ("DMS-EVENT-0074", "REPLICATION_TASK_CREATED", "Creation"),
        ("DMS-EVENT-0069", "REPLICATION_TASK_STARTED", "StateChange"),
        ("DMS-EVENT-0079", "REPLICATION_TASK_STOPPED", "StateChange"),
        ("DMS-EVENT-0069", "REPLICATION_TASK_STARTED", "StateChange"),
        ("DMS-EVENT-0078", "REPLICATION_TASK_FAILED", "Failure"),
    ]
    assert {event["source"] for event in of_task} == {"aws.dms"}
    assert {tuple(event["resources"]) for event in of_task} == {(arn,)}
    assert details[1]["detailMessage"] == "Replication task started, with flag, fresh start"
    assert details[-1]["detailMessage"] == FAILURE


def test_a_bus_that_fails_stops_nobody(dms: Any, lab: Lab) -> None:
    def fail(_entry: dict[str, Any]) -> None:
        raise ConnectionError("no bus")

    lab.cloud.dms.registry.events._publish = fail
    create_task(dms)
    assert describe_task(dms)["Status"] == "ready"
    assert "The replication task has been created." in messages(dms)
