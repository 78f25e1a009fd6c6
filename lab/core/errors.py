"""The kinds of failure a user of the lab gets to see: a line that says what is wrong and the way
out.
"""

from __future__ import annotations

from exit_codes import ExitCode


class LabError(Exception):
    """What the surroundings do not allow. The text is one line and names no secret; ``log_tail``
    may go before it.
    """

    exit_code = ExitCode.NOT_JUDGED

    def __init__(self, message: str, log_tail: str = "") -> None:
        super().__init__(message)
        self.log_tail = log_tail


class UsageError(LabError):
    """A call or a profile that cannot be meant: nothing has been begun."""

    exit_code = ExitCode.USAGE


class StoppedError(LabError):
    """The lab was told to stop while it was still starting."""

    exit_code = ExitCode.INTERRUPTED
