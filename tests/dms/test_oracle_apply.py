"""How changes are applied to Oracle: the rules and limits of the target, and batches."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.dms.oracle_world import Oracle, OracleWorld, house, oracle, table
from tests.dms.table_world import deleted, inserted, updated, upper_case
from tests.dms.worlds import spec_content

__all__ = ["house", "oracle"]

ITEM = table("item", ("name", "varchar"), ("note", "varchar"))
CREATE_ITEM = (
    "CREATE TABLE APP.ITEM (ID NUMBER PRIMARY KEY, NAME VARCHAR2(10), NOTE VARCHAR2(4000))"
)


def target(**attributes: str) -> dict[str, Any]:
    return {**spec_content()["target"], "attributes": attributes}


BLANK = {"target": target()}
BATCH = {"settings": {"TargetMetadata": {"BatchApplyEnabled": True}}}


# ------------------------------------------------------------------ rules and limits


@pytest.mark.parametrize(
    ("attributes", "written", "errors"),
    [({}, [(1, " ")], []), ({"alwaysReplaceEmptyString": "false"}, [], [("ITEM", "ORA-01400")])],
)
def test_the_empty_string_and_not_null(
    oracle: Oracle,
    tmp_path: Path,
    attributes: dict[str, str],
    written: list[Any],
    errors: list[Any],
) -> None:
    oracle.execute(
        "CREATE TABLE APP.ITEM (ID NUMBER PRIMARY KEY, NAME VARCHAR2(10) NOT NULL, NOTE "
        "VARCHAR2(10))"
    )
    world = OracleWorld(tmp_path, oracle, ITEM, target=target(**attributes))
    world.apply(inserted("item", id=1, name="", note="n"))
    assert oracle.rows("SELECT ID, NAME FROM APP.ITEM") == written
    assert oracle.errors() == errors


def test_the_empty_string_is_null_where_it_may_be(oracle: Oracle, tmp_path: Path) -> None:
    oracle.execute(CREATE_ITEM)
    world = OracleWorld(tmp_path, oracle, ITEM, target=target(alwaysReplaceEmptyString="false"))
    world.apply(inserted("item", id=1, name="", note="n"))
    assert oracle.rows("SELECT NAME FROM APP.ITEM") == [(None,)]


def test_columns_that_count_bytes_refuse_what_fits_in_characters(
    oracle: Oracle, tmp_path: Path
) -> None:
    oracle.execute(
        "CREATE TABLE APP.ITEM (ID NUMBER PRIMARY KEY, NAME VARCHAR2(10 BYTE), NOTE VARCHAR2(10 "
        "CHAR))"
    )
    # CharLengthSemantics concerns tables DMS makes: these keep theirs
    world = OracleWorld(tmp_path, oracle, ITEM, target=target(charLengthSemantics="CHAR"))
    world.apply(
        inserted("item", id=1, name="n", note="é" * 10),
        inserted("item", id=2, name="é" * 10, note="n"),
    )
    assert oracle.rows("SELECT ID FROM APP.ITEM") == [(1,)]
    assert oracle.errors() == [("ITEM", "ORA-12899")]


def test_a_statement_above_32_kb_needs_batch_apply(oracle: Oracle, tmp_path: Path) -> None:
    columns = [(f"c{number}", "varchar") for number in range(9)]
    wide = table("wide", *columns)
    oracle.execute(
        "CREATE TABLE APP.WIDE (ID NUMBER PRIMARY KEY, "
        + ", ".join(f"{name.upper()} VARCHAR2(4000)" for name, _ in columns)
        + ")"
    )
    row = inserted("wide", id=1, **{name: "x" * 4000 for name, _ in columns})
    OracleWorld(tmp_path, oracle, wide).apply(row)
    assert oracle.errors() == [("WIDE", "ORA-01460")]
    OracleWorld(tmp_path, oracle, wide, **BATCH).apply(row)
    assert oracle.rows("SELECT ID, LENGTH(C8) FROM APP.WIDE") == [(1, 4000)]


def test_an_insert_with_lobs_fires_update_triggers(oracle: Oracle, tmp_path: Path) -> None:
    oracle.execute(
        "CREATE TABLE APP.DOC (ID NUMBER PRIMARY KEY, NAME VARCHAR2(10), BODY CLOB, TOUCHED "
        "NUMBER)",
        "CREATE TRIGGER APP.DOC_TOUCHED BEFORE UPDATE ON APP.DOC FOR EACH ROW BEGIN :new.touched "
        ":= 1; END;",
    )
    world = OracleWorld(tmp_path, oracle, table("doc", ("name", "varchar"), ("body", "text")))
    world.apply(
        inserted("doc", id=1, name="a", body="x" * 9000), inserted("doc", id=2, name="a", body=None)
    )
    assert oracle.rows("SELECT ID, LENGTH(BODY), TOUCHED FROM APP.DOC ORDER BY ID") == [
        (1, 9000, 1),
        (2, None, None),
    ]


def test_a_lob_column_has_to_be_nullable(oracle: Oracle, tmp_path: Path) -> None:
    oracle.execute("CREATE TABLE APP.DOC (ID NUMBER PRIMARY KEY, BODY CLOB NOT NULL)")
    world = OracleWorld(tmp_path, oracle, table("doc", ("body", "text")))
    world.apply(inserted("doc", id=1, body="text"))
    assert (oracle.rows("SELECT ID FROM APP.DOC"), oracle.errors()) == ([], [("DOC", "ORA-01400")])


def test_every_update_sets_every_column(oracle: Oracle, tmp_path: Path) -> None:
    oracle.execute(CREATE_ITEM)
    world = OracleWorld(tmp_path, oracle, ITEM)
    world.apply(inserted("item", id=1, name="a", note="n"))
    oracle.execute("UPDATE APP.ITEM SET NAME = 'by hand'")
    world.apply(updated("item", id=1, name="a", note="changed"))
    assert oracle.rows("SELECT NAME, NOTE FROM APP.ITEM") == [("a", "changed")]


def test_names_have_to_match_in_case(oracle: Oracle, tmp_path: Path) -> None:
    oracle.execute(CREATE_ITEM)
    rules = upper_case()
    rules["rules"] = [rule for rule in rules["rules"] if rule.get("rule-target") != "table"]
    world = OracleWorld(tmp_path, oracle, ITEM, table_mappings=rules)
    assert world.tables.without_target == {("app", "item"): "APP.item"}
    world.apply(inserted("item", id=1, name="a", note="n"))
    assert oracle.rows("SELECT ID FROM APP.ITEM") == []


def test_neither_schema_nor_user_is_made(oracle: Oracle, tmp_path: Path) -> None:
    elsewhere = {
        "rule-type": "transformation",
        "rule-action": "rename",
        "rule-target": "schema",
        "value": "NOWHERE",
    }
    rules = upper_case()
    rules["rules"].append(
        {"rule-id": "0", "rule-name": "0", "object-locator": {"schema-name": "app"}} | elsewhere
    )
    world = OracleWorld(tmp_path, oracle, ITEM, table_mappings=rules)
    assert world.tables.without_target == {("app", "item"): "NOWHERE.ITEM"}
    assert oracle.rows("SELECT USERNAME FROM ALL_USERS WHERE USERNAME = 'NOWHERE'") == []


def test_extra_columns_need_a_default_or_null(oracle: Oracle, tmp_path: Path) -> None:
    oracle.execute(
        "CREATE TABLE APP.ITEM (ID NUMBER PRIMARY KEY, NAME VARCHAR2(10), NOTE VARCHAR2(10), "
        "MADE NUMBER DEFAULT 7, "
        "REST NUMBER)",
        "CREATE TABLE APP.STRICT (ID NUMBER PRIMARY KEY, REST NUMBER NOT NULL)",
    )
    world = OracleWorld(tmp_path, oracle, ITEM, table("strict"))
    world.apply(inserted("item", id=1, name="a", note="n"), inserted("strict", id=1))
    assert oracle.rows("SELECT ID, MADE, REST FROM APP.ITEM") == [(1, 7, None)]
    assert oracle.errors() == [("STRICT", "ORA-01400")]


@pytest.mark.parametrize(
    ("choice", "error", "rows"), [("skip", [], [(1,)]), ("fail", [("ITEM", "ORA-00904")], [])]
)
def test_columns_the_target_lacks(
    oracle: Oracle, tmp_path: Path, choice: str, error: Any, rows: Any
) -> None:
    oracle.execute("CREATE TABLE APP.ITEM (ID NUMBER PRIMARY KEY, NAME VARCHAR2(10))")
    world = OracleWorld(tmp_path, oracle, ITEM, switches={"missing_target_column": choice})
    world.apply(inserted("item", id=1, name="a", note="n"))
    assert (oracle.errors(), oracle.rows("SELECT ID FROM APP.ITEM")) == (error, rows)


def test_without_a_key_on_the_target_updates_find_their_rows_all_the_same(
    oracle: Oracle, tmp_path: Path
) -> None:
    oracle.execute("CREATE TABLE APP.ITEM (ID NUMBER, NAME VARCHAR2(10), NOTE VARCHAR2(10))")
    world = OracleWorld(tmp_path, oracle, ITEM)
    world.apply(
        inserted("item", id=1, name="a", note="n"), inserted("item", id=1, name="a", note="n")
    )
    world.apply(updated("item", id=1, name="b", note="n"))
    assert oracle.rows("SELECT NAME FROM APP.ITEM") == [("b",), ("b",)]


def test_null_in_a_key_hits_every_row_that_has_it(oracle: Oracle, tmp_path: Path) -> None:
    rules = upper_case(
        {
            "rule-type": "transformation",
            "rule-action": "define-primary-key",
            "rule-target": "table",
            "object-locator": {"schema-name": "app", "table-name": "item"},
            "primary-key-def": {"name": "by_name", "columns": ["NAME"]},
        }
    )
    # one action per table: the one that names the key leaves the table's name as it is
    rules["rules"] = [
        rule
        for rule in rules["rules"]
        if rule.get("rule-target") != "table" or "primary-key-def" in rule
    ]
    oracle.execute(
        'CREATE TABLE APP."item" (ID NUMBER, NAME VARCHAR2(10) UNIQUE, NOTE VARCHAR2(10))'
    )
    world = OracleWorld(tmp_path, oracle, ITEM, table_mappings=rules)
    world.apply(*(inserted("item", id=number, name=None, note="n") for number in (1, 2)))
    world.apply(updated("item", id=1, name=None, note="changed"))
    assert oracle.rows('SELECT ID, NOTE FROM APP."item"') == [(1, "changed"), (1, "changed")]
    world.apply(deleted("item", id=1, name=None, note=None))
    assert oracle.rows('SELECT ID FROM APP."item"') == []


def test_the_statement_cache_of_the_session(oracle: Oracle) -> None:
    assert oracle.target._connection.stmtcachesize == 50


def test_rows_that_are_there_at_the_start_are_left_alone(oracle: Oracle, tmp_path: Path) -> None:
    oracle.execute(CREATE_ITEM, "INSERT INTO APP.ITEM (ID, NAME) VALUES (1, 'old')")
    world = OracleWorld(
        tmp_path,
        oracle,
        ITEM,
        settings={"FullLoadSettings": {"TargetTablePrepMode": "TRUNCATE_BEFORE_LOAD"}},
    )
    world.apply(inserted("item", id=2, name="new", note=None))
    assert oracle.rows("SELECT ID, NAME FROM APP.ITEM ORDER BY ID") == [(1, "old"), (2, "new")]


def test_control_tables_stay_in_their_schema_under_quoted_names(
    oracle: Oracle, tmp_path: Path
) -> None:
    control = {
        "StatusTableEnabled": True,
        "HistoryTableEnabled": True,
        "SuspendedTablesTableEnabled": True,
    }
    oracle.execute(CREATE_ITEM)
    world = OracleWorld(
        tmp_path,
        oracle,
        ITEM,
        settings={"ControlTablesSettings": control | {"ControlSchema": "APP"}},
    )
    world.control.more.begun(world.target)
    world.apply(inserted("item", id=1, name="a", note="n"))
    query = "SELECT TABLE_NAME FROM USER_TABLES WHERE TABLE_NAME LIKE 'awsdms%' ORDER BY TABLE_NAME"
    names = [name for (name,) in oracle.rows(query)]
    expected = ["apply_exceptions", "history", "status", "suspended_tables", "txn_state"]
    assert names == [f"awsdms_{name}" for name in expected]
    assert oracle.refused("SELECT * FROM APP.awsdms_status") == "ORA-00942"
    assert oracle.rows('SELECT TASK_STATUS FROM APP."awsdms_status"') == [("CHANGE PROCESSING",)]


# ------------------------------------------------------------------------ batch apply


def test_a_batch_goes_through_a_staging_table(oracle: Oracle, tmp_path: Path) -> None:
    oracle.execute(CREATE_ITEM)
    world = OracleWorld(tmp_path, oracle, ITEM, **BATCH)
    world.apply(
        inserted("item", id=1, name="a", note="n"), inserted("item", id=2, name="a", note=None)
    )
    done = world.apply(
        updated("item", id=1, name="b", note="n"),
        deleted("item", id=2),
        inserted("item", id=3, name="c", note="n"),
    )
    assert oracle.rows("SELECT ID, NAME FROM APP.ITEM ORDER BY ID") == [(1, "b"), (3, "c")]
    assert sorted(done.counts.values()) == [1, 1, 1]
    [(name,)] = oracle.rows(
        "SELECT TABLE_NAME FROM USER_TABLES WHERE TABLE_NAME LIKE 'awsdms_changes%'"
    )
    assert re.fullmatch(r"awsdms_changes\d+", name)
    assert oracle.rows(f'SELECT COUNT(*) FROM APP."{name}"') == [(0,)]
    assert oracle.errors() == []


def test_a_batch_that_oracle_refuses_falls_back(oracle: Oracle, tmp_path: Path) -> None:
    oracle.execute(CREATE_ITEM)
    world = OracleWorld(tmp_path, oracle, ITEM, **BATCH)
    world.apply(
        inserted("item", id=1, name="a", note="n"),
        inserted("item", id=2, name="too long for it", note="n"),
        updated("item", id=9, name="a", note="n"),
    )
    assert oracle.rows("SELECT ID, NAME FROM APP.ITEM") == [(1, "a")]
    assert oracle.errors() == [("ITEM", "ORA-12899"), ("ITEM", "0 rows affected")]
    assert sum("in 'one-by-one' mode" in line for line in world.log_lines) == 2


def test_deletes_of_a_batch_that_find_nothing_are_told_apart(
    oracle: Oracle, tmp_path: Path
) -> None:
    oracle.execute(CREATE_ITEM)
    policy = {"ErrorBehavior": {"ApplyErrorDeletePolicy": "LOG_ERROR"}}
    world = OracleWorld(tmp_path, oracle, ITEM, settings=BATCH["settings"] | policy)
    world.apply(inserted("item", id=1, name="a", note="n"))
    done = world.apply(deleted("item", id=1), deleted("item", id=2))
    assert oracle.rows("SELECT ID FROM APP.ITEM") == []
    assert (oracle.errors(), sum(done.counts.values())) == ([("ITEM", "0 rows affected")], 1)


def test_foreign_keys_break_in_a_batch_and_hold_in_transactions(
    oracle: Oracle, tmp_path: Path
) -> None:
    oracle.execute(
        "CREATE TABLE APP.PARENT (ID NUMBER PRIMARY KEY)",
        "CREATE TABLE APP.CHILD (ID NUMBER PRIMARY KEY, PARENT NUMBER REFERENCES APP.PARENT (ID))",
    )
    sources = (table("parent"), table("child", ("parent", "int8")))
    both = (inserted("parent", id=1), inserted("child", id=1, parent=1))
    batch = OracleWorld(tmp_path, oracle, *sources, **BATCH)
    batch.apply(*both)
    assert oracle.rows(
        "SELECT (SELECT COUNT(*) FROM APP.CHILD), (SELECT COUNT(*) FROM APP.PARENT) FROM DUAL"
    ) == [(0, 1)]
    assert oracle.errors() == [("CHILD", "ORA-02291")]
    plain = OracleWorld(tmp_path, oracle, *sources)
    plain.apply(inserted("parent", id=2), inserted("child", id=2, parent=2))
    plain.apply(deleted("child", id=2), deleted("parent", id=2))
    assert oracle.errors() == [("CHILD", "ORA-02291")]
    assert oracle.rows("SELECT ID FROM APP.PARENT") == [(1,)]


def test_a_unique_constraint_besides_the_key_makes_a_batch_fall_back(
    oracle: Oracle, tmp_path: Path
) -> None:
    oracle.execute(
        "CREATE TABLE APP.ITEM (ID NUMBER PRIMARY KEY, NAME VARCHAR2(10) UNIQUE, NOTE VARCHAR2(10))"
    )
    world = OracleWorld(tmp_path, oracle, ITEM, **BATCH)
    world.apply(inserted("item", id=1, name="a", note="n"))
    # right in the order of the source: the name is free before it is taken again
    world.apply(
        updated("item", id=1, name="b", note="n"), inserted("item", id=2, name="a", note="n")
    )
    assert oracle.rows("SELECT ID, NAME FROM APP.ITEM") == [(1, "b")]
    assert oracle.errors() == [("ITEM", "ORA-00001")]
    assert any(
        "Trying to execute bulk statements in 'one-by-one' mode" in line for line in world.log_lines
    )


def test_batches_take_limited_lobs_only(oracle: Oracle, tmp_path: Path) -> None:
    oracle.execute("CREATE TABLE APP.DOC (ID NUMBER PRIMARY KEY, BODY CLOB)")
    doc = table("doc", ("body", "text"))
    world = OracleWorld(tmp_path, oracle, doc, **BATCH, **BLANK)
    world.apply(inserted("doc", id=1, body="x" * 9000), inserted("doc", id=2, body=""))
    # an empty LOB is NULL in a batch, whatever becomes of empty strings
    assert oracle.rows("SELECT ID, LENGTH(BODY) FROM APP.DOC ORDER BY ID") == [(1, 9000), (2, None)]
    full = {
        "TargetMetadata": {
            "BatchApplyEnabled": True,
            "FullLobMode": True,
            "LimitedSizeLobMode": False,
        }
    }
    unlimited = OracleWorld(
        tmp_path, oracle, doc, settings=full, query=lambda sql, values: [('{"body": "now"}',)]
    )
    unlimited.apply(inserted("doc", id=3, body="x"))
    assert oracle.rows("SELECT BODY FROM APP.DOC WHERE ID = 3") == [("now",)]
    assert any("mode: it has LOBs of unlimited size" in line for line in unlimited.log_lines)
