"""What a task on a real PostgreSQL tells of itself: context logging, its metrics, its end at a stop
position.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.dms.agreed.spec import parse_spec
from tests.clusters import Cluster
from tests.dms.replication import Replication, Run, replicating, source_cluster, wait_for
from tests.waiting import LONG_SECONDS

DDL = """
CREATE SCHEMA travelbuddy;
CREATE TABLE travelbuddy.flightspecial (id bigint PRIMARY KEY, header varchar(255) NOT NULL,
  body varchar(255),
    origin varchar(255), origin_code varchar(6), destination varchar(255),
      destination_code varchar(6), cost integer,
    expiry_date timestamptz)
"""
INSERT = "INSERT INTO travelbuddy.flightspecial (id, header, cost) VALUES (%s, %s, 1)"
THREAD = r"\d{8,}: \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d "


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with source_cluster() as running:
        yield running


@pytest.fixture
def replication(cluster: Cluster, tmp_path: Path) -> Iterator[Replication]:
    for statement in DDL.split(";"):
        cluster.execute(statement, "dso")
    with replicating(cluster, tmp_path) as replication:
        yield replication
    cluster.execute("DROP SCHEMA travelbuddy CASCADE", "dso")


def begin(replication: Replication, start_type: str) -> Run:
    """A run that may have ended before anybody sees it running."""
    run = Run(
        parse_spec(replication.content), replication.directory, replication.target, start_type
    )
    replication.runs.append(run)
    return run


def test_with_context_logging_every_record_is_told_without_its_data(
    replication: Replication,
) -> None:
    replication.content["settings"]["Logging"] = {"EnableLogContext": True}
    run = replication.start("start-replication")
    replication.execute(INSERT, 1, "secret text")
    replication.execute("UPDATE travelbuddy.flightspecial SET cost = 2")
    replication.execute("DELETE FROM travelbuddy.flightspecial")
    wait_for(
        lambda: (
            "operation:DELETE (3)" in run.written.getvalue()
            and "Applied record 3" in run.written.getvalue()
        )
    )
    lines = run.written.getvalue().splitlines()
    position = r"streamPosition:[0-9A-F]+/[0-9A-F]+"
    for wanted in (
        r"\[SOURCE_CAPTURE  \]I:  Capture record 1 to internal queue from Source  "
        rf"{{operation:START_REGULAR \(43\), {position}}}",
        r"\[SOURCE_CAPTURE  \]I:  Capture record 2 to internal queue from Source  "
        r"{operation:INSERT \(1\), tableName:flightspecial, schemaName:travelbuddy, "
        r"txnId:[0-9A-F]{16}}",
        r"\[TARGET_APPLY    \]I:  Applied record 1 to target  {operation:INSERT \(1\), "
        r"tableName:flightspecial, "
        r'schemaName:travelbuddy, txnId:\w+, statement:INSERT INTO "TRAVELBUDDY"."FLIGHTSPECIAL" '
        r"\(.*\) VALUES \(\?(,\?)*\)}",
        r'.*statement:UPDATE "TRAVELBUDDY"."FLIGHTSPECIAL" SET .* WHERE "ID"=\?}',
        r'.*statement:DELETE FROM "TRAVELBUDDY"."FLIGHTSPECIAL" WHERE "ID"=\?}',
    ):
        assert any(re.fullmatch(rf"{THREAD}{wanted}  \(\w+\.c:\d+\)", line) for line in lines), (
            wanted
        )
    assert "secret text" not in run.written.getvalue()


def test_a_quiet_source_is_told_with_the_last_context(
    replication: Replication, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lab.dms.task.replicating.QUIET_SECONDS", 0.05)
    replication.content["settings"]["Logging"] = {"EnableLogContext": True}
    run = replication.start("start-replication")
    wait_for(lambda: "]I:  No Event fetched from wal log  (" in run.written.getvalue())
    replication.execute(INSERT, 1, "London")
    said = (
        "[TARGET_APPLY    ]I:  No records received to load or apply on target , waiting for "
        "data from upstream. "
    )
    said += "The last context is {operation:INSERT (1), tableName:flightspecial"
    wait_for(lambda: said in run.written.getvalue())


def test_without_context_logging_records_are_not_told(replication: Replication) -> None:
    run = replication.start("start-replication")
    replication.execute(INSERT, 1, "London")
    wait_for(lambda: replication.rows.get(1))
    run.stop()
    assert "record" not in run.written.getvalue()
    assert all(re.match(r"\d{4}-", line) for line in run.written.getvalue().splitlines())


def test_the_task_notes_what_it_reads_and_applies(replication: Replication) -> None:
    run = replication.start("start-replication")
    run.task.metrics.take()
    replication.execute(INSERT, 1, "London")
    wait_for(lambda: replication.rows.get(1))
    run.stop()
    points = run.task.metrics.take()
    assert points["CDCThroughputRowsSource"] == points["CDCThroughputRowsTarget"] > 0
    assert 0 < points["CDCLatencySource"] < 60
    assert points["CDCIncomingChanges"] == 0


def test_a_commit_time_ends_the_task_before_the_first_later_commit(
    replication: Replication,
) -> None:
    run = replication.start("start-replication")
    replication.execute(INSERT, 1, "before")
    wait_for(lambda: replication.rows.get(1))
    run.stop()
    ((now,),) = replication.query("SELECT clock_timestamp() AT TIME ZONE 'UTC'")
    moment = now + dt.timedelta(microseconds=1)
    replication.content["cdc_stop_position"] = f"commit_time:{moment.isoformat()}"
    replication.execute(INSERT, 2, "behind")
    again = begin(replication, "resume-processing")
    again.thread.join(LONG_SECONDS)
    assert not again.thread.is_alive()
    assert again.task.stop_reason == "Stop Reason STOPPED_AT_COMMIT_TIME"
    assert sorted(replication.rows) == [1]
    del replication.content["cdc_stop_position"]
    replication.start()
    wait_for(lambda: replication.rows.get(2))


def test_a_server_time_that_has_come_ends_the_task(replication: Replication) -> None:
    moment = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=1)
    replication.content["cdc_stop_position"] = f"server_time:{moment:%Y-%m-%dT%H:%M:%S}"
    run = begin(replication, "start-replication")
    run.thread.join(LONG_SECONDS)
    assert not run.thread.is_alive()
    assert run.failure is None
    assert run.task.stop_reason == "Stop Reason STOPPED_AT_SERVER_TIME"


def test_a_table_that_is_no_longer_selected_stays_in_the_statistics(
    replication: Replication,
) -> None:
    replication.execute("CREATE TABLE travelbuddy.other (id int PRIMARY KEY)")
    first = replication.start("start-replication")
    names = {row["table_name"] for row in first.state.statistics()}
    first.stop()
    without = [
        rule
        for rule in replication.content["table_mappings"]["rules"]
        if rule["rule-type"] != "selection"
    ]
    selection = {
        "rule-type": "selection",
        "rule-id": "99",
        "rule-name": "other",
        "object-locator": {"schema-name": "travelbuddy", "table-name": "other"},
        "rule-action": "include",
    }
    replication.content["table_mappings"] = {"rules": [selection, *without]}
    second = replication.start()
    assert {row["table_name"] for row in second.state.statistics()} == names | {"other"}
