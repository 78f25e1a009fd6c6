"""The batches are written once and judged by several scenarios, whatever can be read of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from fixtures.promises.batch_verdicts import check_batches
from fixtures.scenario import batch as batches
from fixtures.scenario.batch import Batches, Written
from fixtures.scenario.script import Script
from fixtures.scenario.story import Story
from reconciliation import replication
from reconciliation.compare import by_key
from reconciliation.errors import Broken, NotJudged, TooSlow, Unseen
from reconciliation.making import OwnRow
from steps.values import a_generated_batch
from tests.suite.many_tables import World, world
from tests.suite.test_batch_verdicts import CHANGED, KNOWN, REFUSED, SAME, TOO_LONG

__all__ = ["world"]

HIDDEN = "GRANT SELECT ON T TO V"
FINE, ALTERED, TOO_LARGE = (6,), (7,), (8,)


class Arriving(World):
    """Of each table row 7 arrives altered, and row 8 must be refused; what was dropped may not be
    read.
    """

    there: tuple[Any, ...] = (FINE, ALTERED)
    differences: tuple[Any, ...] = (CHANGED,)

    def rows(self, script: Script, subject: Any) -> list[Written]:
        return [
            Written(
                OwnRow(subject.table, key, {"id": key[0], "header": f"row {key[0]}"}),
                "kept for a reason",
                [TOO_LONG] * (key == TOO_LARGE),
            )
            for key in (FINE, ALTERED, TOO_LARGE)
        ]

    def compare_keys(self, run: Any, table: str, keys: Any) -> Any:
        found = super().compare_keys(run, table, keys)
        found.differences = [replace(one, table=table) for one in self.differences]
        return found

    def read(self, run: Any, table: str, keys: Any) -> tuple[Mapping[Any, Any], Mapping[Any, Any]]:
        return {}, {key: {"ID": key[0], "HEADER": "?"} for key in self.there}


@pytest.fixture
def arriving(world: World, monkeypatch: pytest.MonkeyPatch) -> Arriving:
    made = Arriving()
    for name in ("write", "wait", "act"):
        monkeypatch.setattr(made, name, getattr(world, name))
    monkeypatch.setattr(Batches, "_rows", lambda self, script, subject: made.rows(script, subject))
    monkeypatch.setattr(by_key, "compare_keys", made.compare_keys)
    monkeypatch.setattr(by_key, "compare_tables", made.compare_tables)
    monkeypatch.setattr(by_key, "read", made.read)

    def hidden(run: Any, since: Any) -> list[Any]:
        raise Unseen(HIDDEN)

    monkeypatch.setattr(replication, "apply_exceptions", hidden)
    made.judge.parallel_run = world.judge.parallel_run
    return made


def judged(
    arriving: Arriving, guarantee: str, made: Batches, who: str = "row of every mapped table"
) -> Story:
    story = arriving.story(last=True)
    a_generated_batch(who, story, made)
    check_batches(guarantee, made.of(story), story)
    return story


def of(arriving: Arriving) -> Batches:
    return Batches(arriving.judge, arriving.run)


@pytest.mark.parametrize("guarantee", [SAME, KNOWN])
def test_altered_rows_are_told_although_what_was_dropped_may_not_be_read(
    arriving: Arriving, guarantee: str
) -> None:
    with pytest.raises(Broken, match="header -> HEADER") as caught:
        judged(arriving, guarantee, of(arriving))
    assert str(caught.value).startswith("2 of 2 tables broken: s.t, s.u\ns.t: ")
    assert f"what the replication reports of these rows is not known: {HIDDEN}" in str(caught.value)


@pytest.mark.parametrize("guarantee", [REFUSED, KNOWN])
def test_whether_a_missing_row_was_reported_is_not_judged_then(
    arriving: Arriving, guarantee: str
) -> None:
    arriving.differences = ()
    with pytest.raises(NotJudged, match=HIDDEN):
        judged(arriving, guarantee, of(arriving))
    with pytest.raises(Unseen, match=HIDDEN):
        judged(arriving, guarantee, of(arriving), "t")


def test_a_row_that_was_not_refused_at_all_is_broken_nevertheless(arriving: Arriving) -> None:
    arriving.there = (FINE, ALTERED, TOO_LARGE)
    with pytest.raises(Broken, match="the row arrived all the same"):
        judged(arriving, REFUSED, of(arriving))


def test_rows_that_are_the_same_need_no_account_of_what_was_dropped(arriving: Arriving) -> None:
    arriving.differences = ()
    judged(arriving, SAME, of(arriving))


def test_the_batches_are_written_once_whatever_cannot_be_read(
    arriving: Arriving, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_slow(*_: Any) -> Any:
        raise TooSlow("Oracle: no answer within 60 s")

    arriving.differences = ()
    monkeypatch.setattr(batches, "strays", too_slow)
    made = of(arriving)
    for _ in range(2):
        judged(arriving, SAME, made)
    assert len(world.done) == len(world.limits) == 1
    assert [facts.table for facts in arriving.run.batches] == ["s.t", "s.u"]
    assert arriving.run.refused_keys == {"s.t": {TOO_LARGE}, "s.u": {TOO_LARGE}}
