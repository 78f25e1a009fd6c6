"""Outages are waited for: what was being read is read again from its start, on new connections, in new snapshots."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from sqlalchemy import Engine, text

from reconciliation.errors import EnvironmentFault, Lost, SnapshotGone
from reconciliation.limits import OUTAGE_SECONDS

T = TypeVar("T")

#: failures one after the other, each with working connections in between, after which it is no outage any more
ATTEMPTS = 5
FIRST_PAUSE_SECONDS = 0.25
LONGEST_PAUSE_SECONDS = 5.0


@dataclass
class Patience:
    """``seconds`` of one outage that are waited for. ``notes`` are lines for the report, ``tell`` hears them at once.

    ``clock`` and ``sleep`` are time's.
    """

    seconds: float = OUTAGE_SECONDS
    tell: Callable[[str], None] = lambda line: None
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    notes: list[str] = field(default_factory=list)

    def through(self, what: str, engines: Sequence[Engine], work: Callable[[], T]) -> T:
        """What ``work`` gives; after a lost connection or snapshot it is done again, from the start and with nothing
        left of what it had begun.

        ``what`` is named in the notes. Raises EnvironmentFault: other faults at once, Lost when the outage lasts
        longer than ``seconds`` or comes back ATTEMPTS times, SnapshotGone when it comes back as often.
        """
        failures = 0
        while True:
            try:
                return work()
            except (Lost, SnapshotGone) as error:
                failures += 1
                if failures >= ATTEMPTS:
                    raise type(error)(f"{error}; {what} was given up after {failures} attempts") from error
                self._wait(what, engines, error)

    def _wait(self, what: str, engines: Sequence[Engine], error: EnvironmentFault) -> None:
        self.tell(f"{error}; trying again")
        began = self.clock()
        pause = FIRST_PAUSE_SECONDS
        while True:
            self.sleep(pause)
            try:
                for engine in engines:
                    _answers(engine)
                break
            except Lost as still:
                if self.clock() - began >= self.seconds:
                    raise Lost(f"{still}; {what} was given up after {self.seconds:g} s without a connection "
                               "(--patience says how long an outage may last)") from still  # fmt: skip
            pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS, max(0.1, self.seconds - (self.clock() - began)))
        note = f"{what} was read again after {self.clock() - began:.1f} s: {error}"
        self.notes.append(note)
        self.tell(note)


def _answers(engine: Engine) -> None:
    """Raises EnvironmentFault while the database of ``engine`` does not let anybody in; old connections are closed."""
    engine.dispose()
    with engine.connect() as connection:
        connection.execute(text("SELECT 1 FROM DUAL" if engine.dialect.name == "oracle" else "SELECT 1"))


