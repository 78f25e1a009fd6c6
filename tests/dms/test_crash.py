"""The process of a task, killed again and again under load: nothing is lost, nothing is done or
counted twice.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.dms.agreed.spec import parse_spec, write_spec
from lab.dms.apply.ordering import free_tables
from lab.dms.databases.target import OracleTarget
from lab.dms.directory.state import FILE_NAME
from tests.counts import count
from tests.dms.crash_lab import DATABASE, CrashLab, Writer
from tests.dms.load import SCHEMA, Load
from tests.dms.replication import drop_slots, wait_for
from tests.waiting import LONG_SECONDS

KILLS = count(20, 200)
#: transactions a second
RATE = 50
#: changes between two kills, where these wait for the work
MOST_APPLIED = 300
ROOT = Path(__file__).parents[2]
SWITCHES = (
    {},
    {"array_apply": "none"},
    {"array_apply": "all"},
    {"commit_when_idle": "no"},
)
TUNINGS = ({}, {"CommitTimeout": 0}, {"MinTransactionSize": 20})


@pytest.fixture(scope="module")
def servers() -> Iterator[CrashLab]:
    directory = Path(tempfile.mkdtemp(prefix="crash-"))
    directory.chmod(0o755)
    lab = CrashLab(directory)
    try:
        yield lab
    finally:
        lab.close()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def lab(servers: CrashLab) -> Iterator[CrashLab]:
    yield servers
    servers.process.stop()
    print(servers.log())
    drop_slots(servers.source)
    servers.source.execute(f"TRUNCATE {SCHEMA}.account, {SCHEMA}.line, {SCHEMA}.tag", DATABASE)
    with servers.oracle.connect() as connection, connection.cursor() as cursor:
        for table in ("LINE", "ACCOUNT", "TAG", '"awsdms_apply_exceptions"'):
            cursor.execute(f"DELETE FROM TRAVELBUDDY.{table}")
        connection.commit()
    shutil.rmtree(servers.process.directory, ignore_errors=True)


@pytest.fixture
def seed() -> int:
    seed = int(os.environ.get("CRASH_SEED") or time.time_ns() % 10**9)
    print(f"CRASH_SEED={seed} repeats this run's transactions and delays")
    return seed


@pytest.mark.timeout(2400)
def test_kill_after_kill_under_load(lab: CrashLab, seed: int) -> None:
    # it is long, and stacks dumped half-way would look like a failure; it has a limit of its own
    faulthandler.cancel_dump_traceback_later()
    pick, load = random.Random(seed), Load(seed)
    lab.start("start-replication")
    lab.await_running()
    with Writer(lab, load, RATE) as writer:
        for _ in range(KILLS):
            _let_it_work(lab, pick)
            lab.kill()
            lab.start(tuning=pick.choice(TUNINGS), **pick.choice(SWITCHES))
        assert writer.transactions > 5 * KILLS
    lab.assert_equal(load)


def _let_it_work(lab: CrashLab, pick: random.Random) -> None:
    """Wait for the instant of the next kill: on a machine of any speed some come before any work,
    some behind much.
    """
    chance = pick.random()
    if chance < 0.3:
        time.sleep(pick.uniform(0, 0.5))  # wherever that is, from its first moment on
        return
    lab.await_running()
    if chance < 0.5:
        time.sleep(pick.uniform(0, 0.15))
    elif chance < 0.7:
        _await_group(lab, pick.randint(1, 5))
    else:
        applied = lab.applied()
        more = pick.randint(1, MOST_APPLIED)
        wait_for(lambda: lab.applied() >= applied + more)


def _await_group(lab: CrashLab, count: int) -> None:
    """Until a group has been noted that the target has not yet committed, or has just: the instant
    around a commit.
    """
    deadline = time.monotonic() + 1
    with contextlib.closing(
        sqlite3.connect(f"file:{lab.process.directory / FILE_NAME}?mode=ro", uri=True)
    ) as state:
        while count and time.monotonic() < deadline:
            if state.execute("SELECT 1 FROM pending").fetchone():
                count -= 1


def test_all_parts_are_killed_under_load(lab: CrashLab, seed: int) -> None:
    pick, load = random.Random(seed), Load(seed)
    lab.start("start-replication")
    lab.await_running()
    with Writer(lab, load, RATE):
        for part in ("oracle", "source", "task stopping", "oracle", "source"):
            time.sleep(pick.uniform(0.1, 0.5))
            if part == "oracle":
                lab.crash_oracle()
            elif part == "source":
                lab.crash_source()
            else:
                lab.process._child.send_signal(signal.SIGTERM)
                time.sleep(pick.uniform(0, 0.02))
                lab.kill(may_have_ended=True)
                lab.start()
    lab.assert_equal(load)


PLACES = (
    "lab.dms.directory.state:TaskState.note_group:before:3",
    "lab.dms.directory.state:TaskState.note_group:after:3",
    "lab.dms.databases.target:OracleTarget.commit:after:4",
    "lab.dms.directory.state:TaskState.settle:after:4",
    "lab.dms.capture:Capture.confirm:before:3",
    "lab.dms.task.beginning:Beginning.resume:after",
    "lab.dms.directory.state:TaskState.settle:before",
)


def test_killed_at_exact_places(lab: CrashLab) -> None:
    """Every gap between two of the steps that must come out as one; a kill right after another one,
    too.
    """
    load = Load(5)
    lab.start("start-replication")
    lab.await_running()
    with Writer(lab, load, RATE):
        wait_for(lambda: lab.counted()[1])
        lab.kill()
        for place in PLACES:
            run_until_killed(lab, place, "resume-processing")
        lab.start()
        lab.await_running()
    lab.assert_equal(load)


@pytest.mark.parametrize(
    "place",
    [
        "lab.dms.databases.source:Source.drop_slot:after",
        "lab.dms.directory.state:TaskState.reset_statistics:after",
        "lab.dms.capture.publishing:Publisher.publish:after",
        "lab.dms.databases.source:Source.create_slot:after",
    ],
)
def test_killed_while_it_starts_afresh(lab: CrashLab, place: str) -> None:
    """What a killed reload-target leaves behind is in nobody's way, and no old position is taken
    for a new one.
    """
    lab.start("start-replication")
    lab.await_running()
    with lab.oracle.connect() as connection, connection.cursor() as cursor:
        lab.process.stop()
        # as after a restore of the source: the old position lies behind everything that will ever
        # be written
        cursor.execute('UPDATE TRAVELBUDDY."awsdms_txn_state" SET COMMIT_LSN = 1E18')
        connection.commit()
    run_until_killed(lab, place, "reload-target")
    lab.start("resume-processing" if "create_slot" in place else "reload-target")
    lab.await_running()
    load = Load(6)
    with Writer(lab, load, RATE):
        wait_for(lambda: lab.counted()[1])
    lab.assert_equal(load)
    assert lab.ask("SELECT count(*) FROM pg_replication_slots") == [(1,)]


def test_order_matters_where_oracle_says_so(servers: CrashLab) -> None:
    """The three tables of the load: two that refer to each other, and one that is free until it has
    a trigger.
    """
    target = OracleTarget(parse_spec(servers.content()).target)

    def free() -> set[str]:
        return free_tables(target, "TRAVELBUDDY").keys() & {"ACCOUNT", "LINE", "TAG"}

    assert free() == {"TAG"}
    with servers.oracle.connect() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE UNIQUE INDEX TRAVELBUDDY.SECOND ON TRAVELBUDDY.TAG (WEIGHT)")
        assert free() == set()
        cursor.execute("DROP INDEX TRAVELBUDDY.SECOND")
        cursor.execute(
            "CREATE TRIGGER TRAVELBUDDY.TOUCH BEFORE INSERT ON TRAVELBUDDY.TAG FOR EACH ROW "
            "BEGIN :new.weight := 1; END;"
        )
        assert free() == set()
        cursor.execute("ALTER TRIGGER TRAVELBUDDY.TOUCH DISABLE")
        assert free() == {"TAG"}
        cursor.execute("DROP TRIGGER TRAVELBUDDY.TOUCH")
    target.close()


# ---------------------------------------------------------------------------- leftovers


def test_a_slot_that_is_still_read_is_waited_for(lab: CrashLab) -> None:
    lab.start("start-replication")
    lab.await_running()
    lab.kill()
    # a slot has one reader at a time, and the server has to notice that the killed one is gone
    [(slot,)] = wait_for(
        lambda: lab.ask("SELECT slot_name FROM pg_replication_slots WHERE NOT active")
    )
    # another session on the slot, as that of the killed process would be for a moment
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(lab.source.port), slot], stdout=subprocess.PIPE
    )
    try:
        assert holder.stdout.readline() == b"held\n"
        lab.start()
        wait_for(lambda: "going on from" in lab.log().rpartition("starts with")[2])
        assert lab.process.status().state == "starting"
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()
    lab.await_running()


_HOLD = """
import sys, time
import psycopg2, psycopg2.extras
connection = psycopg2.connect(host="127.0.0.1", port=sys.argv[1], dbname="dso", user="postgres",
                              connection_factory=psycopg2.extras.LogicalReplicationConnection)
