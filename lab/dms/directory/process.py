"""What a task's process and those who start and watch it agree on: the lock, the start types, how a
failure is put.

It imports next to nothing, so that a process holds its lock long before the drivers of two
databases are loaded.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from pathlib import Path
from typing import TextIO

START_TYPES = ("start-replication", "resume-processing", "reload-target")
LOCK_NAME = "task.lock"


def take_lock(directory: Path) -> TextIO:
    """The lock that says the task lives; raises OSError when another process holds it."""
    descriptor = os.open(directory / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
    file = os.fdopen(descriptor, "r+")
    for attempt in range(20):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:
            if attempt == 19:
                file.close()
                raise OSError(f"{directory}: the task runs already") from None
            time.sleep(0.05)  # somebody may just be asking whether the task lives
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def is_held(lock: Path) -> bool:
    """Whether a process holds a lock file; asked without disturbing who holds it or wants to."""
    with contextlib.suppress(FileNotFoundError), lock.open("r+") as file:
        try:
            # shared, so that two who ask do not take each other for the holder
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def failure_text(reason: str) -> str:
    """The long text that a failed task shows as its last failure and as its stop reason."""
    return f"Last Error  {reason.rstrip('.')}. Stop Reason FATAL_ERROR Error Level FATAL"
