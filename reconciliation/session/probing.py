"""A series of probes: single rows committed one after the other in one table, each looked for in
Oracle by its key. What they measure is the lag under the traffic there is.

All of it happens in one thread, and nothing else of the run writes meanwhile: rows that came in
the background of scenarios would be changes that nobody meant, and would count where changes are
counted.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reconciliation.errors import NotJudged
from reconciliation.making.model import Insert, OwnRow
from reconciliation.model import Key
from reconciliation.parallel_run import ParallelRun
from reconciliation.session.acts import act
from reconciliation.session.places import place_of, standing
from reconciliation.session.session import Session
from reconciliation.session.waiting import POLL_SECONDS

#: of a hundred the 99th percentile is one of them; more often than this they would be a load
PROBES, SHORTEST_PAUSE = 100, 0.05
#: seconds over which they are spread: the agreed lag, and no longer than this
LONGEST_SERIES = 60.0


@dataclass(frozen=True)
class Probe:
    """``seconds`` and ``unseen`` as those of an arrival: from the commit to the sight in Oracle,
    and to the last look that found nothing. One that had not ``arrived`` was given up behind the
    agreed lag.
    """

    at: dt.datetime
    seconds: float
    unseen: float
    arrived: bool


@dataclass(frozen=True)
class Plan:
    """So many probes, so many seconds apart."""

    count: int
    pause: float


def plan_of(run: ParallelRun) -> Plan:
    """As many as fit into the agreed lag, and into the rows a run may write."""
    profile = run.profile
    span = min(profile.replication.agreed_lag_seconds, LONGEST_SERIES)
    pause = max(span / PROBES, SHORTEST_PAUSE, 1.0 / (profile.rows_per_second or 1000.0))
    return Plan(max(1, min(PROBES, int(span / pause))), pause)


def probe(session: Session, table: str, plan: Plan) -> tuple[Probe, ...]:
    """Sends the probes and looks for them until each has been seen or is later than agreed.

    Raises NotJudged for a table that takes none, Unmakeable for one of which not so many rows can
    be made, Lost where a connection broke.
    """
    place = place_of(session.parallel_run, table)
    if place is None or place.there is None:
        raise NotJudged(f"{table} cannot be looked at by its key")
    made = session.maker.rows(table, plan.count)
    parents, rows = made[: -plan.count], made[-plan.count :]
    if parents:
        _write(session, parents)
    agreed = session.parallel_run.profile.replication.agreed_lag_seconds
    with session.parallel_run.target.connect() as connection:
        side = place.there

        def stand(keys: Sequence[Key]) -> frozenset[Key]:
            try:
                return standing(connection, side, keys)
            finally:
                # a read-only transaction keeps its first snapshot: the next look needs a new one
                connection.rollback()

        return series(rows, plan.pause, agreed, lambda row: _write(session, [row]), stand)


def _write(session: Session, rows: Sequence[OwnRow]) -> float:
    """The monotonic clock right after the commit."""
    acted = act(session, [Insert(row) for row in rows])
    if acted.refused:
        raise NotJudged("; ".join(acted.refused.values()))
    return acted.committed


def series(
    rows: Sequence[OwnRow],
    pause: float,
    agreed: float,
    write: Callable[[OwnRow], float],
    stand: Callable[[Sequence[Key]], frozenset[Key]],
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> tuple[Probe, ...]:
    """``write`` commits a row and gives the clock behind the commit, ``stand`` those of the keys
    that Oracle shows.
    """
    done, waiting, unsent = list[Probe](), list[_Sent](), list(rows)
    due = looked = clock()
    while unsent or waiting:
        if unsent and clock() >= due:
            row = unsent.pop(0)
            waiting.append(_Sent(row.key, write(row)))
            due = max(due + pause, clock())
        if waiting and clock() >= looked + POLL_SECONDS:
            looked = clock()
            found, now = stand([one.key for one in waiting]), clock()
            ended = [one for one in waiting if one.looked_for(found, looked, agreed)]
            done += [one.probe(now, one.key in found) for one in ended]
            waiting = [one for one in waiting if one not in ended]
        sleep(max(0.0, min((due if unsent else looked + POLL_SECONDS) - clock(), POLL_SECONDS)))
    return tuple(done)


@dataclass(eq=False)
class _Sent:
    key: Key
    committed: float
    unseen: float = 0.0

    def __post_init__(self) -> None:
        self.at = dt.datetime.now(dt.UTC)

    def looked_for(self, found: frozenset[Key], began: float, agreed: float) -> bool:
        """Whether it is done with: seen, or late by a look that ``began`` behind that time."""
        if self.key in found:
            return True
        self.unseen = began - self.committed
        return self.unseen > agreed

    def probe(self, now: float, arrived: bool) -> Probe:
        return Probe(self.at, now - self.committed, self.unseen, arrived)
