"""Probes: rows committed one after the other, each with the lag it has measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from reconciliation.making.model import OwnRow
from reconciliation.model import Key
from reconciliation.session import probing
from reconciliation.session.probing import Plan, Probe, plan_of, series
from reconciliation.session.session import Session
from reconciliation.session.sweep import sweep
from reconciliation.session.waiting import POLL_SECONDS

from . import samples
from .samples import lab_profile
from .test_waiting import Clock

TABLE = "travelbuddy.flightspecial"
AGREED = 5.0


class Replication:
    """Brings every row after ``lag`` seconds, but for those that are ``lost``; a look takes
    ``look`` seconds.
    """

    def __init__(self, lag: float = 0.7, lost: Sequence[int] = (), look: float = 0.0) -> None:
        self.clock, self.lag, self.lost, self.look = Clock(), lag, lost, look
        self.committed: dict[Key, float] = {}
        self.looks: list[float] = []

    def write(self, row: OwnRow) -> float:
        self.committed[row.key] = self.clock.now
        return self.clock.now

    def stand(self, keys: Sequence[Key]) -> frozenset[Key]:
        self.looks.append(self.clock.now)
        self.clock.now += self.look
        there = [
            key
            for key in keys
            if key[0] not in self.lost and self.looks[-1] >= self.committed[key] + self.lag
        ]
        return frozenset(there)

    def sent(self, count: int, pause: float = 0.5) -> tuple[Probe, ...]:
        rows = [OwnRow(TABLE, (number,), {"id": number}) for number in range(count)]
        return series(
            rows, pause, AGREED, self.write, self.stand, self.clock.time, self.clock.sleep
        )


def test_each_probe_has_its_own_lag_whatever_comes_behind_it() -> None:
    world = Replication(lag=0.7)
    found = world.sent(10)
    assert len(found) == 10
    assert all(one.arrived for one in found)
    for one in found:
        assert 0.7 <= one.seconds <= 0.7 + 2 * POLL_SECONDS
        assert one.seconds - 2 * POLL_SECONDS <= one.unseen < 0.7
    moments = sorted(world.committed.values())
    assert moments[-1] - moments[0] == pytest.approx(9 * 0.5, abs=POLL_SECONDS)


def test_oracle_is_not_asked_more_often_than_a_wait_does() -> None:
    world = Replication()
    world.sent(20, pause=0.01)
    gaps = [later - one for one, later in zip(world.looks, world.looks[1:], strict=False)]
    assert min(gaps) >= POLL_SECONDS - 1e-9


def test_a_probe_that_does_not_come_is_given_up_behind_the_agreed_time() -> None:
    world = Replication(lost=[3])
    found = world.sent(6)
    [lost] = [one for one in found if not one.arrived]
    assert AGREED < lost.unseen <= AGREED + 2 * POLL_SECONDS
    assert len(found) == 6


def test_nothing_that_comes_at_all_ends_it() -> None:
    world = Replication(lag=1e9)
    assert not any(one.arrived for one in world.sent(5))
    assert world.clock.now - 100.0 < 2.5 + AGREED + 1


def test_a_slow_look_is_no_late_change() -> None:
    """It began within the agreed time and found the row behind it."""
    [found] = Replication(lag=0.05, look=7.0).sent(1)
    assert found.arrived
    assert found.seconds > AGREED > found.unseen


# ------------------------------------------------------------------ how many, how often


@pytest.mark.parametrize(
    ("agreed", "rows_per_second", "plan"),
    [
        (5.0, None, Plan(100, 0.05)),
        (60.0, None, Plan(100, 0.6)),
        (900.0, None, Plan(100, 0.6)),
        (1.0, None, Plan(20, 0.05)),
        (60.0, 0.5, Plan(30, 2.0)),
        (1.0, 0.1, Plan(1, 10.0)),
    ],
)
def test_probes_fit_into_the_agreed_lag_and_into_the_rows_a_run_may_write(
    agreed: float, rows_per_second: float | None, plan: Plan
) -> None:
    profile = lab_profile()
    replication = replace(profile.replication, agreed_lag_seconds=agreed)
    profile = replace(profile, replication=replication, rows_per_second=rows_per_second)
    found = plan_of(samples.parallel_run(profile=profile))
    assert (found.count, found.pause) == (plan.count, pytest.approx(plan.pause))


# ------------------------------------------------------------------ in a lab


def test_probes_arrive_in_a_lab_and_are_swept_by_their_keys(session: Session) -> None:
    sweep(session)
    found = probing.probe(session, TABLE, Plan(5, 0.05))
    assert [one.arrived for one in found] == [True] * 5
    noted = session.journal.noted(TABLE)
    assert len(noted) >= 5
    report = sweep(session, final=True)
    assert report.tables[TABLE].source_rows >= 5
    assert report.left == ()
    assert _standing(session, noted) == [0, 0]


def _standing(session: Session, keys: frozenset[Key]) -> list[int]:
    run: Any = session.parallel_run
    place = probing.place_of(run, TABLE)
    assert place is not None
    assert place.there is not None
    counts = []
    for engine, side in ((run.source, place.here), (run.target, place.there)):
        with engine.connect() as connection:
            counts.append(len(probing.standing(connection, side, keys)))
    return counts
