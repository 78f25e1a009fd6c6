"""Whether the replication has delivered what the source committed, told without writing anything.

Evidence, the strongest first: the slot's confirmed position has passed a position of the source
(the consumer needs nothing before it any more: PostgreSQL documentation, ``pg_replication_slots``);
the task is not running or nobody reads the slot; the latency it tells (``latency``); the confirmed
position moves but has not come so far yet, or stands still while the table is being written. A
position that merely stands still proves nothing: a consumer of an idle database may confirm nothing
for hours. Nor does it if too few bytes follow it for a commit.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from reconciliation.databases.wal import write_position
from reconciliation.databases.written import rows_written
from reconciliation.parallel_run import ParallelRun
from reconciliation.replication.latency import latency
from reconciliation.replication.slots import slot
from reconciliation.replication.task import describe_task

#: AWS is asked no more often: it limits the rate of calls, and CloudWatch has a new value once a
#: minute
_ASK_SECONDS = 5.0
#: bytes of WAL that a commit has at least, and one with the change of a row before it: every record
#: begins with 24; a commit's goes on with 10, a row's with the 20 of its block (PostgreSQL's
#: sources, xlogrecord.h, xact.h). What was changed before a confirmed position may be committed
#: behind it.
_COMMIT, _CHANGE_AND_COMMIT = 34, 78


@dataclass(frozen=True)
class Standing:
    """What the source says at one moment: its write position, the slot's, rows of the table written
    so far.
    """

    position: str | None
    confirmed: str | None
    active: bool
    written: int


def standing(run: ParallelRun, table: str) -> Standing:
    """Read from the source alone. Raises EnvironmentFault."""
    found = slot(run)
    with run.source.connect() as connection:
        position = write_position(connection)
    written = rows_written(run.source, [table], heirs=True).in_all().get(table, 0)
    if found is None:
        return Standing(position, None, False, written)
    return Standing(position, found.confirmed_flush_lsn, found.active, written)


class Delivery:
    """Answers whether rows that differ may still arrive; made when they are rechecked for the
    first time.

    ``limit`` is the arrival limit in seconds. ``outages`` counts those that were waited for: a
    position that does not move during one says nothing.
    """

    def __init__(
        self,
        run: ParallelRun,
        table: str,
        limit: float,
        outages: Callable[[], int] = lambda: 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._run, self._table, self._limit, self._clock = run, table, limit, clock
        self._outages, self._known = outages, outages()
        self._began = self._last = standing(run, table)
        self._moved_at = clock()
        self._wanted = self._began.position
        self._told: tuple[float, str | None] | None = None

    def behind(self, anew: bool = True) -> str | None:
        """Why what differs may still arrive, or None when it has arrived or should have.

        ``anew``: everything written up to now counts; otherwise what was written up to the last
        such question.
        """
        now = standing(self._run, self._table)
        if now.confirmed != self._last.confirmed or self._outages() != self._known:
            self._moved_at, self._known = self._clock(), self._outages()
        self._last = now
        if anew:
            self._wanted = now.position
        if now.confirmed is None or self._wanted is None:
            return self._by_the_task()  # no slot is known, or the source is a standby
        if has_passed(now.confirmed, self._wanted):
            return None
        return self._by_the_task() or self._by_the_slot(now)

    def _by_the_task(self) -> str | None:
        now = self._clock()
        if self._told is None or now - self._told[0] >= _ASK_SECONDS:
            self._told = now, self._asked_of_the_task()
        return self._told[1]

    def _asked_of_the_task(self) -> str | None:
        task = describe_task(self._run)
        if task.status != "running":
            return (
                f"the task {task.identifier} is {task.status}: what was written since may not "
                f"have arrived"
            )
        seconds = latency(self._run)
        if seconds is None or seconds <= self._limit:
            return None
        return (
            f"the replication is {seconds:.0f} s behind (CloudWatch), "
            f"more than the arrival limit of {self._limit:g} s"
        )

    def _by_the_slot(self, now: Standing) -> str | None:
        missing = number(self._wanted or "0/0") - number(now.confirmed or "0/0")
        unmoved = self._clock() - self._moved_at
        if not now.active:
            return (
                f"nobody reads the replication slot; {missing:,} bytes of changes are not confirmed"
            )
        if unmoved < self._limit:
            return (
                f"the replication is catching up; {missing:,} bytes of changes are not "
                f"confirmed yet"
            )
        if self._was_written(now):
            return (
                f"the replication has confirmed nothing for {unmoved:.0f} s "
                f"while the table was written, longer than the arrival limit of {self._limit:g} s; "
                f"{missing:,} bytes are not confirmed"
            )
        return None

    def _was_written(self, now: Standing) -> bool:
        """Whether rows of the table came since the first look. Sessions tell what they have written
        ten seconds late or at their end; without any new WAL it was written before.
        """
        first, last = self._began.position, now.position
        if now.written == self._began.written or first is None or last is None:
            return now.written != self._began.written
        return number(last) - number(first) >= _CHANGE_AND_COMMIT


def has_passed(confirmed: str, position: str) -> bool:
    """Whether no commit is left between what a slot has confirmed and a position of the source."""
    return number(position) - number(confirmed) < _COMMIT


def number(position: str) -> int:
    """A write position as the count of bytes it stands for."""
    high, _, low = position.partition("/")
    return (int(high, 16) << 32) + int(low, 16)
