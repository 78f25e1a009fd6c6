"""What the task tells of its latency: now, and in the time of a run."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from reconciliation.replication.latency import latency, worst_latency

from . import samples
from .fake_aws import FakeAws
from .test_behind import Metrics


class Recording(Metrics):
    """CloudWatch, which remembers what it was asked for."""

    def __init__(self, *values: float) -> None:
        super().__init__(*values)
        self.asked: list[dict[str, Any]] = []

    def get_metric_statistics(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        return super().get_metric_statistics(**asked)


def _run(cloudwatch: Metrics) -> Any:
    aws: Any = FakeAws()
    aws.cloudwatch = cloudwatch
    return samples.parallel_run(aws=aws, task=samples.task())


def _ago(hours: int) -> dt.datetime:
    return dt.datetime.now(dt.UTC) - dt.timedelta(hours=hours)


def test_the_latest_value_is_now_and_the_largest_is_that_of_the_run() -> None:
    run = _run(Metrics(3.0, 95.0, 7.0))
    assert latency(run) == 7.0
    assert worst_latency(run, _ago(1)) == 95.0


def test_without_values_neither_is_known() -> None:
    run = _run(Metrics())
    assert latency(run) is None
    assert worst_latency(run, _ago(1)) is None


@pytest.mark.parametrize(("hours", "period"), [(1, 60), (23, 60), (25, 120), (73, 240)])
def test_cloudwatch_is_not_asked_for_more_values_than_it_gives(hours: int, period: int) -> None:
    cloudwatch = Recording(1.0)
    worst_latency(_run(cloudwatch), _ago(hours))
    [asked] = cloudwatch.asked
    assert asked["Period"] == period
    assert (asked["EndTime"] - asked["StartTime"]).total_seconds() / period <= 1440
