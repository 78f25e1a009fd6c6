"""The service, PostgreSQL, the replication process and the Oracle stand-in, driven and watched
through boto3.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.aws.building import await_state, describe_task, until
from tests.aws.chain import Chain, running_chain


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    with running_chain(tmp_path) as running:
        yield running


def test_a_change_through_the_service_is_counted_and_survives_a_stop(chain: Chain) -> None:
    dms = chain.client("dms")
    task = describe_task(dms)
    assert task["Status"] == "running"
    arn = task["ReplicationTaskArn"]

    def counted() -> int:
        (table,) = dms.describe_table_statistics(ReplicationTaskArn=arn)["TableStatistics"]
        assert (table["SchemaName"], table["TableName"]) == ("travelbuddy", "flightspecial")
        return table["AppliedUpdates"]

    assert counted() == 0
    chain.change_header("London to Busan")
    until(chain.legacy_header, lambda header: header == "London to Busan")
    until(counted, lambda updates: updates == 1)
    dms.stop_replication_task(ReplicationTaskArn=arn)
    stopped = await_state(dms, "stopped")
    assert stopped["StopReason"] == "Stop Reason NORMAL"
    assert stopped["RecoveryCheckpoint"].startswith("checkpoint:V1#")
    chain.change_header("while stopped")
    dms.start_replication_task(ReplicationTaskArn=arn, StartReplicationTaskType="resume-processing")
    until(chain.legacy_header, lambda header: header == "while stopped")
    until(counted, lambda updates: updates == 2)
    logging = json.loads(task["ReplicationTaskSettings"])["Logging"]
    events = chain.client("logs").filter_log_events(
        logGroupName=logging["CloudWatchLogGroup"], logStreamNames=[logging["CloudWatchLogStream"]]
    )["events"]
    assert any("is running" in event["message"] for event in events)
