"""Waiting for a position, not for time: looks at Oracle until something is seen there."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from reconciliation.errors import Broken
from reconciliation.model import Key
from reconciliation.session.marker import Marker

POLL_SECONDS = 0.1

Result = TypeVar("Result")


@dataclass(frozen=True)
class Arrival:
    """``lag_seconds`` runs from the commit in PostgreSQL to the sight in Oracle (to the limit, if
    not arrived).

    ``unseen_seconds`` runs from the commit to the beginning of the last poll that found nothing, 0
    without one: the change arrived after that. What is longer in the lag may be a slow answer, or a
    pause of this process. ``found_key`` is the key under which the marker was found: another one
    than written means a renumbered row. ``trouble`` is why nobody could look, in one line.
    ``second`` is the marker that was written behind the first, where changes are applied in
    batches.
    """

    arrived: bool
    lag_seconds: float
    unseen_seconds: float
    found_key: Key | None
    marker: Marker
    trouble: str = ""
    second: Marker | None = None


@dataclass(frozen=True)
class Look:
    """What one look at Oracle gave: the key under which the marker stands, None when it does not;
    or why nobody can look.
    """

    key: Key | None = None
    trouble: str = ""


def poll(
    look: Callable[[Marker, bool], Look],
    markers: Sequence[Marker],
    limit: float,
    *,
    ahead: Callable[[Sequence[Marker]], None] = lambda waiting: None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> dict[str, Arrival]:
    """Look for all markers, again and again, until each is seen or ``limit`` seconds after its
    commit have passed; by table. ``look(marker, last)``: the last look of a marker is said so.
    ``ahead(markers)`` comes before the looks of a round, and is part of each of them.
    """
    arrivals = dict[str, Arrival]()
    unseen = {marker.table: 0.0 for marker in markers}
    waiting = list(markers)
    while waiting:
        round_began = clock()
        ahead(waiting)
        for marker in list(waiting):
            began = round_began - marker.committed
            last = began >= limit
            found = look(marker, last)
            if found.key is None:
                unseen[marker.table] = began
            if found.key is not None or found.trouble or last:
                waiting.remove(marker)
                arrivals[marker.table] = Arrival(
                    found.key is not None,
                    clock() - marker.committed,
                    unseen[marker.table],
                    found.key,
                    marker,
                    found.trouble,
                )
        if waiting:
            left = limit - min(clock() - marker.committed for marker in waiting)
            sleep(max(0.0, min(POLL_SECONDS, left)))
    return arrivals


def eventually(
    check: Callable[[], Result],
    limit: float,
    what: str,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    pause: float = POLL_SECONDS,
) -> Result:
    """What ``check`` gives once it does not raise Broken, within ``limit`` seconds; other errors
    pass through at once.

    The failure says ``what`` was waited for and what was seen last.
    """
    end = clock() + limit
    while True:
        began = clock()
        try:
            return check()
        except Broken as error:
            if began >= end:
                raise Broken(f"{what}: not within {limit:g} s. Last seen: {error}") from error
        sleep(max(0.0, min(pause, end - clock())))
