"""The task's metrics in CloudWatch, as AWS DMS publishes them once a minute (user guide,
"Monitoring").

The task notes what it has read and applied; a thread of its own turns that into data points now and
then. A source that gives nothing new shows a latency of 0, also when it is stuck: that, too, is
DMS.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from lab.dms.agreed.spec import MetricTarget, TaskSpec
from lab.dms.ground.changes import Transaction
from lab.dms.ground.logs import PERFORMANCE, TaskLog

NAMESPACE = "AWS/DMS"
_UNITS = {"CDCLatencySource": "Seconds", "CDCLatencyTarget": "Seconds"}
_RATES = ("CDCThroughputRowsSource", "CDCThroughputRowsTarget")


class Metrics:
    """What is waiting and what has passed; noted by the task's thread, read by another one.

    ``shown`` gives the data points to show in place of what they are.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.time,
        shown: Callable[[dict[str, float]], dict[str, float]] = lambda points: points,
    ) -> None:
        self._shown = shown
        self._clock = clock
        self._lock = threading.Lock()
        #: (position, commit time, rows, whether they are on disk) of what is read and not yet in
        #: the target
        self._waiting: deque[tuple[int, float, int, bool]] = deque()
        self._read = self._applied = 0
        self._latency = 0.0
        self._since = clock()

    def note(self, *, read: Iterable[Transaction] = (), applied_lsn: int | None = None) -> None:
        """``read`` has come from the source; the target has committed everything up to
        ``applied_lsn``.
        """
        now = self._clock()
        with self._lock:
            for transaction in read:
                committed, rows = _seconds(transaction.commit_time, now), len(transaction.changes)
                self._latency = max(self._latency, now - committed)
                self._read += rows
                if rows:
                    # a large transaction's changes are read from a file
                    on_disk = not isinstance(transaction.changes, tuple)
                    self._waiting.append((transaction.end_lsn, committed, rows, on_disk))
            while self._waiting and applied_lsn is not None and self._waiting[0][0] <= applied_lsn:
                self._applied += self._waiting.popleft()[2]

    def take(self) -> dict[str, float]:
        """The data points by the names of the metrics; rates are those since
        they were taken last.
        """
        now = self._clock()
        with self._lock:
            span = max(now - self._since, 0.001)
            waiting = sum(rows for _, _, rows, _ in self._waiting)
            swapped = sum(rows for _, _, rows, on_disk in self._waiting if on_disk)
            oldest = now - self._waiting[0][1] if self._waiting else 0.0
            points = {
                "CDCLatencySource": self._latency,
                # never below the source's: what has not been read has not been applied either
                "CDCLatencyTarget": max(self._latency, oldest),
                "CDCIncomingChanges": waiting,
                # the plugin sends transactions once they are committed: none waits for that
                "CDCChangesMemorySource": 0,
                "CDCChangesMemoryTarget": waiting - swapped,
                "CDCChangesDiskSource": 0,
                "CDCChangesDiskTarget": swapped,
                "CDCThroughputRowsSource": self._read / span,
                "CDCThroughputRowsTarget": self._applied / span,
            }
            self._read = self._applied = 0
            self._latency, self._since = 0.0, now
        return self._shown(points)


class MetricPublisher:
    """Puts data points from a thread of its own; what CloudWatch makes of them holds nothing up."""

    def __init__(
        self, metrics: Metrics, put: Callable[[Mapping[str, float]], None], interval: float
    ) -> None:
        """``interval`` in seconds, above 0; what happened since the last point is not put when the
        task ends.
        """
        self._metrics = metrics
        self._put = put
        self._interval = interval
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="metrics", daemon=True)
        self._thread.start()

    def close(self, timeout: float = 3) -> None:
        self._ending.set()
        self._thread.join(timeout)

    def _run(self) -> None:
        while not self._ending.wait(self._interval):
            try:
                self._put(self._metrics.take())
            except Exception as error:
                print(f"metrics could not be put: {' '.join(str(error).split())}", file=sys.stderr)


def log_latency(log: TaskLog, points: Mapping[str, float]) -> None:
    """The line in which the task's log tells its latencies."""
    source, target = points["CDCLatencySource"], points["CDCLatencyTarget"]
    log.info(
        PERFORMANCE,
        f"Source latency {source:.3f} seconds, Target latency {target:.3f} seconds, "
        f"Handling latency {target - source:.3f} seconds",
    )


@contextlib.contextmanager
def publishing(metrics: Metrics, spec: TaskSpec, log: TaskLog) -> Iterator[None]:
    """While it is open, the metrics of a task go to where its specification
    says, and into its log.
    """
    interval = spec.switches.metrics_interval_seconds
    if spec.metrics is None or not interval:
        yield
        return
    cloud = CloudWatch(spec.metrics)

    def put(points: Mapping[str, float]) -> None:
        log_latency(log, points)
        cloud(points)

    publisher = MetricPublisher(metrics, put, interval)
    try:
        yield
    finally:
        publisher.close()


class CloudWatch:
    """CloudWatch, with both dimensions DMS gives a task's metrics. Used from one thread."""

    def __init__(self, target: MetricTarget) -> None:
        self._target = target
        self._client: Any = None

    def __call__(self, points: Mapping[str, float]) -> None:
        """Put one data point for each metric; raises what botocore raises."""
        if self._client is None:
            self._client = self._connect()
        now = dt.datetime.now(dt.UTC)
        dimensions = [
            {"Name": "ReplicationInstanceIdentifier", "Value": self._target.instance},
            {"Name": "ReplicationTaskIdentifier", "Value": self._target.resource_id},
        ]
        data = [
            {
                "MetricName": name,
                "Dimensions": dimensions,
                "Timestamp": now,
                "Value": float(value),
                "Unit": _UNITS.get(name, "Count/Second" if name in _RATES else "Count"),
            }
            for name, value in points.items()
        ]
        self._client.put_metric_data(Namespace=NAMESPACE, MetricData=data)

    def _connect(self) -> Any:
        # imported here: boto3 takes a good part of a second, which the start of a task need not
        # wait for
        import boto3
        from botocore.config import Config

        return boto3.client(
            "cloudwatch",
            endpoint_url=self._target.endpoint_url,
            region_name=self._target.region,
            aws_access_key_id="lab",
            aws_secret_access_key="lab",
            config=Config(connect_timeout=2, read_timeout=5, retries={"max_attempts": 1}),
        )


def _seconds(commit_time: str, otherwise: float) -> float:
    """The commit time of the stream, ``2026-11-21 12:00:00.5+00``, in seconds since 1970."""
    try:
        moment = dt.datetime.fromisoformat(commit_time)
    except ValueError:
        return otherwise
    return moment.replace(tzinfo=moment.tzinfo or dt.UTC).timestamp()
