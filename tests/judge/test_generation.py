"""Generated rows: deterministic, within both types and the contract, with every edge and every kind
of refusal.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.agreed.contract import load_contract
from reconciliation.canonical import rules_for
from reconciliation.capacity import refusals
from reconciliation.generation import (
    GenerationError,
    edges,
    final_rows,
    generate_operations,
    generate_rows,
    simplify,
)
from reconciliation.generation.strategies import sample
from reconciliation.model import CatalogueTable, ColumnType, Row, TableContract
from tests.judge.catalogues import (
    ACCEPTED,
    CONTRACTS,
    NUMBER,
    flight_source,
    flight_target,
    pair_table,
    varchar,
    varchar2,
)

CONTRACT = load_contract(CONTRACTS, ACCEPTED).tables[0]
SIDES = (flight_source(), flight_target())
RULES = rules_for(CONTRACT, *SIDES)


@cache
def flights(count: int = 200, seed: int = 1) -> list[Row]:
    return generate_rows(CONTRACT, *SIDES, count=count, seed=seed)


def test_the_same_seed_gives_the_same_rows_and_another_seed_others() -> None:
    again = generate_rows(CONTRACT, *SIDES, count=200, seed=1)
    assert flights(seed=1) == again
    assert flights(seed=1) != flights(seed=2)


@pytest.mark.parametrize("count", [1, 7, 60, 200])
def test_random_values_differ_wherever_there_are_so_many(count: int) -> None:
    drawn = sample(st.integers(0, 10**6), count, 1)
    assert len(set(drawn)) == count
    assert drawn == sample(st.integers(0, 10**6), count, 1)
    assert set(sample(st.booleans(), 60, 1)) == {False, True}
    rare = st.integers(0, 1000).filter(lambda number: number % 10 == 0)
    assert len(set(sample(rare, 30, 1))) > 15


@pytest.mark.parametrize("count", [1, 2, 3, 4, 10, 57, 200])
def test_columns_stand_in_the_contracts_order_and_the_key_is_left_to_others(count: int) -> None:
    rows = flights(count)
    assert len(rows) == count
    wanted = tuple(pair.source for pair in CONTRACT.pairs if pair.source not in CONTRACT.key)
    assert {tuple(row) for row in rows} == {wanted}


def test_three_quarters_can_be_held_and_each_other_row_has_one_refused_value() -> None:
    counts = Counter(len(refusals(RULES, row)) for row in flights())
    assert counts == {0: 150, 1: 50}


@pytest.mark.parametrize("seed", range(5))
def test_every_kind_of_refusal_occurs_several_times(seed: int) -> None:
    kinds = Counter(
        (refusal.source_column, refusal.ora_code)
        for row in flights(seed=seed)
        for refusal in refusals(RULES, row)
    )
    texts = ("header", "body", "origin", "origin_code", "destination", "destination_code")
    assert set(kinds) == {(column, 12899) for column in texts} | {("header", 1400), ("cost", 1400)}
    assert min(kinds.values()) >= 5


@pytest.mark.parametrize("seed", range(5))
def test_rows_that_can_be_held_carry_every_edge_that_can_be_held(seed: int) -> None:
    rows = [row for row in flights(seed=seed) if not refusals(RULES, row)]
    for name, rule in rules_for(CONTRACT, *SIDES).items():
        if name == "id":
            continue
        holdable = [edge for edge in edges(rule) if not refusals(RULES, {name: edge.value})]
        missing = [
            edge.name
            for edge in holdable
            if not any(repr(row[name]) == repr(edge.value) for row in rows)
        ]
        assert missing == []


def test_texts_cover_what_breaks_replications() -> None:
    texts = {row["header"] for row in flights() if not refusals(RULES, row)}
    lengths = {len(text.encode()) for text in texts}
    assert 255 in lengths
    assert "가" * 85 in texts
    assert any(text != text.rstrip(" ") for text in texts)
    assert any(ord(character) > 0xFFFF for text in texts for character in text)
    refused = {row["header"] for row in flights() if refusals(RULES, row)}
    assert "가" * 85 + "x" in refused
    assert "" in refused


@pytest.mark.parametrize("count", [4, 10])
def test_supplementary_characters_are_in_the_smallest_batch(count: int) -> None:
    rows = flights(count)
    assert any(ord(character) > 0xFFFF for row in rows for character in row["header"] or "")


@pytest.mark.parametrize("seed", range(5))
def test_every_value_can_stand_in_postgresql(seed: int) -> None:
    low, high = CONTRACT.pair("expiry_date").minimum, CONTRACT.pair("expiry_date").maximum
    for row in flights(seed=seed):
        assert row["header"] is not None
        for name in ("header", "body", "origin", "destination", "origin_code", "destination_code"):
            text = row[name]
            assert text is None or len(text) <= (6 if name.endswith("code") else 255)
            # encode() refuses a surrogate
            assert b"\x00" not in (text or "").encode()
        assert row["cost"] is None or -(2**31) <= row["cost"] < 2**31
        assert row["expiry_date"] is None or low <= row["expiry_date"] <= high


def test_times_cover_microseconds_zones_and_the_ends_of_the_range() -> None:
    moments = [row["expiry_date"] for row in flights() if row["expiry_date"] is not None]
    assert any(moment.microsecond % 1000 for moment in moments)
    assert any(moment.astimezone(dt.UTC).year < 1970 for moment in moments if moment.year > 1)
    assert {1, 9999} <= {moment.year for moment in moments}
    assert len({moment.utcoffset() for moment in moments}) >= 5
    assert CONTRACT.pair("expiry_date").maximum in moments


NUMERIC_9_2 = ColumnType("numeric", precision=9, scale=2)
PAIRS: list[tuple[ColumnType, ColumnType, dict]] = [
    (ColumnType("int2"), ColumnType("NUMBER", precision=4, scale=0), {}),
    (ColumnType("int8"), ColumnType("NUMBER", precision=10, scale=0), {}),
    (ColumnType("int8"), NUMBER, {"minimum": 5, "maximum": 70}),
    (NUMERIC_9_2, ColumnType("NUMBER", precision=7, scale=2), {}),
    (ColumnType("numeric", precision=38, scale=0), ColumnType("NUMBER", precision=38, scale=0), {}),
    (ColumnType("numeric"), NUMBER, {}),
    (ColumnType("float4"), NUMBER, {}),
    (ColumnType("float8"), NUMBER, {}),
    (ColumnType("float8"), ColumnType("BINARY_DOUBLE"), {}),
    (ColumnType("bool"), varchar2(5), {}),
    (ColumnType("bool"), varchar2(4), {}),
    (ColumnType("bool"), NUMBER, {"conversion": "boolean_number"}),
    (ColumnType("bpchar", 4), ColumnType("CHAR", 4, byte_length=True), {}),
    (varchar(4), varchar2(4), {}),
    (varchar(4), varchar2(4), {"nullable": False}),
    (ColumnType("text"), ColumnType("CLOB"), {}),
    (ColumnType("text"), ColumnType("NVARCHAR2", 2000), {}),
    (ColumnType("date"), ColumnType("DATE"), {}),
    (ColumnType("timestamp"), ColumnType("TIMESTAMP", scale=6), {}),
    (ColumnType("timestamp", scale=3), ColumnType("DATE"), {}),
    (ColumnType("timestamptz"), ColumnType("TIMESTAMP WITH TIME ZONE", scale=6), {}),
    (
        ColumnType("timestamptz"),
        ColumnType("DATE"),
        {
            "conversion": "wall_clock:Asia/Seoul",
            "minimum": dt.date(1900, 1, 1),
            "maximum": dt.date(2100, 1, 1),
        },
    ),
    (ColumnType("bytea"), ColumnType("RAW", 16, byte_length=True), {}),
    (ColumnType("bytea"), ColumnType("BLOB"), {}),
    (ColumnType("uuid"), ColumnType("RAW", 16, byte_length=True), {"conversion": "uuid_raw"}),
    (ColumnType("jsonb"), ColumnType("CLOB"), {}),
    (ColumnType("int4"), varchar2(4), {}),
]


@pytest.mark.parametrize("case", PAIRS, ids=lambda case: f"{case[0]} {case[1]} {list(case[2])}")
def test_every_pair_of_types_has_rows_and_each_is_judged_by_a_rule(case: tuple) -> None:
    source, target, options = case
    described = pair_table(source, target, **options)
    rows = generate_rows(*described, count=60, seed=3)
    rules = rules_for(*described)
    rule = rules["v"]
    assert len(rows) == 60
    assert len({repr(row["v"]) for row in rows}) >= min(3, 60)
    refused = [row for row in rows if refusals(rules, row)]
    assert len(refused) in (0, 15)
    for row in rows:
        rule.canonical_source(row["v"])


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (ColumnType("int2"), ColumnType("NUMBER", precision=4, scale=0)),
        (NUMERIC_9_2, ColumnType("NUMBER", precision=7, scale=2)),
        (varchar(4), varchar2(4)),
        (ColumnType("float8"), NUMBER),
        (ColumnType("bytea"), ColumnType("RAW", 16, byte_length=True)),
        (ColumnType("bool"), varchar2(4)),
    ],
    ids=str,
)
def test_a_narrower_legacy_column_gets_refused_rows(source: ColumnType, target: ColumnType) -> None:
    described = pair_table(source, target)
    rows = generate_rows(*described, count=40, seed=3)
    rules = rules_for(*described)
    assert sum(bool(refusals(rules, row)) for row in rows) == 10


def test_agreed_bounds_hold_for_numbers() -> None:
    described = pair_table(ColumnType("int8"), NUMBER, minimum=5, maximum=70)
    values = [row["v"] for row in generate_rows(*described, count=100, seed=3)]
    assert {5, 70} <= set(values)
    assert all(value is None or 5 <= value <= 70 for value in values)


def with_key(
    source_kind: ColumnType, target_kind: ColumnType
) -> tuple[TableContract, CatalogueTable, CatalogueTable]:
    """The table of ``pair_table`` with a key of other types."""
    agreed, source, target = pair_table(varchar(5), varchar2(5))
    keys = (
        replace(source.columns["id"], type=source_kind),
        replace(target.columns["ID"], type=target_kind),
    )
    source, target = (
        replace(side, columns={**side.columns, key.name: key})
        for side, key in zip((source, target), keys, strict=True)
    )
    return agreed, source, target


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (ColumnType("int4"), 7),
        (ColumnType("numeric"), Decimal(7)),
        (varchar(9), "7"),
        (ColumnType("uuid"), "00000000-0000-0000-0000-000000000007"),
    ],
)
def test_keys_of_other_types(kind: ColumnType, expected: Any) -> None:
    described = with_key(kind, varchar2(36) if kind.name in ("varchar", "uuid") else NUMBER)
    [operation] = generate_operations(*described, keys=1, count=1, first_key=7, seed=1)
    assert operation.key == (expected,)


def test_a_key_no_number_can_be_written_in_is_refused() -> None:
    described = with_key(ColumnType("bytea"), ColumnType("RAW", 16))
    with pytest.raises(GenerationError, match=r"s\.t\.id: key 1 cannot be written as bytea"):
        generate_operations(*described, keys=1, count=1, first_key=1, seed=1)


# ------------------------------------------------------------------ operations


@cache
def operations(seed: int) -> list:
    return generate_operations(CONTRACT, *SIDES, keys=6, count=80, first_key=100, seed=seed)


def test_operations_are_deterministic_and_of_every_kind() -> None:
    assert operations.__wrapped__(4) == operations(4)
    assert operations(4) != operations(5)
    assert {operation.action for operation in operations(4)} == {"insert", "update", "delete"}


@pytest.mark.parametrize("seed", range(8))
def test_operations_can_be_replayed_and_hold_holdable_rows_only(seed: int) -> None:
    made = generate_operations(CONTRACT, *SIDES, keys=3, count=12, first_key=100, seed=seed)
    rows = final_rows(made)  # a KeyError would mean an operation that is not possible
    assert all(refusals(RULES, row) == () for row in rows.values())
    assert all(row["id"] == key[0] for key, row in rows.items())
    assert all(tuple(row) == tuple(pair.source for pair in CONTRACT.pairs) for row in rows.values())


def test_a_key_is_inserted_again_after_its_deletion() -> None:
    seen: set[tuple] = set()
    again = 0
    for operation in operations(4):
        if operation.action == "delete":
            seen.add(operation.key)
        elif operation.action == "insert" and operation.key in seen:
            again += 1
    assert again > 0


# ------------------------------------------------------------------ simplification

VALUES = st.one_of(
    st.text(max_size=12),
    st.integers(),
    st.decimals(allow_nan=False, places=3),
    st.binary(max_size=9),
    st.datetimes(timezones=st.sampled_from([dt.UTC, dt.timezone(dt.timedelta(hours=9))])),
    st.none(),
    st.booleans(),
    st.dates(),
    st.floats(allow_nan=False, allow_infinity=False),
)


@given(VALUES, st.randoms(use_true_random=False))
def test_simplifying_again_and_again_ends(value: Any, random: Any) -> None:
    for _ in range(3000):
        simpler = simplify(value)
        assert all(repr(candidate) != repr(value) for candidate in simpler)
        if not simpler:
            break
        value = random.choice(simpler)
    else:
        pytest.fail("no end of simplifications")


def test_a_failing_text_is_simplified_to_the_one_character_that_fails() -> None:
    value = "London 🛫 to 서울 with 'quotes'  "
    for _ in range(50):
        failing = [
            candidate for candidate in simplify(value) if any(ord(c) > 0xFFFF for c in candidate)
        ]
        if not failing:
            break
        value = min(failing, key=len)
    assert value == "🛫"
