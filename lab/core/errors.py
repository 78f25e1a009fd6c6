"""The one kind of failure a user of the lab gets to see: a line that says what is wrong and the way out."""

from __future__ import annotations


class LabError(Exception):
    """Something the user can act upon. The text is one line and names no secret; ``log_tail`` may follow it."""

    def __init__(self, message: str, log_tail: str = "") -> None:
        super().__init__(message)
        self.log_tail = log_tail


class StoppedError(LabError):
    """The lab was told to stop while it was still starting."""
