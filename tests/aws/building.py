"""What most tests of the DMS API need first."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.waiting import LONG_SECONDS

MAPPING = json.dumps({"rules": []})
_ENGINES = {"source": ("postgres", 5432, "dso"), "target": ("oracle", 1521, "XE")}


def refused(call: Callable[..., Any], *arguments: Any, **parameters: Any) -> str:
    """The error code with which the call is refused; HTTP 400 is checked."""
    with pytest.raises(ClientError) as caught:
        call(*arguments, **parameters)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return caught.value.response["Error"]["Code"]


def create_instance(dms: Any) -> dict[str, Any]:
    return dms.create_replication_instance(
        ReplicationInstanceIdentifier="Repl", ReplicationInstanceClass="dms.t3.micro"
    )["ReplicationInstance"]


def create_endpoint(dms: Any, kind: str, **parameters: Any) -> dict[str, Any]:
    engine, port, database = _ENGINES[kind]
    defaults = {
        "EndpointIdentifier": f"the-{kind}",
        "EndpointType": kind,
        "EngineName": engine,
        "ServerName": "127.0.0.1",
        "Port": port,
        "DatabaseName": database,
        "Username": "dmsuser",
        "Password": "hidden",
    }
    return dms.create_endpoint(**{**defaults, **parameters})["Endpoint"]


def connect_both(dms: Any, instance_arn: str, *endpoint_arns: str) -> None:
    for arn in endpoint_arns:
        dms.test_connection(ReplicationInstanceArn=instance_arn, EndpointArn=arn)
    for arn in endpoint_arns:
        await_connection(dms, arn)


def await_connection(dms: Any, endpoint_arn: str) -> dict[str, Any]:
    by_arn = [{"Name": "endpoint-arn", "Values": [endpoint_arn]}]

    def tested() -> dict[str, Any]:
        return dms.describe_connections(Filters=by_arn)["Connections"][0]

    return until(tested, lambda connection: connection["Status"] != "testing")


def create_task(dms: Any, *, tested: bool = True, **parameters: Any) -> str:
    """An instance, two endpoints and a task on them that is ready; returns the task's ARN."""
    instance = create_instance(dms)["ReplicationInstanceArn"]
    source, target = (create_endpoint(dms, kind)["EndpointArn"] for kind in ("source", "target"))
    if tested:
        connect_both(dms, instance, source, target)
    defaults = {
        "ReplicationTaskIdentifier": "the-task",
        "SourceEndpointArn": source,
        "TargetEndpointArn": target,
        "ReplicationInstanceArn": instance,
        "MigrationType": "cdc",
        "TableMappings": MAPPING,
    }
    task = dms.create_replication_task(**{**defaults, **parameters})["ReplicationTask"]
    assert task["Status"] == "creating"
    await_state(dms, "ready")
    return task["ReplicationTaskArn"]


def start_task(dms: Any, arn: str, start_type: str = "start-replication") -> dict[str, Any]:
    started = dms.start_replication_task(
        ReplicationTaskArn=arn, StartReplicationTaskType=start_type
    )
    return started["ReplicationTask"]


def describe_task(dms: Any, **parameters: Any) -> dict[str, Any]:
    (task,) = dms.describe_replication_tasks(**parameters)["ReplicationTasks"]
    return task


def await_state(dms: Any, state: str) -> dict[str, Any]:
    return until(lambda: describe_task(dms), lambda task: task["Status"] == state)


def until(
    read: Callable[[], Any], reached: Callable[[Any], bool], limit_seconds: float = LONG_SECONDS
) -> Any:
    """The first observation that satisfies ``reached``."""
    end = time.monotonic() + limit_seconds
    while not reached(seen := read()):
        assert time.monotonic() < end, f"not reached; last seen: {seen}"
        time.sleep(0.01)
    return seen
