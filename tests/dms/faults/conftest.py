"""One cluster and two long-lived tasks for the tests of the faults."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lab.dms.faults import switch_all_off
from tests.clusters import Cluster, temporary_cluster
from tests.dms.faults import legacy as on_oracle
from tests.dms.faults.bench import DATABASE, SOURCE_DDL, Bench
from tests.dms.faults.legacy import Legacy
from tests.dms.replication import drop_slots


@pytest.fixture(scope="package")
def source_cluster() -> Iterator[Cluster]:
    with temporary_cluster(logical=True) as running:
        running.execute(f"CREATE DATABASE {DATABASE}")
        running.execute("CREATE EXTENSION pglogical", DATABASE)
        running.execute(SOURCE_DDL, DATABASE)
        yield running


@pytest.fixture(scope="package")
def long_lived(
    source_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bench]:
    bench = Bench(source_cluster, tmp_path_factory.mktemp("bench"))
    bench.start("start-replication")
    yield bench
    bench.close()
    drop_slots(source_cluster)


@pytest.fixture
def bench(long_lived: Bench) -> Iterator[Bench]:
    """The long-lived task with every fault off; shows the lines a failed test left in the log."""
    before = len(long_lived.run.written.getvalue())
    yield long_lived
    long_lived.off()
    print(long_lived.run.written.getvalue()[before:], long_lived.run.failure or "")


@pytest.fixture(scope="module")
def started(source_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Legacy]:
    directories = tmp_path_factory.mktemp("oracle"), tmp_path_factory.mktemp("legacy")
    with on_oracle.started(source_cluster, *directories, on_oracle.SOURCE_DDL) as legacy:
        yield legacy


@pytest.fixture
def legacy(started: Legacy) -> Iterator[Legacy]:
    before = len(started.written.getvalue())
    yield started
    switch_all_off(started.state_dir)
    started.empty()
    print(started.written.getvalue()[before:])
