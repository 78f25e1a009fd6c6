"""A PostgreSQL that says nothing is given up in time; one that is slow, or works, never is."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest

from reconciliation.compare.streams.source import CopiedRows
from reconciliation.databases.alarms import alarms
from reconciliation.databases.watched import WatchedConnection, is_working, received, watched
from reconciliation.process import pulse
from tests.clusters import Cluster, temporary_cluster
from tests.proxy import Proxy
from tests.waiting import wait_for

#: far beyond every limit here: whoever waits so long was not given up
LONG_SECONDS = 60.0
#: looks at a server that works until it is done
LOOKS = 3
#: bytes a second of a thin line, and for how many seconds it may carry nothing: a part of 16 kB
#: takes 0.08 s on it, so it carries some however late a busy machine lets it
THIN, PATIENCE = 200_000, 2.0


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with temporary_cluster() as started:
        yield started


@pytest.fixture
def network(cluster: Cluster) -> Iterator[Proxy]:
    with Proxy(cluster.port) as proxy:
        yield proxy


@pytest.fixture
def connection(cluster: Cluster, network: Proxy) -> Iterator[Any]:
    made = psycopg2.connect(
        host="127.0.0.1",
        port=network.port,
        user=cluster.user,
        dbname="postgres",
        application_name="reconciliation",
        connection_factory=WatchedConnection,
    )
    yield made
    made.close()


def test_bytes_that_came_are_counted(connection: Any) -> None:
    before = received(connection)
    assert before is not None
    connection.cursor().execute("SELECT repeat('x', 1000)")
    assert before + 1000 < received(connection) < before + 1500


@pytest.mark.parametrize("unhurried", [False, True])
@pytest.mark.parametrize("call", ["execute", "commit", "rollback"])
def test_a_server_that_falls_silent_is_given_up(
    connection: Any, network: Proxy, unhurried: bool, call: str
) -> None:
    connection.cursor().execute("SELECT 1")
    connection.unhurried, connection.answer_limit = unhurried, 0.5
    network.stall()
    began = time.monotonic()
    with pytest.raises(psycopg2.OperationalError, match=r"no answer within 0\.5 s"):
        connection.cursor().execute("SELECT 1") if call == "execute" else getattr(
            connection, call
        )()
    assert time.monotonic() - began < LONG_SECONDS
    assert connection.closed


def test_a_server_that_works_is_waited_for_where_nobody_is_in_a_hurry(
    cluster: Cluster, connection: Any
) -> None:
    """What it waits for ends right after a look at the server: just before one, the answer might
    cross the question.
    """
    holder = cluster.connect()
    holder.cursor().execute("SELECT pg_advisory_lock(1)")
    connection.answer_limit = 0.5
    looks: list[int] = []

    def listener() -> None:
        looks.append(1)
        if len(looks) == LOOKS:
            holder.close()

    pulse.listen(listener)
    try:
        connection.unhurried = True
        connection.cursor().execute("SELECT pg_advisory_lock(1)")
    finally:
        pulse.ignore(listener)
        holder.close()
    assert len(looks) >= LOOKS
    connection.unhurried = False
    with pytest.raises(psycopg2.OperationalError, match="no answer within"):
        connection.cursor().execute("SELECT pg_sleep(30)")


def test_an_answer_that_comes_while_its_server_is_asked_is_no_silence(
    cluster: Cluster, connection: Any
) -> None:
    holder = cluster.connect()
    holder.cursor().execute("SELECT pg_advisory_lock(2)")
    cursor = psycopg2.extensions.cursor(connection)  # not watched by itself
    cursor.execute("SELECT 1")
    before = received(connection)

    def working() -> bool:
        holder.close()
        wait_for(lambda: received(connection) != before)
        return False

    with watched(connection, 0.2, working):
        cursor.execute("SELECT pg_advisory_lock(2)")
    cursor.execute("SELECT 1")


def test_a_session_that_idles_does_not_work(connection: Any) -> None:
    connection.cursor().execute("SELECT 1")
    assert not is_working(connection)


def test_an_answer_that_is_under_way_is_waited_for(connection: Any, network: Proxy) -> None:
    beats: list[float] = []

    def listener() -> None:
        beats.append(time.monotonic())

    connection.answer_limit = PATIENCE
    network.throttle(THIN)
    rows = int(4 * PATIENCE * THIN / 1000)
    pulse.listen(listener)
    try:
        cursor = connection.cursor()
        cursor.execute(f"SELECT repeat('x', 1000) FROM generate_series(1, {rows})")
    finally:
        pulse.ignore(listener)
    assert len(cursor.fetchall()) == rows
    assert len(beats) >= 2


def _rows(connection: Any, select: str, patience: float) -> int:
    with CopiedRows(connection, select, patience) as rows:
        return sum(map(len, rows))


@pytest.mark.parametrize(
    "length", [1_000, 1_000_000]
)  # many rows, and one that takes longer than the patience
def test_rows_that_trickle_are_waited_for(connection: Any, network: Proxy, length: int) -> None:
    network.throttle(THIN)
    select = f"SELECT repeat('x', {length}) FROM generate_series(1, {1_000_000 // length})"
    assert _rows(connection, select, PATIENCE) == 1_000_000 // length


def test_nothing_is_watched_without_a_limit(connection: Any) -> None:
    alarms.rest()
    with watched(connection, None):
        assert [one for one in threading.enumerate() if one.name == "alarms"] == []
