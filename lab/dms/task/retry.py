"""The pauses between attempts after a recoverable error."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from lab.dms.agreed.settings import ErrorBehavior
from lab.dms.ground.errors import Recoverable, TaskFailed

#: retries when RecoverableErrorCount is -1 (AWS DMS user guide, error handling settings)
RUNNING_RETRIES = 9
STARTING_RETRIES = 6
HURRIED_SECONDS = 0.05


_Result = TypeVar("_Result")


class Stopped(Exception):  # noqa: N818 - not an error: the task is asked to stop
    """The task was asked to stop while it waited."""


class Retry:
    """Counts the attempts of one incident.

    The first is made at once; then the pause begins with RecoverableErrorInterval and doubles under
    throttling, up to RecoverableErrorThrottlingMax. With ``interval`` greater than 0 it begins with
    that many seconds instead and grows up to RecoverableErrorInterval. A ``hurried`` one makes as
    many attempts in a moment: nobody waits until a connection that is cut is given up.
    """

    def __init__(
        self,
        errors: ErrorBehavior,
        task: str,
        stop: threading.Event,
        *,
        starting: bool,
        interval: float = 0,
        hurried: bool = False,
    ) -> None:
        default = STARTING_RETRIES if starting else RUNNING_RETRIES
        self._limit = errors.recoverable_count if errors.recoverable_count >= 0 else default
        self._throttling = errors.recoverable_throttling
        self._pause = interval or errors.recoverable_interval
        self._maximum = (
            errors.recoverable_interval if interval else errors.recoverable_throttling_max
        )
        if hurried:
            self._pause, self._throttling = HURRIED_SECONDS, False
        self._task = task
        self._stop = stop
        self.attempts = 0

    def wait(self, error: Recoverable) -> None:
        """Pause before the next attempt; raises TaskFailed when there is none left, Stopped when
        asked to stop.
        """
        if self.attempts >= self._limit:
            raise TaskFailed(
                f"Task '{self._task}' was stopped after {self.attempts} recovery attempts: {error}"
            )
        if self.attempts and self._stop.wait(self._pause):
            raise Stopped
        if self._stop.is_set():
            raise Stopped
        if self.attempts and self._throttling:
            self._pause = max(self._pause, min(self._pause * 2, self._maximum))
        self.attempts += 1

    def until_done(
        self,
        work: Callable[[], _Result],
        again: Callable[[Recoverable], None],
        first: Recoverable | None = None,
    ) -> _Result:
        """Do the work until it succeeds; ``again`` is told of every recoverable error before the
        pause.

        ``first`` is an error that has happened already. Raises what ``wait`` raises.
        """
        error = first
        while True:
            if error is not None:
                self.wait(error)
            try:
                return work()
            except Recoverable as found:
                error = found
                again(found)
