"""Comparing rows: every difference named once, everything accepted or reduced counted, nothing
hidden.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.agreed.contract import load_contract
from reconciliation.canonical import rules_for
from reconciliation.compare.rows import CompareError, Comparison, compare_rows
from reconciliation.model import ColumnPair, ColumnType, DifferenceKind, Row, TableContract
from tests.judge.catalogues import (
    ACCEPTED,
    CONTRACTS,
    NUMBER,
    flight_source,
    flight_target,
    pair_table,
    table,
    varchar,
    varchar2,
)

FLIGHT = {
    "id": 1,
    "header": "London to Paris",
    "body": None,
    "origin": "London",
    "origin_code": "LHR",
    "destination": "Paris",
    "destination_code": "CDG",
    "cost": 50,
    "expiry_date": dt.datetime(2026, 1, 1, 0, 0, 0, 123_456, tzinfo=dt.UTC),
}
LEGACY = {
    "ID": Decimal(1),
    "HEADER": "London to Paris",
    "BODY": None,
    "ORIGIN": "London",
    "ORIGINCODE": "LHR",
    "DESTINATION": "Paris",
    "DESTINATIONCODE": "CDG",
    "COST": Decimal(50),
    "EXPIRYDATE": Decimal(1767225600123),
}


def compare(left: list[Mapping], right: list[Mapping], *, accept: bool = True) -> Comparison:
    contract = load_contract(CONTRACTS, ACCEPTED if accept else None).tables[0]
    rules = rules_for(contract, flight_source(), flight_target())
    return compare_rows(
        contract, rules, {(row["id"],): row for row in left}, {(row["ID"],): row for row in right}
    )


def cells(found: Comparison) -> list[tuple[str | None, Any, Any, str | None]]:
    return [(d.source_column, d.source_value, d.target_value, d.cause) for d in found.differences]


def test_equal_rows_are_equal_and_the_lost_microseconds_are_counted() -> None:
    found = compare([FLIGHT], [LEGACY])
    assert found.differences == ()
    assert (found.equal_rows, found.source_rows, found.target_rows) == (1, 1, 1)
    assert found.reductions == {"expiry_date: rounded down to whole milliseconds": 1}
    assert found.accepted_values == {}


@pytest.mark.parametrize(
    ("column", "value", "cause"),
    [
        ("HEADER", "London to Pari", "truncated"),
        ("HEADER", "London to paris", "case"),
        ("HEADER", "London to Paris ", "padding"),
        ("HEADER", None, "null_for_value"),
        ("HEADER", "Paris to London", "other"),
        ("BODY", " ", "blank_for_null"),
        ("BODY", "x", "value_for_null"),
        ("COST", Decimal("50.4"), "other"),
        ("COST", Decimal(70), "other"),
        ("EXPIRYDATE", Decimal(1767225600124), "rounding"),
        ("EXPIRYDATE", Decimal(1767225600123 + 9 * 3_600_000), "shifted"),
        ("EXPIRYDATE", Decimal(1767225600123 + 3_600_001), "other"),
        ("EXPIRYDATE", None, "null_for_value"),
    ],
)
def test_one_changed_cell_is_one_difference_with_its_likely_cause(
    column: str, value: Any, cause: str
) -> None:
    found = compare([FLIGHT], [LEGACY | {column: value}])
    assert len(found.differences) == 1
    difference = found.differences[0]
    assert (difference.target_column, difference.target_value, difference.cause) == (
        column,
        value,
        cause,
    )
    assert (difference.kind, difference.key, found.equal_rows) == (DifferenceKind.CHANGED, (1,), 0)
    assert difference.rule


def test_missing_and_extra_rows_are_differences_of_their_own() -> None:
    found = compare([FLIGHT, FLIGHT | {"id": 2}], [LEGACY, LEGACY | {"ID": Decimal(3)}])
    assert [(d.kind, d.key, d.source_column) for d in found.differences] == [
        (DifferenceKind.MISSING, (2,), None),
        (DifferenceKind.EXTRA, (3,), None),
    ]
    assert (found.equal_rows, found.source_rows, found.target_rows) == (1, 2, 2)
    assert found.differing_keys == ((2,), (3,))


def test_a_renumbered_row_is_missing_and_extra() -> None:
    found = compare([FLIGHT], [LEGACY | {"ID": Decimal(12)}])
    assert [d.kind for d in found.differences] == [DifferenceKind.MISSING, DifferenceKind.EXTRA]


def test_an_accepted_difference_is_counted_and_not_hidden() -> None:
    found = compare([FLIGHT | {"body": ""}], [LEGACY])
    assert found.differences == ()
    assert found.accepted_values == {"body: empty_string_is_null": 1}
    assert found.equal_rows == 1


def test_the_same_difference_without_acceptance_is_a_difference() -> None:
    found = compare([FLIGHT | {"body": ""}], [LEGACY], accept=False)
    assert cells(found) == [("body", "", None, "null_for_blank")]


def test_an_acceptance_covers_its_own_difference_only() -> None:
    assert cells(compare([FLIGHT | {"body": ""}], [LEGACY | {"BODY": " "}])) == [
        ("body", "", " ", "blank_for_null")
    ]
    assert cells(compare([FLIGHT | {"body": " "}], [LEGACY])) == [
        ("body", " ", None, "null_for_blank")
    ]
    # accepted for body, not for header
    assert cells(compare([FLIGHT | {"header": ""}], [LEGACY | {"HEADER": None}])) == [
        ("header", "", None, "null_for_blank")
    ]


def test_a_row_refused_by_an_accepted_difference_is_counted_as_such() -> None:
    found = compare([FLIGHT | {"cost": None}], [])
    assert found.differences == ()
    assert (found.accepted_rows, found.accepted_values) == (1, {"cost: refused_null": 1})
    assert found.equal_rows == 0


def test_a_row_with_one_reason_nobody_accepted_is_missing() -> None:
    contract = load_contract(CONTRACTS, ACCEPTED).tables[0]
    fewer = replace(
        contract, accepted=tuple(e for e in contract.accepted if e.rule != "refused_null")
    )
    rules = rules_for(fewer, flight_source(), flight_target())
    found = compare_rows(fewer, rules, {(1,): FLIGHT | {"cost": None, "header": ""}}, {})
    assert [d.kind for d in found.differences] == [DifferenceKind.MISSING]
    assert found.accepted_values == {}


@pytest.mark.parametrize(
    ("source", "target", "rule", "kept", "lost"),
    [
        (
            ColumnType("numeric", precision=6, scale=3),
            ColumnType("NUMBER", precision=5, scale=2),
            "rounded_to_scale",
            (Decimal("1.005"), Decimal("1.01")),
            (Decimal("1.005"), Decimal("1.00")),
        ),
        (
            ColumnType("numeric"),
            NUMBER,
            "rounded_to_scale",
            (Decimal("0." + "1" * 41), Decimal("0." + "1" * 38)),
            (Decimal("0." + "1" * 41), Decimal("0.1")),
        ),
        (
            ColumnType("numeric"),
            NUMBER,
            "rounded_to_scale",
            (Decimal("-2.6111115"), Decimal("-2.611112")),
            (Decimal("-2.6111115"), Decimal("-2.61111")),
        ),
        (
            ColumnType("timestamp"),
            ColumnType("DATE"),
            "fraction_of_second_lost",
            (dt.datetime(2026, 1, 1, 0, 0, 0, 999_999), dt.datetime(2026, 1, 1)),
            (dt.datetime(2026, 1, 1, 0, 0, 0, 999_999), dt.datetime(2026, 1, 1, 0, 0, 1)),
        ),
        (
            ColumnType("timestamp"),
            ColumnType("TIMESTAMP", scale=3),
            "fraction_of_second_lost",
            (dt.datetime(2026, 1, 1, 0, 0, 0, 1500), dt.datetime(2026, 1, 1, 0, 0, 0, 2000)),
            (dt.datetime(2026, 1, 1, 0, 0, 0, 1500), dt.datetime(2026, 1, 1, 0, 0, 0, 1000)),
        ),
        (
            varchar(9),
            ColumnType("CHAR", 6, byte_length=True),
            "blank_padded",
            ("가a", "가a  "),
            ("가a", "가a"),
        ),
        (
            ColumnType("bytea"),
            ColumnType("RAW", 4),
            "empty_string_is_null",
            (b"", None),
            (b"\x00", None),
        ),
        (
            ColumnType("bpchar", 2),
            ColumnType("CHAR", 2),
            "empty_string_is_null",
            ("  ", None),
            ("a ", None),
        ),
        (
            varchar(2),
            ColumnType("CHAR", 2),
            "empty_string_is_null",
            ("", None),
            ("  ", None),
        ),
    ],
    ids=lambda value: str(value)[:30],
)
def test_every_acceptable_alteration_is_one_exact_value(
    source: ColumnType, target: ColumnType, rule: str, kept: tuple, lost: tuple
) -> None:
    for accept, pair, differences in (((rule,), kept, 0), ((rule,), lost, 1), ((), kept, 1)):
        agreed, *sides = pair_table(source, target, accept=accept)
        rules = rules_for(agreed, *sides)
        left, right = {(1,): {"id": 1, "v": pair[0]}}, {(1,): {"ID": 1, "V": pair[1]}}
        if pair[0] == "가a" and pair[1] == "가a":
            differences = 0  # what PostgreSQL has is always right
        assert len(compare_rows(agreed, rules, left, right).differences) == differences


def test_six_digits_are_all_there_is_of_a_numeric_without_precision_only() -> None:
    free, eight = ColumnType("numeric"), ColumnType("numeric", precision=20, scale=8)
    for source, differences in ((free, 0), (eight, 1)):
        agreed, *sides = pair_table(source, NUMBER, accept=("rounded_to_scale",))
        left = {(1,): {"id": 1, "v": Decimal("0.61111149")}}
        right = {(1,): {"ID": 1, "V": Decimal("0.611111")}}
        found = compare_rows(agreed, rules_for(agreed, *sides), left, right)
        assert len(found.differences) == differences


def test_keys_are_canonical_whatever_the_driver_gives() -> None:
    contract = load_contract(CONTRACTS, ACCEPTED).tables[0]
    rules = rules_for(contract, flight_source(), flight_target())
    found = compare_rows(contract, rules, {("1",): FLIGHT}, {(Decimal("1.0"),): LEGACY})
    assert (found.equal_rows, found.differences) == (1, ())


def test_two_rows_under_one_key_are_refused_loudly() -> None:
    contract = load_contract(CONTRACTS, ACCEPTED).tables[0]
    rules = rules_for(contract, flight_source(), flight_target())
    rows = {("a",): LEGACY, ("b",): LEGACY | {"ID": Decimal("1.00")}}
    with pytest.raises(
        CompareError, match=r"TRAVELBUDDY\.FLIGHTSPECIAL: two rows have the key id=1;"
    ):
        compare_rows(contract, rules, {}, rows)


def test_a_key_that_is_null_is_refused() -> None:
    with pytest.raises(CompareError, match="NULL in its key"):
        compare([FLIGHT | {"id": None}], [])


def test_a_row_without_an_agreed_column_is_refused_and_not_equal() -> None:
    short = {name: value for name, value in LEGACY.items() if name != "BODY"}
    with pytest.raises(CompareError, match="lacks the column BODY"):
        compare([FLIGHT], [short])


def test_text_keys_of_any_script_and_composite_keys_are_compared() -> None:
    kinds = {"code": varchar(20), "at": ColumnType("timestamptz"), "v": varchar(9)}
    source = table("s.t", kinds, key=("code", "at"))
    legacy = {
        "CODE": varchar2(20),
        "AT": ColumnType("TIMESTAMP WITH TIME ZONE", scale=6),
        "V": varchar2(9),
    }
    target = table("S.T", legacy, key=("CODE", "AT"))
    pairs = tuple(ColumnPair(name, name.upper()) for name in kinds)
    agreed = TableContract("s.t", "S.T", ("code", "at"), pairs, "v")
    seoul = dt.datetime(2026, 1, 1, 9, tzinfo=dt.timezone(dt.timedelta(hours=9)))
    left = [
        {"code": code, "at": seoul, "v": "x"}
        for code in ("서울-1", "B.2", "é 3", "e\u0301 3", "a", "A")
    ]
    right = [
        {"CODE": row["code"], "AT": dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "V": "x"}
        for row in left
    ]
    found = compare_rows(
        agreed, rules_for(agreed, source, target), dict(enumerate(left)), dict(enumerate(right))
    )
    assert (found.equal_rows, found.differences) == (6, ())


TEXTS = st.one_of(st.none(), st.text(max_size=3))
ROWS = st.dictionaries(st.integers(0, 6), st.tuples(TEXTS, st.integers(-3, 3)), max_size=6)


@given(ROWS, ROWS)
def test_differences_are_exactly_the_cells_and_rows_that_differ(left: dict, right: dict) -> None:
    """Against the plainest model there is: two dictionaries."""
    kinds = {"id": ColumnType("int8"), "t": ColumnType("text"), "n": ColumnType("int4")}
    source = table("s.t", kinds, key=("id",))
    target = table("S.T", {"ID": NUMBER, "T": ColumnType("CLOB"), "N": NUMBER}, key=("ID",))
    agreed = TableContract(
        "s.t", "S.T", ("id",), tuple(ColumnPair(name, name.upper()) for name in kinds), "t"
    )
    source_rows: dict[Any, Row] = {
        (key,): {"id": key, "t": text, "n": n} for key, (text, n) in left.items()
    }
    target_rows: dict[Any, Row] = {
        (key,): {"ID": Decimal(key), "T": text, "N": Decimal(n)} for key, (text, n) in right.items()
    }
    found = compare_rows(agreed, rules_for(agreed, source, target), source_rows, target_rows)
    expected = {((key,), DifferenceKind.MISSING, None) for key in left.keys() - right.keys()}
    expected |= {((key,), DifferenceKind.EXTRA, None) for key in right.keys() - left.keys()}
    for key in left.keys() & right.keys():
        changed = [name for name, a, b in zip("tn", left[key], right[key], strict=True) if a != b]
        expected |= {((key,), DifferenceKind.CHANGED, name) for name in changed}
    assert {(d.key, d.kind, d.source_column) for d in found.differences} == expected
    assert len(found.differences) == len(expected)
    assert found.equal_rows == sum(left[key] == right[key] for key in left.keys() & right.keys())
