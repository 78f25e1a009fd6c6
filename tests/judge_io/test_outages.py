"""Bad networks, killed runs, locks and slow servers: the result of an undisturbed run, or one clear
line in time.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clusters import Cluster, temporary_cluster
from tests.proxy import Proxy
from tests.waiting import LONG_SECONDS, wait_for

from .samples import ROOT

ROWS, SEGMENT, SEGMENTS = 100_000, 10_000, 10
SECRET = "s3cret-of-the-outages"
#: what differs between two runs that found the same
_OF_THE_RUN = ("seconds", "recheck_seconds", "notes", "outages")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with temporary_cluster() as started:
        started.execute("CREATE SCHEMA s")
        started.execute("CREATE TABLE s.one (id int8 PRIMARY KEY, t text, n numeric)")
        started.execute(
            f"INSERT INTO s.one SELECT i, 'row ' || i || repeat('.', 60), i / 4.0 "
            f"FROM generate_series(1, {ROWS}) AS i"
        )
        started.execute("CREATE TABLE s.other AS TABLE s.one")
        started.execute("UPDATE s.other SET t = 'ROW' WHERE id IN (17, 50001)")
        started.execute("DELETE FROM s.other WHERE id IN (5, 99999)")
        started.execute("INSERT INTO s.other VALUES (-3, 'x', 1), (900000, 'y', 2)")
        started.execute("CREATE TABLE s.small AS SELECT * FROM s.one WHERE id <= 3")
        for name in ("one", "other", "small"):
            started.execute(f"ANALYZE s.{name}")
        started.execute("ALTER TABLE s.small ADD PRIMARY KEY (id)")
        yield started


@pytest.fixture
def networks(cluster: Cluster) -> Iterator[tuple[Proxy, Proxy]]:
    """Between the judge and the source, and between the judge and the target."""
    with Proxy(cluster.port) as source, Proxy(cluster.port) as target:
        yield source, target


class Runner:
    """Runs of ``copies`` through two networks, with checkpoints of their own."""

    def __init__(self, cluster: Cluster, networks: tuple[Proxy, Proxy], directory: Path) -> None:
        self.directory, self._user, self._networks = directory, cluster.user, networks

    def start(self, *options: str, table: str = "s.one=s.other") -> subprocess.Popen[str]:
        source, target = (
            f"postgresql://{self._user}@127.0.0.1:{network.port}/postgres"
            for network in self._networks
        )
        arguments = [
            "--source",
            source,
            "--target",
            target,
            "--table",
            table,
            "--json",
            "--workers",
            "1",
            "--compare",
            "rows",
            "--segment-rows",
            str(SEGMENT),
            "--checkpoints",
            str(self.directory),
            *options,
        ]
        return subprocess.Popen(
            [sys.executable, "-m", "reconciliation", "copies", *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"SOURCE_PASSWORD": SECRET, "TARGET_PASSWORD": SECRET},
        )

    def end(self, process: subprocess.Popen[str]) -> tuple[int, Any, str]:
        """Exit status, the table's result, standard error."""
        output, errors = process.communicate(timeout=4 * LONG_SECONDS)
        return process.returncode, json.loads(output)["tables"][0] if output else None, errors

    def run(self, *options: str, table: str = "s.one=s.other") -> tuple[int, Any, str]:
        return self.end(self.start(*options, table=table))

    def checkpoint(self) -> Any:
        """What the checkpoint holds, or None."""
        files = list(self.directory.glob("*/*.json"))
        return json.loads(files[0].read_text()) if files else None


@pytest.fixture
def runner(cluster: Cluster, networks: tuple[Proxy, Proxy], tmp_path: Path) -> Runner:
    return Runner(cluster, networks, tmp_path / "checkpoints")


@pytest.fixture(scope="module")
def undisturbed(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, int]:
    """The result of a run that nothing happens to, and how many bytes both sides sent."""
    with Proxy(cluster.port) as source, Proxy(cluster.port) as target:
        directory = tmp_path_factory.mktemp("undisturbed")
        status, result, errors = Runner(cluster, (source, target), directory).run()
        assert (status, errors) == (1, "")
        assert list(directory.glob("*/*.json")) == []
        received = source.received + target.received
    assert (result["source_rows"], result["target_rows"], result["equal_rows"]) == (
        ROWS,
        ROWS,
        ROWS - 4,
    )
    assert (result["differing_rows"], result["missing_rows"], result["extra_rows"]) == (2, 2, 2)
    assert result["notes"] == []
    assert f"in {SEGMENTS} key ranges" in result["method"]
    return result, received


