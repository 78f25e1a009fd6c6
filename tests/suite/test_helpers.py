"""Cells, snapshots, rows and the feature files' promises about columns."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fixtures.gherkin.cells import text_of, value_of
from fixtures.scenario.corpus import corpus_entry
from reconciliation.collateral.change import changes
from reconciliation.model import CatalogueColumn, CatalogueTable, ColumnType
from tests.suite.test_batch_verdicts import TABLE, row

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("cell", "kind", "value"),
    [
        ("-", "varchar", None),
        ("''", "varchar", ""),
        ("3 x ab", "varchar", "ababab"),
        ("London to Busan", "varchar", "London to Busan"),
        ("-17", "int4", -17),
        (
            "1969-07-20T20:17:40+00:00",
            "timestamptz",
            dt.datetime(1969, 7, 20, 20, 17, 40, tzinfo=dt.UTC),
        ),
    ],
)
def test_cells_are_read_by_the_type_of_their_column(cell: str, kind: str, value: Any) -> None:
    assert value_of(cell, ColumnType(kind)) == value


def test_a_cell_that_is_no_value_of_its_column_is_named() -> None:
    with pytest.raises(ValueError, match="'many' is no value of type int4"):
        value_of("many", ColumnType("int4"))
    assert text_of("256 x a") == "a" * 256


def test_a_snapshot_tells_rows_that_came_went_and_changed() -> None:
    before = {(1,): {"ID": 1, "A": "x"}, (2,): {"ID": 2, "A": "y"}}
    after = {(1,): {"ID": 1, "A": "z"}, (3, "x"): {"ID": 3, "A": "y"}}
    assert [str(one) for one in changes("T", before, after)] == [
        "T 1  A  was 'x', is 'z'",
        "T 2  the row went",
        "T 3, 'x'  the row came",
    ]
    assert changes("T", before, dict(before)) == []


def test_a_value_that_is_not_a_number_has_not_changed() -> None:
    before, after = ({(1,): {"A": Decimal("NaN")}} for _ in range(2))
    assert changes("T", before, after) == []


def column(
    name: str, kind: str, nullable: bool = True, length: int | None = None
) -> CatalogueColumn:
    return CatalogueColumn(name, ColumnType(kind, length), nullable)


HERE = {"id": column("id", "int8", False), "header": column("header", "varchar", False, 255)}
THERE = {"ID": column("ID", "NUMBER", False), "HEADER": column("HEADER", "VARCHAR2")}
SOURCE = CatalogueTable("s", "t", HERE, ("id",))
TARGET = CatalogueTable("S", "T", THERE, ("ID",))


def test_a_corpus_entry_holds_the_values_without_the_key() -> None:
    entry = corpus_entry(row().row, TABLE, dt.date(2026, 11, 21))
    assert '"found": "2026-11-21"' in entry
    assert '"header": "x"' in entry
    assert '"id"' not in entry
