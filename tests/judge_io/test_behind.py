"""Rows that differ while the replication is behind are in flight, not divergent; what tells that it
is behind.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from reconciliation.canonical import rules_for
from reconciliation.compare.recheck import LIMITS_AT_MOST, RecheckOutcome, recheck
from reconciliation.compare.rereads import Rereads
from reconciliation.compare.rows import compare_rows
from reconciliation.compare.tally import Tally, final_result, first_result
from reconciliation.errors import EnvironmentFault
from reconciliation.model import Difference, Key, Row, Status
from reconciliation.replication import behind
from reconciliation.replication.behind import Delivery, Standing

from . import samples
from .fake_aws import FakeAws, FakeClient
from .samples import SOURCE_TABLE, TABLE, TARGET_TABLE, difference
from .test_waiting import Clock

LIMIT = 10.0


# ------------------------------------------------------------------ looking again


class Late:
    """Two keys: 1 differs until ``arrives``, 2 for ever; the replication says that it is behind
    until ``told``.
    """

    def __init__(self, arrives: float, told: float) -> None:
        self.arrives, self.told, self.clock = arrives, told, Clock()
        self.asked: list[bool] = []

    @property
    def passed(self) -> float:
        return self.clock.now - 100.0

    def look(self, keys: Sequence[Key]) -> tuple[list[Difference], dict[Key, object]]:
        differing = [key for key in keys if key == (2,) or self.passed < self.arrives]
        return [difference(key[0]) for key in differing], dict.fromkeys(keys, 0)

    def behind(self, anew: bool) -> str | None:
        self.asked.append(anew)
        return "20 s behind" if self.passed < self.told else None

    def recheck(self) -> RecheckOutcome:
        return recheck(
            self.look,
            [(1,), (2,)],
            LIMIT,
            behind=self.behind,
            clock=self.clock.time,
            sleep=self.clock.sleep,
        )


def test_what_comes_after_the_limit_is_late_while_the_replication_is_behind() -> None:
    world = Late(arrives=15.0, told=17.0)
    outcome = world.recheck()
    assert outcome.agreed == ((1,),)
    assert [item.key for item in outcome.differences] == [(2,)]
    assert (outcome.moving, outcome.behind) == ((), None)
    assert world.asked[0] is True
    assert not any(world.asked[1:])  # the question stays the same: about what was written by then
    assert 17 <= world.passed <= 20


def test_nothing_is_divergent_when_the_replication_stays_behind() -> None:
    world = Late(arrives=1e9, told=1e9)
    outcome = world.recheck()
    assert outcome.differences == ()
    assert (outcome.moving, outcome.behind) == (((1,), (2,)), "20 s behind")
    assert LIMITS_AT_MOST * LIMIT <= world.passed <= LIMITS_AT_MOST * LIMIT + 3


def test_looks_slower_than_all_patience_do_not_keep_a_row_from_being_judged() -> None:
    world = Late(arrives=0.0, told=0.0)
    look = world.look

    def slow(keys: Sequence[Key]) -> tuple[list[Difference], dict[Key, object]]:
        world.clock.now += 2 * LIMITS_AT_MOST * LIMIT
        return look(keys)

    world.look = slow  # type: ignore[method-assign]
    outcome = world.recheck()
    assert [item.key for item in outcome.differences] == [(2,)]
    assert (outcome.moving, world.asked) == ((), [True])


def test_a_row_is_read_again_after_the_replication_has_caught_up() -> None:
    """The row arrives between the look and the answer that everything has been delivered."""
    world = Late(arrives=1e9, told=0.0)
    told = world.behind

    def arriving(anew: bool) -> str | None:
        world.arrives = 0.0
        return told(anew)

    world.behind = arriving  # type: ignore[method-assign]
    outcome = world.recheck()
    assert outcome.agreed == ((1,),)
    assert [item.key for item in outcome.differences] == [(2,)]


def test_a_row_that_changed_after_the_question_is_asked_about_again() -> None:
    world = Late(arrives=0.0, told=0.0)
    look = world.look
    world.look = lambda keys: (look(keys)[0], dict.fromkeys(keys, world.passed < 5.0))  # type: ignore[method-assign]
    outcome = world.recheck()
    assert [item.key for item in outcome.differences] == [(2,)]
    assert 15 <= world.passed <= 18


def test_rows_behind_a_late_replication_are_in_flight_with_the_reason() -> None:
    tally = Tally(source_rows=3, target_rows=3, equal_rows=1)
    tally.suspect([(1,), (2,)])
    first = first_result(TABLE, {}, tally, "texts")
    result = final_result(first, RecheckOutcome((), ((1,), (2,)), (), "20 s behind"), tally)
    assert (result.status, result.in_flight_rows, result.reason) == (
        Status.IN_FLIGHT,
        2,
        "20 s behind",
    )


# ------------------------------------------------------------------ looks with a memory


class Streams:
    """One row: what the source shows at each look, and what the target shows."""

    def __init__(self, here: Sequence[str | None], there: Sequence[str | None]) -> None:
        self.here, self.there, self.number = here, there, 0
        self.rules = rules_for(TABLE, SOURCE_TABLE, TARGET_TABLE)

    def read(
        self, keys: Sequence[Key]
    ) -> tuple[Sequence[Difference], dict[Key, tuple[Row | None, Row | None]]]:
        left, right = self.here[self.number], self.there[self.number]
        self.number += 1
        ours = left and {
            "id": 1,
            "header": left,
            "cost": 1,
            "origin": None,
            "xmin": str(self.number),
        }
        theirs = right and {"ID": 1, "HEADER": right, "COST": 1, "ORIGIN": None}
        found = compare_rows(
            TABLE, self.rules, {(1,): ours} if ours else {}, {(1,): theirs} if theirs else {}
        )
        return found.differences, {(1,): (ours or None, theirs or None)}

    def differs(self) -> list[bool]:
        rereads = Rereads(self.read, TABLE, self.rules)
        return [bool(rereads.again([(1,)])[0]) for _ in self.here]


@pytest.mark.parametrize(
    ("here", "there", "differs"),
    [
        (
            ["a", "b", "c"],
            ["z", "a", "z"],
            [True, False, True],
        ),  # a late row of a hot key, and one that is wrong
        (["a", "b", "c"], ["z", "z", "z"], [True, True, True]),
        (
            [None, "b"],
            ["z", None],
            [True, False],
        ),  # inserted meanwhile, and its deletion before that arrived
        (["a", None], [None, "a"], [True, False]),
        (["a", "a"], [None, None], [True, True]),
        ([None, None], ["a", "a"], [True, True]),
        (["b", "a"], ["a", "a"], [True, False]),
        (["a", "b", "b"], ["b", "a", "z"], [True, False, True]),
    ],
)
def test_a_target_that_shows_an_earlier_state_of_the_source_is_late(
    here: list[str | None], there: list[str | None], differs: list[bool]
) -> None:
    assert Streams(here, there).differs() == differs


def test_a_row_written_again_as_it_was_has_changed() -> None:
    streams = Streams(["a", "a"], ["z", "z"])
    rereads = Rereads(streams.read, TABLE, streams.rules)
    first, second = (rereads.again([(1,)])[1] for _ in range(2))
    assert first != second  # another transaction wrote it


# ------------------------------------------------------------------ many suspects


def test_more_suspects_than_are_looked_at_again_are_reread_once_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("reconciliation.compare.tally.RECHECKED_ROWS", 3)
    tally = Tally()
    tally.suspect((key,) for key in range(10))
    tally.recheck_once(lambda keys: ([difference(key[0]) for key in keys if key[0] in (4, 8)], {}))
    assert (tally.suspects, tally.settled) == ([(4,), (8,)], 8)
    result = first_result(TABLE, {}, Tally(10, 10, 0, [(4,), (8,)], 10), "texts")
    final = final_result(result, RecheckOutcome(((4,),), (), (difference(8),)), tally)
    assert (final.status, final.equal_rows, final.differing_rows, final.reason) == (
        Status.DIVERGENT,
        9,
        1,
        None,
    )


def test_rows_that_stay_different_in_great_number_are_counted_as_not_looked_at(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("reconciliation.compare.tally.RECHECKED_ROWS", 3)
    tally = Tally()
    tally.suspect((key,) for key in range(10))
    tally.recheck_once(lambda keys: ([difference(key[0]) for key in keys], {}))
    assert (tally.suspects, tally.settled) == ([(0,), (1,), (2,)], 0)
    outcome = RecheckOutcome((), (), tuple(difference(key) for key in range(3)))
    final = final_result(first_result(TABLE, {}, tally, "texts"), outcome, tally)
    assert final.reason == "7 more rows differed at the first look; only 3 were looked at again"


# ------------------------------------------------------------------ what the replication says


class Said:
    """A replication whose slot and task say what a test wants; time is a clock's."""

    def __init__(
        self, monkeypatch: pytest.MonkeyPatch, *standings: Standing, status: str = "running"
    ) -> None:
        self.clock, self.outages = Clock(), 0
        left = iter(standings)
        monkeypatch.setattr(behind, "standing", lambda run, table: next(left))
        task = replace(samples.task(), status=status)
        monkeypatch.setattr(behind, "describe_task", lambda run: task)
        self.aws = FakeAws()
        self.aws.cloudwatch = FakeClient()
        self.task = task
        self.replication = Delivery(self, "s.t", LIMIT, self._outages, self.clock.time)  # type: ignore[arg-type]

    def _outages(self) -> int:
        return self.outages


