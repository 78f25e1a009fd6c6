"""What is made without asking anybody: orders of tables, values kept free, plain values, and the
values a condition speaks of.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from itertools import islice
from typing import Any

import pytest

from reconciliation.errors import Unmakeable
from reconciliation.making.asking import spelled
from reconciliation.making.columns import Column
from reconciliation.making.kept_free import Reserved, every_series, letters_of
from reconciliation.making.links import parents_first
from reconciliation.making.literals import names, tried
from reconciliation.making.plain import plain
from reconciliation.model import CatalogueColumn, ColumnType
from tests.judge.catalogues import NUMBER, varchar, varchar2
from tests.judge.single_rules import rule

RESERVED = Reserved(900_000_000, 900_999_998, {}, "zz0run")


def column(
    source: ColumnType, target: ColumnType, conversion: str | None = None, **changes: Any
) -> Column:
    found = rule(source, target, conversion)
    return Column(found.source, (found,), **changes)


# ------------------------------------------------------------------ order


def test_parents_come_first_and_what_is_only_wanted_gives_way() -> None:
    order = parents_first(
        ["line", "payment", "merchant"],
        {"line": ["payment"], "payment": ["merchant"], "merchant": ["country"]},
        {"merchant": ["line", "merchant"]},
    )
    assert order.tables == ("merchant", "payment", "line")
    assert order.cut == {("merchant", "line")}
    assert order.rings == frozenset()


def test_a_ring_of_needs_has_no_first_row_and_its_children_come_without_it() -> None:
    order = parents_first(
        ["egg", "hen", "farm"], {"egg": ["hen"], "hen": ["egg"], "farm": ["hen"]}, {}
    )
    assert order.rings == {"egg", "hen"}
    assert order.tables == ("farm",)


# ------------------------------------------------------------------ values kept free


@pytest.mark.parametrize(
    ("source", "target", "first"),
    [
        (ColumnType("int8"), NUMBER, 900_000_000),
        (ColumnType("int2"), NUMBER, 29_492),
        (ColumnType("int4"), ColumnType("NUMBER", precision=3), 501),
        (ColumnType("numeric", precision=12), ColumnType("NUMBER"), Decimal(900_000_000)),
        (
            ColumnType("numeric", precision=18, scale=4),
            ColumnType("NUMBER", precision=9, scale=4),
            Decimal(90_001),
        ),
        (ColumnType("text"), varchar2(40), "zz0run000000"),
        (varchar(10), varchar2(8), "zz0ru"),
        (varchar(3), varchar2(9), "z"),
        (ColumnType("date"), ColumnType("DATE"), dt.date(2900, 1, 1)),
        (ColumnType("timestamp"), ColumnType("DATE"), dt.datetime(2900, 1, 1)),
        (
            ColumnType("timestamptz"),
            ColumnType("TIMESTAMP", scale=6),
            dt.datetime(2900, 1, 1, tzinfo=dt.UTC),
        ),
    ],
    ids=str,
)
def test_what_is_kept_free_in_columns_of_every_kind(
    source: ColumnType, target: ColumnType, first: object
) -> None:
    of = column(source, target)
    series = every_series(of, RESERVED)[0]
    if isinstance(first, str):
        assert str(series.at(0)).startswith(first)
    else:
        assert series.at(0) == first
    values = [series.at(place) for place in (*range(50), series.size - 1)]
    assert all(of.keeps(value) for value in values)
    assert len(set(map(repr, values))) == len(values)


def test_runs_differ_in_their_letters() -> None:
    letters = {letters_of(f"run {number}") for number in range(200)}
    assert len(letters) > 195
    assert all(word.startswith("zz") and len(word) == 6 for word in letters)


@pytest.mark.parametrize(
    ("kind", "first", "last", "expected"),
    [
        (ColumnType("int4"), 7, 9, [7, 8, 9]),
        (varchar(9), "TEST-08", "TEST-10", ["TEST-08", "TEST-09", "TEST-10"]),
        (varchar(9), "QX", "QZ", ["QX", "QY", "QZ"]),
        (
            ColumnType("date"),
            dt.date(2800, 1, 1),
            dt.date(2800, 1, 2),
            [dt.date(2800, 1, 1), dt.date(2800, 1, 2)],
        ),
    ],
    ids=str,
)
def test_the_contract_says_what_is_kept_free(
    kind: ColumnType, first: Any, last: Any, expected: list[object]
) -> None:
    of = Column(CatalogueColumn("code", kind, False))
    (series,) = every_series(of, Reserved(1, 2, {"code": (first, last)}, "zz"))
    assert [series.at(place) for place in range(series.size)] == expected


def test_reserved_values_that_are_none_are_told() -> None:
    of = Column(CatalogueColumn("code", varchar(9), False))
    with pytest.raises(Unmakeable, match=r"column code varchar\(9\): \[reserved\] 'A' to 'B1'"):
        every_series(of, Reserved(1, 2, {"code": ("A", "B1")}, "zz"))


# ------------------------------------------------------------------ plain values


def test_rows_and_columns_differ_in_their_plain_values() -> None:
    kinds = (ColumnType("int4"), varchar(9), ColumnType("timestamptz"), ColumnType("uuid"))
    for kind in kinds:
        firsts = [
            next(plain(Column(CatalogueColumn("c", kind, False), ordinal=place), number))
            for place in (1, 2)
            for number in range(1, 100)
        ]
        assert len(set(map(repr, firsts))) == len(firsts), kind


def test_no_plain_value_is_rounded_where_there_is_another() -> None:
    seconds = column(ColumnType("timestamptz"), NUMBER, "epoch_seconds")
    assert next(plain(seconds, 1)).microsecond == 0  # type: ignore[attr-defined]
    narrow = column(
        ColumnType("numeric", precision=9, scale=4), ColumnType("NUMBER", precision=9, scale=1)
    )
    value = next(plain(narrow, 3))
    assert value == round(value, 1)  # type: ignore[call-overload]


def test_limits_agreed_on_are_kept() -> None:
    found = rule(ColumnType("int4"), NUMBER)
    late = replace(found, pair=replace(found.pair, minimum=50_000, maximum=60_000))
    assert all(
        50_000 <= value <= 60_000  # type: ignore[operator]
        for number in range(20)
        for value in plain(Column(late.source, (late,)), number)
    )


def test_the_contracts_values_come_in_turn_and_no_others() -> None:
    of = Column(CatalogueColumn("code", varchar(9), False), values=("a", "b"))
    assert [next(plain(of, number)) for number in range(4)] == ["a", "b", "a", "b"]
    assert sorted(map(str, plain(of, 1))) == ["a", "b"]


def test_the_mark_is_cut_where_the_column_is_short() -> None:
    of = column(varchar(40), varchar2(5))
    assert next(plain(of, 12, "a long mark")) == "a lon"
    assert next(plain(column(varchar(40), varchar2(40)), 12, "a mark")) == "a mark 12"


# ------------------------------------------------------------------ conditions


def test_the_values_a_condition_speaks_of() -> None:
    def found(kind: ColumnType, expression: str) -> list[object]:
        return list(islice(tried(Column(CatalogueColumn("c", kind, True)), expression), 200))

    assert {99, 100, 101} <= set(found(ColumnType("int4"), "((c >= 100) AND (c < '7'::int4))"))
    assert Decimal("0.5") in found(ColumnType("numeric"), "(c > 0.5)")
    assert dt.date(2020, 1, 2) in found(ColumnType("date"), "(c > '2020-01-01'::date)")
    assert {"it's", "b"} <= set(
        found(varchar(9), "c = ANY (ARRAY['it''s'::text, 'b'::character varying])")
    )
    assert found(ColumnType("date"), "c < '9999-12-31'::date")  # beyond it there is no day


def test_what_may_name_a_column_and_what_is_text() -> None:
    assert {"low", "Odd Name", "이름"} <= names("""(low < "Odd Name") AND 이름 <> 'text'""")
    assert "text" not in names("(low <> 'text')")


def test_values_as_postgresql_reads_them() -> None:
    moment = dt.datetime(2001, 2, 3, 4, 5, tzinfo=dt.UTC)
    assert [spelled(value) for value in (None, True, b"\x00\xff", moment, Decimal("1.50"))] == [
        None,
        "true",
        "\\x00ff",
        "2001-02-03 04:05:00+00:00",
        "1.50",
    ]
