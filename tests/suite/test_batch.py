"""The batch is written once and judged by several scenarios, whatever can be read of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.promises.batch_verdicts import check
from fixtures.run import BatchFacts
from fixtures.scenario import batch as batches
from fixtures.scenario.batch import Batches
from reconciliation.compare import by_key
from reconciliation.errors import Broken, TooSlow, Unseen
from tests.suite.test_batch_verdicts import CHANGED, KNOWN, REFUSED, SAME, TABLE, TOO_LONG

ALTERED, TOO_LARGE = 7, 8
ROWS = [
    (key, {"id": key, "header": f"row {key}"}, "kept for a reason")
    for key in (6, ALTERED, TOO_LARGE)
]
HIDDEN = "GRANT SELECT ON T TO V"


class World:
    """A table whose row 7 arrives altered and whose row 8 must be refused; what was dropped may not
    be read.

    ``made`` counts the transactions.
    """

    contract, source_table, target_table = TABLE, None, None

    def __init__(self) -> None:
        self.made = 0
        self.differences = [CHANGED]
        self.there: set[int] = {6, ALTERED}
        self.keys: list[int] = []
        self.refused_keys: set[int] = set()
        self.seed = 4711
        self.batches: list[BatchFacts] = []

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        self.made += 1
        yield SimpleNamespace(insert=lambda table, rows: None)

    def touch(self, keys: Iterator[int]) -> None:
        self.keys = list(keys)

    def wrote(self, what: str) -> None:
        pass

    def settle(self) -> Any:
        return SimpleNamespace(lag_seconds=0.5)

    @property
    def parallel_run(self) -> Any:
        return self

    def compare_keys(self, table: str, keys: Sequence[Any]) -> Any:
        return SimpleNamespace(accepted_values={}, differences=self.differences)

    def read(self, table: str, keys: Sequence[Any]) -> tuple[Mapping[Any, Any], Mapping[Any, Any]]:
        return {}, {(key,): {"ID": key, "HEADER": "?"} for key in self.there}

    def exceptions(self) -> list[Any]:
        raise Unseen(HIDDEN)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(Batches, "_rows", lambda self, story: ROWS)
    refused = {key: [TOO_LONG] * (key == TOO_LARGE) for key, _, _ in ROWS}
    monkeypatch.setattr(Batches, "_refused", lambda self, story, rows: refused)
    monkeypatch.setattr(batches, "strays", lambda story, marks: {})
    monkeypatch.setattr(by_key, "compare_keys", World.compare_keys)
    monkeypatch.setattr(by_key, "read", World.read)
    return World()


def of(world: World) -> Any:
    return Batches(world, world, world)  # type: ignore[arg-type]


@pytest.mark.parametrize("guarantee", [SAME, KNOWN])
def test_altered_rows_are_told_although_what_was_dropped_may_not_be_read(
    world: World, guarantee: str
) -> None:
    with pytest.raises(Broken, match="header -> HEADER") as caught:
        check(guarantee, of(world).of(world), world)  # type: ignore[arg-type]
    assert f"what the replication reports of these rows is not known: {HIDDEN}" in str(caught.value)


@pytest.mark.parametrize("guarantee", [REFUSED, KNOWN])
def test_whether_a_missing_row_was_reported_is_not_judged_then(
    world: World, guarantee: str
) -> None:
    world.differences = []
    with pytest.raises(Unseen, match=HIDDEN):
        check(guarantee, of(world).of(world), world)  # type: ignore[arg-type]


def test_a_row_that_was_not_refused_at_all_is_broken_nevertheless(world: World) -> None:
    world.there = {6, ALTERED, TOO_LARGE}
    with pytest.raises(Broken, match="the row arrived all the same"):
        check(REFUSED, of(world).of(world), world)  # type: ignore[arg-type]


def test_rows_that_are_the_same_need_no_account_of_what_was_dropped(world: World) -> None:
    world.differences = []
    check(SAME, of(world).of(world), world)  # type: ignore[arg-type]


def test_the_batch_is_written_once_whatever_cannot_be_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_slow(story: Any, marks: Any) -> Any:
        raise TooSlow("Oracle: no answer within 60 s")

    monkeypatch.setattr(batches, "strays", too_slow)
    made = of(world)
    assert made.of(world) is made.of(world)
    assert (world.made, world.batches) == (1, [made.of(world).facts])
