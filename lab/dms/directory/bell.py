"""A task's bell: whoever changes what the task goes by rings it, and a quiet task looks around at
once.

It is a named pipe in the task's directory that the task holds open, so the kernel knows whether
somebody hears it: a task that was killed does not.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

NAME = "bell"


class Bell:
    """The task's end; ``fileno`` is readable once somebody has rung."""

    def __init__(self, directory: Path) -> None:
        path = directory / NAME
        with contextlib.suppress(FileExistsError):
            os.mkfifo(path, 0o600)
        # for writing too: the task rings it itself when it is to stop, and without a writer it
        # would always be readable
        self._handle = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)

    def fileno(self) -> int:
        return self._handle

    def ring(self) -> None:
        """May be called from a signal handler; one that has been rung already, or is closed, is
        left alone.
        """
        with contextlib.suppress(OSError):
            os.write(self._handle, b"x")

    def close(self) -> None:
        handle, self._handle = self._handle, -1  # the number is given to what is opened next
        os.close(handle)


def ring(directory: Path) -> None:
    """Let the task of a directory look around, if one hears it."""
    _reach(directory, b"x")


def is_heard(directory: Path) -> bool:
    """Whether a task holds the bell of the directory."""
    return _reach(directory, b"")


def _reach(directory: Path, message: bytes) -> bool:
    try:
        handle = os.open(directory / NAME, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:  # no such pipe, or nobody has it open
        return False
    try:
        with contextlib.suppress(BlockingIOError):  # rung more often than anybody can have listened
            os.write(handle, message)
    finally:
        os.close(handle)
    return True
