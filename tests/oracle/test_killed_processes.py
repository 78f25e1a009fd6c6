"""Killed without warning: the listener, or the store behind it. Nothing is left behind and nothing
hangs.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import oracledb
import pytest

from tests.clusters import Cluster, start_cluster, temporary_cluster
from tests.oracle.conftest import STORE_DATABASE, WireServer, start_server
from tests.oracle.soak.watch import Backends, children
from tests.waiting import LONG_SECONDS, comes_true

_NUMBERS = "(select level n from dual connect by level <= 400)"
#: 160,000 rows
MANY = f"select a.n from {_NUMBERS} a, {_NUMBERS} b"
#: hours of work for the store
SLOW = f"select count(*) from ({MANY}) x, ({MANY}) y, {_NUMBERS} z where x.n + y.n + z.n = -1"


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with temporary_cluster() as cluster:
        cluster.execute(f"CREATE DATABASE {STORE_DATABASE}")
        yield cluster


@pytest.fixture
def server(cluster: Cluster, tmp_path: Path) -> Iterator[WireServer]:
    server = start_server(tmp_path, cluster)
    yield server
    if server.process.poll() is None:
        server.process.terminate()
    server.process.wait(LONG_SECONDS)


def busy(connection: oracledb.Connection, told: list[str]) -> threading.Thread:
    """A thread in which a statement of hours runs; how it ends is added to the list."""

    def run() -> None:
        try:
            connection.cursor().execute(SLOW)
        except oracledb.Error as error:
            told.append(str(error))
        else:
            told.append("it ended")

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def running(backends: Backends) -> bool:
    return "'active'" in backends.doing()


def test_sessions_and_their_backends_end_with_a_killed_listener(
    cluster: Cluster, server: WireServer
) -> None:
    idle, changing, fetching, slow = (server.connect() for _ in range(4))
    changing.cursor().execute("create table t (a number)")
    changing.cursor().execute("insert into t select level from dual connect by level <= 1000")
    rows = fetching.cursor()
    rows.arraysize = rows.prefetchrows = 2
    rows.execute(MANY)
    assert rows.fetchone() is not None
    told: list[str] = []
    thread = busy(slow, told)
    backends = Backends(cluster.connect(STORE_DATABASE))
    assert comes_true(lambda: running(backends))
    sessions = children(server.process.pid)
    assert len(sessions) == 4
    server.process.kill()
    server.process.wait()
    assert comes_true(lambda: not any(Path(f"/proc/{pid}").exists() for pid in sessions))
    assert comes_true(lambda: not any(backends.remains().values())), backends.doing()
    thread.join(LONG_SECONDS)
    assert [text[:8] for text in told] == ["DPY-4011"]
    for connection in (idle, changing, fetching):
        with pytest.raises(oracledb.Error, match=r"DPY-4011|DPY-1001"):
            connection.cursor().execute("select 1 from dual")


def test_a_killed_session_leaves_no_statement_running(cluster: Cluster, server: WireServer) -> None:
    told: list[str] = []
    thread = busy(server.connect(), told)
    backends = Backends(cluster.connect(STORE_DATABASE))
    assert comes_true(lambda: running(backends))
    (session,) = children(server.process.pid)
    os.kill(session, signal.SIGKILL)
    thread.join(LONG_SECONDS)
    assert [text[:8] for text in told] == ["DPY-4011"]
    assert comes_true(lambda: not any(backends.remains().values())), backends.doing()
    server.connect().close()


def killed(cluster: Cluster) -> None:
    """All of PostgreSQL at once, as the machine's power would end it; gone: it does not start
    beside what is left.
    """
    pids = [cluster.process.pid, *children(cluster.process.pid)]
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    cluster.process.wait()
    assert comes_true(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))


def is_gone(told: str) -> bool:
    """The driver shows the errors of a lost session beneath one of its own."""
    return "ORA-03113: " in told or "ORA-03114: " in told


def refused(action: Callable[[], object]) -> str:
    with pytest.raises(oracledb.Error) as caught:
        action()
    return str(caught.value)


def test_a_killed_store_comes_back_without_a_restart_of_the_server(
    cluster: Cluster, server: WireServer
) -> None:
    idle, changing, fetching, slow = (server.connect() for _ in range(4))
    changing.cursor().execute("create table t (a number, b clob)")
    changing.cursor().execute("insert into t values (1, 'kept')")
    changing.commit()
    changing.cursor().execute("insert into t values (2, 'lost')")
    rows = fetching.cursor()
    rows.arraysize = rows.prefetchrows = 2
    rows.execute(MANY)
    told: list[str] = []
    thread = busy(slow, told)
    backends = Backends(cluster.connect(STORE_DATABASE))
    assert comes_true(lambda: running(backends))
    killed(cluster)
    thread.join(LONG_SECONDS)
    told.append(refused(idle.ping))
    told += [refused(action) for action in (changing.commit, rows.fetchall, server.connect)]
    assert [is_gone(text) for text in told] == [True] * 5, told
    cluster.process = start_cluster(cluster.directory, port=cluster.port).process
    for connection in (idle, changing, fetching, slow):
        with pytest.raises(oracledb.Error, match=r"DPY-4011|DPY-1001"):
            connection.cursor().execute("select 1 from dual")
    with server.connect() as connection:
        assert connection.cursor().execute("select a from t").fetchall() == [(1,)]
        connection.cursor().execute("insert into t values (3, 'new')")
        connection.commit()
    assert comes_true(lambda: not children(server.process.pid)), "sessions without a store stay"
    log = server.log.read_text()
    assert "Traceback" not in log, log[-4000:]