def _same(result: Any, other: Any) -> bool:
    return {k: v for k, v in result.items() if k not in _OF_THE_RUN} == {
        k: v for k, v in other.items() if k not in _OF_THE_RUN
    }


# ------------------------------------------------------------------ killed


def _killed_half_way(runner: Runner, networks: tuple[Proxy, Proxy]) -> int:
    """The number of segments that were finished before; the rest of the table does not come,
    however late we look.
    """
    networks[1].after(4_000_000, networks[1].stall)
    process = runner.start()

    def has_begun() -> bool:
        assert process.poll() is None, process.communicate()
        kept = runner.checkpoint()
        return kept is not None and len(kept["finished"]) >= 3

    wait_for(has_begun)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=LONG_SECONDS)
    networks[1].heal()
    return len(runner.checkpoint()["finished"])


def test_a_killed_run_is_taken_up_without_reading_anything_twice(
    runner: Runner, networks: tuple[Proxy, Proxy], undisturbed: tuple[Any, int]
) -> None:
    finished = _killed_half_way(runner, networks)
    assert 3 <= finished < SEGMENTS
    before = sum(network.received for network in networks)
    status, result, errors = runner.run("--resume")
    carried = sum(network.received for network in networks) - before
    expected, whole = undisturbed
    assert (status, errors) == (1, "")
    assert _same(result, expected)
    assert result["notes"][0].startswith(
        f"taken up: {finished} of {SEGMENTS} segments were compared by a run that"
    )
    share = (SEGMENTS - finished) / SEGMENTS
    assert carried < whole * (share + 0.05)
    assert carried > whole * (share - 0.05)
    assert runner.checkpoint() is None


def test_a_checkpoint_of_another_table_or_none_is_refused_and_replaced_without_resume(
    cluster: Cluster, runner: Runner, networks: tuple[Proxy, Proxy], undisturbed: tuple[Any, int]
) -> None:
    status, result, errors = runner.run("--resume")
    assert (status, result, errors.count("\n")) == (4, None, 1)
    assert "there is no checkpoint" in errors
    _killed_half_way(runner, networks)
    cluster.execute("ALTER TABLE s.other RENAME TO before")
    cluster.execute("CREATE TABLE s.other (LIKE s.before INCLUDING ALL)")
    try:
        status, result, errors = runner.run("--resume")
    finally:
        cluster.execute("DROP TABLE s.other")
        cluster.execute("ALTER TABLE s.before RENAME TO other")
    assert (status, result, errors.count("\n")) == (4, None, 1)
    assert (
        "was made with another target database or table; without --resume the run begins anew"
        in errors
    )
    assert SECRET not in errors + json.dumps(runner.checkpoint())
    before = sum(network.received for network in networks)
    status, result, _ = runner.run()
    assert (status, result["notes"]) == (1, [])
    assert _same(result, undisturbed[0])
    assert sum(network.received for network in networks) - before > undisturbed[1] * 0.95
    assert runner.checkpoint() is None


def test_a_second_run_at_the_same_time_is_refused(
    runner: Runner, networks: tuple[Proxy, Proxy]
) -> None:
    networks[0].after(1_000_000, networks[0].stall)
    process = runner.start()
    wait_for(lambda: networks[0].received >= 1_000_000)
    status, result, errors = runner.run()
    networks[0].flow()
    assert (status, result, errors.count("\n")) == (2, None, 1)
    assert f"another run is comparing this (process {process.pid} since" in errors
    assert runner.end(process)[0] == 1


# ------------------------------------------------------------------ outages


def test_both_sides_lost_for_5_seconds_do_not_change_the_result(
    runner: Runner, networks: tuple[Proxy, Proxy], undisturbed: tuple[Any, int]
) -> None:
    networks[0].after(4_000_000, lambda: [network.cut(refuse_seconds=5) for network in networks])
    status, result, errors = runner.run("--workers", "2")
    assert status == 1
    assert _same(result, undisturbed[0])
    again = result["outages"]
    assert 1 <= len(again) <= 2
    assert all("s.one, segment" in line for line in again), again
    # the other worker may have been connecting just then
    lost = ("the connection was lost", "the connection was refused", "cannot connect")
    assert any(lost[0] in line for line in again), again
    assert all(any(words in line for words in lost) for line in again), again
    assert len([line for line in errors.splitlines() if "was read again after" in line]) == len(
        again
    )
    assert SECRET not in errors


