"""CloudWatch Logs, Secrets Manager, STS, CloudWatch, and whoever else knocks."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from lab.aws.assembly import keep_secrets
from lab.aws.log_patterns import PatternError, parse_pattern
from tests.aws.conftest import Lab
from tests.waiting import LONG_SECONDS

MESSAGES = (
    "2026-01-01T00:00:00 [TARGET_APPLY    ]E:  ORA-00001: unique constraint violated",
    "2026-01-01T00:00:01 [SOURCE_CAPTURE  ]W:  Value of column 'c' was truncated",
    "2026-01-01T00:00:02 [SORTER          ]I:  Reading from source is paused",
)
ERROR, WARNING, INFO = MESSAGES


@pytest.fixture
def logs(client: Callable[[str], Any], lab: Lab) -> Any:
    lab.cloud.logs.ensure("the-group", "the-stream")
    lab.cloud.logs.ensure("the-group", "the-stream")
    service = client("logs")
    now = int(time.time() * 1000)
    events = [
        {"timestamp": now + index, "message": message} for index, message in enumerate(MESSAGES)
    ]
    service.put_log_events(logGroupName="the-group", logStreamName="the-stream", logEvents=events)
    return service


def found(logs: Any, **parameters: Any) -> list[str]:
    pages = logs.get_paginator("filter_log_events").paginate(logGroupName="the-group", **parameters)
    return [event["message"] for page in pages for event in page["events"]]


def test_events_are_filtered_over_http(logs: Any) -> None:
    assert found(logs) == list(MESSAGES)
    assert found(logs, filterPattern='?"]E:" ?"]W:"') == [ERROR, WARNING]
    assert found(logs, filterPattern='"]I:"', PaginationConfig={"PageSize": 1}) == [INFO]
    with pytest.raises(ClientError, match=r"InvalidParameterException.*double quotes"):
        found(logs, filterPattern="]E:")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("", MESSAGES),
        ("source", (INFO,)),
        ("was truncated", (WARNING,)),
        ('"was truncated"', (WARNING,)),
        ('-"]I:"', (ERROR, WARNING)),
        ('2026 -"]E:" -"]W:"', (INFO,)),
        ("2026 nothing", ()),
        ('"2026-01-01" -"]E:"', (WARNING, INFO)),
        ('?"]E:" ?paused', (ERROR, INFO)),
        ("?paused truncated", (WARNING,)),
        (r"%ORA-\d{5}%", (ERROR,)),
        ("\"column 'c'\"", (WARNING,)),
        ("ORA", (ERROR,)),
        ("ora", ()),
    ],
)
def test_patterns_choose_messages(pattern: str, expected: tuple[str, ...]) -> None:
    matches = parse_pattern(pattern)
    assert tuple(message for message in MESSAGES if matches(message)) == expected


@pytest.mark.parametrize("pattern", ["{ $.a = 1 }", "[a, b]", '"open', "ORA-00001", "%(%"])
def test_patterns_that_are_not_done_are_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        parse_pattern(pattern)


def test_queries_are_refused_since_their_filters_would_be_ignored(logs: Any) -> None:
    with pytest.raises(ClientError, match="NotImplemented"):
        logs.start_query(
            logGroupName="the-group", startTime=0, endTime=1, queryString="fields @message"
        )


def test_secrets_tell_how_to_reach_the_databases(client: Callable[[str], Any], lab: Lab) -> None:
    keep_secrets(lab.cloud, lab.config)
    secrets = client("secretsmanager")
    source = json.loads(
        secrets.get_secret_value(SecretId="flightspecials/postgresql")["SecretString"]
    )
    assert source == {
        "engine": "postgres",
        "host": "127.0.0.1",
        "port": lab.config.source.port,
        "dbname": "dso",
        "username": "verifier",
        "password": "s3cret-verifier",
    }
    answer = secrets.get_secret_value(SecretId="travelbuddy/oracle")
    oracle = json.loads(answer["SecretString"])
    assert (oracle["engine"], oracle["dbname"], oracle["username"]) == ("oracle", "XE", "verifier")
    assert answer["ARN"].startswith(
        "arn:aws:secretsmanager:ap-northeast-2:000000000000:secret:travelbuddy/oracle"
    )
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        secrets.get_secret_value(SecretId="other")
    assert "s3cret" not in repr(lab.config)


def test_the_caller_has_the_account_of_the_lab(client: Callable[[str], Any], lab: Lab) -> None:
    assert client("sts").get_caller_identity()["Account"] == "000000000000"


def test_metrics_are_kept(client: Callable[[str], Any], lab: Lab) -> None:
    client("cloudwatch").put_metric_data(
        Namespace="Lab", MetricData=[{"MetricName": "lag", "Value": 1.5}]
    )
    assert [
        one["MetricName"] for one in client("cloudwatch").list_metrics(Namespace="Lab")["Metrics"]
    ] == ["lag"]


def test_what_moto_does_not_do_is_an_error_of_aws(
    client: Callable[[str], Any], logs: Any, lab: Lab
) -> None:
    with pytest.raises(ClientError, match=r"NotImplemented.*test_metric_filter"):
        logs.test_metric_filter(filterPattern="x", logEventMessages=["x"])
    with pytest.raises(ClientError, match="NotImplemented") as caught:
        client("sqs").list_queues()
    assert "'sqs'" in caught.value.response["Error"]["Message"]
    with pytest.raises(ClientError, match="NotImplemented"):
        client("iam").list_users()


def test_another_region_is_another_cloud(endpoint_url: str, lab: Lab) -> None:
    session = boto3.Session(
        aws_access_key_id="lab", aws_secret_access_key="lab", region_name="us-east-1"
    )
    elsewhere = session.client(
        "dms", endpoint_url=endpoint_url, config=Config(retries={"max_attempts": 0})
    )
    with pytest.raises(ClientError, match="the lab is in ap-northeast-2, not in us-east-1"):
        elsewhere.describe_endpoints()


@pytest.mark.parametrize(
    ("target", "body", "status", "code"),
    [
        ("", b"", 403, "MissingAuthenticationToken"),
        ("AmazonDMSv20160101.DescribeEndpoints", b"{", 400, "SerializationException"),
        ("AmazonDMSv20160101.DescribeEndpoints", b"[]", 400, "SerializationException"),
        (
            "AmazonDMSv20160101.DescribeEndpoints",
            b'{"MaxRecords": "many"}',
            400,
            "ValidationException",
        ),
        ("AmazonDMSv20160101.StartReplicationTask", b"{}", 400, "ValidationException"),
        ("AmazonDMSv20160101.Sing", b"{}", 404, "UnknownOperationException"),
        ("AmazonDMSv20160101.DescribeFleetAdvisorCollectors", b"{}", 400, "InvalidOperationFault"),
    ],
)
def test_raw_requests_get_errors_in_json(
    endpoint_url: str, lab: Lab, target: str, body: bytes, status: int, code: str
) -> None:
    headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"}
    request = urllib.request.Request(endpoint_url, data=body, headers=headers)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=LONG_SECONDS)
    answer = caught.value
    document = json.loads(answer.read())
    answer.close()
    assert (answer.code, document["__type"]) == (status, code)
    assert document["message"]
