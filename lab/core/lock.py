"""One lab per environment and state directory: a lock that its supervisor holds as long as it
lives.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from lab.core.errors import LabError

#: somebody else holds the lab's lock: it is up, or being started or stopped
EXIT_LOCKED = 75


class LabLock:
    """An flock on a file; the holder's process id stands in it. The kernel gives it up when the
    holder dies.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def acquire(self, patience: float = 0.0) -> bool:
        """Take the lock, trying for ``patience`` seconds; false when somebody else keeps it.

        Raises LabError where it cannot be written.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            where = f"{self._path} cannot be written: {error.strerror}"
            raise LabError(
                f"{where}; choose another place, for a lab with --state-dir DIR"
            ) from None
        deadline = time.monotonic() + patience
        while not _try_lock(handle):
            if time.monotonic() >= deadline:
                os.close(handle)
                return False
            time.sleep(0.02)
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        self._file = handle
        return True

    def release(self) -> None:
        if self._file is not None:
            os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = None

    def holder(self) -> int | None:
        """The process id of the holder, None when nobody holds the lock."""
        try:
            handle = os.open(self._path, os.O_RDONLY)
        except FileNotFoundError:
            return None
        try:
            # shared, so that two who ask do not take each other for the holder
            if _try_lock(handle, fcntl.LOCK_SH):
                return None
            return int(os.pread(handle, 20, 0) or 0) or None
        finally:
            os.close(handle)


def _try_lock(handle: int, mode: int = fcntl.LOCK_EX) -> bool:
    try:
        fcntl.flock(handle, mode | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
