"""The task's counters are held against what this run wrote, at least, and against what PostgreSQL
says was written, at most.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.promises import counters
from fixtures.promises.counters import awaited, check_statistics
from fixtures.scenario import accounting
from fixtures.scenario.accounting import STATISTICS_SECONDS, Tally
from fixtures.scenario.script import Script
from fixtures.scenario.story import Story
from reconciliation import replication
from reconciliation.compare import by_key
from reconciliation.databases.written import LATE_SECONDS, Written
from reconciliation.errors import Broken, NotJudged
from tests.suite.many_tables import World, world

__all__ = ["world"]

ONE, TOLD = Counter(inserts=2), {"inserts": 1, "updates": 0, "deletes": 0}
VERBS = tuple(TOLD)


class Counts:
    """What the task and PostgreSQL count, of one table, in the order in which they are asked.
    ``others`` write between any two looks, ``factor`` is how often the task counts what it applied.
    """

    def __init__(self, world: World) -> None:
        self.world, self.asked = world, list[str]()
        self.others, self.rolled_back, self.factor, self.frozen = 0, 0, 1, False
        self.era: Any = ("started", "reset")
        self._written = self._counted = 0

    def _rows(self) -> int:
        """Everything that was inserted into the table: keys are noted when their row is made."""
        self._written += self.others
        return self._written + len(self.world.noted["s.t"])

    def task(self, run: Any) -> list[Any]:
        self.asked.append("task")
        if not self.frozen:
            self._counted = self._rows()
        counted = dict.fromkeys((f"{one}{verb}" for one in ("", "applied_") for verb in VERBS), 0)
        counted |= {"inserts": self._counted, "applied_inserts": self._counted * self.factor}
        return [SimpleNamespace(full_name="s.t", **counted)]

    def source(self, engine: Any, tables: Any) -> Written:
        self.asked.append("PostgreSQL")
        rows = Counter(inserts=self._rows() + self.rolled_back, updates=0, deletes=0)
        return Written(self.era, {"s.t": rows})


@pytest.fixture
def counts(world: World, monkeypatch: pytest.MonkeyPatch) -> Counts:
    made = Counts(world)

    @contextmanager
    def begin(roll_back: bool) -> Iterator[None]:
        assert roll_back
        yield None

    world.judge.transactions = SimpleNamespace(begin=begin)
    world.judge.parallel_run.source = None
    world.maker.fixed = {"s.t"}
    clock = itertools.count()
    ticking = SimpleNamespace(monotonic=lambda: float(next(clock)), sleep=lambda seconds: None)
    monkeypatch.setattr(accounting, "time", ticking)
    monkeypatch.setattr(
        counters,
        "awaited",
        lambda look, blurred: awaited(look, blurred, ticking.monotonic, ticking.sleep),
    )
    monkeypatch.setattr(accounting, "hand_in", lambda connection: made.asked.append("hand in"))
    monkeypatch.setattr(accounting, "rows_written", made.source)
    monkeypatch.setattr(replication, "table_statistics", made.task)
    monkeypatch.setattr(by_key, "read", lambda run, table, keys: (dict.fromkeys(keys), {}))
    return made


def story_of(world: World) -> Story:
    """One row was inserted into one table."""
    story = world.story(said=["Then the table statistics count this"])
    story.about("t")
    story.remember()
    script = Script(story)
    [subject] = story.standing
    script.insert(subject, script.made(subject, 1))
    script.run("inserted")
    return story


def test_postgresql_is_asked_before_the_task_at_first_and_behind_it_at_last(
    world: World, counts: Counts
) -> None:
    story = story_of(world)
    opening = ["hand in", "PostgreSQL", "task", "task"]
    assert counts.asked == opening
    assert world.limits == [(5.0, ("s.t",))]
    check_statistics(story, TOLD)
    assert counts.asked == [*opening, "task", "hand in", "PostgreSQL"]


@pytest.mark.parametrize("others", [0, 7])
def test_what_others_write_meanwhile_is_no_concern(
    world: World, counts: Counts, others: int
) -> None:
    counts.others = others
    check_statistics(story_of(world), TOLD)


def test_where_nobody_else_wrote_the_task_counts_what_this_run_wrote(
    world: World, counts: Counts
) -> None:
    story = story_of(world)
    counts.factor = 2
    with pytest.raises(Broken) as caught:
        check_statistics(story, TOLD)
    assert str(caught.value).endswith(
        "{'inserts': 2, 'updates': 0, 'deletes': 0} were written (markers included), "
        "{'inserts': 2, 'updates': 0, 'deletes': 0} in all by PostgreSQL's count"
    )


def test_counters_beyond_what_anybody_wrote_are_broken(world: World, counts: Counts) -> None:
    story = story_of(world)
    counts.others, counts.factor = 2, 3
    with pytest.raises(Broken, match="by PostgreSQL's count"):
        check_statistics(story, TOLD)


@pytest.mark.parametrize("others", [0, 5])
def test_counters_that_stand_still_are_broken(world: World, counts: Counts, others: int) -> None:
    counts.frozen, counts.others = True, others
    with pytest.raises(Broken, match=r"^after 5 s the statistics grew by {'inserts': 0, "):
        check_statistics(story_of(world), TOLD)


def test_counters_of_postgresql_that_began_anew_say_nothing(world: World, counts: Counts) -> None:
    story = story_of(world)
    counts.era = ("started", "reset again")
    check_statistics(story, TOLD)
    counts.factor = 2
    with pytest.raises(NotJudged, match="PostgreSQL cannot say: its counters stand still"):
        check_statistics(story, TOLD)


def test_where_no_marker_was_seen_earlier_rows_may_be_among_them(
    world: World, counts: Counts
) -> None:
    world.silent = {"s.t"}
    story = story_of(world)
    world.silent = set()
    counts.factor = 2
    with pytest.raises(NotJudged, match="may still have counted what was written before"):
        check_statistics(story, TOLD)


def test_a_table_without_statistics_is_broken(
    world: World, counts: Counts, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = story_of(world)
    monkeypatch.setattr(replication, "table_statistics", lambda run: [])
    with pytest.raises(Broken, match=r"keeps no statistics of s\.t"):
        check_statistics(story, TOLD)


# ------------------------------------------------------------------ waiting

HELD = Tally(ONE, ONE, ONE, ONE)
BEHIND = replace(HELD, applied=Counter(inserts=1))
BEYOND = replace(HELD, captured=Counter(inserts=3))
SHARED = replace(HELD, captured=Counter(inserts=3), in_all=Counter(inserts=9))
BLURRED = 4


def looks(*tallies: Tally) -> tuple[dict[str, Tally], int]:
    """The last look and how many there were, with a clock that goes on by a second a look; the last
    one is seen again and again.
    """
    seen, clock = 0, itertools.count()

    def look() -> dict[str, Tally]:
        nonlocal seen
        seen += 1
        return {"held": HELD, "s.t": tallies[min(seen, len(tallies)) - 1]}

    found = awaited(look, BLURRED, lambda: float(next(clock)), lambda seconds: None)
    return found, seen


@pytest.mark.parametrize(
    ("tallies", "seen"),
    [
        ((HELD,), 1),
        ((BEHIND, HELD), 2),
        ((BEYOND, BEYOND, HELD), 3),
        ((BEHIND,), int(STATISTICS_SECONDS)),
        ((BEYOND,), int(LATE_SECONDS)),
        ((SHARED,), BLURRED),
        ((SHARED, SHARED, SHARED, BEYOND), int(LATE_SECONDS)),
    ],
)
def test_a_table_that_something_stands_against_has_its_time(
    tallies: tuple[Tally, ...], seen: int
) -> None:
    found, looked = looks(*tallies)
    assert (found["s.t"], looked) == (tallies[-1], seen)
