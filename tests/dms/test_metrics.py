"""The metrics of a task: what they say, and their way to CloudWatch."""

from __future__ import annotations

import datetime as dt
import io
import threading
from collections.abc import Iterator

import boto3
import pytest

from lab.aws.config import ACCOUNT
from lab.aws.moto_services import moto_application
from lab.dms.agreed.spec import MetricTarget
from lab.dms.ground.changes import Transaction
from lab.dms.ground.logs import TaskLog
from lab.dms.monitoring.metrics import CloudWatch, MetricPublisher, Metrics, log_latency
from lab.serving import Server
from tests.dms.worlds import insert, spec, transaction
from tests.waiting import LONG_SECONDS

NOON = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC).timestamp()
NAMES = {
    "CDCLatencySource",
    "CDCLatencyTarget",
    "CDCIncomingChanges",
    "CDCChangesMemorySource",
    "CDCChangesMemoryTarget",
    "CDCChangesDiskSource",
    "CDCChangesDiskTarget",
    "CDCThroughputRowsSource",
    "CDCThroughputRowsTarget",
}


class Clock:
    """Seconds since 1970, moved by hand; the transactions of these tests commit at noon."""

    now = NOON

    def __call__(self) -> float:
        return self.now


def test_what_waits_is_late_and_what_is_applied_has_passed() -> None:
    clock = Clock()
    metrics = Metrics(clock)
    clock.now = NOON + 2
    metrics.note(
        read=[transaction(100, insert(id=1), insert(id=2)), transaction(200, insert(id=3))]
    )
    clock.now = NOON + 10
    points = metrics.take()
    assert points.keys() == NAMES
    assert (points["CDCLatencySource"], points["CDCLatencyTarget"]) == (2, 10)
    assert (points["CDCIncomingChanges"], points["CDCChangesMemoryTarget"]) == (3, 3)
    assert points["CDCThroughputRowsSource"] == pytest.approx(0.3)
    metrics.note(applied_lsn=100)
    assert metrics.take()["CDCIncomingChanges"] == 1
    metrics.note(applied_lsn=200)
    clock.now = NOON + 12
    points = metrics.take()
    assert (points["CDCIncomingChanges"], points["CDCThroughputRowsTarget"]) == (0, 0.5)


def test_what_was_swapped_out_counts_as_on_disk() -> None:
    metrics = Metrics(Clock())
    large = Transaction(1, 200, "2026-11-21 12:00:00+00", [insert(id=2), insert(id=3)])
    metrics.note(read=[transaction(100, insert(id=1)), large])
    points = metrics.take()
    assert (points["CDCChangesMemoryTarget"], points["CDCChangesDiskTarget"]) == (1, 2)
    assert points["CDCIncomingChanges"] == 3


def test_a_source_that_gives_nothing_shows_no_latency() -> None:
    clock = Clock()
    metrics = Metrics(clock)
    metrics.note(read=[transaction(100, insert(id=1))], applied_lsn=100)
    clock.now = NOON + 3600
    metrics.take()
    points = metrics.take()
    assert (points["CDCLatencySource"], points["CDCLatencyTarget"]) == (0, 0)


def test_the_target_is_never_ahead_of_the_source() -> None:
    clock = Clock()
    metrics = Metrics(clock)
    clock.now = NOON + 5
    metrics.note(read=[transaction(100, insert(id=1))], applied_lsn=100)
    points = metrics.take()
    assert (points["CDCLatencySource"], points["CDCLatencyTarget"]) == (5, 5)


def test_a_transaction_without_a_time_counts_as_new() -> None:
    clock = Clock()
    metrics = Metrics(clock)
    metrics.note(read=[Transaction(1, 100, "", (insert(id=1),))])
    assert metrics.take()["CDCLatencySource"] == 0


def test_points_are_put_at_the_interval_whatever_happens_to_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    put: list[float] = []
    third = threading.Event()

    def fail_once(points: dict[str, float]) -> None:
        put.append(points["CDCIncomingChanges"])
        if len(put) == 1:
            raise ConnectionError("no cloud")
        if len(put) == 3:
            third.set()

    metrics = Metrics()
    metrics.note(read=[transaction(100, insert(id=1))])
    publisher = MetricPublisher(metrics, fail_once, 0.01)
    assert third.wait(LONG_SECONDS)
    publisher.close(LONG_SECONDS)
    assert set(put) == {1}
    assert "metrics could not be put: no cloud" in capsys.readouterr().err


def test_the_log_tells_the_latencies() -> None:
    written = io.StringIO()
    log_latency(TaskLog(stream=written), {"CDCLatencySource": 1.234, "CDCLatencyTarget": 1.69})
    said = (
        "Source latency 1.234 seconds, Target latency 1.690 seconds, Handling latency 0.456 seconds"
    )
    assert f"[PERFORMANCE     ]I:  {said}  (" in written.getvalue()


@pytest.fixture
def endpoint_url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("MOTO_ACCOUNT_ID", ACCOUNT)  # which the application sets for its process
    server = Server(moto_application(), "127.0.0.1", 0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield server.url
    server.stop()
    thread.join(LONG_SECONDS)


def test_cloudwatch_keeps_them_by_instance_and_task(endpoint_url: str) -> None:
    region = "eu-west-1"
    metrics = Metrics()
    metrics.note(read=[transaction(100, insert(id=1))])
    cloud = CloudWatch(MetricTarget(endpoint_url, region, "repl", "RESOURCE"))
    for _ in range(2):
        cloud(metrics.take())
    session = boto3.Session(
        aws_access_key_id="lab", aws_secret_access_key="lab", region_name=region
    )
    cloudwatch = session.client("cloudwatch", endpoint_url=endpoint_url)
    metrics_listed = cloudwatch.list_metrics(Namespace="AWS/DMS")["Metrics"]
    assert sorted(one["MetricName"] for one in metrics_listed) == sorted(NAMES)
    dimensions = [
        {"Name": "ReplicationInstanceIdentifier", "Value": "repl"},
        {"Name": "ReplicationTaskIdentifier", "Value": "RESOURCE"},
    ]
    assert all(one["Dimensions"] == dimensions for one in metrics_listed)
    now = dt.datetime.now(dt.UTC)
    span = {"StartTime": now - dt.timedelta(minutes=5), "EndTime": now + dt.timedelta(minutes=5)}
    metric = {"Namespace": "AWS/DMS", "MetricName": "CDCIncomingChanges", "Dimensions": dimensions}
    points = cloudwatch.get_metric_statistics(**metric, **span, Period=60, Statistics=["Maximum"])[
        "Datapoints"
    ]
    assert max(point["Maximum"] for point in points) == 1
    query = {"Id": "m", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Maximum"}}
    (result,) = cloudwatch.get_metric_data(MetricDataQueries=[query], **span)["MetricDataResults"]
    assert max(result["Values"]) == 1
    cloudwatch.close()


def test_the_specification_names_where_they_go() -> None:
    told = spec(metrics={"endpoint_url": "http://127.0.0.1:1", "region": "eu-west-1"})
    assert told.metrics == MetricTarget(
        "http://127.0.0.1:1", "eu-west-1", "instance", told.resource_id
    )
    assert spec().metrics is None
