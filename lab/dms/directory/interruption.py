"""An interruption that a task has been told of: its process is to die in the middle of a
transaction, or it reaches its target no more.

Who wants it writes a file into the task's directory and rings; the task takes the file away, and
from then on it is in force. It ends with the task's process, so that nobody has to make it good.
What was committed in the source before it was told is applied first.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from pathlib import Path

from lab.dms.ground.lsn import format_lsn, parse_lsn

FILE_NAME = "interruption"
KILL, CUT = "kill", "cut"
#: so long what was committed before is waited for: a source that is written all the time may never
#: be read to its end
LATEST_SECONDS = 10.0


class Interruption:
    """What is in force in one task; to be asked from its thread only."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / FILE_NAME
        self._told = ""
        # what was meant for a process before this one
        self._path.unlink(missing_ok=True)

    def look(self, applied: int = 0) -> bool:
        """Take up what is told; whether something has come into force. ``applied``: nothing that
        was committed before this position is left to apply. No transaction of the task may be open
        on the target.
        """
        try:
            words, _, position = self._path.read_text("utf-8").strip().partition("\n")
            waited = time.time() - self._path.stat().st_mtime
        except FileNotFoundError:
            return False
        if applied < parse_lsn(position) and waited < LATEST_SECONDS:
            return False
        self._told = words
        self._path.unlink()
        return True

    @property
    def cuts_target(self) -> bool:
        """Whether the target cannot be reached."""
        return self._told.startswith(CUT)

    def strikes_after(self, changes: int) -> int | None:
        """Behind which of so many changes of a transaction the process is to die; None: not in this
        one.
        """
        kind, _, least = self._told.partition(" ")
        if kind != KILL or changes < max(int(least), 2):
            return None
        return changes // 2

    def strike(self) -> None:
        """The process dies as by kill -9."""
        os.kill(os.getpid(), signal.SIGKILL)


def tell(directory: Path, words: str, behind: int = 0) -> None:
    """Write what a task is to take up once it has applied what was committed before the position
    ``behind``; it is in force when ``is_taken``.
    """
    temporary = directory / f"{FILE_NAME}.new"
    temporary.write_text(f"{words}\n{format_lsn(behind)}", "utf-8")
    temporary.replace(directory / FILE_NAME)


def is_taken(directory: Path) -> bool:
    return not (directory / FILE_NAME).exists()


def withdraw(directory: Path) -> None:
    """Nobody has taken it up, and nobody is to."""
    with contextlib.suppress(FileNotFoundError):
        (directory / FILE_NAME).unlink()
