"""What a killed process of the same task leaves behind for a moment: a session on its replication
slot.

PostgreSQL notices that a reader is gone when it next writes to it or looks at its socket, and a
slot has one reader at a time. The task's lock says that this process is the only one of its task,
so whoever has the slot is such a leftover. (The other one, an Oracle session that may still commit,
is waited for where the position is read: control_tables.py.)
"""

from __future__ import annotations

import threading
import time

from lab.dms.databases.source import Source
from lab.dms.ground.errors import Recoverable
from lab.dms.task.retry import Stopped

_LIMIT_SECONDS = 10.0
_FIRST_PAUSE_SECONDS = 0.005
_LONGEST_PAUSE_SECONDS = 0.2


def await_slot(source: Source, slot: str, stop: threading.Event) -> None:
    """Wait until nobody reads the slot; an absent one is not waited for.

    Raises Recoverable when somebody still does after ten seconds, and Stopped when the task is
    asked to stop.
    """
    deadline, pause = time.monotonic() + _LIMIT_SECONDS, _FIRST_PAUSE_SECONDS
    while holder := _holder(source, slot):
        if time.monotonic() > deadline:
            raise Recoverable(
                f"Replication slot '{slot}' is still in use by pid {holder} of the source database"
            )
        if stop.wait(pause):
            raise Stopped
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)


def end_reader(source: Source, slot: str, stop: threading.Event) -> None:
    """End the session that reads the slot or is still creating it, because the slot is to be
    dropped.
    """
    source.query(
        "SELECT pg_terminate_backend(active_pid) FROM pg_catalog.pg_replication_slots "
        "WHERE slot_name = %s AND active_pid IS NOT NULL",
        (slot,),
    )
    await_slot(source, slot, stop)


def _holder(source: Source, slot: str) -> int | None:
    found = source.query(
        "SELECT active_pid FROM pg_catalog.pg_replication_slots WHERE slot_name = %s", (slot,)
    )
    return found[0][0] if found else None
