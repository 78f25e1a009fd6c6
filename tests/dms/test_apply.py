"""Statements and error policies, against a target that refuses what Oracle refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lab.dms.apply.outcomes import StopOnError
from lab.dms.ground.changes import Change
from lab.dms.ground.statements import literal, statement, statement_text
from lab.dms.values.binding import NUMBER, TEXT
from tests.dms.worlds import ROW, World, delete, insert, mapping, update


def errors(**settings: Any) -> dict[str, Any]:
    return {"settings": {"ErrorBehavior": settings}}


def test_statements_quote_names_and_set_every_column() -> None:
    assert (
        statement("I", "S", "T", ("ID", "A"), ()) == 'INSERT INTO "S"."T" ("ID","A") VALUES (:1,:2)'
    )
    assert (
        statement("U", "S", "T", ("ID", "A"), ("ID",))
        == 'UPDATE "S"."T" SET "ID"=:1,"A"=:2 WHERE "ID"=:3'
    )
    assert (
        statement("D", "S", 'T"x', (), ("A", "B"))
        == 'DELETE FROM "S"."T""x" WHERE "A"=:1 AND "B"=:2'
    )
    shown = statement_text("U", "S", "T", ("ID", "A"), ("ID",), (1, "it's", 1))
    assert shown == """UPDATE "S"."T" SET "ID"=1,"A"='it''s' WHERE "ID"=1"""
    assert statement_text("D", "S", "T", (), ("ID",), None) == 'DELETE FROM "S"."T" WHERE "ID"=?'
    assert literal(b"\xff") == "'FF'"


def test_insert_update_delete(tmp_path: Path) -> None:
    world = World(tmp_path)
    done = world.apply(insert(), insert(id=2, body=""), update(header="new"), delete(2))
    assert world.rows == [
        {
            "ID": 1,
            "HEADER": "new",
            "BODY": "b",
            "ORIGIN": "London",
            "ORIGINCODE": "LHR",
            "DESTINATION": "Busan",
            "DESTINATIONCODE": "PUS",
            "COST": 50,
            "EXPIRYDATE": 1795262400500,
        }
    ]
    name = ("travelbuddy", "flightspecial")
    assert done.counts == {
        (*name, "applied_inserts"): 2,
        (*name, "applied_updates"): 1,
        (*name, "applied_deletes"): 1,
    }
    assert world.exceptions == []
    assert world.control.position(world.target) == 100


def test_runs_of_inserts_are_sent_as_one_array_and_keep_their_order(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.apply(
        *(insert(id=number) for number in range(1, 11)), update(id=3, cost=9), insert(id=11)
    )
    assert world.database.arrays == [10]
    assert [row["ID"] for row in world.rows] == list(range(1, 12))


def test_a_refused_row_of_an_array_is_recorded_and_the_others_stay(tmp_path: Path) -> None:
    world = World(tmp_path)
    done = world.apply(
        insert(id=1),
        insert(id=2, cost=None),
        insert(id=1),
        insert(id=3, header="가" * 255),
        insert(id=4),
    )
    assert [row["ID"] for row in world.rows] == [1, 4]
    found = {row["ERROR"].split(":")[0]: row for row in world.exceptions}
    assert set(found) == {"ORA-01400", "ORA-00001", "ORA-12899"}
    shown = found["ORA-01400"]
    assert shown["TASK_NAME"] == world.spec.resource_id
    assert (shown["TABLE_OWNER"], shown["TABLE_NAME"]) == ("TRAVELBUDDY", "FLIGHTSPECIAL")
    assert shown["STATEMENT"].startswith('INSERT INTO "TRAVELBUDDY"."FLIGHTSPECIAL" ("ID","HEADER"')
    assert "VALUES (2,'London to Busan','b'" in shown["STATEMENT"]
    assert done.counts["travelbuddy", "flightspecial", "applied_inserts"] == 2
    assert any("]E:  ORA-01400" in line for line in world.log_lines)


def test_statements_of_exceptions_may_hide_values(tmp_path: Path) -> None:
    world = World(tmp_path, switches={"exception_statement": "placeholder"})
    world.apply(insert(cost=None))
    assert "VALUES (?,?,?" in world.exceptions[0]["STATEMENT"]


def test_an_update_without_a_row_is_recorded(tmp_path: Path) -> None:
    world = World(tmp_path)
    done = world.apply(update(id=5))
    assert [row["ERROR"] for row in world.exceptions] == ["0 rows affected"]
    assert done.counts == {}


def test_a_delete_without_a_row_leaves_no_trace_by_default(tmp_path: Path) -> None:
    world = World(tmp_path)
    done = world.apply(delete(5))
    assert (world.exceptions, done.counts) == ([], {})
    logged = World(tmp_path, **errors(ApplyErrorDeletePolicy="LOG_ERROR"))
    logged.apply(delete(5))
    assert len(logged.exceptions) == 1


def test_ignored_records_leave_no_trace(tmp_path: Path) -> None:
    world = World(
        tmp_path, **errors(ApplyErrorInsertPolicy="IGNORE_RECORD", DataErrorPolicy="IGNORE_RECORD")
    )
    world.apply(insert(), insert(header="again"), insert(id=2, cost=None))
    assert (len(world.rows), world.exceptions) == (1, [])
    assert world.rows[0]["HEADER"] == "London to Busan"


def test_a_suspended_table_takes_nothing_more(tmp_path: Path) -> None:
    world = World(tmp_path, **errors(DataErrorPolicy="SUSPEND_TABLE"))
    done = world.apply(insert(), insert(id=2, cost=None), insert(id=3))
    assert [row["ID"] for row in world.rows] == [1]
    assert list(done.suspended) == [("travelbuddy", "flightspecial")]
    assert len(world.exceptions) == 1


def test_stop_task_raises_with_the_record(tmp_path: Path) -> None:
    world = World(tmp_path, **errors(ApplyErrorUpdatePolicy="STOP_TASK"))
    with pytest.raises(StopOnError, match="0 rows affected") as stopped:
        world.apply(update(id=5))
    assert stopped.value.statement.startswith("UPDATE")


def test_escalation_suspends_after_so_many(tmp_path: Path) -> None:
    world = World(tmp_path, **errors(DataErrorEscalationCount=2))
    done = world.apply(insert(cost=None), insert(id=2, cost=None), insert(id=3))
    assert len(world.exceptions) == 2
    assert done.suspended
    assert world.rows == []


def test_insert_record_replaces_the_row(tmp_path: Path) -> None:
    world = World(tmp_path, **errors(ApplyErrorInsertPolicy="INSERT_RECORD"))
    world.apply(insert(), insert(header="newer"))
    assert [row["HEADER"] for row in world.rows] == ["newer"]
    assert world.exceptions == []


def test_update_record_inserts_the_row(tmp_path: Path) -> None:
    world = World(tmp_path, **errors(ApplyErrorUpdatePolicy="UPDATE_RECORD"))
    world.apply(update(header="arrived"))
    assert [row["HEADER"] for row in world.rows] == ["arrived"]


def test_an_update_of_the_key_is_ignored_silently(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.apply(insert())
    world.apply(
        Change("U", "travelbuddy", "flightspecial", ROW | {"id": 9}, dict.fromkeys(ROW) | {"id": 1})
    )
    assert [row["ID"] for row in world.rows] == [1]
    assert world.exceptions == []


def test_an_untouched_toasted_value_stays(tmp_path: Path) -> None:
    untouched = Change(
        "U",
        "travelbuddy",
        "flightspecial",
        {k: v for k, v in ROW.items() if k != "body"} | {"cost": 8},
    )
    world = World(tmp_path)
    world.apply(insert(), untouched)
    assert (world.rows[0]["COST"], world.rows[0]["BODY"]) == (8, "b")
    nulling = World(tmp_path, switches={"unchanged_toast": "null"})
    nulling.apply(insert(), untouched)
    assert nulling.rows[0]["BODY"] is None


def test_a_missing_target_column_is_skipped_with_one_warning(tmp_path: Path) -> None:
    world = World(tmp_path, table_mappings=mapping("as-documented"))
    world.apply(insert(), insert(id=2))
    assert [row["DESTINATIONCODE"] for row in world.rows] == [None, None]
    warnings = [line for line in world.log_lines if "'DESTINATION_CODE' is mapped" in line]
    assert len(warnings) == 1
    assert "[METADATA_MANAGE ]W:" in warnings[0]


def test_a_missing_target_column_may_fail_the_record(tmp_path: Path) -> None:
    world = World(
        tmp_path,
        table_mappings=mapping("as-documented"),
        switches={"missing_target_column": "fail"},
    )
    world.apply(insert())
    assert world.rows == []
    assert world.exceptions[0]["ERROR"].startswith("ORA-00904")


def test_a_date_into_a_number_column_is_refused_by_the_target(tmp_path: Path) -> None:
    world = World(
        tmp_path,
        table_mappings=mapping("as-documented"),
        switches={"column_rule_policy": "chained"},
    )
    world.apply(insert())
    assert world.exceptions[0]["ERROR"] == "ORA-01722: invalid number"


def test_the_empty_string_is_one_blank_by_default(tmp_path: Path) -> None:
    content = World(tmp_path).spec
    assert content.target.flag("alwaysReplaceEmptyString", True) is False
    world = World(tmp_path)
    world.apply(insert(header=""))
    assert world.exceptions[0]["ERROR"].startswith("ORA-01400")
    blank = World(
        tmp_path,
        target={
            "host": "h",
            "port": 1,
            "service": "XE",
            "user": "u",
            "password": "p",
            "attributes": {},
        },
    )
    blank.apply(insert(header=""))
    assert blank.rows[0]["HEADER"] == " "


def test_a_statement_above_32_kb_is_refused(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.apply(insert(body="x" * 33000))
    assert world.exceptions[0]["ERROR"].startswith("ORA-01460")


def test_a_broken_expression_fails_the_record(tmp_path: Path) -> None:
    rules = mapping()
    rules["rules"][-1]["expression"] = "nonsense($expiry_date)"
    world = World(tmp_path, table_mappings=rules)
    world.apply(insert())
    assert world.rows == []
    assert "no such function: nonsense" in world.exceptions[0]["ERROR"]


def test_filters_of_a_selection(tmp_path: Path) -> None:
    rules = mapping()
    rules["rules"][0]["filters"] = [
        {
            "filter-type": "source",
            "column-name": "cost",
            "filter-conditions": [{"filter-operator": "gte", "value": "60"}],
        }
    ]
    world = World(tmp_path, table_mappings=rules)
    world.apply(insert(id=1, cost=59), insert(id=2, cost=60))
    assert [row["ID"] for row in world.rows] == [2]


def test_binds_are_declared(tmp_path: Path) -> None:
    world = World(tmp_path)
    seen: list[tuple[str, ...]] = []
    execute = world.target.execute

    def watch(sql: str, values: Any = (), kinds: Any = ()) -> int:
        seen.append(tuple(kinds))
        return execute(sql, values, kinds)

    world.target.execute = watch
    world.apply(insert())
    assert seen[0] == (NUMBER, TEXT, TEXT, TEXT, TEXT, TEXT, TEXT, NUMBER, NUMBER)
