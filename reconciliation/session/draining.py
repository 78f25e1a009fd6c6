"""Whether the replication stands still behind a quiet source: nobody writes the mapped tables any
more, and everything that was committed in them has arrived.

The source is quiet first, then its position is taken: what is committed behind it is nobody's. That
it has arrived is shown by markers behind the position, where rows may be written; otherwise by the
slot, which has confirmed it. The task's counters stand still by then, and nobody has written
meanwhile. What Oracle holds is not counted: that reads whole tables, and is what a comparison does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from reconciliation.databases.wal import write_position
from reconciliation.errors import EnvironmentFault
from reconciliation.parallel_run import ParallelRun
from reconciliation.replication import describe_task, slot, table_statistics
from reconciliation.replication.behind import has_passed, number
from reconciliation.replication.latency import latency
from reconciliation.session import markers
from reconciliation.session.heartbeat import carriers
from reconciliation.session.quiet import STILL_SECONDS, Source
from reconciliation.session.session import Session

#: AWS limits the rate of calls
PAUSE_SECONDS: Mapping[str, float] = {"lab": 0.5, "live": 5.0}


@dataclass(frozen=True)
class Drain:
    """``drained``: None where nothing proves either. ``words`` say why, in one line.

    ``behind_bytes`` is WAL that the slot has not confirmed, ``latency_seconds`` what the task
    tells; None: not known. ``marked`` tables were waited for by markers, for ``lag_seconds``, those
    of ``missing`` in vain.
    ``writing``: rows by table that others wrote while nobody was to; ``writers`` who was seen.
    """

    drained: bool | None
    words: str
    marked: tuple[str, ...] = ()
    lag_seconds: float | None = None
    missing: tuple[str, ...] = ()
    position: str | None = None
    behind_bytes: int | None = None
    latency_seconds: float | None = None
    writing: Mapping[str, int] = field(default_factory=dict)
    writers: tuple[str, ...] = ()
    seconds: float = 0.0


class Draining:
    """Looks for ``within`` seconds; ``tell`` hears a line whenever what is waited for changes."""

    def __init__(
        self,
        session: Session,
        within: float,
        tell: Callable[[str], None] = lambda line: None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._session, self._run = session, session.parallel_run
        self._within, self._tell = within, tell
        self._clock, self._sleep, self._began = clock, sleep, clock()
        self._pause = PAUSE_SECONDS[self._run.profile.kind]
        self._source = Source(session, self._pause, clock, sleep)

    def drain(self) -> Drain:
        """Raises EnvironmentFault for a source that is a standby, and for whoever does not
        answer.
        """
        position = _position(self._run)
        if (why := _not_running(self._run)) is not None:
            return self._ended(Drain(False, why), position)
        self._tell("waiting until nobody writes the mapped tables")
        while self._source.becomes_quiet(self._left):
            position = _position(self._run)
            self._tell(f"the source is quiet at {position}; waiting until that has arrived")
            found = self._arrived(position)
            if not found.drained or self._source.still_quiet():
                return self._ended(found, position)
            self._tell(f"written meanwhile: {self._source.words}; waiting until nobody does")
        return self._ended(Drain(False, f"the source is not quiet: {self._source.words}"), position)

    def _arrived(self, position: str) -> Drain:
        found = self._by_markers() if self._run.profile.mutations else None
        if found is None:
            found = self._by_the_slot(position)
        return self._counters_still(found) if found.drained else found

    # ---------------------------------------------------------------- markers

    def _by_markers(self) -> Drain | None:
        """None where no table takes one."""
        tables = [table.source for table in self._run.resolved.tables]
        written = markers.write(self._session, carriers(self._run, tables).values())
        self._session.writers.dispose()  # a session that ends tells the rows it has counted
        arrivals = markers.wait(self._session, written, max(self._left(), self._pause)).values()
        waited = [one for one in arrivals if not one.trouble]
        if not waited:
            return None
        marked = tuple(one.marker.table for one in waited)
        lag = max(one.lag_seconds for one in waited)
        unmarked = [one.marker.table for one in arrivals if one.trouble]
        without = f"; in {', '.join(unmarked)} none can be written" if unmarked else ""
        if missing := tuple(one.marker.table for one in waited if not one.arrived):
            state = _not_running(self._run) or f"the task {self._run.task.identifier} is running"
            words = f"markers in {', '.join(missing)} were not in Oracle after {lag:.1f} s; {state}"
            return Drain(False, words + without, marked, lag, missing)
        return Drain(True, f"markers behind it arrived after {lag:.2f} s{without}", marked, lag)

    # ---------------------------------------------------------------- the slot

    def _by_the_slot(self, position: str) -> Drain:
        first = confirmed = self._confirmed()
        while confirmed is not None and not has_passed(confirmed, position):
            if (why := _not_running(self._run)) is not None:
                return Drain(False, why)
            if self._left() <= 0:
                return self._not_confirmed(position, confirmed, moved=confirmed != first)
            self._sleep(self._pause)
            confirmed = self._confirmed()
        if confirmed is None:
            return Drain(None, "no slot of the task is known: nothing shows what has arrived")
        return self._latency_falls(Drain(True, "the slot has confirmed it"))

    def _latency_falls(self, found: Drain) -> Drain:
        """What the task tells is of the minute before: it may be of what has arrived meanwhile."""
        while (told := latency(self._run)) is not None and told > self._agreed:
            if self._left() <= 0:
                words = f"{found.words}, but the task tells {told:.0f} s"
                return replace(found, drained=False, words=words)
            self._sleep(self._pause)
        return found

    def _not_confirmed(self, position: str, confirmed: str, moved: bool) -> Drain:
        """A slot of which nothing is wanted may confirm nothing for hours."""
        missing = number(position) - number(confirmed)
        words = f"{missing:,} bytes before {position} are not confirmed by the slot"
        found, told = slot(self._run), latency(self._run)
        if found is not None and not found.active:
            return Drain(False, f"{words}, and nobody reads it")
        if told is not None and told > self._agreed:
            return Drain(False, f"{words}, and the task tells a latency of {told:.0f} s")
        if moved:
            return Drain(False, f"{words} yet: the replication is catching up")
        return Drain(None, f"{words}, which stands still: only a marker would show what arrived")

    def _confirmed(self) -> str | None:
        found = slot(self._run)
        return None if found is None else found.confirmed_flush_lsn

    # ---------------------------------------------------------------- the task

    def _counters_still(self, found: Drain) -> Drain:
        """What the task counts as captured and applied has to be the same twice."""
        counted = table_statistics(self._run)
        while True:
            self._sleep(STILL_SECONDS)
            before, counted = counted, table_statistics(self._run)
            if counted == before:
                return found
            if self._left() <= 0:
                return replace(found, drained=False, words="the task's counters still grow")

    @property
    def _agreed(self) -> float:
        return self._run.profile.replication.agreed_lag_seconds

    def _left(self) -> float:
        return self._within - (self._clock() - self._began)

    def _ended(self, found: Drain, position: str) -> Drain:
        there = slot(self._run)
        return replace(
            found,
            position=position,
            behind_bytes=None if there is None else there.unconfirmed_bytes,
            latency_seconds=latency(self._run),
            writing=self._source.rows,
            writers=self._source.writers,
            seconds=self._clock() - self._began,
        )


def _position(run: ParallelRun) -> str:
    with run.source.connect() as connection:
        found = write_position(connection)
    if found is None:
        raise EnvironmentFault(
            "the source is a standby and writes nothing itself: name the primary in [source]"
        )
    return found


def _not_running(run: ParallelRun) -> str | None:
    task = describe_task(run)
    if task.status == "running":
        return None
    why = task.last_failure or task.stop_reason
    return f"the task {task.identifier} is {task.status}{f' ({why})' if why else ''}"
