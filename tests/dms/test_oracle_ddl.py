"""DDL of the source replayed on Oracle."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lab.dms.ground.catalogue import SourceColumn
from lab.dms.ground.changes import Ddl
from tests.dms.oracle_world import Oracle, OracleWorld, house, oracle, table
from tests.dms.table_world import inserted, updated

__all__ = ["house", "oracle"]

ITEM = table("item", ("name", "varchar"), ("note", "varchar"))
CREATE_ITEM = (
    "CREATE TABLE APP.ITEM (ID NUMBER PRIMARY KEY, NAME VARCHAR2(10), NOTE VARCHAR2(4000))"
)
BATCH = {"settings": {"TargetMetadata": {"BatchApplyEnabled": True}}}


def ddl(world: OracleWorld, sql: str, *changes: Any, before: int = 0, name: str = "item") -> Any:
    return world.apply(
        *changes,
        ddls=(Ddl("app", name, sql.split(" ", 1)[0], sql, before),),
        catalogue_changed=True,
    )


def columns_of(oracle: Oracle, name: str = "ITEM") -> list[tuple[str, str]]:
    query = (
        f"SELECT COLUMN_NAME, DATA_TYPE FROM USER_TAB_COLUMNS WHERE TABLE_NAME = '{name}' "
        f"ORDER BY COLUMN_ID"
    )
    return oracle.rows(query)


@pytest.fixture
def world(oracle: Oracle, tmp_path: Path) -> OracleWorld:
    oracle.execute(CREATE_ITEM)
    return OracleWorld(tmp_path, oracle, ITEM)


def test_a_column_added_in_the_middle_of_a_transaction(oracle: Oracle, world: OracleWorld) -> None:
    world.sources = (replace(ITEM, columns=(*ITEM.columns, SourceColumn("added", "int4"))),)
    done = ddl(
        world,
        "ALTER TABLE app.item ADD added int NOT NULL DEFAULT 5",
        inserted("item", id=1, name="a", note="n"),
        inserted("item", id=2, name="a", note="n", added=6),
        before=1,
    )
    # neither the default nor NOT NULL comes along
    assert oracle.rows("SELECT ID, ADDED FROM APP.ITEM ORDER BY ID") == [(1, None), (2, 6)]
    assert done.counts["app", "item", "applied_ddls"] == 1
    assert oracle.errors() == []
    world.sources = (replace(ITEM, columns=(*ITEM.columns, SourceColumn("added", "int4"))),)
    assert ddl(world, "ALTER TABLE app.item ADD added int").counts == {}  # it is there


def test_columns_dropped_renamed_and_given_another_type(oracle: Oracle, world: OracleWorld) -> None:
    world.sources = (table("item", ("title", "varchar", 24)),)
    ddl(world, "ALTER TABLE item DROP COLUMN note")
    done = ddl(
        world, "ALTER TABLE item RENAME COLUMN name TO title", inserted("item", id=1, title="t")
    )
    assert columns_of(oracle) == [("ID", "NUMBER"), ("TITLE", "VARCHAR2")]
    assert oracle.rows("SELECT ID, TITLE FROM APP.ITEM") == [(1, "t")]
    assert done.counts["app", "item", "applied_ddls"] == 1


def test_a_type_that_oracle_does_not_change_suspends_the_table(
    oracle: Oracle, world: OracleWorld
) -> None:
    world.apply(inserted("item", id=1, name="a", note="n"))
    world.sources = (table("item", ("name", "int4"), ("note", "varchar")),)
    done = ddl(world, "ALTER TABLE item ALTER name TYPE int USING 1")
    assert oracle.errors() == [("ITEM", "ORA-01439")]
    assert list(done.suspended) == [("app", "item")]
    world.apply(inserted("item", id=2, name=1, note="n"))
    assert oracle.rows("SELECT ID FROM APP.ITEM") == [(1,)]


def test_a_wider_type(oracle: Oracle, world: OracleWorld) -> None:
    world.sources = (table("item", SourceColumn("name", "int8"), ("note", "varchar")),)
    ddl(world, "ALTER TABLE item ALTER name TYPE bigint USING 1")
    assert columns_of(oracle)[1] == ("NAME", "NUMBER")


def test_a_table_dropped_on_the_source_is_dropped_on_the_target(
    oracle: Oracle, world: OracleWorld
) -> None:
    world.sources = ()
    done = ddl(world, "DROP TABLE app.item")
    assert oracle.rows("SELECT TABLE_NAME FROM USER_TABLES WHERE TABLE_NAME = 'ITEM'") == []
    assert done.counts == {("app", "item", "applied_ddls"): 1}


@pytest.mark.parametrize("sql", ["DROP TABLE app.item", "ALTER TABLE app.item DROP note"])
def test_the_policy_may_keep_ddl_away(oracle: Oracle, tmp_path: Path, sql: str) -> None:
    oracle.execute(CREATE_ITEM)
    policy = {"HandleSourceTableDropped": False, "HandleSourceTableAltered": False}
    world = OracleWorld(
        tmp_path, oracle, ITEM, settings={"ChangeProcessingDdlHandlingPolicy": policy}
    )
    done = ddl(world, sql)
    assert len(columns_of(oracle)) == 3
    assert (done.counts, done.suspended) == ({}, {})
    assert any(
        f"DDL is not replayed, as the task's policy says: {sql}" in line for line in world.log_lines
    )


def test_a_renamed_table(oracle: Oracle, world: OracleWorld) -> None:
    world.sources = (replace(ITEM, name="thing"),)
    ddl(world, "ALTER TABLE item RENAME TO thing", inserted("thing", id=1, name="a", note="n"))
    assert oracle.rows("SELECT ID FROM APP.THING") == [(1,)]


def test_a_table_that_comes_into_being(oracle: Oracle, world: OracleWorld) -> None:
    other = table("other", SourceColumn("name", "varchar", 24), ("flag", "bool"), ("body", "text"))
    world.sources = (ITEM, other)
    ddl(world, "CREATE TABLE other (id bigint PRIMARY KEY, name varchar(20) UNIQUE)", name="other")
    assert columns_of(oracle, "OTHER") == [
        ("ID", "NUMBER"),
        ("NAME", "NVARCHAR2"),
        ("FLAG", "VARCHAR2"),
        ("BODY", "NCLOB"),
    ]
    world.apply(inserted("other", id=1, name="é", flag=True, body="b"))
    assert oracle.rows("SELECT NAME, FLAG, BODY FROM APP.OTHER") == [("é", "true", "b")]
    # a primary key, but no secondary objects
    query = (
        "SELECT CONSTRAINT_TYPE FROM USER_CONSTRAINTS WHERE TABLE_NAME = 'OTHER' AND "
        "SEARCH_CONDITION IS NULL"
    )
    assert oracle.rows(query) == [("P",)]


def test_ddl_that_is_not_replicated_suspends_the_table(oracle: Oracle, world: OracleWorld) -> None:
    done = ddl(world, "ALTER TABLE item DROP CONSTRAINT item_pkey")
    assert list(done.suspended) == [("app", "item")]
    assert oracle.errors() == [("ITEM", "DDL that is not replicated")]
    world.apply(inserted("item", id=1, name="a", note="n"))
    assert oracle.rows("SELECT ID FROM APP.ITEM") == []


@pytest.mark.parametrize(
    "sql",
    ["ALTER TABLE item ALTER name SET NOT NULL", "ALTER TABLE item ALTER name SET DEFAULT 'x'"],
)
def test_defaults_and_not_null_stay_behind(oracle: Oracle, world: OracleWorld, sql: str) -> None:
    done = ddl(world, sql, inserted("item", id=1, name=None, note="n"))
    assert oracle.rows("SELECT ID, NAME FROM APP.ITEM") == [(1, None)]
    assert done.suspended == {}
    assert any("is not replicated" in line for line in world.log_lines)


def test_a_column_that_came_and_went_is_not_known_any_more(
    oracle: Oracle, world: OracleWorld
) -> None:
    ddl(
        world, "ALTER TABLE item ADD brief int", inserted("item", id=1, name="a", note="n", brief=1)
    )
    assert len(columns_of(oracle)) == 3  # the catalogue is that of now: the value is lost
    assert oracle.rows("SELECT ID FROM APP.ITEM") == [(1,)]


def test_ddl_in_a_batch_keeps_its_place(oracle: Oracle, tmp_path: Path) -> None:
    oracle.execute(CREATE_ITEM)
    world = OracleWorld(tmp_path, oracle, ITEM, **BATCH)
    world.sources = (replace(ITEM, columns=(*ITEM.columns, SourceColumn("added", "int4"))),)
    changes = (
        inserted("item", id=1, name="a", note="n"),
        updated("item", id=1, name="b", note="n", added=1),
    )
    ddl(world, "ALTER TABLE item ADD added int", *changes, before=1)
    assert oracle.rows("SELECT ID, NAME, ADDED FROM APP.ITEM") == [(1, "b", 1)]
