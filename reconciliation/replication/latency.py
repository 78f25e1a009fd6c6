"""The latency that the task tells of itself: CloudWatch's CDCLatencySource and CDCLatencyTarget
(DMS user guide, "Monitoring AWS DMS tasks"), whose values are seconds and come once a minute. It
says 0 also while nothing is read: a hint that Oracle is behind, never a proof that it is not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

from reconciliation.errors import EnvironmentFault
from reconciliation.parallel_run import ParallelRun

if TYPE_CHECKING:
    from types_boto3_cloudwatch.type_defs import DatapointTypeDef

_METRICS = ("CDCLatencySource", "CDCLatencyTarget")
_MINUTES = 5
_MOST_POINTS = 1440

T = TypeVar("T")


def latency(run: ParallelRun) -> float | None:
    """The largest latency of the last minutes, in seconds; None when CloudWatch has none or may not
    be asked.
    """
    end = dt.datetime.now(dt.UTC)
    since = end - dt.timedelta(minutes=_MINUTES)
    return _asked(run, lambda: max(map(_last, _points(run, since, end)), default=None))


def worst_latency(run: ParallelRun, since: dt.datetime) -> float | None:
    """The largest since then; None as above."""
    found = _asked(run, lambda: [*_points(run, since, dt.datetime.now(dt.UTC))])
    return max((point["Maximum"] for points in found or () for point in points), default=None)


def _asked(run: ParallelRun, ask: Callable[[], T]) -> T | None:
    try:
        with run.aws.asking("asking CloudWatch for the latency of the task"):
            return ask()
    except EnvironmentFault:
        return None


def _last(points: Sequence[DatapointTypeDef]) -> float:
    return float(max(points, key=lambda point: point["Timestamp"])["Maximum"])


def _points(
    run: ParallelRun, since: dt.datetime, end: dt.datetime
) -> Iterator[Sequence[DatapointTypeDef]]:
    """Those of each metric there is, where it has any."""
    for name in _METRICS:
        listed = run.aws.cloudwatch.list_metrics(
            Namespace="AWS/DMS",
            MetricName=name,
            Dimensions=[{"Name": "ReplicationTaskIdentifier", "Value": run.task.resource_id}],
        )
        for metric in listed.get("Metrics", ()):
            points = run.aws.cloudwatch.get_metric_statistics(
                Namespace="AWS/DMS",
                MetricName=name,
                Dimensions=metric["Dimensions"],
                StartTime=since,
                EndTime=end,
                # it answers with so many points at most
                Period=60 * (1 + int((end - since).total_seconds() / 60 / _MOST_POINTS)),
                Statistics=["Maximum"],
            ).get("Datapoints", ())
            if points:
                yield points
