"""Who writes the mapped tables: PostgreSQL's counters, and the locks of open transactions."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy

from reconciliation.errors import EnvironmentFault
from reconciliation.replication.traffic import Traffic, traffic
from tests.clusters import Cluster
from tests.waiting import comes_true

NAMES = ("s.plain", "s.Parted", "s.gone")
DDL = """
CREATE SCHEMA s;
CREATE TABLE s.plain (id int PRIMARY KEY);
CREATE TABLE s.unmapped (id int PRIMARY KEY);
CREATE TABLE s."Parted" (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE s.low PARTITION OF s."Parted" FOR VALUES FROM (0) TO (100) PARTITION BY RANGE (id);
CREATE TABLE s.lowest PARTITION OF s.low FOR VALUES FROM (0) TO (10);
"""


@pytest.fixture
def run(cluster: Cluster) -> Iterator[Any]:
    yield from _run(cluster, "")


@pytest.fixture
def uncounted(cluster: Cluster) -> Iterator[Any]:
    yield from _run(cluster, "?options=-c%20track_counts%3Doff")


def _run(cluster: Cluster, options: str) -> Iterator[Any]:
    url = f"postgresql+psycopg2://{cluster.user}@{cluster.host}:{cluster.port}/postgres{options}"
    engine = sqlalchemy.create_engine(url)
    tables = [SimpleNamespace(source=name) for name in NAMES]
    yield SimpleNamespace(source=engine, resolved=SimpleNamespace(tables=tables))
    engine.dispose()


def test_rows_count_at_their_mapped_table_wherever_they_are_stored(
    cluster: Cluster, run: Any
) -> None:
    before = traffic(run)
    assert set(before.rows) == {"s.plain", "s.Parted"}
    cluster.execute('INSERT INTO s."Parted" VALUES (1), (2)')
    cluster.execute("INSERT INTO s.plain VALUES (1)")
    cluster.execute("UPDATE s.plain SET id = 2")
    cluster.execute("DELETE FROM s.plain")
    cluster.execute("INSERT INTO s.unmapped VALUES (1)")
    wanted = {"s.plain": 3, "s.Parted": 2}
    assert comes_true(lambda: traffic(run).since(before) == wanted), traffic(run).since(before)


def test_an_open_transaction_that_writes_is_named_and_a_reader_is_not(
    cluster: Cluster, run: Any
) -> None:
    writer, reader = cluster.connect(), cluster.connect()
    writer.autocommit = reader.autocommit = False
    with writer.cursor() as here, reader.cursor() as there:
        there.execute("SELECT * FROM s.plain")
        assert traffic(run).writers == ()
        here.execute("SET LOCAL application_name = 'shop'")
        here.execute('INSERT INTO s."Parted" VALUES (5)')
        here.execute("INSERT INTO s.unmapped VALUES (5)")
        pid = writer.info.backend_pid
        assert traffic(run).writers == (
            f"s.Parted by postgres (shop) from 127.0.0.1, session {pid}",
        )
    writer.rollback()
    assert traffic(run).writers == ()
    writer.close()
    reader.close()


def test_a_source_that_counts_nothing_is_not_taken_for_quiet(uncounted: Any) -> None:
    with pytest.raises(EnvironmentFault, match=r"\(track_counts is off\), so nobody can say who"):
        traffic(uncounted)


def test_what_did_not_grow_is_not_told() -> None:
    now = Traffic({"s.a": 5, "s.b": 2, "s.new": 1})
    assert now.since(Traffic({"s.a": 3, "s.b": 2})) == {"s.a": 2, "s.new": 1}
