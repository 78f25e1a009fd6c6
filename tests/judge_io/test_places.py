"""Where rows of a run may stand, and in which order they go."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from reconciliation.databases.rows import Side, plain_key
from reconciliation.model import CatalogueColumn, CatalogueTable, ColumnType, ForeignKey
from reconciliation.session.marker import searchable_mark
from reconciliation.session.places import Place, children_first, place_of

from . import samples
from .samples import CONTRACT, SOURCE_TABLE, TABLE, TARGET_TABLE

AGREED = (900_000_000, 900_999_999)


def _table(name: str, *parents: str) -> CatalogueTable:
    keys = tuple(ForeignKey(f"{name}_{one}", ("id",), f"s.{one}", ("id",)) for one in parents)
    return CatalogueTable("s", name, {}, ("id",), foreign_keys=keys)


def _ordered(*tables: CatalogueTable) -> list[str]:
    catalogue = {table.full_name: table for table in tables}
    places = [
        Place(table.full_name, Side(table, ("id",), ("id",), False, plain_key(("id",))), None)
        for table in tables
    ]
    return [one.name for one in children_first(places, catalogue, is_target=False)]


def test_children_go_before_their_parents() -> None:
    tables = (
        _table("line", "payment", "merchant"),
        _table("merchant"),
        _table("payment", "merchant", "outside"),
        _table("category", "category"),
    )
    for given in (tables, tables[::-1]):
        order = _ordered(*given)
        assert sorted(order) == ["s.category", "s.line", "s.merchant", "s.payment"]
        assert order.index("s.line") < order.index("s.payment") < order.index("s.merchant")


def test_a_ring_of_tables_is_each_of_them_once() -> None:
    assert sorted(_ordered(_table("a", "b"), _table("b", "a"), _table("c", "a"))) == [
        "s.a",
        "s.b",
        "s.c",
    ]


def _place(**changes: Any) -> Place | None:
    run = samples.parallel_run(
        contract=replace(CONTRACT, tables=(replace(TABLE, **changes),)),
    )
    return place_of(run, TABLE.source)


def test_a_whole_number_key_has_the_range_that_was_agreed() -> None:
    place = _place()
    assert place is not None
    assert (place.here.columns, place.there.columns) == (("id",), ("ID",))
    assert place.reserved(AGREED) == AGREED


@pytest.mark.parametrize(
    ("changes", "reserved"),
    [
        ({"reserved": {"id": (5, 9)}}, (5, 9)),
        ({"key": ("header",)}, None),
        ({"key": ("id", "header")}, None),
        ({"write": False}, None),
    ],
)
def test_other_tables_have_another_range_or_none(changes: Any, reserved: Any) -> None:
    place = _place(**changes)
    assert place is not None
    assert place.reserved(AGREED) == reserved


def test_rows_outside_a_filter_are_the_run_s_as_well() -> None:
    place = _place(source_filter="id < 5", target_filter="ID < 5")
    assert place is not None
    assert "WHERE" not in place.here.select() + place.there.select()


@pytest.mark.parametrize("unfit", [{TABLE.source: "no such column"}, {}])
def test_a_table_that_cannot_be_looked_at_has_no_place(unfit: dict[str, str]) -> None:
    run = samples.parallel_run(unfit=unfit)
    assert (place_of(run, TABLE.source) is None) is bool(unfit)
    assert place_of(run, "travelbuddy.gone") is None
    keyless = samples.parallel_run(contract=replace(CONTRACT, tables=(replace(TABLE, key=()),)))
    assert place_of(keyless, TABLE.source) is None


def _marked(here: ColumnType, there: ColumnType, **changes: Any) -> str | None:
    source = {**SOURCE_TABLE.columns, "header": CatalogueColumn("header", here, True)}
    target = {**TARGET_TABLE.columns, "HEADER": CatalogueColumn("HEADER", there, True)}
    run = samples.parallel_run(
        source_catalogue={TABLE.source: replace(SOURCE_TABLE, columns=source)},
        target_catalogue={TABLE.target: replace(TARGET_TABLE, columns=target)},
    )
    return searchable_mark(run, replace(TABLE, **changes))


@pytest.mark.parametrize(
    ("here", "there", "is_searched"),
    [
        (ColumnType("text"), ColumnType("VARCHAR2", length=40), True),
        (ColumnType("varchar", length=40), ColumnType("NVARCHAR2", length=40), True),
        (ColumnType("varchar", length=39), ColumnType("VARCHAR2", length=255), False),
        (ColumnType("text"), ColumnType("VARCHAR2", length=39), False),
        (ColumnType("text"), ColumnType("CLOB"), False),
        (ColumnType("bpchar", length=60), ColumnType("CHAR", length=60), False),
        (ColumnType("uuid"), ColumnType("VARCHAR2", length=40), False),
    ],
    ids=str,
)
def test_a_token_is_put_where_it_can_be_searched(
    here: ColumnType, there: ColumnType, is_searched: bool
) -> None:
    assert _marked(here, there) == ("header" if is_searched else None)


def test_a_table_may_have_no_mark_or_one_in_its_key() -> None:
    kinds = ColumnType("text"), ColumnType("VARCHAR2", length=80)
    assert _marked(*kinds) == "header"
    assert _marked(*kinds, mark_column=None) is None
    assert _marked(*kinds, key=("id", "header")) is None
