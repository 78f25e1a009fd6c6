"""What the settings of the apply side do in a whole task, on a real
PostgreSQL with a fake target.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.dms.ground.catalogue import TargetColumn, TargetTable
from tests.clusters import Cluster
from tests.dms.replication import Replication, replicating, source_cluster, wait_for
from tests.dms.table_world import upper_case

TARGET = TargetTable(
    "APP",
    "NOTE",
    (
        TargetColumn("ID", "NUMBER", 22, False),
        TargetColumn("TITLE", "VARCHAR2", 40),
        TargetColumn("BODY", "NCLOB"),
    ),
    ("ID",),
)
CAUGHT_UP = "SELECT confirmed_flush_lsn = pg_current_wal_lsn() FROM pg_replication_slots"


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with source_cluster() as running:
        yield running


@pytest.fixture
def replication(cluster: Cluster, tmp_path: Path) -> Iterator[Replication]:
    cluster.execute("CREATE SCHEMA app", "dso")
    cluster.execute(
        "CREATE TABLE app.note (id int PRIMARY KEY, title varchar(40), body text)", "dso"
    )
    with replicating(cluster, tmp_path) as replication:
        replication.target.add(TARGET)
        replication.content["table_mappings"] = upper_case()
        yield replication
    cluster.execute("DROP SCHEMA app CASCADE", "dso")


def notes(replication: Replication) -> list[tuple[Any, ...]]:
    return sorted(
        (row["ID"], row["TITLE"], row["BODY"])
        for row in replication.target.committed("APP", "NOTE")
    )


def status(replication: Replication) -> list[str]:
    return [row["TASK_STATUS"] for row in replication.target.committed("APP", "awsdms_status")]


def test_the_status_tells_a_stop_from_nothing_else(replication: Replication) -> None:
    replication.content["settings"] = {
        "ControlTablesSettings": {"StatusTableEnabled": True},
        "ErrorBehavior": {"ApplyErrorUpdatePolicy": "STOP_TASK"},
        "ChangeProcessingTuning": {"CommitTimeout": 0},
    }
    run = replication.start("start-replication")
    assert status(replication) == ["CHANGE PROCESSING"]
    run.stop()
    assert status(replication) == ["NOT RUNNING"]
    failing = replication.start("resume-processing")
    replication.execute("INSERT INTO app.note VALUES (1, 'a')")
    wait_for(lambda: notes(replication))
    replication.target.rows("APP", "NOTE").clear()
    replication.execute("UPDATE app.note SET title = 'b'")
    wait_for(lambda: not failing.thread.is_alive())
    assert "Error policy STOP_TASK" in str(failing.failure)
    assert status(replication) == ["CHANGE PROCESSING"]  # no sign of life


@pytest.mark.parametrize(
    ("setting", "schema"), [({}, "APP"), ({"ControlSchema": "ELSEWHERE"}, "ELSEWHERE")]
)
def test_where_control_tables_are(
    replication: Replication, setting: dict[str, str], schema: str
) -> None:
    replication.content["settings"] = {"ControlTablesSettings": setting}
    replication.start("start-replication")
    found = {name for name, table in replication.target.tables if table.startswith("awsdms_")}
    assert found == {schema}


def test_a_table_without_a_target_is_listed_as_suspended(replication: Replication) -> None:
    replication.execute("CREATE TABLE app.lonely (id int PRIMARY KEY)")
    replication.content["settings"] = {
        "ControlTablesSettings": {"SuspendedTablesTableEnabled": True}
    }
    run = replication.start("start-replication")
    [row] = replication.target.committed("APP", "awsdms_suspended_tables")
    assert (row["TABLE_OWNER"], row["TABLE_NAME"]) == ("APP", "LONELY")
    assert run.state.tables_in_state("Table error") == {("app", "lonely")}
    assert run.state.get("state") == "running"


def test_a_lob_is_newer_than_its_row_in_full_lob_mode(replication: Replication) -> None:
    replication.content["settings"] = {
        "TargetMetadata": {"FullLobMode": True, "LimitedSizeLobMode": False}
    }
    replication.start("start-replication").stop()
    replication.execute(
        "INSERT INTO app.note VALUES (1, 'one', repeat('x', 40000)), (2, 'two', 'gone')"
    )
    replication.execute(
        "UPDATE app.note SET body = repeat('y', 50000) WHERE id = 1; DELETE FROM app.note WHERE "
        "id = 2"
    )
    seen: list[tuple[Any, ...]] = []
    replication.target.after_commit = lambda: seen.append(tuple(notes(replication)))
    replication.start("resume-processing")
    wait_for(lambda: notes(replication) == [(1, "one", "y" * 50000)])
    assert all(body in ("y" * 50000, None) for state in seen for _, _, body in state)


def test_limited_lob_mode_cuts_what_the_stream_brings(replication: Replication) -> None:
    run = replication.start("start-replication")
    replication.execute("INSERT INTO app.note VALUES (1, 'one', repeat('x', 16385))")
    wait_for(lambda: notes(replication) and notes(replication)[0][2])
    assert notes(replication) == [(1, "one", "x" * 16384)]
    assert "was truncated to 32768 bytes, actual length: 32770 bytes" in run.written.getvalue()


def test_truncation_of_a_lob_may_fail_the_task(replication: Replication) -> None:
    replication.content["source"] |= {"attributes": {"failTasksOnLobTruncation": "true"}}
    run = replication.start("start-replication")
    replication.execute("INSERT INTO app.note VALUES (1, 'one', repeat('x', 16385))")
    wait_for(lambda: not run.thread.is_alive())
    assert "Column 'body' in table 'app.note' would be truncated" in str(run.failure)
    assert notes(replication) == []


@pytest.mark.parametrize(("toast", "body"), [("keep", "x"), ("null", None), ("lookup", "x")])
def test_an_untouched_toasted_value(replication: Replication, toast: str, body: str | None) -> None:
    replication.content["switches"]["unchanged_toast"] = toast
    replication.content["settings"] |= {"TargetMetadata": {"LobMaxSize": 1000}}
    replication.execute("ALTER TABLE app.note ALTER body SET STORAGE EXTERNAL")
    replication.start("start-replication")
    replication.execute("INSERT INTO app.note VALUES (1, 'one', repeat('x', 20000))")
    replication.execute("UPDATE app.note SET title = 'two'")
    wait_for(lambda: [row[1] for row in notes(replication)] == ["two"])
    assert notes(replication)[0][2] == (body and body * 20000)


def test_a_batch_arrives_as_a_whole(replication: Replication) -> None:
    replication.content["settings"] = {
        "TargetMetadata": {"BatchApplyEnabled": True},
        "ChangeProcessingTuning": {"BatchApplyTimeoutMin": 1},
    }
    replication.content["switches"]["batch_apply_through"] = "arrays"
    run = replication.start("start-replication")
    replication.execute(
        "BEGIN; INSERT INTO app.note SELECT g, 'a' FROM generate_series(1, 50) g; UPDATE "
        "app.note SET title = 'b'; "
        "DELETE FROM app.note WHERE id > 40; COMMIT"
    )
    wait_for(lambda: len(notes(replication)) == 40)
    assert {title for _, title, _ in notes(replication)} == {"b"}
    wait_for(lambda: run.state.statistics()[0]["applied_deletes"] == 10)
    [row] = run.state.statistics()
    assert (row["applied_inserts"], row["applied_updates"], row["inserts"], row["updates"]) == (
        50,
        50,
        50,
        50,
    )


def test_a_task_that_is_drained_and_stopped_has_brought_everything(
    replication: Replication,
) -> None:
    run = replication.start("start-replication")
    replication.execute("INSERT INTO app.note SELECT g, 'a' FROM generate_series(1, 500) g")
    replication.execute("UPDATE app.note SET title = 'b' WHERE id % 2 = 0")
    wait_for(lambda: replication.query(CAUGHT_UP) == [(True,)])
    run.stop()
    assert notes(replication) == replication.query(
        "SELECT id, title, body FROM app.note ORDER BY id"
    )


def test_ddl_of_the_source_is_replayed_on_the_target(replication: Replication) -> None:
    run = replication.start("start-replication")

    def counted(name: str) -> int:
        return run.state.statistics()[0][name] if run.state.statistics() else 0

    replication.execute("INSERT INTO app.note VALUES (1, 'one')")
    replication.execute("ALTER TABLE app.note ADD extra int NOT NULL DEFAULT 5")
    replication.execute("INSERT INTO app.note (id, title, extra) VALUES (2, 'two', 7)")
    wait_for(lambda: [row[0] for row in notes(replication)] == [1, 2])
    found = {row["ID"]: row["EXTRA"] for row in replication.target.committed("APP", "NOTE")}
    assert found == {1: None, 2: 7}  # the default came to the old row without a word in the log
    replication.execute(
        "ALTER TABLE app.note ALTER title SET NOT NULL; ALTER TABLE app.note RENAME title TO "
        "heading"
    )
    wait_for(lambda: counted("applied_ddls") == 2)
    replication.execute("ALTER TABLE app.note DROP CONSTRAINT note_pkey")
    replication.execute("INSERT INTO app.note (id, heading, extra) VALUES (3, 'x', 1)")
    wait_for(lambda: run.state.tables_in_state("Table error"))
    assert run.state.get("state") == "running"
    assert {row["ID"]: row["HEADING"] for row in replication.target.committed("APP", "NOTE")} == {
        1: "one",
        2: "two",
    }
    assert counted("ddls") == 4
