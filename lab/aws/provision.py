"""Build in the lab's cloud what the guide to the reverse synchronisation has built by hand, and
start the task.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from typing import Any

from lab.aws.config import AwsConfig
from lab.aws.dms.service import DmsService
from lab.aws.errors import AwsError

log = logging.getLogger(__name__)

INSTANCE_CLASS = "dms.t3.medium"
#: the supervisor waits longer than for both of them; a busy machine takes ten times as long as a
#: free one
CONNECTION_LIMIT_SECONDS = 60.0
START_LIMIT_SECONDS = 60.0
_POLL_SECONDS = 0.05

#: the guide's task: do nothing to the target tables, LOBs up to 32 KB, no validation, logs on; the
#: rest are defaults
TASK_SETTINGS = {
    "TargetMetadata": {
        "SupportLobs": True,
        "FullLobMode": False,
        "LimitedSizeLobMode": True,
        "LobMaxSize": 32,
    },
    "FullLoadSettings": {"TargetTablePrepMode": "DO_NOTHING"},
    "Logging": {"EnableLogging": True},
    "ValidationSettings": {"EnableValidation": False},
}


def provision(dms: DmsService, config: AwsConfig) -> str:
    """Create instance, endpoints and task, test the connections, start the task; returns the task's
    last status, "absent" where there is no mapping to make one with.

    A failing connection or task is logged and left to be seen through the API. Raises AwsError for
    a set-up that DMS refuses to create, as with a table mapping that is not valid, and for a task
    that does not get on in time: who has started the lab may rely on it.
    """
    instance = dms.handle("CreateReplicationInstance", _instance(config))["ReplicationInstance"]
    arns = [
        dms.handle("CreateEndpoint", endpoint)["Endpoint"]["EndpointArn"]
        for endpoint in _endpoints(config)
    ]
    instance_arn = instance["ReplicationInstanceArn"]
    for arn in arns:
        dms.handle("TestConnection", {"ReplicationInstanceArn": instance_arn, "EndpointArn": arn})
    if config.table_mapping is None:
        _await_connections(dms)
        return "absent"
    task = dms.handle("CreateReplicationTask", _task(config, instance_arn, *arns))[
        "ReplicationTask"
    ]
    task_arn = task["ReplicationTaskArn"]
    connected = _await_connections(dms)
    status = _await_task(dms, task_arn, lambda state: state != "creating")
    if not connected:
        log.error("the task is not started: a connection is not successful")
        return status
    start = {"ReplicationTaskArn": task_arn, "StartReplicationTaskType": "start-replication"}
    dms.handle("StartReplicationTask", start)
    return _await_task(dms, task_arn, lambda state: state not in ("ready", "starting"))


def _instance(config: AwsConfig) -> dict[str, Any]:
    return {
        "ReplicationInstanceIdentifier": config.agreed["replication_instance"],
        "ReplicationInstanceClass": INSTANCE_CLASS,
    }


def _endpoints(config: AwsConfig) -> tuple[dict[str, Any], dict[str, Any]]:
    source, oracle = config.source, config.oracle
    return (
        {
            "EndpointIdentifier": config.agreed["source_endpoint"],
            "EndpointType": "source",
            "EngineName": "postgres",
            **_login(source),
            "DatabaseName": source.database,
            "ExtraConnectionAttributes": config.lab.get("source_endpoint_attributes", ""),
        },
        {
            "EndpointIdentifier": config.agreed["target_endpoint"],
            "EndpointType": "target",
            "EngineName": "oracle",
            **_login(oracle),
            "DatabaseName": oracle.service,
            "ExtraConnectionAttributes": config.lab.get("target_endpoint_attributes", ""),
        },
    )


def _login(database: Any) -> dict[str, Any]:
    return {
        "ServerName": database.host,
        "Port": database.port,
        "Username": database.user,
        "Password": database.password,
        "SslMode": "none",
    }


def _task(config: AwsConfig, instance_arn: str, source_arn: str, target_arn: str) -> dict[str, Any]:
    return {
        "ReplicationTaskIdentifier": config.profile["aws"]["task"],
        "SourceEndpointArn": source_arn,
        "TargetEndpointArn": target_arn,
        "ReplicationInstanceArn": instance_arn,
        "MigrationType": "cdc",
        "TableMappings": config.table_mapping,
        "ReplicationTaskSettings": json.dumps(TASK_SETTINGS),
    }


def _await_connections(dms: DmsService) -> bool:
    def tested() -> list[dict[str, Any]]:
        return dms.handle("DescribeConnections", {})["Connections"]

    _until(
        lambda: all(connection["Status"] != "testing" for connection in tested()),
        CONNECTION_LIMIT_SECONDS,
    )
    for connection in tested():
        if connection["Status"] != "successful":
            reason = connection["LastFailureMessage"] or "no answer in time"
            log.error(
                "connection to %s: %s: %s",
                connection["EndpointIdentifier"],
                connection["Status"],
                reason,
            )
    return all(connection["Status"] == "successful" for connection in tested())


def _await_task(dms: DmsService, arn: str, reached: Callable[[str], bool]) -> str:
    def task() -> dict[str, Any]:
        by_arn = {"Name": "replication-task-arn", "Values": [arn]}
        return dms.handle("DescribeReplicationTasks", {"Filters": [by_arn]})["ReplicationTasks"][0]

    in_time = _until(lambda: reached(task()["Status"]), START_LIMIT_SECONDS)
    last = task()
    if not in_time:
        said = f"the task is still {last['Status']} after {START_LIMIT_SECONDS:.0f} s; see dms.log"
        raise AwsError("InternalFailure", said)
    if last["Status"] == "failed":
        log.error("the task failed: %s", last["LastFailureMessage"])
    return last["Status"]


def _until(reached: Callable[[], bool], limit_seconds: float) -> bool:
    end = time.monotonic() + limit_seconds
    while not (there := reached()) and time.monotonic() < end:
        time.sleep(_POLL_SECONDS)
    return there
