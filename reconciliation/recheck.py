"""Looking again at rows that differed: replication takes time, so a difference counts only when it stays."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reconciliation.model import Difference, Key

#: what one look at some keys gives: the differences, and for every key something that changes when either row does
Look = Callable[[Sequence[Key]], tuple[Sequence[Difference], dict[Key, object]]]

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 2.0
#: a row that keeps changing is given this many arrival limits before it is called in flight
PATIENCE = 3


@dataclass(frozen=True)
class Recheck:
    """``agreed`` keys were late, ``moving`` keys kept changing while they differed, ``differences`` stayed."""

    agreed: tuple[Key, ...]
    moving: tuple[Key, ...]
    differences: tuple[Difference, ...]
    seconds: float = 0.0  # from the first of these looks to the last


def recheck(
    look: Look,
    keys: Sequence[Key],
    limit: float,
    *,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Recheck:
    """Look at ``keys`` until each agrees, or has differed without any change on either side for ``limit`` seconds."""
    began = clock()
    changed = dict.fromkeys(keys, began)
    content: dict[Key, object] = {}
    pending, pause = list(keys), FIRST_PAUSE_SECONDS
    differences: Sequence[Difference] = ()
    while True:
        differences, now_content = look(pending)
        now = clock()
        still = {difference.key for difference in differences}
        pending = [key for key in pending if key in still]
        for key in pending:
            if key in content and content[key] != now_content[key]:
                changed[key] = now
            content[key] = now_content[key]
        if now - began >= PATIENCE * limit or all(now - changed[key] >= limit for key in pending):
            break
        sleep(min(pause, max(0.0, limit - (now - began)) or pause))
        pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)
    stuck = {key for key in pending if now - changed[key] >= limit}
    return Recheck(
        agreed=tuple(key for key in keys if key not in set(pending)),
        moving=tuple(key for key in pending if key not in stuck),
        differences=tuple(difference for difference in differences if difference.key in stuck),
        seconds=now - began,
    )
