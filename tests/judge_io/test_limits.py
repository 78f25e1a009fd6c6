"""Nothing of the suite goes on in a live system for ever: not a statement, not a transaction, and
not what a killed program has begun.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from reconciliation.compare.extent.snapshots import snapshot
from reconciliation.compare.segments.job import Access
from reconciliation.databases.connections import Credentials, source_engine
from reconciliation.errors import Lost, TooSlow
from reconciliation.process.limits import Limits
from tests.clusters import Cluster
from tests.waiting import wait_for

from .box import Box

DDL = "SELECT 1"
LIMITS = Limits(answer=7.0, lock=3.0, statement=70.0)


def _credentials(cluster: Cluster) -> Credentials:
    return Credentials("PostgreSQL", cluster.host, cluster.port, "postgres", cluster.user, "x")


def _sessions(cluster: Cluster, doing: str = "") -> int:
    """Of the suite, with ``doing`` in their last statement."""
    with closing(cluster.connect()) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'reconciliation' "
            "AND strpos(query, %s) > 0",
            (doing,),
        )
        return int(cursor.fetchone()[0])


def _setting(engine: Engine, name: str) -> str:
    with engine.connect() as connection:
        return str(connection.execute(text(f"SHOW {name}")).scalar_one())


def test_the_limits_of_a_profile_are_those_of_every_session(box: Box) -> None:
    """Reading, writing and comparing; a transaction that may hold locks idles for a minute."""
    box.table("t", "id int8 PRIMARY KEY", "ID NUMBER(19) PRIMARY KEY", [("1", "1")])
    box.contract("t", ("id",), 'key = ["id"]')
    with box.session(limits=LIMITS) as session:
        run = session.parallel_run
        workers = Access(run.source_credentials, run.target_credentials, limits=LIMITS).open()
        engines = (run.source, session.writers.source, workers.source)
        for engine in engines:
            assert _setting(engine, "statement_timeout") == "7s"
            assert _setting(engine, "lock_timeout") == "3s"
            assert _setting(engine, "client_connection_check_interval") == "10s"
            assert _setting(engine, "tcp_keepalives_idle") == "30"
        idle = [_setting(engine, "idle_in_transaction_session_timeout") for engine in engines]
        assert idle == ["70s", "1min", "70s"]
        for engine in (run.target, session.writers.target, workers.target):
            with engine.connect() as connection:
                assert connection.connection.dbapi_connection.call_timeout == 7000
        workers.dispose()


def test_a_statement_that_may_take_its_time_ends_by_itself(cluster: Cluster) -> None:
    engine = source_engine(_credentials(cluster), longest=0.5)
    with pytest.raises(TooSlow, match="ran longer than its limit"), snapshot(engine) as connection:
        connection.execute(text("SELECT pg_sleep(600)"))
    engine.dispose()


@pytest.mark.parametrize("read_only", [True, False])
def test_a_transaction_that_idles_is_ended(cluster: Cluster, read_only: bool) -> None:
    engine = source_engine(_credentials(cluster), read_only, longest=0.5)
    connection = engine.connect()
    connection.execute(text("SELECT 'idles'"))
    wait_for(lambda: _sessions(cluster, "idles") == 0)
    with pytest.raises(Lost):
        connection.execute(text("SELECT 1"))
    connection.close()
    engine.dispose()


SLEEPER = """
import sys
from sqlalchemy import text
from reconciliation.compare.extent.snapshots import snapshot
from reconciliation.databases.connections import Credentials, source_engine
host, port, user = sys.argv[1:]
credentials = Credentials("PostgreSQL", host, int(port), "postgres", user, "x")
with snapshot(source_engine(credentials)) as connection:
    connection.execute(text("SELECT pg_sleep(3600)"))
"""


def test_what_a_killed_program_has_begun_does_not_go_on(cluster: Cluster) -> None:
    asked = [sys.executable, "-c", SLEEPER, cluster.host, str(cluster.port), cluster.user]
    program = subprocess.Popen(asked, cwd=Path(__file__).parents[2])
    try:
        wait_for(lambda: program.poll() is not None or _sessions(cluster, "pg_sleep(3600)"))
        assert program.poll() is None
    finally:
        program.send_signal(signal.SIGKILL)
        program.wait()
    wait_for(lambda: not _sessions(cluster, "pg_sleep(3600)"))


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (lambda limits: limits.but(), LIMITS),
        (lambda limits: limits.but(9.0), Limits(9.0, 3.0, 70.0)),
        (lambda limits: limits.but(90.0, 1.0), Limits(90.0, 1.0, 90.0)),
    ],
)
def test_what_is_asked_for_goes_before_the_profile(
    asked: Callable[[Limits], Limits], expected: Limits
) -> None:
    assert asked(LIMITS) == expected
