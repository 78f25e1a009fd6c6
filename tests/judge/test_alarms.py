"""An alarm rings in time, or not at all; no thread stays where none is set."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from reconciliation.databases.alarms import Alarms
from tests.waiting import wait_for

#: far beyond every alarm here
LONG_SECONDS = 60.0


@pytest.fixture
def alarms() -> Iterator[Alarms]:
    made = Alarms()
    yield made
    made.rest()


def sleeps(alarms: Alarms) -> None:
    """Returns when the thread waits for what was set so far."""
    wait_for(lambda: alarms._wakes > 0)


def keepers() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == "alarms"]


def test_an_alarm_rings_and_one_that_is_due_earlier_rings_before_it(alarms: Alarms) -> None:
    late, early = threading.Event(), threading.Event()
    first = alarms.after(LONG_SECONDS, late.set)
    sleeps(alarms)
    alarms.after(0.01, early.set)
    assert early.wait(LONG_SECONDS / 2)
    assert not late.is_set()
    alarms.cancel(first)


def test_one_that_rings_for_long_keeps_no_other_from_ringing(alarms: Alarms) -> None:
    other = threading.Event()
    ringing = alarms.after(0.0, lambda: alarms.after(0.01, other.set) and other.wait(LONG_SECONDS))
    assert other.wait(LONG_SECONDS / 2)
    alarms.cancel(ringing)


def test_a_cancelled_one_does_not_ring_and_one_that_rings_is_waited_for(alarms: Alarms) -> None:
    rung, begun, going_on = [], threading.Event(), threading.Event()

    def ring() -> None:
        begun.set()
        going_on.wait(LONG_SECONDS)
        rung.append("rings")

    alarms.cancel(alarms.after(0.05, lambda: rung.append("cancelled")))
    ringing = alarms.after(0.06, ring)
    begun.wait(LONG_SECONDS)
    threading.Timer(0.05, going_on.set).start()
    alarms.cancel(ringing)
    assert rung == ["rings"]


def test_no_thread_stays_where_no_alarm_is_set(alarms: Alarms) -> None:
    before = keepers()
    alarm = alarms.after(LONG_SECONDS, lambda: None)
    sleeps(alarms)
    alarms.rest()
    assert len(keepers()) == len(before) + 1
    alarms.cancel(alarm)
    alarms.rest()
    assert keepers() == before
    alarms.rest()
