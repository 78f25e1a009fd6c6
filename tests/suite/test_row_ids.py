"""What a row is told by: its agreed key, whatever Oracle calls its own, and every digit of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.promises import places
from fixtures.promises.places import check_own_keys
from fixtures.scenario.strays import strays
from fixtures.scenario.subject import Subject
from reconciliation.canonical import rules_for
from reconciliation.collateral.change import AGAIN
from reconciliation.collateral.whole import keyed, read_side
from reconciliation.compare import by_key
from reconciliation.databases.rows import plain_key
from reconciliation.errors import Broken
from reconciliation.model import CatalogueTable, ColumnPair, ColumnType, Key, TableContract
from tests.judge.catalogues import NUMBER, table, varchar, varchar2

PAIRS = (ColumnPair("id", "ID"), ColumnPair("mark", "MARK"))
CONTRACT = TableContract("s.t", "S.T", ("id",), PAIRS, "mark")
SOURCE = table("s.t", {"id": ColumnType("int8"), "mark": varchar(90)}, key=("id",))
TARGET = table("S.T", {"ID": NUMBER, "MARK": varchar2(90)}, key=("ID",))
HERE = {7: "seven", 8: "eight", 9: "twice", 10: "twice"}
THERE = [(7, "seven"), (108, "eight"), (9, "twice"), (10, "twice")]


class Answers:
    """A connection that gives the same rows to every statement."""

    def __init__(self, rows: Iterable[Any]) -> None:
        self._rows = list(rows)

    engine = SimpleNamespace(url=None, dialect=SimpleNamespace(name="postgresql"))

    def connect(self) -> Answers:
        return self

    def __enter__(self) -> Answers:
        return self

    def __exit__(self, *_: object) -> None: ...

    def execute(self, *_: object) -> Answers:
        return self

    def __iter__(self) -> Any:
        return iter(self._rows)

    def mappings(self) -> list[Any]:
        return self._rows


def parallel_run(target: CatalogueTable = TARGET, there: Iterable[Any] = THERE) -> Any:
    catalogues = {"s.t": SOURCE}, {"S.T": target}
    return SimpleNamespace(
        catalogues=catalogues,
        source_catalogue=catalogues[0],
        target_catalogue=catalogues[1],
        rules=lambda name: rules_for(CONTRACT, SOURCE, target),
        target=Answers(there),
        source=Answers(HERE.items()),
    )


@pytest.fixture(autouse=True)
def _by_key(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(run: Any, name: str, keys: Iterable[Key]) -> Any:
        here = {key: {"id": key[0], "mark": HERE[key[0]]} for key in keys if key[0] in HERE}
        there = dict(THERE)
        return here, {key: {"ID": key[0]} for key in keys if key[0] in there}

    monkeypatch.setattr(by_key, "read", read)


def story(run: Any, *keys: int) -> Any:
    subject = Subject(CONTRACT, SOURCE, run.target_catalogue["S.T"])
    subject.rows = {(key,): SimpleNamespace(row={"mark": HERE[key]}) for key in keys}  # type: ignore[misc]
    return SimpleNamespace(
        parallel_run=run,
        settle=lambda: None,
        each=lambda judge: judge(subject),
        in_postgresql=lambda subject, keys: by_key.read(run, "s.t", keys)[0],
        subject=subject,
    )


@pytest.mark.parametrize("key", [("ID",), (), ("MARK", "ID")], ids=["same", "none", "another"])
def test_a_row_is_told_by_its_agreed_key(key: tuple[str, ...]) -> None:
    run = parallel_run(replace(TARGET, primary_key=key))
    here = story(run, 7, 8)
    with pytest.raises(Broken, match=r"1 rows do not .*\ns\.t 8 -> S\.T arrived under key 108$"):
        check_own_keys(here)
    assert strays(run, here.subject, {(7,): "seven", (8,): "eight"}) == {(8,): [(108,)]}


def test_two_rows_that_bear_the_same_text_are_two() -> None:
    check_own_keys(story(parallel_run(), 9))


def test_a_row_that_stands_there_twice_does_not_stand_there_once() -> None:
    twice = [(7, "seven"), (7, "seven")]
    with pytest.raises(Broken, match="arrived under key 7; 7"):
        check_own_keys(story(parallel_run(there=twice), 7))


def test_without_a_text_to_search_for_a_row_is_told_by_its_key_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(places, "searchable_mark", lambda run, contract: None)
    check_own_keys(story(parallel_run(), 7))
    with pytest.raises(Broken, match=r"8 -> S\.T did not arrive under any key"):
        check_own_keys(story(parallel_run(), 8))


def test_keys_that_differ_behind_the_point_are_two() -> None:
    numbers = [Decimal("1.50"), Decimal("1.70"), Decimal("2.00"), Decimal("NaN")]
    found = keyed([{"FARE": number} for number in numbers], plain_key(("FARE",)))
    assert [str(key[0]) for key in found] == ["1.50", "1.70", "2", "NaN"]


def test_a_snapshot_goes_by_canonical_keys_on_both_sides() -> None:
    run = parallel_run(there=[(Decimal("7.0"), "seven"), (7, "again")])
    here, there = by_key.sides_of(CONTRACT, run.rules("s.t"), run.catalogues)
    assert list(read_side(run.source, here)) == [(7,), (8,), (9,), (10,)]
    assert list(read_side(run.target, there)) == [(7,), (7, AGAIN)]


def test_a_key_that_cannot_be_hashed_is_known_by_its_words() -> None:
    assert list(keyed([{"A": [1]}, {"A": [2]}], lambda row: (row["A"],))) == [("[1]",), ("[2]",)]
