"""A task in a thread between a real PostgreSQL and a fake target."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2.errors

from lab.dms.agreed.spec import TaskSpec, parse_spec
from lab.dms.directory.state import TaskState
from lab.dms.ground.logs import TaskLog
from lab.dms.task.task import Task
from tests.clusters import Cluster, temporary_cluster
from tests.dms.fake_target import FakeDatabase, FakeTarget
from tests.dms.worlds import TARGET, spec_content
from tests.waiting import LONG_SECONDS, wait_for


class Run:
    """A task in a thread."""

    def __init__(
        self, spec: TaskSpec, directory: Path, target: FakeDatabase, start_type: str
    ) -> None:
        self.written = io.StringIO()
        self.state = TaskState(directory)
        self.failure: Exception | None = None
        log = TaskLog(stream=self.written, context=spec.settings.log_context)
        self.task = Task(
            spec, directory, self.state, log, connect_target=lambda _: FakeTarget(target)
        )
        self.thread = threading.Thread(target=self._run, args=(start_type,))
        self.thread.start()

    def _run(self, start_type: str) -> None:
        try:
            self.task.run(start_type)
        except Exception as error:
            self.failure = error

    def stop(self) -> None:
        self.task.stop()
        self.thread.join(LONG_SECONDS)
        assert not self.thread.is_alive()
        self.state.close()


class Replication:
    """The source, the target and the runs of one task between them."""

    def __init__(self, cluster: Cluster, directory: Path) -> None:
        self.cluster = cluster
        self.directory = directory / "dms" / "TASK"
        self.directory.mkdir(parents=True)
        self.target = FakeDatabase()
        self.target.add(TARGET)
        self.content = spec_content(
            source={
                "host": cluster.host,
                "port": cluster.port,
                "database": "dso",
                "user": cluster.user,
                "password": cluster.password,
            },
            settings={"ChangeProcessingTuning": {"CommitTimeout": 0}},
            switches={"recoverable_interval_seconds": 0.1},
        )
        self.runs: list[Run] = []

    def start(self, start_type: str = "resume-processing") -> Run:
        run = Run(parse_spec(self.content), self.directory, self.target, start_type)
        self.runs.append(run)
        wait_for(lambda: run.failure is not None or run.state.get("state") == "running")
        return run

    def execute(self, statement: str, *parameters: Any) -> None:
        self.cluster.execute(statement, "dso", parameters)

    @property
    def rows(self) -> dict[int, dict[str, Any]]:
        return {row["ID"]: row for row in self.target.committed("TRAVELBUDDY", "FLIGHTSPECIAL")}

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        connection = self.cluster.connect("dso")
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchall()
        finally:
            connection.close()


@contextmanager
def source_cluster() -> Iterator[Cluster]:
    """A cluster with the source database, in which pglogical is."""
    with temporary_cluster(logical=True) as running:
        running.execute("CREATE DATABASE dso")
        running.execute("CREATE EXTENSION pglogical", "dso")
        yield running


@contextmanager
def replicating(cluster: Cluster, directory: Path) -> Iterator[Replication]:
    """A replication whose runs are ended afterwards, with what they wrote shown, and whose slots
    are dropped.
    """
    replication = Replication(cluster, directory)
    yield replication
    for run in replication.runs:
        if run.thread.is_alive():
            run.stop()
        run.state.close()
        print(run.written.getvalue(), run.failure or "")
    drop_slots(cluster)


def drop_slots(cluster: Cluster) -> None:
    """Drop every slot, waiting for the server to notice that nobody reads it any more."""

    def dropped() -> bool:
        try:
            cluster.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots")
        except psycopg2.errors.ObjectInUse:
            return False
        return True

    wait_for(dropped)
