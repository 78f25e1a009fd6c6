"""One PostgreSQL with pglogical for all tests of capture, emptied after each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clusters import Cluster, temporary_cluster
from tests.dms.capture.reading import END_TABLE, Reader, ReaderOf
from tests.dms.replication import drop_slots

#: autovacuum would write transactions of its own between those of a test, and the slot follows
#: those, too
SETTINGS = {
    "max_prepared_transactions": "2",
    "logical_decoding_work_mem": "4MB",
    "autovacuum": "off",
}


@pytest.fixture(scope="package")
def cluster() -> Iterator[Cluster]:
    with temporary_cluster(logical=True, settings=SETTINGS) as running:
        running.execute("CREATE DATABASE dso")
        running.execute("CREATE EXTENSION pglogical", "dso")
        yield running


@pytest.fixture
def execute(cluster: Cluster) -> Iterator[Callable[..., None]]:
    def run(*statements: str) -> None:
        for statement in statements:
            cluster.execute(statement, "dso")

    run("CREATE SCHEMA s", f"CREATE TABLE s.{END_TABLE} (id serial PRIMARY KEY)")
    yield run
    drop_slots(cluster)
    run(
        "DROP EVENT TRIGGER IF EXISTS awsdms_intercept_ddl",
        "DROP TABLE IF EXISTS awsdms_ddl_audit, awsdms_heartbeat CASCADE",
        "DROP SCHEMA s CASCADE",
    )


@pytest.fixture
def reader(cluster: Cluster, execute: Callable[..., None], tmp_path: Path) -> Iterator[ReaderOf]:
    made: list[Reader] = []

    def make(plugin: str, **entries: Any) -> Reader:
        made.append(Reader(cluster, tmp_path, plugin, **entries))
        return made[-1]

    yield make
    for one in made:
        one.close()
