"""Waiting: for markers under any key, and for a check, with a clock that only the test moves."""

from __future__ import annotations

import pytest

from reconciliation.errors import Broken, EnvironmentFault
from reconciliation.session.marker import Marker
from reconciliation.session.waiting import POLL_SECONDS, Arrival, Look, eventually, poll

from .samples import NOW, TABLE


class Clock:
    def __init__(self) -> None:
        self.now = 100.0
        self.naps: list[float] = []

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds


MARKER = Marker(TABLE.source, (900_000_000,), "marker x", NOW, committed=100.0)
OTHER = Marker("pay.payment", (7, "x"), None, NOW, committed=100.0)
SEEN = Look(MARKER.key)


def _arrival(clock: Clock, look: object, limit: float = 30) -> Arrival:
    return poll(look, [MARKER], limit, clock=clock.time, sleep=clock.sleep)[MARKER.table]


def test_the_lag_runs_from_the_commit_to_the_sight() -> None:
    clock = Clock()
    arrival = _arrival(clock, lambda marker, last: SEEN if clock.now >= 100.75 else Look())
    assert arrival.arrived
    assert arrival.found_key == MARKER.key
    assert arrival.lag_seconds == pytest.approx(0.8)
    assert max(clock.naps) <= POLL_SECONDS


def test_a_slow_look_is_no_proof_that_the_marker_was_not_there() -> None:
    clock, polls = Clock(), []

    def look(marker: Marker, last: bool) -> Look:
        polls.append(clock.now)
        # an answer that takes long, or a process that was stopped
        clock.now += 20 if len(polls) == 3 else 0.05
        return SEEN if len(polls) == 3 else Look()

    arrival = _arrival(clock, look)
    assert arrival.lag_seconds == pytest.approx(20.3)
    assert arrival.unseen_seconds == pytest.approx(polls[1] - MARKER.committed)


def test_a_marker_under_another_key_is_an_arrival_that_says_so() -> None:
    clock = Clock()
    arrival = _arrival(clock, lambda marker, last: Look((12,)))
    assert arrival.arrived
    assert arrival.found_key == (12,)
    assert arrival.unseen_seconds == 0
    assert clock.naps == []


def test_no_arrival_within_the_limit_and_one_last_look_at_it() -> None:
    clock, polls = Clock(), []

    def look(marker: Marker, last: bool) -> Look:
        polls.append(last)
        return Look()

    arrival = _arrival(clock, look, 2)
    assert not arrival.arrived
    assert arrival.found_key is None
    assert arrival.lag_seconds == pytest.approx(2, abs=0.01)
    assert polls[-1] is True
    assert not any(polls[:-1])


def test_markers_of_many_tables_are_waited_for_at_once() -> None:
    clock, looked = Clock(), []

    def look(marker: Marker, last: bool) -> Look:
        looked.append(marker.table)
        if marker is MARKER:
            return SEEN if clock.now >= 100.25 else Look()
        return Look()

    found = poll(look, [MARKER, OTHER], 1, clock=clock.time, sleep=clock.sleep)
    assert found[MARKER.table].lag_seconds == pytest.approx(0.3)
    assert not found[OTHER.table].arrived
    assert clock.now == pytest.approx(101, abs=0.01)  # the limit of one, not of two
    assert looked.count(MARKER.table) == 4  # what has been seen is not looked for again


def test_a_table_nobody_can_look_at_does_not_keep_the_others_waiting() -> None:
    clock = Clock()

    def look(marker: Marker, last: bool) -> Look:
        return Look(trouble="PAY.PAYMENT: gone") if marker is OTHER else SEEN

    found = poll(look, [OTHER, MARKER], 30, clock=clock.time, sleep=clock.sleep)
    assert (found[OTHER.table].arrived, found[OTHER.table].trouble) == (False, "PAY.PAYMENT: gone")
    assert found[MARKER.table].arrived
    assert clock.naps == []


def test_eventually_gives_the_result_of_the_first_look_that_holds() -> None:
    clock, looks = Clock(), []

    def check() -> str:
        looks.append(clock.now)
        if len(looks) < 4:
            raise Broken(f"look {len(looks)}")
        return "done"

    assert eventually(check, 5, "four looks", clock=clock.time, sleep=clock.sleep) == "done"
    assert len(looks) == 4


def test_eventually_keeps_the_last_observation_and_looks_once_at_the_limit() -> None:
    clock, looks = Clock(), []

    def check() -> None:
        looks.append(clock.now)
        raise Broken(f"3 of {len(looks)} rows")

    with pytest.raises(
        Broken, match=r"the batch in Oracle: not within 1 s\. Last seen: 3 of \d+ rows"
    ):
        eventually(check, 1, "the batch in Oracle", clock=clock.time, sleep=clock.sleep)
    assert looks[-1] >= 101.0


@pytest.mark.parametrize("error", [EnvironmentFault, AssertionError])
def test_eventually_does_not_hide_other_errors(error: type[Exception]) -> None:
    def check() -> None:
        raise error("gone")

    clock = Clock()
    with pytest.raises(error, match="gone"):
        eventually(check, 5, "nothing", clock=clock.time, sleep=clock.sleep)
    assert clock.naps == []


def test_a_slow_check_that_began_in_time_counts() -> None:
    clock = Clock()

    def check() -> str:
        clock.now += 10
        return "late but right"

    assert eventually(check, 1, "x", clock=clock.time, sleep=clock.sleep) == "late but right"
