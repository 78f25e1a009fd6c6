"""Outages are waited for: what was being read is read again from its start, on new connections, in
new snapshots.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from sqlalchemy import Engine, text

from reconciliation.errors import GivenUp, Lost, SnapshotGone
from reconciliation.process import pulse
from reconciliation.process.limits import OUTAGE_SECONDS, Limits

T = TypeVar("T")
#: somebody the work needs: raises Lost as long as nobody answers there
Party = Callable[[], None]


class Steadily(Protocol):
    """Does some work, through outages or not; ``what`` is named in the notes. May raise GivenUp."""

    def __call__(self, what: str, work: Callable[[], T]) -> T: ...


#: failures one after the other, each with working connections in between, after which it is no
#: outage any more
ATTEMPTS = 5
FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 5.0


@dataclass
class Patience:
    """``seconds`` of one outage that are waited for. ``notes`` are lines for the report, ``tell``
    hears them at once.

    ``clock`` and ``sleep`` are time's.
    """

    seconds: float = OUTAGE_SECONDS
    tell: Callable[[str], None] = lambda line: None
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    notes: list[str] = field(default_factory=list)

    def through(self, what: str, parties: Sequence[Party], work: Callable[[], T]) -> T:
        """What ``work`` gives; after a lost connection or snapshot it is done again, from the start
        and with nothing left of what it had begun.

        ``what`` is named in the notes. Raises EnvironmentFault: other faults at once, GivenUp when
        the outage lasts longer than ``seconds`` or comes back ATTEMPTS times, and at the first one
        when there is no patience; SnapshotGone when it comes back as often.
        """
        failures = 0
        while True:
            try:
                return work()
            except GivenUp:
                raise
            except (Lost, SnapshotGone) as error:
                if isinstance(error, Lost):
                    self.bear(what, error)
                failures += 1
                if failures >= ATTEMPTS:
                    kind = GivenUp if isinstance(error, Lost) else type(error)
                    raise kind(f"{error}; {what} was given up after {failures} attempts") from error
                self.tell(f"{error}; trying again")
                note = f"{what} was read again after {self.wait(what, parties):.1f} s: {error}"
                self.notes.append(note)
                self.tell(note)

    def bear(self, what: str, lost: Lost) -> None:
        """Raises GivenUp where there is no patience: the first outage is the end, also one that is
        over already.
        """
        if self.seconds <= 0:
            raise GivenUp(
                f"{lost}; {what} was given up at once: --patience is {self.seconds:g}"
            ) from lost

    def wait(self, what: str, parties: Sequence[Party]) -> float:
        """Returns as soon as every one of ``parties`` answers, with the seconds it took.

        Raises GivenUp after ``seconds``, saying who is still away and that ``what`` was given up;
        and at once whatever else than Lost a party raises.
        """
        began = self.clock()
        pause = FIRST_PAUSE_SECONDS
        while True:
            self.sleep(pause)
            pulse.beat()  # waiting for an outage is limited here, and no hang
            try:
                for answers in parties:
                    answers()
                return self.clock() - began
            except Lost as still:
                if self.clock() - began >= self.seconds:
                    raise GivenUp(
                        f"{still}; {what} was given up after {self.seconds:g} s "
                        "without a connection (--patience says how long an outage may last)"
                    ) from still
            pause = min(
                pause * 1.5, LONGEST_PAUSE_SECONDS, max(0.1, self.seconds - (self.clock() - began))
            )


@dataclass(frozen=True)
class Endurance:
    """What a run bears: the limits of every question, and the seconds of an outage. ``tell`` hears
    at once what is also noted in the result.
    """

    limits: Limits = field(default_factory=Limits)
    outage_seconds: float = OUTAGE_SECONDS
    tell: Callable[[str], None] = lambda line: None

    def patience(self, notes: list[str] | None = None) -> Patience:
        """For one piece of work. ``notes`` get its notes; without them it has its own."""
        return Patience(self.outage_seconds, self.tell, notes=[] if notes is None else notes)


class Outage:
    """The outage that was given up: waiting once for what does not come back is enough, so nothing
    is tried any more behind it.
    """

    def __init__(self) -> None:
        self._given_up: GivenUp | None = None

    @property
    def given_up(self) -> GivenUp | None:
        """How it ended, None as long as every outage has passed."""
        return self._given_up

    def give_up(self, error: GivenUp) -> None:
        """From now on nothing is waited for."""
        self._given_up = error


def answering(engine: Engine) -> Party:
    """The database of ``engine``: raises EnvironmentFault while it lets nobody in; old connections
    are closed.
    """

    def answers() -> None:
        engine.dispose()
        with engine.connect() as connection:
            connection.execute(
                text("SELECT 1 FROM DUAL" if engine.dialect.name == "oracle" else "SELECT 1")
            )

    return answers
