"""How a task's work can end early."""

from __future__ import annotations


class Recoverable(Exception):  # noqa: N818 - the name DMS gives to errors it retries
    """A lost connection or the like: to be tried again."""


class TargetLost(Recoverable):
    """The session with the target is gone, and with it what was not committed."""


class TaskFailed(Exception):  # noqa: N818 - the state the task goes into
    """The task cannot go on; the text is shown as its last failure."""


def one_line(error: object) -> str:
    """An error's text without its line breaks."""
    return " ".join(str(error).split())
