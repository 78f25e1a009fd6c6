"""Everything between a commit in PostgreSQL and a commit in Oracle, as processes of its own."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2

from benchmarks.processes import cpu_seconds
from benchmarks.servers import PASSWORD, SERVICE, SETTINGS, USER, Servers, running_servers
from lab.dms.control import TaskProcess
from tests.clusters import Cluster, temporary_cluster
from tests.dms.replication import wait_for

SCHEMA = USER.lower()
_DATABASE = "written"
_TASK = "REPLICATIONBENCHMARK"
_START_LIMIT_SECONDS = 200
#: a row as wide as one of the parallel run
_SOURCE_DDL = f"""
CREATE EXTENSION pglogical;
CREATE SCHEMA {SCHEMA};
CREATE TABLE {SCHEMA}.special (id bigint PRIMARY KEY, header varchar(255) NOT NULL,
  origin varchar(255),
    origin_code varchar(6), cost integer, rate numeric(12,2), expiry_date timestamptz);
CREATE TABLE {SCHEMA}.probe (id bigint PRIMARY KEY, written double precision NOT NULL)
"""
_TARGET_DDL = (
    f"CREATE TABLE {USER}.SPECIAL (ID NUMBER(19) PRIMARY KEY, HEADER VARCHAR2(255) NOT NULL, "
    f"ORIGIN VARCHAR2(255), "
    "ORIGIN_CODE VARCHAR2(6), COST NUMBER(10), RATE NUMBER(12,2), EXPIRY_DATE TIMESTAMP(6))",
    f"CREATE TABLE {USER}.PROBE (ID NUMBER(19) PRIMARY KEY, WRITTEN FLOAT(126) NOT NULL)",
)


@dataclass(frozen=True)
class Replicated:
    """The source, the servers of the target, and the task's process between them."""

    source: Cluster
    target: Servers
    task: TaskProcess
    pid: int

    def connect_source(self) -> psycopg2.extensions.connection:
        """A connection in autocommit mode."""
        return self.source.connect(_DATABASE)

    def cpu(self) -> dict[str, float]:
        """Seconds of the processor that each part has taken so far."""
        return {
            "source (with the writer)": cpu_seconds([self.source.process.pid]),
            "task": cpu_seconds([self.pid]),
            "Oracle stand-in": cpu_seconds([self.target.stand_in.pid]),
            "its store": cpu_seconds([self.target.cluster.process.pid]),
        }

    def applied(self) -> Counter[str]:
        """What the task's statistics count as applied, over all tables."""
        found: Counter[str] = Counter()
        for row in self.task.statistics():
            found += Counter(
                inserts=row.applied_inserts,
                updates=row.applied_updates,
                deletes=row.applied_deletes,
            )
        return found

    def rows(self) -> tuple[int, int]:
        """Rows of the written table on both sides."""
        with closing(self.connect_source()) as connection, connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {SCHEMA}.special")
            written = cursor.fetchone()[0]
        with self.target.oracle() as connection, connection.cursor() as cursor:
            return written, cursor.execute(f"SELECT COUNT(*) FROM {USER}.SPECIAL").fetchone()[0]


@contextmanager
def running_replication() -> Iterator[Replicated]:
    """All of it, started and gone afterwards."""
    with (
        running_servers() as target,
        temporary_cluster(logical=True, settings=SETTINGS) as source,
        tempfile.TemporaryDirectory(prefix="replication-") as home,
    ):
        source.execute(f"CREATE DATABASE {_DATABASE}")
        for statement in _SOURCE_DDL.split(";"):
            source.execute(statement, _DATABASE)
        with target.oracle() as connection, connection.cursor() as cursor:
            for statement in _TARGET_DDL:
                cursor.execute(statement)
        task = TaskProcess(Path(home) / "dms" / _TASK)
        task.start(_specification(source, target), "start-replication")
        try:
            wait_for(lambda: task.status().state != "starting", _START_LIMIT_SECONDS)
            if task.status().state != "running":
                raise RuntimeError(f"the task did not start: {task.status().last_failure_message}")
            yield Replicated(source, target, task, int((task.directory / "task.lock").read_text()))
        finally:
            task.stop()


def _specification(source: Cluster, target: Servers) -> Mapping[str, Any]:
    return {
        "task_identifier": "benchmark",
        "resource_id": _TASK,
        "table_mappings": {"rules": [_selection(), *_upper_case()]},
        "settings": {},
        "source": {
            "host": source.host,
            "port": source.port,
            "database": _DATABASE,
            "user": source.user,
            "password": source.password,
        },
        "target": {
            "host": "127.0.0.1",
            "port": target.port,
            "service": SERVICE,
            "user": USER,
            "password": PASSWORD,
        },
        "switches": {"commit_when_idle": "yes"},
    }


def _selection() -> dict[str, Any]:
    return {
        "rule-type": "selection",
        "rule-id": "1",
        "rule-name": "1",
        "rule-action": "include",
        "object-locator": {"schema-name": SCHEMA, "table-name": "%"},
    }


def _upper_case() -> list[dict[str, Any]]:
    locators = {
        "schema": {},
        "table": {"table-name": "%"},
        "column": {"table-name": "%", "column-name": "%"},
    }
    return [
        {
            "rule-type": "transformation",
            "rule-id": str(number),
            "rule-name": str(number),
            "rule-target": target,
            "rule-action": "convert-uppercase",
            "object-locator": {"schema-name": SCHEMA} | more,
        }
        for number, (target, more) in enumerate(locators.items(), 2)
    ]
