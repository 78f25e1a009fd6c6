"""Mappings on what PostgreSQL and pglogical really give: deletes without values, views, positions
and times.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from lab.dms.ground.catalogue import TargetColumn, TargetTable
from tests.clusters import temporary_cluster
from tests.dms.mapped import before_images, condition, rule, selection
from tests.dms.replication import Replication, drop_slots, wait_for

DDL = """
CREATE EXTENSION pglogical;
CREATE SCHEMA staff;
CREATE TABLE staff.filtered (id int PRIMARY KEY, kind varchar(9));
CREATE TABLE staff.flagged (id int PRIMARY KEY, name varchar(9));
CREATE VIEW staff.everyone AS SELECT id FROM staff.filtered
"""
TEXT = {"type": "string", "length": 9}
FLAG = "operation_indicator('D', 'U', 'I')"
HEADERS = {"op": "$AR_H_OPERATION", "pos": "$AR_H_STREAM_POSITION", "at": "$AR_H_COMMIT_TIMESTAMP"}


def located(given: dict[str, Any], table: str, **more: Any) -> dict[str, Any]:
    return given | {"object-locator": {"schema-name": "staff", "table-name": table, **more}}


FILTER = {
    "filter-type": "source",
    "column-name": "kind",
    "filter-conditions": [condition("eq", "kept")],
}
MAPPING = {
    "rules": [
        located(selection(1, filters=[FILTER]), "filtered"),
        located(selection(2), "flagged"),
        located(selection(3), "everyone", **{"table-type": "all"}),
        located(
            rule(
                10,
                "column",
                "add-column",
                value="flag",
                expression=FLAG,
                data_type={"type": "string"},
            ),
            "flagged",
        ),
        *(
            located(
                rule(20 + number, "column", "add-column", value=name, expression=expression),
                "flagged",
            )
            for number, (name, expression) in enumerate(HEADERS.items())
        ),
        located(before_images(filter="all") | {"rule-id": 11}, "flagged"),
    ]
}


@pytest.fixture(scope="module")
def replication(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replication]:
    with temporary_cluster(logical=True) as cluster:
        cluster.execute("CREATE DATABASE dso")
        for statement in DDL.split(";"):
            cluster.execute(statement, "dso")
        replication = Replication(cluster, tmp_path_factory.mktemp("task"))
        replication.content["table_mappings"] = MAPPING
        for table, columns in {
            "filtered": ("id", "kind"),
            "flagged": ("id", "name", "flag", *HEADERS, "BI_id", "BI_name"),
        }.items():
            described = tuple(
                TargetColumn(name, "NUMBER" if name == "id" else "VARCHAR2", 99) for name in columns
            )
            replication.target.add(TargetTable("DMSUSER", table, described, ("id",)))
        replication.start("start-replication")
        try:
            yield replication
        finally:
            replication.runs[-1].stop()
            for run in replication.runs:
                print(run.written.getvalue(), run.failure or "")
            drop_slots(cluster)


def rows(replication: Replication, table: str) -> dict[int, dict[str, Any]]:
    return {row["id"]: row for row in replication.target.committed("DMSUSER", table)}


def test_views_are_left_alone(replication: Replication) -> None:
    registered = {
        (table["schema_name"], table["table_name"])
        for table in replication.runs[-1].state.statistics()
    }
    assert registered == {("staff", "filtered"), ("staff", "flagged")}


def test_a_filter_outside_the_key_lets_no_delete_through(replication: Replication) -> None:
    replication.execute(
        "INSERT INTO staff.filtered VALUES (1, 'kept'), (2, 'other'), (3, 'kept'), (4, 'kept')"
    )
    replication.execute("UPDATE staff.filtered SET kind = 'other' WHERE id = 3")
    replication.execute("DELETE FROM staff.filtered WHERE id = 1")
    replication.execute("INSERT INTO staff.filtered VALUES (5, 'kept')")
    wait_for(lambda: 5 in rows(replication, "filtered"))
    found = {number: row["kind"] for number, row in rows(replication, "filtered").items()}
    assert found == {1: "kept", 3: "kept", 4: "kept", 5: "kept"}


def test_a_deleted_row_stays_and_is_flagged(replication: Replication) -> None:
    replication.execute("INSERT INTO staff.flagged VALUES (1, 'Ada'), (2, 'Bob'), (3, 'Eve')")
    replication.execute("UPDATE staff.flagged SET name = 'Rob' WHERE id = 2")
    replication.execute("DELETE FROM staff.flagged WHERE id = 3")
    wait_for(
        lambda: 3 in rows(replication, "flagged") and rows(replication, "flagged")[3]["flag"] == "D"
    )
    found = {
        number: (row["name"], row["flag"], row["BI_id"])
        for number, row in rows(replication, "flagged").items()
    }
    assert found == {1: ("Ada", "I", None), 2: ("Rob", "U", 2), 3: ("Eve", "D", None)}
    assert {row["BI_name"] for row in rows(replication, "flagged").values()} == {None}


def test_headers_are_those_of_the_commit(replication: Replication) -> None:
    now = (
        "SELECT pg_current_wal_lsn(), to_char(clock_timestamp() AT TIME ZONE 'UTC', "
        "'YYYY-MM-DD HH24:MI:SS.US')"
    )
    [(from_position, from_time)] = replication.query(now)
    replication.execute("INSERT INTO staff.flagged VALUES (9, 'Zoe')")
    [(to_position, to_time)] = replication.query(now)
    row = wait_for(lambda: rows(replication, "flagged").get(9))
    assert row["op"] == "INSERT"
    assert from_time <= row["at"] <= to_time
    between = f"SELECT '{row['pos']}'::pg_lsn BETWEEN '{from_position}' AND '{to_position}'"
    assert replication.query(between) == [(True,)]


def test_a_rename_takes_effect_with_a_restart_and_not_with_a_resume(
    replication: Replication,
) -> None:
    renamed = located(rule(5, "column", "rename", value="name"), "filtered")
    renamed["object-locator"]["column-name"] = "kind"
    replication.content["table_mappings"] = {"rules": [*MAPPING["rules"], renamed]}
    described = replication.target.tables["DMSUSER", "filtered"].description
    replication.target.add(
        replace(described, columns=(*described.columns, TargetColumn("name", "VARCHAR2", 99)))
    )
    for number, (start_type, expected) in enumerate(
        {"resume-processing": None, "reload-target": "kept"}.items(), 100
    ):
        replication.runs[-1].stop()
        replication.start(start_type)
        replication.execute("INSERT INTO staff.filtered VALUES (%s, 'kept')", number)
        assert wait_for(lambda sought=number: rows(replication, "filtered").get(sought)) == {
            "id": number,
            "kind": None,
            "name": expected,
        }
