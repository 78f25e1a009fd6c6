"""Tasks on the real replication process, whose source has nothing to replicate."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lab.aws.assembly import Cloud, assemble
from lab.aws.config import AwsConfig
from lab.logins import PostgresLogin
from tests.aws.building import await_state, create_task, describe_task, until
from tests.aws.conftest import Switchable
from tests.clusters import Cluster, free_port

SELECTION = {
    "rule-type": "selection",
    "rule-id": "1",
    "rule-name": "all",
    "object-locator": {"schema-name": "travelbuddy", "table-name": "%"},
    "rule-action": "include",
}


@pytest.fixture
def source(cluster: Cluster) -> PostgresLogin:
    return PostgresLogin(cluster.host, cluster.port, "dso", cluster.user, "s3cret-source")


@pytest.fixture
def cloud(config: AwsConfig, switchable: Switchable, endpoint_url: str) -> Iterator[Cloud]:
    made = assemble(config, test_connection=lambda endpoint: None)
    made.logs.endpoint_url = endpoint_url
    switchable.front = made.front
    yield made
    made.dms.stop_all(10)


@pytest.fixture
def arn(cloud: Cloud, conforming_dms: Any, config: AwsConfig) -> str:
    """A task from the live PostgreSQL to a port where nobody listens: its process keeps trying."""
    arn = create_task(conforming_dms, TableMappings=json.dumps({"rules": [SELECTION]}))
    task = describe_task(conforming_dms)
    conforming_dms.modify_endpoint(
        EndpointArn=task["SourceEndpointArn"], Port=config.source.port, Username="postgres"
    )
    conforming_dms.modify_endpoint(EndpointArn=task["TargetEndpointArn"], Port=free_port())
    return arn


def started_process(config: AwsConfig, arn: str) -> int:
    """The process number, from the lock that the process holds."""
    lock = config.state_directory / "dms" / arn.rsplit(":", 1)[1] / "task.lock"
    return int(until(lambda: lock.read_text() if lock.exists() else "", bool))


def test_a_process_is_started_stopped_and_resumed(
    conforming_dms: Any, config: AwsConfig, arn: str
) -> None:
    dms = conforming_dms
    dms.start_replication_task(ReplicationTaskArn=arn, StartReplicationTaskType="start-replication")
    first = started_process(config, arn)
    assert f"/dms/{arn.rsplit(':', 1)[1]}/spec.json" in Path(f"/proc/{first}/cmdline").read_text()
    assert describe_task(dms)["Status"] == "starting"
    dms.stop_replication_task(ReplicationTaskArn=arn)
    assert "StopReason" in await_state(dms, "stopped")
    assert not Path(f"/proc/{first}").exists()
    dms.start_replication_task(ReplicationTaskArn=arn, StartReplicationTaskType="resume-processing")
    until(lambda: started_process(config, arn), lambda pid: pid != first)
    assert describe_task(dms)["Status"] == "starting"


def test_a_process_that_was_killed_is_a_failed_task(
    conforming_dms: Any, config: AwsConfig, arn: str
) -> None:
    conforming_dms.start_replication_task(
        ReplicationTaskArn=arn, StartReplicationTaskType="start-replication"
    )
    os.kill(started_process(config, arn), signal.SIGKILL)
    assert "ended unexpectedly" in await_state(conforming_dms, "failed")["LastFailureMessage"]


def test_the_end_of_the_lab_ends_the_process(
    conforming_dms: Any, cloud: Cloud, config: AwsConfig, arn: str
) -> None:
    conforming_dms.start_replication_task(
        ReplicationTaskArn=arn, StartReplicationTaskType="start-replication"
    )
    pid = started_process(config, arn)
    cloud.dms.stop_all(10)
    assert not Path(f"/proc/{pid}").exists()
    assert describe_task(conforming_dms)["Status"] == "stopped"


@pytest.mark.parametrize(
    ("mapping", "text"),
    [
        ("not json", "Invalid Table Mappings document. Invalid json"),
        ('{"rules": []}', "At least one selection rule is required"),
        (json.dumps({"rules": [SELECTION, SELECTION]}), "rule"),
        (
            json.dumps({"rules": [{**SELECTION, "object-locator": None}]}),
            (
                "Error in mapping rules. Rule with ruleId = 1 failed validation. object locator "
                "cannot be null"
            ),
        ),
    ],
)
def test_a_mapping_is_refused_in_the_words_of_dms(
    conforming_dms: Any, cloud: Cloud, mapping: str, text: str
) -> None:
    with pytest.raises(ClientError, match="InvalidParameterValueException") as caught:
        create_task(conforming_dms, TableMappings=mapping)
    assert text in caught.value.response["Error"]["Message"]
