"""Counters of PostgreSQL, read once they stand still."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

_Counts = TypeVar("_Counts")

#: a session that stays open hands its counts in after 10 s of idling (PGSTAT_IDLE_INTERVAL), and
#: some for its turn
QUIET_SECONDS = 15.0


def settled(count: Callable[[], _Counts], quiet_seconds: float = QUIET_SECONDS) -> _Counts:
    """What ``count`` returns after it has returned the same for ``quiet_seconds``."""
    seen, since = count(), time.monotonic()
    while time.monotonic() - since < quiet_seconds:
        time.sleep(0.5)
        if (now := count()) != seen:
            seen, since = now, time.monotonic()
    return seen
