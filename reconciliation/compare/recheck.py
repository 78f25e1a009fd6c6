"""Rows that differed are read again: replication takes time, so a difference counts only when it
stays.

A row is divergent when it has differed without any change on either side for the arrival limit, the
replication does not say that it is behind, and reading it once more after that finds the row as it
was.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from reconciliation.model import Difference, Key

#: reads some keys again and gives the differences, and for every key something that changes when
#: either row does
Reread = Callable[[Sequence[Key]], tuple[Sequence[Difference], Mapping[Key, object]]]
#: why rows that differ may still arrive, in words, or None; the argument says that the wait for an
#: answer begins anew
Behind = Callable[[bool], str | None]

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0
#: a row that keeps changing is given this many arrival limits before it is called in flight
LIMITS_AT_MOST = 3
#: rows are read again quickly as long as no more rows than this keep changing: the two sides
#: are then seen often enough to find on one what was on the other
FEW_KEYS = 200
#: after so many outages the wait for all rows together ends, whatever may still come
OUTAGES = 5


@dataclass(frozen=True)
class RecheckOutcome:
    """``agreed`` keys were late, ``moving`` keys cannot be told yet, ``differences`` stayed.

    A key is moving when it kept changing while it differed, or when the replication is ``behind``:
    why, in words.
    """

    agreed: tuple[Key, ...]
    moving: tuple[Key, ...]
    differences: tuple[Difference, ...]
    behind: str | None = None
    seconds: float = 0.0  # from reading the rows again first to the last time


def recheck(
    reread: Reread,
    keys: Sequence[Key],
    limit: float,
    *,
    behind: Behind | None = None,
    outages: Callable[[], int] = lambda: 0,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> RecheckOutcome:
    """Read ``keys`` again until each agrees, or has differed without any change on either side for
    ``limit`` seconds.

    Takes LIMITS_AT_MOST times the limit at most, and reading once. ``behind`` is asked about rows
    for which the limit has passed; without it the limit alone decides. ``outages`` counts those
    that were waited for: nothing arrives during one, so all limits begin anew behind it.
    """
    waiting = _Waiting(keys, limit, clock(), is_proven=behind is None)
    pause, reason, is_up_to_date, was_asked, known = (
        FIRST_PAUSE_SECONDS,
        None,
        False,
        False,
        outages(),
    )
    while True:
        began = clock()
        differences, content = reread(waiting.pending)
        now = clock()
        moved = waiting.seen({difference.key for difference in differences}, content, now)
        if is_up_to_date:
            # the rows were read after the replication had delivered everything that was asked for
            waiting.prove()
        if outages() != known:
            known, was_asked = outages(), False
            waiting.begin_anew(now)
        unproven = waiting.unproven(now)
        is_over = waiting.is_over(now)
        if (is_over and (was_asked or not unproven)) or (not unproven and waiting.all_stuck(now)):
            break
        if unproven and behind is not None:
            reason = behind(waiting.ask(unproven, now))
            is_up_to_date, was_asked = reason is None, True
            if is_up_to_date:
                continue
            if is_over:
                break
        else:
            reason, is_up_to_date = None, False
        pause = FIRST_PAUSE_SECONDS if moved and len(waiting.pending) <= FEW_KEYS else pause * 1.5
        # reading takes half of the time at most
        pause = min(max(pause, now - began), LONGEST_PAUSE_SECONDS)
        sleep(min(pause, max(0.0, limit - (now - waiting.began)) or pause))
    return waiting.outcome(differences, now, reason if unproven else None)


class _Waiting:
    """The keys that still differ, since when nothing has changed about each of them, and what is
    proven.

    Of a row that has not changed since ``_asked``, the target must show the present state once the
    replication has delivered everything committed by then; that has been seen for ``_proven``.
    """

    def __init__(self, keys: Sequence[Key], limit: float, began: float, is_proven: bool) -> None:
        self.keys, self.limit, self.began = keys, limit, began
        self.pending = list(keys)
        self._first, self._outages = began, 0
        self._changed = dict.fromkeys(keys, began)
        self._content: dict[Key, object] = {}
        self._asked = -math.inf
        self._proven = math.inf if is_proven else -math.inf

    def seen(self, differing: set[Key], content: Mapping[Key, object], now: float) -> bool:
        """Keep what still differs; whether any of it has changed since the time before."""
        self.pending = [key for key in self.pending if key in differing]
        moved = False
        for key in self.pending:
            if key in self._content and self._content[key] != content[key]:
                self._changed[key] = now
                moved = True
            self._content[key] = content[key]
        return moved

    def begin_anew(self, now: float) -> None:
        """Nothing that was waited for so far counts."""
        self._changed |= dict.fromkeys(self.pending, now)
        self._outages += 1
        if self._outages <= OUTAGES:
            self.began = now

    def is_over(self, now: float) -> bool:
        return now - self.began >= LIMITS_AT_MOST * self.limit

    def ask(self, unproven: Sequence[Key], now: float) -> bool:
        """Whether the question is a new one: about rows that have changed since the last."""
        is_new = any(self._changed[key] > self._asked for key in unproven)
        if is_new:
            self._asked = now
        return is_new

    def prove(self) -> None:
        self._proven = max(self._proven, self._asked)

    def all_stuck(self, now: float) -> bool:
        return len(self.stuck(now)) == len(self.pending)

    def stuck(self, now: float) -> list[Key]:
        return [key for key in self.pending if now - self._changed[key] >= self.limit]

    def unproven(self, now: float) -> list[Key]:
        return [key for key in self.stuck(now) if self._changed[key] > self._proven]

    def outcome(
        self, differences: Sequence[Difference], now: float, reason: str | None
    ) -> RecheckOutcome:
        pending = set(self.pending)
        stuck = set(self.stuck(now)) - set(self.unproven(now))
        return RecheckOutcome(
            agreed=tuple(key for key in self.keys if key not in pending),
            moving=tuple(key for key in self.pending if key not in stuck),
            differences=tuple(difference for difference in differences if difference.key in stuck),
            behind=reason,
            seconds=now - self._first,
        )
