"""Repair scripts without a database: literals as Oracle's manual spells them, the order, the way
back from text.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from decimal import Decimal
from typing import Any

import oracledb
import pytest

from reconciliation.model import ColumnType, DifferenceKind
from reconciliation.repair.constraints import ForeignKey, order
from reconciliation.repair.literals import ByHand, holds, literal
from reconciliation.repair.plan import Plan
from reconciliation.repair.script import Facts, parse, render
from reconciliation.repair.statements import Statement, Unrepaired

MISSING, CHANGED, EXTRA = DifferenceKind.MISSING, DifferenceKind.CHANGED, DifferenceKind.EXTRA
FACTS = Facts(
    "20260301T120000Z-ab12",
    "lab",
    "a title -",
    "Oracle h:1/XE",
    dt.datetime(2026, 3, 1, 12),
    ("up to 0/1",),
)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("NUMBER", Decimal("-0.10"), "-0.10"),
        ("NUMBER", 12345678901234567890, "12345678901234567890"),
        ("NUMBER", Decimal("1E-130"), "1E-130"),
        ("NUMBER", Decimal("1.5E+100"), "1.5E+100"),
        ("BINARY_DOUBLE", 0.1, "0.1D"),
        ("BINARY_DOUBLE", 5e-324, "5E-324D"),
        ("BINARY_FLOAT", float("-inf"), "-BINARY_FLOAT_INFINITY"),
        ("BINARY_DOUBLE", float("nan"), "BINARY_DOUBLE_NAN"),
        ("VARCHAR2", "it's", "'it''s'"),
        ("VARCHAR2", "", "NULL"),
        ("VARCHAR2", None, "NULL"),
        ("VARCHAR2", "a\\'é\n🛬", "TO_CHAR(UNISTR('a\\005C''\\00E9\\000A\\D83D\\DEEC'))"),
        ("NVARCHAR2", "é", "UNISTR('\\00E9')"),
        ("CLOB", "x", "TO_CLOB('x')"),
        ("NCLOB", "é", "TO_NCLOB(UNISTR('\\00E9'))"),
        ("RAW", b"\x00\xff", "HEXTORAW('00FF')"),
        ("BLOB", b"\x01", "TO_BLOB(HEXTORAW('01'))"),
        ("DATE", dt.datetime(1, 1, 1), "TO_DATE('0001-01-01 00:00:00', 'YYYY-MM-DD HH24:MI:SS')"),
        (
            "TIMESTAMP",
            dt.datetime(2026, 3, 1, 2, 3, 4, 5),
            "TIMESTAMP '2026-03-01 02:03:04.000005'",
        ),
        (
            "TIMESTAMP WITH TIME ZONE",
            dt.datetime(2026, 3, 1, tzinfo=dt.UTC),
            "TIMESTAMP '2026-03-01 00:00:00.000000 +00:00'",
        ),
        (
            "INTERVAL DAY TO SECOND",
            -dt.timedelta(days=3, seconds=61, microseconds=5),
            "INTERVAL '-3 00:01:01.000005000' DAY(9) TO SECOND(9)",
        ),
        (
            "INTERVAL DAY TO SECOND",
            Decimal("90061.000000001"),
            "INTERVAL '1 01:01:01.000000001' DAY(9) TO SECOND(9)",
        ),
        ("INTERVAL YEAR TO MONTH", Decimal(-14), "INTERVAL '-1-2' YEAR(9) TO MONTH"),
        (
            "DATE",
            "-0044-03-15 00:00:00",
            "TO_DATE('-0044-03-15 00:00:00', 'SYYYY-MM-DD HH24:MI:SS')",
        ),
        (
            "TIMESTAMP",
            " 2026-03-01 00:00:00.000000001",
            "TIMESTAMP '2026-03-01 00:00:00.000000001'",
        ),
        ("INTERVAL YEAR TO MONTH", oracledb.IntervalYM(-1, -2), "INTERVAL '-1-2' YEAR(9) TO MONTH"),
    ],
)
def test_literals(kind: str, value: Any, expected: str) -> None:
    assert literal(ColumnType(kind), value) == expected


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("NUMBER", Decimal("NaN")),
        ("NUMBER", "1"),
        ("BLOB", b"x" * 2001),
        ("CLOB", "x" * 32_001),
        ("DATE", "infinity"),
        ("LONG", "x"),
        ("XMLTYPE", "<a/>"),
        ("VARCHAR2", 5),
    ],
)
def test_values_without_a_literal_are_left_to_people(kind: str, value: Any) -> None:
    with pytest.raises(ByHand):
        literal(ColumnType(kind), value)


def test_long_texts_are_cut_into_lines() -> None:
    lines = literal(ColumnType("VARCHAR2"), "ab-;" * 100).split(" ||\n        ")
    assert [len(line) for line in lines] == [102] * 4
    assert "".join(line[1:-1] for line in lines) == "ab-;" * 100
    assert max(map(len, literal(ColumnType("CLOB"), "🛬" * 999).splitlines())) < 1200


def test_a_condition_for_a_lob_of_two_windows() -> None:
    length, first, second = holds("C", ColumnType("CLOB"), "x" * 1001)
    assert length == 'DBMS_LOB.GETLENGTH("C") = 1001'
    assert first.startswith('DBMS_LOB.SUBSTR("C", 1000, 1) = ')
    assert second == "DBMS_LOB.SUBSTR(\"C\", 1000, 1001) = 'x'"
    with pytest.raises(ByHand, match="beyond the basic plane"):
        holds("C", ColumnType("CLOB"), "🛬" * 999)


# ------------------------------------------------------------------ order


def _key(child: str, parent: str) -> ForeignKey:
    return ForeignKey(f"{child}_{parent}", child, ("P",), parent, ("ID",))


def _places(
    tables: list[str], changed: list[str], keys: list[ForeignKey]
) -> dict[tuple[str, DifferenceKind], int]:
    return {step: place for place, step in enumerate(order(tables, changed, keys).steps)}


def test_a_chain_of_foreign_keys() -> None:
    place = _places(["C", "B", "A"], [], [_key("C", "B"), _key("B", "A"), _key("A", "ELSEWHERE")])
    assert place["A", MISSING] < place["B", MISSING] < place["C", MISSING]
    assert place["C", EXTRA] < place["B", EXTRA] < place["A", EXTRA] < place["A", MISSING]


def test_rows_that_may_be_pointed_to_go_last() -> None:
    place = _places(["C", "B", "A"], ["C"], [_key("C", "B"), _key("B", "A")])
    assert (
        place["C", EXTRA]
        < place["A", MISSING]
        < place["C", CHANGED]
        < place["B", EXTRA]
        < place["A", EXTRA]
    )


def test_circles_are_found_and_what_hangs_on_them_is_not_in_them() -> None:
    found = order(
        ["A", "B", "C", "D"], [], [_key("A", "B"), _key("B", "A"), _key("C", "A"), _key("D", "D")]
    )
    assert set(found.circular) == {"A", "B"}
    assert found.own_parents == ("D",)
    assert len(found.steps) == 12


# ------------------------------------------------------------------ the text


def _statement(key: tuple[Any, ...], text: str = "x") -> Statement:
    sql = f'UPDATE "T"\n   SET "V" = \'{text}\'\n WHERE "ID" = 1'
    return Statement("s.t", CHANGED, key, ("V",), '"ID" = 1', sql, "SELECT COUNT(*) FROM T")


def test_keys_of_all_types_survive_the_file() -> None:
    key = (
        1,
        "서울\n'|-",
        Decimal("1.50"),
        dt.datetime(2026, 3, 1, tzinfo=dt.UTC),
        b"\x00\xff",
        0.1,
        True,
        uuid.UUID(int=7),
        ("name", 5),
        dt.timedelta(microseconds=-1),
        "k" * 700,
    )
    plan = Plan((_statement(key, "a;b"), _statement((2,))), ())
    text = render(plan, FACTS)
    found = parse(text)
    assert [item.key for item in found] == [key, (2,)]
    assert [item.sql for item in found] == [statement.sql for statement in plan.statements]
    assert found[0].where == '"ID" = 1'
    assert (found[1].number, found[1].table, found[1].kind, found[1].columns) == (
        2,
        "s.t",
        CHANGED,
        ("V",),
    )
    assert max(map(len, text.splitlines())) < 300


def test_no_terminal_obeys_a_name_that_the_script_prints() -> None:
    wild = replace(_statement((1,)), table="s.t\x1b[2J;\u202e")
    text = render(
        Plan((wild,), (Unrepaired("s.\x1b[2J", MISSING, ("k",), "why"),)),
        replace(FACTS, title="a\x1b[2J"),
    )
    assert "\x1b" not in text
    assert "PROMPT transaction 1: s.t\\x1b[2J?\\u202e, 1 x UPDATE" in text
    assert parse(text)[0].table == wild.table


def test_transactions_are_of_so_many_rows() -> None:
    plan = Plan(tuple(_statement((number,)) for number in range(7)), ())
    assert render(plan, FACTS, rows=3).count("\nCOMMIT;\n") == 3
    assert render(plan, FACTS).count("\nCOMMIT;\n") == 1


def test_the_header_cannot_become_anything_but_comments() -> None:
    hostile = "x\nDROP TABLE t;\n" + "-" * 400 + " ;"
    plan = Plan(
        (),
        (Unrepaired("s.t", MISSING, ("k",), hostile),),
        {("s.t", "agree by now"): 4},
        (hostile, "ends -"),
    )
    text = render(plan, FACTS)
    head = text[: text.index("WHENEVER")].splitlines()
    assert all(line.startswith("--") for line in head)
    assert all(line == "--" or not line.endswith(("-", ";")) for line in head)
    assert "-- s.t: 4 rows agree by now; no statement is written for them" in head
    assert parse(text) == ()