connection.cursor().start_replication(slot_name=sys.argv[2], options={
    "min_proto_version": "1", "max_proto_version": "1", "startup_params_format": "1", "proto_format": "json",
    "expected_encoding": "UTF8", "pglogical.replication_set_names": "default"})
print("held", flush=True)
time.sleep(600)
"""  # noqa: E501


@pytest.mark.parametrize("commits", [True, False])
def test_an_oracle_session_that_may_still_commit_is_waited_for(
    lab: CrashLab, commits: bool
) -> None:
    lab.start("start-replication")
    lab.await_running()
    lab.kill()
    lab.source.execute(f"INSERT INTO {SCHEMA}.tag (code) VALUES ('once')", DATABASE)
    [(behind,)] = lab.ask("SELECT pg_current_wal_lsn() - '0/0'")
    # what the killed process had sent: everything but the commit, or that too
    left = lab.oracle.connect(user="DMSUSER")
    with left.cursor() as cursor:
        cursor.execute("INSERT INTO TRAVELBUDDY.TAG (CODE) VALUES ('once')")
        cursor.execute('UPDATE TRAVELBUDDY."awsdms_txn_state" SET COMMIT_LSN = :1', [behind])
    lab.start()
    waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    wait_for(lambda: lab.in_store(waits))
    assert lab.process.status().state == "starting"
    (left.commit if commits else left.rollback)()
    left.close()
    lab.await_running()
    lab.source.execute(f"INSERT INTO {SCHEMA}.tag (code) VALUES ('behind')", DATABASE)
    wait_for(lambda: sorted(row[0] for row in lab.in_oracle("tag")) == ["behind", "once"])
    assert lab.exceptions() == []


def test_a_killed_start_that_waits_for_a_transaction_is_in_nobodys_way(lab: CrashLab) -> None:
    """Its session goes on creating the slot; the next start ends it."""
    holder = lab.source.connect()
    holder.autocommit = False
    with contextlib.closing(holder), holder.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()")
        lab.start("start-replication")
        wait_for(lambda: lab.ask("SELECT 1 FROM pg_replication_slots WHERE active_pid IS NOT NULL"))
        lab.kill()
        assert lab.ask("SELECT count(*) FROM pg_replication_slots") == [(1,)]
        lab.start("reload-target")
        wait_for(lambda: "waits for open transactions" in lab.log())
        holder.rollback()
        lab.await_running()
    assert lab.ask("SELECT count(*) FROM pg_replication_slots") == [(1,)]


def run_until_killed(lab: CrashLab, place: str, start_type: str) -> None:
    write_spec(lab.process.directory / "spec.json", lab.content())
    command = [
        sys.executable,
        "-m",
        "tests.dms.killed_at",
        place,
        "--task-dir",
        str(lab.process.directory),
    ]
    done = subprocess.run(
        [*command, "--start-type", start_type],
        cwd=ROOT,
        timeout=LONG_SECONDS,
        capture_output=True,
        text=True,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
