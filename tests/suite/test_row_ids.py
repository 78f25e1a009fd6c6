"""What a row is told by: its agreed key, whatever Oracle calls its own, and every digit of it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.promises.arrivals import check_own_ids
from fixtures.scenario.snapshot import read_all
from fixtures.scenario.strays import strays
from reconciliation.errors import Broken
from reconciliation.model import CatalogueTable, ColumnPair, TableContract
from tests.judge.catalogues import NUMBER, table, varchar, varchar2

PAIRS = (ColumnPair("id", "ID"), ColumnPair("mark", "MARK"))
SOURCE = table("s.t", {"id": NUMBER, "mark": varchar(9)}, key=("id",))
TARGET = table("S.T", {"ID": NUMBER, "MARK": varchar2(9)}, key=("ID",))
ROWS: dict[str, list[dict[str, Any]]] = {
    "s.t": [{"id": 7, "mark": "seven"}, {"id": 8, "mark": "eight"}],
    "S.T": [{"ID": Decimal(7), "MARK": "seven"}, {"ID": Decimal(108), "MARK": "eight"}],
}


class _Engine:
    """Answers every SELECT with the same rows."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self._rows = rows

    def connect(self) -> _Engine:
        return self

    def __enter__(self) -> _Engine:
        return self

    def __exit__(self, *_: object) -> None: ...

    def execute(self, _select: object) -> _Engine:
        return self

    def mappings(self) -> list[dict[str, Any]]:
        return self._rows


def story(target: CatalogueTable) -> Any:
    return SimpleNamespace(
        contract=TableContract("s.t", "S.T", ("id",), PAIRS, "mark"),
        source_table=SOURCE,
        target_table=target,
        parallel_run=SimpleNamespace(source=_Engine(ROWS["s.t"]), target=_Engine(ROWS["S.T"])),
        keys=[7, 8],
        settle=lambda: None,
        in_postgresql=lambda keys: {key: ROWS["s.t"][key[0] - 7] for key in keys},
    )


@pytest.mark.parametrize("key", [("ID",), (), ("MARK", "ID")], ids=["same", "none", "another"])
def test_a_row_is_told_by_its_agreed_key(key: tuple[str, ...]) -> None:
    here = story(replace(TARGET, primary_key=key))
    with pytest.raises(Broken, match=r"1 rows do not .*\ns\.t 8 -> S\.T arrived under id 108$"):
        check_own_ids(here)
    assert strays(here, {7: "seven", 8: "eight"}) == {8: [108]}


def test_keys_that_differ_behind_the_point_are_two() -> None:
    fares = table("S.F", {"FARE": NUMBER}, key=("FARE",))
    numbers = [Decimal("1.50"), Decimal("1.70"), Decimal("2.00"), Decimal("NaN")]
    found = read_all(_Engine([{"FARE": number} for number in numbers]), fares)
    assert list(map(str, found)) == ["1.50", "1.70", "2", "NaN"]