def _at(
    confirmed: str | None, position: str = "0/200", active: bool = True, written: int = 7
) -> Standing:
    return Standing(position, confirmed, active, written)


def test_a_confirmed_position_is_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    said = Said(monkeypatch, _at("0/100"), _at("0/200"), _at("1/0", "0/FFFFFFFF"), status="stopped")
    assert said.replication.behind() is None
    assert said.replication.behind() is None


def test_a_position_that_moves_but_has_not_come_so_far_is_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = Said(
        monkeypatch, _at("0/100"), _at("0/150"), _at("0/1DE", "0/300"), _at("0/210", "0/300")
    )
    assert "catching up; 176 bytes" in said.replication.behind()
    assert "catching up; 34 bytes" in said.replication.behind(False)
    # up to the position of the question; the source has gone on
    assert said.replication.behind(False) is None


@pytest.mark.parametrize(
    "later",
    [_at("0/100"), _at("0/100", position="0/24D", written=8)],
    ids=["nothing was written", "rows that are counted late"],
)
def test_a_position_that_stands_still_proves_nothing(
    monkeypatch: pytest.MonkeyPatch, later: Standing
) -> None:
    said = Said(monkeypatch, _at("0/100"), later)
    said.clock.now += LIMIT
    assert said.replication.behind() is None


