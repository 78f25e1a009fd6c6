"""Waiting: for a marker under any key, and for a check, with a clock that only the test moves."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from reconciliation.errors import Broken, EnvironmentFault
from reconciliation.model import CatalogueColumn, ColumnType, Key
from reconciliation.session.position import POLL_SECONDS, Position, eventually, marker_row, poll

from .samples import NOW, SOURCE_TABLE, TABLE, TARGET_TABLE


class Clock:
    def __init__(self) -> None:
        self.now = 100.0
        self.naps: list[float] = []

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.now += seconds


POSITION = Position(TABLE.source, (900_000_000,), "marker x", NOW, committed=100.0)


def test_the_lag_runs_from_the_commit_to_the_sight() -> None:
    clock = Clock()
    arrival = poll(
        lambda last: (900_000_000,) if clock.now >= 100.75 else None,
        POSITION,
        30,
        clock=clock.time,
        sleep=clock.sleep,
    )
    assert arrival.arrived
    assert arrival.found_key == POSITION.key
    assert arrival.lag_seconds == pytest.approx(0.8)
    assert max(clock.naps) <= POLL_SECONDS


def test_a_slow_look_is_no_proof_that_the_marker_was_not_there() -> None:
    clock, polls = Clock(), []

    def once(last: bool) -> Key | None:
        polls.append(clock.now)
        # an answer that takes long, or a process that was stopped
        clock.now += 20 if len(polls) == 3 else 0.05
        return POSITION.key if len(polls) == 3 else None

    arrival = poll(once, POSITION, 30, clock=clock.time, sleep=clock.sleep)
    assert arrival.lag_seconds == pytest.approx(20.3)
    assert arrival.unseen_seconds == pytest.approx(polls[1] - POSITION.committed)


def test_a_marker_under_another_key_is_an_arrival_that_says_so() -> None:
    clock = Clock()
    arrival = poll(lambda last: (12,), POSITION, 30, clock=clock.time, sleep=clock.sleep)
    assert arrival.arrived
    assert arrival.found_key == (12,)
    assert arrival.unseen_seconds == 0
    assert clock.naps == []


def test_no_arrival_within_the_limit_and_one_last_look_at_it() -> None:
    clock, polls = Clock(), []
    arrival = poll(
        lambda last: polls.append(last), POSITION, 2, clock=clock.time, sleep=clock.sleep
    )
    assert not arrival.arrived
    assert arrival.found_key is None
    assert arrival.lag_seconds == pytest.approx(2, abs=0.01)
    assert polls[-1] is True
    assert not any(polls[:-1])


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


def test_a_marker_row_fills_what_either_schema_needs_and_nothing_else() -> None:
    row = marker_row(TABLE, SOURCE_TABLE, TARGET_TABLE, (7,), "marker x")
    # cost may be NULL in PostgreSQL and never in Oracle; origin may be NULL on both sides
    assert row == {"id": 7, "header": "marker x", "cost": 1}


def test_a_column_nobody_else_knows_gets_a_value_when_it_needs_one() -> None:
    columns = {
        **SOURCE_TABLE.columns,
        "made": CatalogueColumn("made", ColumnType("timestamptz"), False),
        "defaulted": CatalogueColumn("defaulted", ColumnType("int4"), False, "7"),
    }
    row = marker_row(TABLE, replace(SOURCE_TABLE, columns=columns), TARGET_TABLE, (7,), "marker x")
    assert row["made"] == dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
    assert "defaulted" not in row


def test_a_type_without_a_plain_value_is_refused_by_name() -> None:
    columns = {
        **SOURCE_TABLE.columns,
        "shape": CatalogueColumn("shape", ColumnType("polygon"), False),
    }
    with pytest.raises(
        EnvironmentFault,
        match=r"no plain value is known for travelbuddy.flightspecial.shape \(polyg",
    ):
        marker_row(TABLE, replace(SOURCE_TABLE, columns=columns), TARGET_TABLE, (7,), "marker x")


def test_a_mark_column_without_room_is_refused() -> None:
    columns = {
        **SOURCE_TABLE.columns,
        "header": CatalogueColumn("header", ColumnType("varchar", length=5), False),
    }
    with pytest.raises(EnvironmentFault, match="name a longer mark_column"):
        marker_row(TABLE, replace(SOURCE_TABLE, columns=columns), TARGET_TABLE, (7,), "marker x")
