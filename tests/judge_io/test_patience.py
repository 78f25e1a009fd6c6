"""How long, how often and for what another attempt is made; the clock is made of numbers."""

from __future__ import annotations

import pytest

from reconciliation.errors import EnvironmentFault, GivenUp, Locked, Lost, SnapshotGone, TooSlow
from reconciliation.process.patience import ATTEMPTS, LONGEST_PAUSE_SECONDS, Patience


class Outage:
    """Databases that come back at a time; work that fails as often as it is told."""

    def __init__(self, back_at: float = 0.0) -> None:
        self.now, self.back_at, self.pauses, self.told, self.begun = 0.0, back_at, [], [], 0

    def _answers(self) -> None:
        if self.now < self.back_at:
            raise Lost("still away")

    def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds

    def through(self, *failures: Exception, seconds: float = 60.0) -> tuple[str, Patience]:
        patience = Patience(seconds, self.told.append, lambda: self.now, self._sleep)
        left = list(failures)

        def work() -> str:
            self.begun += 1
            if left:
                raise left.pop(0)
            return "found"

        return patience.through("segment 7", (self._answers,), work), patience


def test_work_is_begun_anew_when_the_databases_are_back() -> None:
    outage = Outage(back_at=5.0)
    found, patience = outage.through(Lost("cut"))
    assert (found, outage.begun, len(patience.notes)) == ("found", 2, 1)
    assert patience.notes[0].startswith("segment 7 was read again after ")
    assert outage.told == ["cut; trying again", patience.notes[0]]
    assert 5.0 <= outage.now < 10.0


def test_pauses_grow_up_to_a_limit() -> None:
    outage = Outage(back_at=50.0)
    outage.through(Lost("cut"))
    assert outage.pauses == sorted(outage.pauses)
    assert outage.pauses[-1] == LONGEST_PAUSE_SECONDS


def test_an_outage_beyond_the_limit_is_the_end() -> None:
    outage = Outage(back_at=1e9)
    with pytest.raises(
        GivenUp, match="still away; segment 7 was given up after 20 s without a connection"
    ):
        outage.through(Lost("cut"), seconds=20.0)
    assert 20.0 <= outage.now <= 20.0 + LONGEST_PAUSE_SECONDS
    assert outage.begun == 1


@pytest.mark.parametrize(("kind", "end"), [(Lost, GivenUp), (SnapshotGone, SnapshotGone)])
def test_what_fails_again_and_again_is_no_outage(
    kind: type[EnvironmentFault], end: type[EnvironmentFault]
) -> None:
    outage = Outage()
    assert outage.through(*[kind("gone")] * (ATTEMPTS - 1))[0] == "found"
    with pytest.raises(end, match=f"gone; segment 7 was given up after {ATTEMPTS} attempts"):
        outage.through(*[kind("gone")] * ATTEMPTS)


@pytest.mark.parametrize("kind", [EnvironmentFault, GivenUp, Locked, TooSlow, ValueError])
def test_nothing_else_is_tried_twice(kind: type[Exception]) -> None:
    outage = Outage()
    with pytest.raises(kind, match="no"):
        outage.through(kind("no"))
    assert (outage.begun, outage.pauses) == (1, [])


def test_without_patience_the_first_outage_is_the_end() -> None:
    outage = Outage()
    with pytest.raises(GivenUp, match=r"^cut; segment 7 was given up at once: --patience is 0$"):
        outage.through(Lost("cut"), seconds=0.0)
    assert (outage.begun, outage.pauses, outage.told) == (1, [], [])


def test_a_snapshot_that_is_gone_is_no_outage() -> None:
    assert Outage().through(SnapshotGone("gone"), seconds=0.0)[0] == "found"