def test_in_a_few_bytes_there_is_no_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    said = Said(monkeypatch, _at("0/1DF"), _at("0/1DF", written=8))
    assert said.replication.behind() is None


def test_a_position_that_stands_still_while_the_table_is_written_is_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = Said(monkeypatch, _at("0/100"), _at("0/100", position="0/24E", written=8))
    said.clock.now += LIMIT
    assert "confirmed nothing for 10 s while the table was written" in said.replication.behind()


def test_a_position_that_stood_still_during_an_outage_is_given_its_time_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said = Said(monkeypatch, *[_at("0/100")] * 4)
    said.clock.now += 4 * LIMIT
    said.outages = 1
    assert "catching up" in said.replication.behind()
    said.clock.now += LIMIT / 2
    assert "catching up" in said.replication.behind(False)
    said.clock.now += LIMIT / 2
    assert said.replication.behind(False) is None


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({}, "stopped", "the task rsync-task is stopped"),
        ({"active": False}, "running", "nobody reads the replication slot"),
    ],
)
def test_a_replication_that_does_not_run_is_behind(
    monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], status: str, words: str
) -> None:
    said = Said(monkeypatch, _at("0/100"), _at("0/100", **changes), status=status)
    said.clock.now += LIMIT
    assert words in said.replication.behind()


class Metrics:
    """CloudWatch with one metric of the task."""

    def __init__(self, *values: float) -> None:
        self.values = values

    def list_metrics(self, **asked: Any) -> dict[str, Any]:
        assert asked["Dimensions"][0]["Name"] == "ReplicationTaskIdentifier"
        return {
            "Metrics": [{"Dimensions": asked["Dimensions"]}]
            if asked["MetricName"] == "CDCLatencyTarget"
            else []
        }

    def get_metric_statistics(self, **asked: Any) -> dict[str, Any]:
        assert asked["EndTime"] > asked["StartTime"]
        return {
            "Datapoints": [
                {"Timestamp": number, "Maximum": value} for number, value in enumerate(self.values)
            ]
        }


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ((3.0, 95.0), "is 95 s behind (CloudWatch), more than the arrival limit of 10 s"),
        ((95.0, 3.0), None),
        ((), None),
    ],
)
def test_the_latency_of_the_task_counts_when_no_position_proves_anything(
    monkeypatch: pytest.MonkeyPatch, values: tuple[float, ...], words: str | None
) -> None:
    said = Said(monkeypatch, _at("0/100"), _at("0/100"))
    said.aws.cloudwatch = Metrics(*values)
    said.clock.now += LIMIT
    found = said.replication.behind()
    assert found is None if words is None else words in found


def test_a_cloudwatch_that_may_not_be_asked_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    said = Said(monkeypatch, _at(None), _at(None))

    class Refusing:
        def list_metrics(self, **_: Any) -> Iterator[None]:
            raise EnvironmentFault("not authorised")

    said.aws.cloudwatch = Refusing()
    assert said.replication.behind() is None
