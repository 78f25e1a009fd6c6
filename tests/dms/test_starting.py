"""Where a task begins and what it needs for that: prerequisites, plugin, slot, start position."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.dms.faults import switch_off, switch_on
from tests.clusters import Cluster, temporary_cluster
from tests.dms.replication import Replication, replicating, source_cluster, wait_for
from tests.dms.test_replication import DDL, INSERT

SLOTS = "SELECT slot_name, plugin::text, active FROM pg_replication_slots"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with source_cluster() as running:
        running.execute("CREATE DATABASE plain")
        yield running


@pytest.fixture
def replication(cluster: Cluster, tmp_path: Path) -> Iterator[Replication]:
    for database in ("dso", "plain"):
        for statement in DDL.split(";"):
            cluster.execute(statement, database)
    with replicating(cluster, tmp_path) as replication:
        yield replication
    for database in ("dso", "plain"):
        cluster.execute("DROP EVENT TRIGGER IF EXISTS awsdms_intercept_ddl", database)
        cluster.execute(
            "DROP TABLE IF EXISTS awsdms_ddl_audit CASCADE; DROP SCHEMA travelbuddy CASCADE",
            database,
        )


def attributes(replication: Replication, **given: str) -> None:
    replication.content["source"]["attributes"] = given


def failure(replication: Replication, start_type: str = "start-replication") -> str:
    return str(replication.start(start_type).failure)


# ------------------------------------------------------------------- the plugin


@pytest.mark.parametrize(
    ("given", "switches", "plugin"),
    [
        ({}, {}, "pglogical_output"),
        ({"PluginName": "no-preference"}, {}, "pglogical_output"),
        ({"PluginName": "pglogical"}, {}, "pglogical_output"),
        ({"PluginName": "test-decoding"}, {}, "test_decoding"),
        ({}, {"source_plugin": "pgoutput"}, "pgoutput"),
    ],
)
def test_the_plugin_is_the_one_asked_for(
    replication: Replication, given: dict[str, str], switches: dict[str, str], plugin: str
) -> None:
    attributes(replication, **given)
    replication.content["switches"] |= switches
    run = replication.start("start-replication")
    replication.execute(INSERT, 1, "café")
    wait_for(lambda: 1 in replication.rows)
    [(slot, used, active)] = replication.query(SLOTS)
    assert (used, active) == (plugin, True)
    run.stop()
    # the slot and what belongs to it stay until the task is restarted; the server notices that
    # nobody reads it any more
    wait_for(lambda: replication.query(SLOTS) == [(slot, plugin, False)])
    replication.start("reload-target")
    [(new, used, _)] = replication.query(SLOTS)
    assert (new != slot, used) == (True, plugin)
    left = (
        "SELECT set_name FROM pglogical.replication_set UNION ALL SELECT pubname FROM "
        "pg_publication"
    )
    assert not any(slot in name for (name,) in replication.query(left))


def test_without_pglogical_test_decoding_is_read(replication: Replication) -> None:
    replication.content["source"]["database"] = "plain"
    replication.start("start-replication")
    replication.cluster.execute(INSERT, "plain", (1, "seen"))
    wait_for(lambda: 1 in replication.rows)
    assert [plugin for _, plugin, _ in replication.query(SLOTS)] == ["test_decoding"]


def test_a_restart_with_test_decoding_needs_no_node_of_pglogical(replication: Replication) -> None:
    replication.content["source"]["database"] = "plain"
    replication.cluster.execute("CREATE EXTENSION pglogical", "plain")
    try:
        attributes(replication, PluginName="test-decoding")
        replication.start("start-replication").stop()
        assert replication.start("reload-target").failure is None
        replication.cluster.execute(INSERT, "plain", (1, "seen"))
        wait_for(lambda: 1 in replication.rows)
    finally:
        replication.cluster.execute("DROP EXTENSION pglogical", "plain")


def test_pglogical_that_is_asked_for_must_be_there(replication: Replication) -> None:
    replication.content["source"]["database"] = "plain"
    attributes(replication, PluginName="pglogical")
    assert "Extension pglogical is not installed in the source database" in failure(replication)
    attributes(replication, PluginName="wal2json")
    assert (
        "PluginName is 'wal2json'; it must be pglogical, test-decoding or no-preference"
        in failure(replication)
    )


@pytest.mark.parametrize(("plugin", "arrives"), [("test-decoding", True), ("pglogical", False)])
def test_replica_identity_full_needs_test_decoding(
    replication: Replication, plugin: str, arrives: bool
) -> None:
    attributes(replication, PluginName=plugin)
    replication.execute("ALTER TABLE travelbuddy.flightspecial DROP CONSTRAINT flightspecial_pkey")
    run = replication.start("start-replication")
    replication.execute(INSERT, 1, "a")
    replication.execute("UPDATE travelbuddy.flightspecial SET header = 'b'")
    replication.execute(INSERT, 2, "behind")
    wait_for(lambda: 2 in replication.rows)
    assert replication.rows[1]["HEADER"] == "a"  # no key, and no identity: the update is ignored
    run.stop()
    replication.execute("ALTER TABLE travelbuddy.flightspecial REPLICA IDENTITY FULL")
    replication.start()
    replication.execute("UPDATE travelbuddy.flightspecial SET header = 'c' WHERE id = 1")
    replication.execute("DELETE FROM travelbuddy.flightspecial WHERE id = 2")
    replication.execute(INSERT, 3, "behind")
    wait_for(lambda: 3 in replication.rows)
    assert replication.rows[1]["HEADER"] == ("c" if arrives else "a")
    assert (2 in replication.rows) is not arrives
    assert replication.target.rows("TRAVELBUDDY", "awsdms_apply_exceptions") == []


# ------------------------------------------------------------- what is required


def test_a_short_wal_sender_timeout_fails_the_task(replication: Replication) -> None:
    replication.execute("ALTER DATABASE dso SET wal_sender_timeout = '9999ms'")
    try:
        assert "wal_sender_timeout is 9999 ms" in failure(replication)
        replication.execute("ALTER DATABASE dso SET wal_sender_timeout = 0")
        assert replication.start("start-replication").failure is None
    finally:
        replication.execute("ALTER DATABASE dso RESET wal_sender_timeout")


def test_a_source_without_logical_decoding_fails_the_task(tmp_path: Path) -> None:
    with temporary_cluster() as cluster:
        cluster.execute("CREATE DATABASE dso")
        replication = Replication(cluster, tmp_path)
        assert "wal_level must be 'logical' on the source database, it is 'replica'" in failure(
            replication
        )
        replication.runs[0].state.close()


def test_sessions_that_idle_in_a_transaction_are_not_dms_s(replication: Replication) -> None:
    replication.execute("ALTER DATABASE dso SET idle_in_transaction_session_timeout = '50ms'")
    try:
        run = replication.start("start-replication")
        replication.execute("SELECT pg_sleep(0.3)")
        # has the catalogue read again
        replication.execute("ALTER TABLE travelbuddy.flightspecial ADD more int")
        replication.execute(INSERT, 1, "a")
        wait_for(lambda: 1 in replication.rows)
        assert "was lost" not in run.written.getvalue()
    finally:
        replication.execute("ALTER DATABASE dso RESET idle_in_transaction_session_timeout")


def test_a_user_without_rights_is_told(replication: Replication) -> None:
    replication.execute("CREATE ROLE weak LOGIN")
    replication.content["source"] |= {"user": "weak"}
    try:
        assert "User 'weak' may not read the source's changes" in failure(replication)
        replication.execute("ALTER ROLE weak REPLICATION")
        attributes(replication, PluginName="test-decoding")
        run = replication.start("start-replication")
        assert (
            "DDL is not captured: table awsdms_ddl_audit and event trigger awsdms_intercept_ddl"
            in (run.written.getvalue())
        )
        replication.execute(INSERT, 1, "a")
        wait_for(lambda: 1 in replication.rows)
        run.stop()
    finally:
        replication.execute("DROP ROLE weak")


def test_an_array_without_a_primary_key_suspends_its_table(replication: Replication) -> None:
    replication.execute("ALTER TABLE travelbuddy.flightspecial ADD codes text[]")
    run = replication.start("start-replication")
    replication.execute(INSERT, 1, "with a key")
    wait_for(lambda: 1 in replication.rows)
    run.stop()
    replication.execute("ALTER TABLE travelbuddy.flightspecial DROP CONSTRAINT flightspecial_pkey")
    run = replication.start()
    assert [row["table_state"] for row in run.state.statistics()] == ["Table error"]
    assert (
        "was suspended: it has no primary key and columns of arrays: codes"
        in run.written.getvalue()
    )


def test_quick_ddl_between_changes_loses_values(replication: Replication) -> None:
    run = replication.start("start-replication")
    run.stop()
    # all of it is there before the first is read: the catalogue of now does not fit the change
    replication.execute("ALTER TABLE travelbuddy.flightspecial RENAME body TO text")
    replication.execute(
        "INSERT INTO travelbuddy.flightspecial (id, header, cost, text) VALUES (1, 'h', 1, 'lost')"
    )
    replication.execute("ALTER TABLE travelbuddy.flightspecial RENAME text TO body")
    replication.content["settings"]["ChangeProcessingDdlHandlingPolicy"] = {
        "HandleSourceTableAltered": False
    }
    replication.start()
    wait_for(lambda: 1 in replication.rows)
    assert replication.rows[1]["BODY"] is None


def test_a_script_after_connecting_is_not_run(replication: Replication) -> None:
    script = "SET session_replication_role = 'replica'"
    attributes(replication, AfterConnectScript=script)
    replication.content["target"]["attributes"]["AfterConnectScript"] = script
    run = replication.start("start-replication")
    assert run.task._parts.source.query("SHOW session_replication_role") == [("origin",)]
    replication.execute(INSERT, 1, "a")
    wait_for(lambda: 1 in replication.rows)
    assert not any(
        "session_replication_role" in statement for statement in replication.target.statements
    )


def test_ddl_is_counted(replication: Replication) -> None:
    replication.content["settings"]["ChangeProcessingDdlHandlingPolicy"] = {
        "HandleSourceTableAltered": False
    }
    run = replication.start("start-replication")
    replication.execute("ALTER TABLE travelbuddy.flightspecial ADD more int")
    replication.execute(INSERT, 1, "a")
    wait_for(lambda: 1 in replication.rows)
    wait_for(lambda: [row["ddls"] for row in run.state.statistics()] == [1])


# -------------------------------------------------------- slot and start position


def make_slot(replication: Replication, plugin: str = "test_decoding") -> None:
    replication.execute(f"SELECT pg_create_logical_replication_slot('mine', '{plugin}')")


def position(replication: Replication) -> str:
    return replication.query("SELECT pg_current_wal_lsn()::text")[0][0]


@pytest.mark.parametrize("form", ["{}", "checkpoint:V1#1#{}#0#0#*#0#0"])
def test_a_slot_that_exists_is_read_from_a_position(replication: Replication, form: str) -> None:
    make_slot(replication)
    replication.execute(INSERT, 1, "before")
    replication.content["cdc_start_position"] = form.format(position(replication))
    replication.execute(INSERT, 2, "after")
    attributes(replication, SlotName="mine")
    run = replication.start("start-replication")
    wait_for(lambda: 2 in replication.rows)
    assert 1 not in replication.rows
    wait_for(lambda: run.state.statistics()[0]["inserts"] == 1)
    run.stop()
    replication.execute(INSERT, 3, "while stopped")
    run = replication.start("resume-processing")
    wait_for(lambda: set(replication.rows) == {2, 3})
    run.stop()
    # a restart reads the slot it was given and makes no other
    replication.execute(INSERT, 4, "before the restart")
    replication.content["cdc_start_position"] = position(replication)
    replication.execute(INSERT, 5, "behind it")
    replication.start("reload-target")
    wait_for(lambda: set(replication.rows) == {2, 3, 5})
    assert [slot for slot, _, _ in replication.query(SLOTS)] == ["mine"]


@pytest.mark.parametrize(
    ("given", "start", "slot", "reason"),
    [
        ({"SlotName": "mine"}, None, True, "the task has no CdcStartPosition"),
        ({"SlotName": "mine"}, "FFFFFFF/0", False, "Replication slot 'mine' does not exist"),
        ({"SlotName": "mine"}, "0/1", True, "is older than the confirmed position"),
        ({"SlotName": "mine"}, "2026-11-21T12:00:00", True, "cannot be read from a point in time"),
        ({}, "FFFFFFF/0", False, "the source endpoint names no slot to start from"),
    ],
)
def test_positions_and_slots_that_are_refused(
    replication: Replication, given: dict[str, str], start: str | None, slot: bool, reason: str
) -> None:
    if slot:
        make_slot(replication)
    attributes(replication, **given)
    replication.content["cdc_start_position"] = start
    assert reason in failure(replication)


@pytest.fixture
def losing(replication: Replication) -> Iterator[Callable[[], list[tuple[Any, ...]]]]:
    """Keeps little of the log; the function writes more of it and tells whether a slot is lost."""

    def lost() -> list[tuple[Any, ...]]:
        for statement in ("SELECT txid_current()", "SELECT pg_switch_wal()", "CHECKPOINT"):
            replication.execute(statement)
        return replication.query("SELECT 1 FROM pg_replication_slots WHERE wal_status = 'lost'")

    replication.execute("ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'")
    replication.execute("SELECT pg_reload_conf()")
    yield lost
    replication.execute("ALTER SYSTEM RESET max_slot_wal_keep_size")
    replication.execute("SELECT pg_reload_conf()")


def test_a_running_task_fails_when_its_slot_is_lost(
    replication: Replication, losing: Callable[[], Any]
) -> None:
    run = replication.start("start-replication")
    state_dir = replication.directory.parent.parent
    switch_on(state_dir, "replication_stalled")  # it reads nothing, and so falls behind
    wait_for(losing)
    switch_off(state_dir, "replication_stalled")
    wait_for(lambda: run.failure)
    assert "is lost. The slot has fallen behind by more than max_slot_wal_keep_size" in str(
        run.failure
    )


def test_a_lost_slot_is_not_resumed(replication: Replication, losing: Callable[[], Any]) -> None:
    replication.start("start-replication").stop()
    wait_for(losing)
    assert "has fallen behind by more than max_slot_wal_keep_size; changes are lost" in failure(
        replication, "resume-processing"
    )