def test_an_outage_longer_than_the_patience_ends_with_a_line_and_can_be_taken_up(
    runner: Runner, networks: tuple[Proxy, Proxy], undisturbed: tuple[Any, int]
) -> None:
    networks[1].after(4_000_000, lambda: networks[1].cut(refuse_seconds=LONG_SECONDS))
    status, result, _ = runner.run("--patience", "0.5")
    assert (status, result["status"]) == (2, "not judged")
    assert "was given up after 0.5 s without a connection" in result["reason"]
    assert "segments are finished and kept in" in result["notes"][0]
    networks[1].heal()
    status, result, _ = runner.run("--resume")
    assert status == 1
    assert _same(result, undisturbed[0])


def test_rows_that_differed_are_looked_at_again_through_an_outage(
    runner: Runner, networks: tuple[Proxy, Proxy], undisturbed: tuple[Any, int]
) -> None:
    networks[1].after(
        int(undisturbed[1] / 2 - 2_000), lambda: networks[1].cut(refuse_seconds=LONG_SECONDS)
    )
    process = runner.start("--recheck", "2")
    assert process.stderr is not None
    # an outage that nobody ran into would be none
    assert any("trying again" in line for line in process.stderr)
    networks[1].heal()
    status, result, _ = runner.end(process)
    assert status == 1
    assert _same(result, undisturbed[0])
    assert len(result["notes"]) == 1


# ------------------------------------------------------------------ locks, silence, slowness


def test_a_locked_table_is_given_up_and_its_holder_named(cluster: Cluster, runner: Runner) -> None:
    holder = cluster.connect()
    holder.autocommit = False
    try:
        holder.cursor().execute("SET application_name = 'nightly vacuum'")
        holder.cursor().execute("LOCK TABLE s.other IN ACCESS EXCLUSIVE MODE")
        status, result, errors = runner.run("--lock-timeout", "0.5")
        pid = holder.info.backend_pid
    finally:
        holder.close()
    assert (status, result["status"], errors) == (2, "not judged", "")
    assert "a lock of somebody else kept the statement waiting" in result["reason"]
    assert (
        f"s.other is locked by PostgreSQL session {pid} (user postgres, application 'nightly "
        f"vacuum'" in result["reason"]
    )
    assert "\n" not in result["reason"]


def test_a_server_that_falls_silent_is_given_up(
    runner: Runner, networks: tuple[Proxy, Proxy]
) -> None:
    networks[1].after(4_000_000, networks[1].stall)
    status, result, errors = runner.run("--answer-timeout", "1", "--patience", "1")
    assert (status, result["status"]) == (2, "not judged")
    assert "no row came within 1 s" in errors
    assert "it did not take the request to cancel it either; trying again" in errors
    assert (
        f"PostgreSQL 127.0.0.1:{networks[1].port}/postgres as postgres: no answer in time"
        in result["reason"]
    )
    assert "given up after 1 s without a connection" in result["reason"]


def test_a_slow_query_is_given_up(cluster: Cluster, runner: Runner) -> None:
    # a child table whose rows come from a server that takes its time: more than a session of the
    # run is waited for
    cluster.execute(
        f"CREATE VIEW s.sleeping AS SELECT * FROM s.small WHERE pg_sleep({2 * LONG_SECONDS}) IS "
        f"NOT NULL"
    )
    cluster.execute("CREATE TABLE s.slow (id int8 PRIMARY KEY, t text, n numeric)")
    cluster.execute("CREATE EXTENSION postgres_fdw")
    cluster.execute(
        f"CREATE SERVER here FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', "
        f"port '{cluster.port}', dbname 'postgres')"
    )
    cluster.execute(
        f"CREATE USER MAPPING FOR CURRENT_USER SERVER here OPTIONS (user '{cluster.user}')"
    )
    options = "SERVER here OPTIONS (table_name 'sleeping')"
    cluster.execute(f"CREATE FOREIGN TABLE s.slow_child () INHERITS (s.slow) {options}")
    status, result, _ = runner.run("--answer-timeout", "1", table="s.slow=s.small")
    assert (status, result["status"]) == (2, "not judged")
    assert (
        "longer than its limit" in result["reason"] or "no row came within 1 s" in result["reason"]
    )
    # the server ends them on its own
    wait_for(lambda: not any("slow" in row for row in _sessions(cluster)))


def _sessions(cluster: Cluster) -> list[str]:
    connection = cluster.connect()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT query FROM pg_stat_activity WHERE application_name = 'reconciliation'"
        )
        found = [query for (query,) in cursor.fetchall()]
    connection.close()
    return found
