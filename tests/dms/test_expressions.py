"""Expressions of rules: SQLite's functions, DMS's own, metadata and headers."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

from lab.dms.ground.changes import Change, Transaction
from lab.dms.ground.errors import TaskFailed
from lab.dms.mapping import parse_table_mappings, resolve
from lab.dms.mapping.expressions import ExpressionError, Expressions, flags_operations
from lab.dms.mapping.headers import Headers
from tests.dms.mapped import EMPLOYEES, EVERYTHING, Employees, delete, insert, rule, update
from tests.dms.worlds import transaction

ROW = {"a": 7, "t": " Xé ", "when": "2026-11-28 18:00:00", "nothing": None}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("lower('ÉA')", "Éa"),
        ("upper('éa')", "éA"),
        ("ltrim($t)", "Xé "),
        ("rtrim($t)", " Xé"),
        ("trim($t)", "Xé"),
        ("replace($t, 'X', 'Y')", " Yé "),
        ("substr($t, 2, 1)", "X"),
        ("replaceChars('abcab', 'ab', 'xy')", "xycxy"),
        ("replaceChars('abc', 'ab', 'x')", "xc"),
        ("hex('a')", "61"),
        ("abs(-$a)", 7),
        ("round(2.567, 1)", 2.6),
        ("min($a, 3)", 3),
        ("max($a, 3)", 7),
        ("coalesce($nothing, $a)", 7),
        ("ifnull($nothing, 'none')", "none"),
        ("nullif($a, 7)", None),
        ("date($when)", "2026-11-28"),
        ("time($when)", "18:00:00"),
        ("datetime($when, '+1 day')", "2026-11-29 18:00:00"),
        ("julianday($when)", 2461373.25),
        ("strftime('%s', $when)", "1795888800"),
        ("hash_sha256('x')", "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"),
        ("CASE WHEN $a > 5 THEN 'much' ELSE 'little' END", "much"),
        ("$a || '_' || $a -- as text", "7_7"),
    ],
)
def test_functions(expression: str, expected: Any) -> None:
    assert Expressions().evaluate(expression, ROW) == expected


@pytest.mark.parametrize(
    "statement", ["1; DROP TABLE t", "1 FROM t", "1, 2", "DELETE FROM t", "1 LIMIT 1", ""]
)
def test_statements_are_no_expressions(statement: str) -> None:
    with pytest.raises(ExpressionError):
        Expressions().evaluate(statement, ROW)


def test_a_name_that_is_neither_column_nor_header_is_refused() -> None:
    with pytest.raises(ExpressionError, match=r"\$b"):
        Expressions().evaluate("$b", ROW)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("operation_indicator('D', 'U', 'I')", True),
        ("Operation_Indicator (1,2,3)", True),
        ("'operation'", False),
    ],
)
def test_flagging_is_seen_in_an_expression(expression: str, expected: bool) -> None:
    assert flags_operations(expression) is expected


def added(expression: str, column: str = "x", rule_id: int = 2, **more: Any) -> dict[str, Any]:
    return rule(rule_id, "column", "add-column", value=column, expression=expression, **more)


def column_of(tmp_path: Path, expression: str) -> Employees:
    typed = added(expression, data_type={"type": "string", "length": 50})
    return Employees(tmp_path, typed, columns={"id": "NUMBER", "x": "VARCHAR2"})


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("$name || '/' || $id", "Ada/1"),
        ("$AR_M_SOURCE_SCHEMA", "hr"),
        ("$AR_M_SOURCE_TABLE_NAME", "employees"),
        ("$AR_M_SOURCE_COLUMN_NAME", None),
        ("$AR_H_OPERATION", "INSERT"),
        ("$AR_H_STREAM_POSITION", "00000001/000000FF"),
        ("$AR_H_COMMIT_TIMESTAMP", "2026-11-21 12:00:00.000000"),
        ("$AR_H_TIMESTAMP", "2026-11-21 12:00:00.000000"),
        ("$AR_H_USER", None),
        ("length($AR_H_CHANGE_SEQ)", "35"),
        ("substr($AR_H_CHANGE_SEQ, 1, 16)", "2026112112000000"),
    ],
)
def test_added_columns_know_the_row_the_metadata_and_the_headers(
    tmp_path: Path, expression: str, expected: str | None
) -> None:
    world = column_of(tmp_path, expression)
    world.apply(insert(), lsn=0x1000000FF)
    assert world.rows == [{"id": 1, "x": expected}]


def test_headers_name_each_operation(tmp_path: Path) -> None:
    world = column_of(tmp_path, "$AR_H_OPERATION")
    world.apply(insert(), update())
    assert world.rows[0]["x"] == "UPDATE"


def test_change_sequences_grow_with_every_change_and_every_transaction(tmp_path: Path) -> None:
    world = column_of(tmp_path, "$AR_H_CHANGE_SEQ")
    for lsn in (100, 200, 150):
        world.apply(insert(id=lsn), insert(id=lsn + 1), lsn=lsn)
    given = [found["x"] for found in world.rows]
    assert given == sorted(set(given))
    assert len(given) == 6


def test_columns_of_one_change_share_its_sequence(tmp_path: Path) -> None:
    twice = [added("$AR_H_CHANGE_SEQ", name, number) for number, name in ((2, "x"), (3, "y"))]
    world = Employees(tmp_path, *twice, columns={"id": "NUMBER", "x": "VARCHAR2", "y": "VARCHAR2"})
    world.apply(insert())
    assert world.rows[0]["x"] == world.rows[0]["y"]


def test_a_change_sequence_is_a_time_in_hundredths_and_a_record() -> None:
    headers = Headers()
    headers.begin(Transaction(7, 1000, "2026-11-21 13:00:00.987654+01", ()))
    assert headers.of("I")["AR_H_CHANGE_SEQ"] == "2026112112000098" + "0000000000000001001"
    # the clock went back: the sequence does not
    headers.begin(Transaction(8, 1100, "2026-11-21 12:00:00+00", ()))
    following = headers.of("D")
    assert following["AR_H_CHANGE_SEQ"] == "2026112112000098" + "0000000000000001101"
    assert following["AR_H_TRANSACTION_ID"] == "8".rjust(32, "0")


def test_an_expression_that_fails_costs_the_record(tmp_path: Path) -> None:
    world = column_of(tmp_path, "nonsense($name)")
    world.apply(insert())
    assert world.rows == []
    assert "no such function: nonsense" in world.errors[0]


def test_an_expression_sees_null_for_a_value_the_update_did_not_touch(tmp_path: Path) -> None:
    world = column_of(tmp_path, "coalesce($note, 'untouched')")
    world.apply(insert())
    world.apply(
        Change("U", "hr", "employees", {"id": 1, "name": "Ada", "passport": "", "salary": 1})
    )
    assert (world.rows[0]["x"], world.errors) == ("untouched", [])


FLAGGED = {"id": "NUMBER", "name": "VARCHAR2", "x": "VARCHAR2"}
INDICATOR = added("operation_indicator('D', 'U', 'I')", data_type={"type": "string", "length": 50})


def test_deletes_become_flagged_updates(tmp_path: Path) -> None:
    world = Employees(tmp_path, INDICATOR, columns=FLAGGED)
    world.apply(insert(id=1), insert(id=2), insert(id=3), update(id=2, name="Bob"), delete(3))
    assert world.rows == [
        {"id": 1, "name": "Ada", "x": "I"},
        {"id": 2, "name": "Bob", "x": "U"},
        {"id": 3, "name": "Ada", "x": "D"},
    ]
    assert not any(statement.startswith("DELETE") for statement in world.database.statements)


def test_without_a_key_on_the_target_deletes_delete(tmp_path: Path) -> None:
    world = Employees(tmp_path, INDICATOR, columns=FLAGGED)
    described = world.database.tables["DMSUSER", "employees"].description
    world.database.add(dataclasses.replace(described, key=()))
    world.tables.load(world.target)
    world.apply(insert(id=3), delete(3))
    assert world.rows == []


def renamed(target: str, expression: str, column: str | None = None) -> Any:
    given = rule(2, target, "rename", column, expression=expression)
    [mapped] = resolve(parse_table_mappings({"rules": [EVERYTHING, given]}), [EMPLOYEES])
    return mapped


def test_a_rename_may_compute_the_new_name() -> None:
    assert renamed("schema", "upper($AR_M_SOURCE_SCHEMA) || '_X'").target_schema == "HR_X"
    assert (
        renamed("table", "$AR_M_SOURCE_SCHEMA || '_' || $AR_M_SOURCE_TABLE_NAME").target_table
        == "hr_employees"
    )
    mapped = renamed(
        "column", "$AR_M_SOURCE_COLUMN_NAME || '_' || lower($AR_M_SOURCE_COLUMN_DATATYPE)", "%"
    )
    assert [column.target for column in mapped.columns] == [
        "id_int8",
        "name_wstring",
        "passport_wstring",
        "salary_numeric",
        "note_nclob",
    ]


def test_a_rename_to_null_leaves_the_name() -> None:
    assert renamed("table", "NULL").target_table == "employees"


def test_a_rename_that_cannot_be_computed_fails_the_task_with_its_rule() -> None:
    with pytest.raises(
        TaskFailed, match=r"Rule with ruleId = 2 cannot rename 'employees'.*no such function"
    ):
        renamed("table", "nonsense(1)")


def test_the_headers_are_those_of_the_transaction_that_is_applied(tmp_path: Path) -> None:
    world = column_of(tmp_path, "$AR_H_STREAM_POSITION")
    groups = [transaction(lsn, insert(id=lsn)) for lsn in (1, 2)]
    world.applier.apply(world.target, groups, lambda: None)
    assert [found["x"] for found in world.rows] == ["00000000/00000001", "00000000/00000002"]
