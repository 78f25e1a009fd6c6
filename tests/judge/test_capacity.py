"""What the legacy schema cannot hold: beforehand by type, and per row with the ORA code."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from reconciliation.agreed.contract import load_contract
from reconciliation.canonical import ACCEPTABLE, rules_for
from reconciliation.capacity import check_capacity, refusals
from reconciliation.checks import examine
from reconciliation.errors import CanonicalError
from reconciliation.model import ColumnPair, ColumnType, Contract, Finding, Row, TableContract
from tests.judge.catalogues import (
    ACCEPTED,
    CONTRACTS,
    NUMBER,
    catalogue,
    flight_source,
    flight_target,
    pair_table,
    table,
    varchar,
    varchar2,
)

CHAR_3 = ColumnType("CHAR", 3, byte_length=True)
VARCHAR2_CHARS = ColumnType("VARCHAR2", 3)
NVARCHAR2_3 = ColumnType("NVARCHAR2", 3)
NUMERIC = ColumnType("numeric")
STATE = ColumnType("enum", labels=("captured", "void"))
KOREAN = ColumnType("enum", labels=("승인", "취소"))
WHEN = ColumnType("timestamptz")
MOMENT = dt.datetime(2026, 1, 1, 12, 0, 0, 123_456)


def numeric(precision: int, scale: int) -> ColumnType:
    return ColumnType("numeric", precision=precision, scale=scale)


def number(precision: int | None, scale: int | None = 0) -> ColumnType:
    return ColumnType("NUMBER", precision=precision, scale=scale)


def found(source: ColumnType, target: ColumnType, **options: Any) -> set[str]:
    findings = check_capacity(*pair_table(source, target, **options))
    return {f"{finding.check} {finding.message.rpartition(' ')[2]}" for finding in findings}


FLOORS = {"minimum": dt.datetime(1, 1, 1), "maximum": dt.datetime(9999, 12, 31)}
STATIC: list[tuple[ColumnType, ColumnType, dict, set[str]]] = [
    (varchar(3), varchar2(12), {}, {"value_altered empty_string_is_null"}),
    (
        varchar(3),
        varchar2(11),
        {},
        {"value_altered empty_string_is_null", "value_refused refused_byte_length"},
    ),
    (
        varchar(3),
        varchar2(12),
        {"nullable": False},
        {"value_refused refused_null", "value_refused refused_empty_string"},
    ),
    (varchar(3), VARCHAR2_CHARS, {}, {"value_altered empty_string_is_null"}),
    (
        varchar(4),
        VARCHAR2_CHARS,
        {},
        {"value_altered empty_string_is_null", "value_refused refused_byte_length"},
    ),
    (
        varchar(2),
        NVARCHAR2_3,
        {},
        {"value_altered empty_string_is_null", "value_refused refused_byte_length"},
    ),
    (varchar(1), NVARCHAR2_3, {}, {"value_altered empty_string_is_null"}),
    (
        varchar(None),
        varchar2(4000),
        {},
        {"value_altered empty_string_is_null", "value_refused refused_byte_length"},
    ),
    (ColumnType("text"), ColumnType("CLOB"), {}, {"value_altered empty_string_is_null"}),
    (
        varchar(1),
        ColumnType("CHAR", 4, byte_length=True),
        {},
        {"value_altered empty_string_is_null", "value_altered blank_padded"},
    ),
    (
        ColumnType("bpchar", 1),
        ColumnType("CHAR", 4, byte_length=True),
        {},
        {"value_altered empty_string_is_null"},
    ),
    (STATE, varchar2(64), {}, set()),
    (STATE, ColumnType("VARCHAR2", 8), {}, set()),
    (STATE, ColumnType("VARCHAR2", 7), {}, {"value_refused refused_byte_length"}),
    (STATE, ColumnType("VARCHAR2", 8, byte_length=True), {}, set()),
    (
        KOREAN,
        ColumnType("VARCHAR2", 6, byte_length=True),
        {},
        {"value_refused refused_byte_length"},
    ),
    (ColumnType("enum"), varchar2(64), {}, {"value_refused refused_byte_length"}),
    (ColumnType("int4"), number(10), {}, set()),
    (ColumnType("int4"), number(9), {}, {"value_refused refused_out_of_range"}),
    (ColumnType("int4"), number(9), {"minimum": 0, "maximum": 999_999_999}, set()),
    (ColumnType("int8"), number(19), {}, set()),
    (ColumnType("int8"), number(10), {}, {"value_refused refused_out_of_range"}),
    (ColumnType("int8"), NUMBER, {}, set()),
    (ColumnType("int2"), number(5), {"nullable": False}, {"value_refused refused_null"}),
    (ColumnType("int8"), number(18, -2), {}, {"value_altered rounded_to_scale"}),
    (numeric(10, 2), number(10, 2), {"minimum": 0, "maximum": 100}, set()),
    (numeric(10, 2), number(10, 2), {}, {"value_refused refused_not_a_number"}),
    (
        numeric(10, 2),
        number(9, 2),
        {},
        {"value_refused refused_not_a_number", "value_refused refused_out_of_range"},
    ),
    (
        numeric(10, 4),
        number(10, 2),
        {"minimum": 0, "maximum": 100},
        {"value_altered rounded_to_scale"},
    ),
    # rounding to the legacy scale may carry into a digit that is not there
    (
        numeric(4, 2),
        number(3, 1),
        {"minimum": 0, "maximum": "99.99"},
        {"value_altered rounded_to_scale", "value_refused refused_out_of_range"},
    ),
    (NUMERIC, NUMBER, {"minimum": 0, "maximum": 1}, {"value_altered rounded_to_scale"}),
    (
        NUMERIC,
        NUMBER,
        {},
        {
            "value_altered rounded_to_scale",
            "value_refused refused_not_a_number",
            "value_refused refused_out_of_range",
        },
    ),
    (numeric(38, 2), number(38, 2), {"minimum": 0, "maximum": "9" * 36 + ".99"}, set()),
    (numeric(38, 2), number(38, 2), {}, {"value_refused refused_not_a_number"}),
    (ColumnType("float4"), NUMBER, {}, {"value_refused refused_not_a_number"}),
    (
        ColumnType("float8"),
        NUMBER,
        {},
        {"value_refused refused_not_a_number", "value_refused refused_out_of_range"},
    ),
    (ColumnType("float8"), ColumnType("BINARY_DOUBLE"), {}, set()),
    (ColumnType("int4"), ColumnType("BINARY_DOUBLE"), {}, set()),
    (ColumnType("int8"), ColumnType("BINARY_DOUBLE"), {}, {"value_altered rounded_to_scale"}),
    (
        ColumnType("timestamp"),
        ColumnType("DATE"),
        FLOORS,
        {"value_altered fraction_of_second_lost"},
    ),
    (ColumnType("timestamp"), ColumnType("DATE"), FLOORS | {"conversion": "whole_seconds"}, set()),
    (ColumnType("timestamp", scale=0), ColumnType("DATE"), FLOORS, set()),
    (ColumnType("timestamp"), ColumnType("TIMESTAMP", scale=6), FLOORS, set()),
    (
        ColumnType("timestamp"),
        ColumnType("TIMESTAMP", scale=3),
        FLOORS,
        {"value_altered fraction_of_second_lost"},
    ),
    (
        ColumnType("timestamp"),
        ColumnType("TIMESTAMP", scale=6),
        {},
        {"value_refused refused_out_of_range"},
    ),
    (ColumnType("date"), ColumnType("DATE"), {}, {"value_refused refused_out_of_range"}),
    (
        ColumnType("timestamptz"),
        NUMBER,
        {"conversion": "epoch_millis"},
        {"value_refused refused_not_a_number"},
    ),
    (ColumnType("timestamptz"), NUMBER, FLOORS | {"conversion": "epoch_millis"}, set()),
    (
        ColumnType("bytea"),
        ColumnType("RAW", 16, byte_length=True),
        {},
        {"value_altered empty_string_is_null", "value_refused refused_byte_length"},
    ),
    (ColumnType("bytea"), ColumnType("BLOB"), {}, {"value_altered empty_string_is_null"}),
    (ColumnType("bool"), varchar2(5), {}, set()),
    (ColumnType("bool"), varchar2(1), {}, {"value_refused refused_byte_length"}),
    (ColumnType("bool"), varchar2(1), {"conversion": "boolean_text:Y/N"}, set()),
    (ColumnType("uuid"), varchar2(36), {}, set()),
    (ColumnType("uuid"), varchar2(32), {}, {"value_refused refused_byte_length"}),
    (ColumnType("uuid"), varchar2(32), {"conversion": "uuid_hex"}, set()),
    (ColumnType("int4"), varchar2(11), {}, set()),
    (ColumnType("int4"), varchar2(10), {}, {"value_refused refused_byte_length"}),
]


@pytest.mark.parametrize("case", STATIC, ids=lambda case: f"{case[0]} {case[1]} {case[2]}")
def test_what_the_types_tell_beforehand(case: tuple) -> None:
    source, target, options, expected = case
    assert found(source, target, **options) == expected


@pytest.mark.parametrize("case", STATIC, ids=lambda case: f"{case[0]} {case[1]} {case[2]}")
def test_what_is_accepted_is_no_finding(case: tuple) -> None:
    source, target, options, expected = case
    accept = tuple(finding.split()[1] for finding in expected)
    assert found(source, target, **options, accept=accept) == set()


def test_nothing_is_found_for_the_flight_specials_with_what_was_accepted() -> None:
    table = load_contract(CONTRACTS, ACCEPTED).tables[0]
    assert check_capacity(table, flight_source(), flight_target()) == ()


def test_everything_is_found_for_the_flight_specials_when_nobody_accepted_anything() -> None:
    table = load_contract(CONTRACTS, None).tables[0]
    refused = {
        (finding.column, finding.message.rpartition(" ")[2])
        for finding in check_capacity(table, flight_source(), flight_target())
        if finding.check == "value_refused"
    }
    texts = {"header", "body", "origin", "origin_code", "destination", "destination_code"}
    assert refused == {(column, "refused_byte_length") for column in texts} | {
        ("header", "refused_empty_string"),
        ("cost", "refused_null"),
    }


@pytest.mark.parametrize(
    ("source", "bound"),
    [
        (ColumnType("int4"), "many"),
        (NUMERIC, dt.date(2026, 1, 1)),
        (NUMERIC, True),
        (ColumnType("float8"), "NaN"),
        (ColumnType("timestamp"), 0),
        (ColumnType("date"), "2026-01-01"),
    ],
)
@pytest.mark.parametrize("name", ["minimum", "maximum"])
def test_a_bound_of_another_type_than_its_column_is_refused(
    source: ColumnType, bound: object, name: str
) -> None:
    target = NUMBER if source.name not in ("timestamp", "date") else ColumnType("DATE")
    with pytest.raises(CanonicalError, match=rf"s\.t\.v -> V: {name} = .* no bound for {source}"):
        rules_for(*pair_table(source, target, **{name: bound}))


def test_a_finding_names_columns_types_and_code() -> None:
    table = load_contract(CONTRACTS, None).tables[0]
    messages = [
        finding.message for finding in check_capacity(table, flight_source(), flight_target())
    ]
    assert any(
        "cost (int4) -> COST (NUMBER)" in message and "ORA-01400" in message for message in messages
    )
    assert any("up to 1020 bytes" in message and "ORA-12899" in message for message in messages)


def test_the_entry_that_an_infinity_asks_for_accepts_it(tmp_path: Path) -> None:
    """The rule a finding names is the one whose meaning tells the same refusal."""
    contract = (CONTRACTS / "flightspecial.toml").read_text(encoding="utf-8")
    bounds = "minimum = 0001-01-01T00:00:00Z\nmaximum = 9999-12-31T23:59:59Z\n"
    assert bounds in contract
    (tmp_path / "flightspecial.toml").write_text(contract.replace(bounds, ""), encoding="utf-8")
    signed = tmp_path / "accepted.toml"
    signed.write_text(ACCEPTED.read_text(encoding="utf-8"), encoding="utf-8")

    def findings() -> tuple[Finding, ...]:
        (table,) = load_contract(tmp_path, signed).tables
        return check_capacity(table, flight_source(), flight_target())

    (asked,) = findings()
    code, rule = re.findall(r"(ORA-\d+); nobody has accepted (\w+)$", asked.message)[0]
    assert (code, asked.column) == ("ORA-01722", "expiry_date")
    assert code in ACCEPTABLE[rule]
    with signed.open("a", encoding="utf-8") as file:
        file.write(f'''
[[accepted]]
table = "{asked.table}"
columns = ["{asked.column}"]
rule = "{rule}"
reason = "no special is offered for ever"
owner = "FlightSpecials team"
expires = 2027-12-31
''')
    assert findings() == ()


def test_every_pair_of_types_without_a_rule_is_told_and_the_others_are_judged() -> None:
    here = table("s.t", {"id": ColumnType("int8"), "a": WHEN, "b": WHEN, "c": WHEN}, key=("id",))
    there = table(
        "S.T", {"ID": NUMBER, "A": NUMBER, "B": ColumnType("DATE"), "C": NUMBER}, key=("ID",)
    )
    pairs = tuple(ColumnPair(name, name.upper()) for name in here.columns)
    run: Any = SimpleNamespace(
        contract=Contract((TableContract("s.t", "S.T", ("id",), pairs, "a"),)),
        unfit={},
        source_catalogue=catalogue(here),
        target_catalogue=catalogue(there),
    )
    examined = examine(run, "the capacity of the legacy columns")
    assert examined.unjudged is None
    told = [finding for finding in examined.findings if finding.check == "type_without_rule"]
    without = "no rule compares timestamptz with NUMBER; name a conversion in the contract"
    assert [(finding.column, finding.message) for finding in told] == [
        ("a", f"s.t.a -> A: {without}"),
        ("c", f"s.t.c -> C: {without}"),
    ]
    judged = {finding.column for finding in examined.findings if finding not in told}
    assert judged == {"b"}


ROWS: list[tuple[ColumnType, ColumnType, dict, Any, int | None]] = [
    (varchar(3), varchar2(3), {}, "abc", None),
    (varchar(3), varchar2(3), {}, "가", None),
    (varchar(3), varchar2(3), {}, "가a", 12899),
    (varchar(3), varchar2(3), {}, "\U0001f6eb", 12899),
    (varchar(3), varchar2(4), {}, "\U0001f6eb", None),
    (varchar(9), VARCHAR2_CHARS, {}, "가나다", None),
    (varchar(9), VARCHAR2_CHARS, {}, "가나다라", 12899),
    (varchar(9), NVARCHAR2_3, {}, "\U0001f6eba", None),
    (varchar(9), NVARCHAR2_3, {}, "\U0001f6eb\U0001f6eb", 12899),
    (ColumnType("text"), ColumnType("VARCHAR2", 4000), {}, "가" * 1400, 12899),
    (varchar(9), CHAR_3, {}, "가", None),
    (varchar(9), CHAR_3, {}, "abcd", 12899),
    (ColumnType("bpchar", 9), CHAR_3, {}, "abc      ", None),
    (ColumnType("bpchar", 9), varchar2(3), {"nullable": False}, "   ", 1400),
    (ColumnType("text"), ColumnType("CLOB"), {}, "가" * 50_000, None),
    (varchar(9), varchar2(9), {}, "", None),
    (varchar(9), varchar2(9), {"nullable": False}, "", 1400),
    (varchar(9), varchar2(9), {"nullable": False}, " ", None),
    (varchar(9), varchar2(9), {"nullable": False}, None, 1400),
    (ColumnType("int8"), number(3), {}, 999, None),
    (ColumnType("int8"), number(3), {}, 1000, 1438),
    (ColumnType("int8"), number(3), {}, -1000, 1438),
    (ColumnType("int8"), number(3, 1), {}, 100, 1438),
    (ColumnType("int8"), number(2, -2), {}, 9949, None),
    (ColumnType("int8"), number(2, -2), {}, 9950, 1438),
    (numeric(9, 4), number(4, 2), {}, Decimal("99.9949"), None),
    (numeric(9, 4), number(4, 2), {}, Decimal("99.995"), 1438),
    (NUMERIC, NUMBER, {}, Decimal("9E125"), None),
    (
        numeric(38, 0),
        number(38),
        {},
        Decimal("9" * 38),
        None,
    ),  # more digits than decimal's usual context keeps
    (numeric(38, 2), number(38, 2), {}, Decimal("9" * 36 + ".99"), None),
    (NUMERIC, NUMBER, {}, Decimal("1E126"), 1426),
    (NUMERIC, NUMBER, {}, Decimal("NaN"), 1722),
    (NUMERIC, NUMBER, {}, Decimal("Infinity"), 1722),
    (ColumnType("float8"), NUMBER, {}, float("nan"), 1722),
    (ColumnType("float8"), ColumnType("BINARY_DOUBLE"), {}, float("nan"), None),
    (ColumnType("float8"), NUMBER, {}, 1e300, 1426),
    (NUMERIC, ColumnType("BINARY_DOUBLE"), {}, Decimal("1E400"), 1426),
    (NUMERIC, ColumnType("BINARY_FLOAT"), {}, Decimal("1E40"), 1426),
    (ColumnType("bool"), varchar2(4), {}, False, 12899),
    (ColumnType("bool"), varchar2(4), {}, True, None),
    (ColumnType("timestamp"), ColumnType("DATE"), {}, MOMENT, None),
    (ColumnType("timestamp"), ColumnType("TIMESTAMP", scale=3), {}, dt.datetime.max, 1841),
    (ColumnType("bytea"), ColumnType("RAW", 2, byte_length=True), {}, b"abc", 12899),
    (ColumnType("bytea"), ColumnType("RAW", 2, byte_length=True), {"nullable": False}, b"", 1400),
    (ColumnType("json"), varchar2(5), {}, '{"a":1}', 12899),
    (numeric(5, 2), varchar2(4), {}, Decimal("123.45"), 12899),
    (ColumnType("int4"), varchar2(3), {"conversion": "text"}, 123, None),
    (ColumnType("int4"), varchar2(3), {"conversion": "text"}, -123, 12899),
    (ColumnType("bool"), varchar2(1), {"conversion": "text"}, True, None),
    (ColumnType("date"), varchar2(9), {"conversion": "text"}, MOMENT.date(), 12899),
    (ColumnType("bytea"), varchar2(8), {"conversion": "text"}, b"abc", None),
    (
        ColumnType("timestamptz"),
        number(3),
        {"conversion": "epoch_millis"},
        dt.datetime(1970, 1, 1, 0, 0, 1, tzinfo=dt.UTC),
        1438,
    ),
]


@pytest.mark.parametrize("case", ROWS, ids=lambda case: f"{case[0]} {case[1]} {str(case[3])[:20]}")
def test_what_a_row_is_refused_for(case: tuple) -> None:
    source, target, options, value, code = case
    refused = refusals(rules_for(*pair_table(source, target, **options)), {"id": 1, "v": value})
    assert [refusal.ora_code for refusal in refused] == ([] if code is None else [code])
    assert all((refusal.source_column, refusal.target_column) == ("v", "V") for refusal in refused)


def test_a_refusal_knows_who_accepted_it() -> None:
    table = load_contract(CONTRACTS, ACCEPTED).tables[0]
    row: Row = {"id": 1, "header": "", "cost": None, "origin_code": "서울김포"}
    sides = flight_source(), flight_target()
    refused = {
        refusal.source_column: refusal for refusal in refusals(rules_for(table, *sides), row)
    }
    assert {column: refusal.ora_code for column, refusal in refused.items()} == {
        "header": 1400,
        "cost": 1400,
        "origin_code": 12899,
    }
    assert refused["header"].accepted is not None
    assert refused["header"].accepted.rule == "refused_empty_string"
    assert "12 bytes do not fit ORIGINCODE VARCHAR2(6 BYTE)" in refused["origin_code"].reason
    unsigned = refusals(rules_for(replace(table, accepted=()), *sides), row)
    assert [refusal.accepted for refusal in unsigned] == [None, None, None]


def test_rules_are_not_mixed_up_between_tables() -> None:
    narrow, wide = pair_table(varchar(9), varchar2(3)), pair_table(varchar(9), varchar2(9))
    row = {"id": 1, "v": "abcdef"}
    assert [len(refusals(rules_for(*which), row)) for which in (narrow, wide, narrow)] == [1, 0, 1]
