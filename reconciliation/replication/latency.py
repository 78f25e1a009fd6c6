"""The latency that the task tells of itself: CloudWatch's CDCLatencySource and CDCLatencyTarget
(DMS user guide, "Monitoring AWS DMS tasks"), whose values are seconds and come once a minute. It
says 0 also while nothing is read: a hint that Oracle is behind, never a proof that it is not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING

from reconciliation.errors import EnvironmentFault
from reconciliation.parallel_run import ParallelRun

if TYPE_CHECKING:
    from types_boto3_cloudwatch.type_defs import MetricOutputTypeDef

_METRICS = ("CDCLatencySource", "CDCLatencyTarget")
_MINUTES = 5


def latency(run: ParallelRun) -> float | None:
    """The largest latency of the last minutes, in seconds; None when CloudWatch has none or may not
    be asked.
    """
    try:
        with run.aws.asking("asking CloudWatch for the latency of the task"):
            return max(_values(run), default=None)
    except EnvironmentFault:
        return None


def _values(run: ParallelRun) -> Iterator[float]:
    """The latest value of each metric there is."""
    for name in _METRICS:
        listed = run.aws.cloudwatch.list_metrics(
            Namespace="AWS/DMS",
            MetricName=name,
            Dimensions=[{"Name": "ReplicationTaskIdentifier", "Value": run.task.resource_id}],
        )
        for metric in listed.get("Metrics", ()):
            yield from _latest(run, name, metric)


def _latest(run: ParallelRun, name: str, metric: MetricOutputTypeDef) -> Iterator[float]:
    end = dt.datetime.now(dt.UTC)
    points = run.aws.cloudwatch.get_metric_statistics(
        Namespace="AWS/DMS",
        MetricName=name,
        Dimensions=metric["Dimensions"],
        StartTime=end - dt.timedelta(minutes=_MINUTES),
        EndTime=end,
        Period=60,
        Statistics=["Maximum"],
    ).get("Datapoints", ())
    if points:
        yield float(max(points, key=lambda point: point["Timestamp"])["Maximum"])
