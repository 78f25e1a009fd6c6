"""Whatever has to happen when something takes too long, without a thread for each thing that does
not: one thread sleeps until the first of them is due.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

#: seconds that an idle thread gets to end
_ENDING_SECONDS = 1.0


@dataclass(eq=False)
class Alarm:
    """``ring`` is called in a thread of its own, which may take its time, when ``due`` on the
    monotonic clock has come.
    """

    due: float
    ring: Callable[[], None]
    thread: threading.Thread | None = None

    def start(self) -> None:
        self.thread = threading.Thread(target=self.ring, name="alarm", daemon=True)
        self.thread.start()


class Alarms:
    """Those of a process. Starting a thread takes as long as a short statement."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._set: set[Alarm] = set()
        self._keeper: threading.Thread | None = None
        self._wakes = 0.0

    def after(self, seconds: float, ring: Callable[[], None]) -> Alarm:
        """Calls ``ring`` in ``seconds``, unless the alarm is cancelled before."""
        alarm = Alarm(time.monotonic() + seconds, ring)
        with self._changed:
            self._set.add(alarm)
            if self._keeper is None:
                self._keeper = threading.Thread(target=self._keep, name="alarms", daemon=True)
                self._keeper.start()
            elif alarm.due < self._wakes:
                self._changed.notify()
        return alarm

    def cancel(self, alarm: Alarm) -> None:
        """Returns when ``ring`` is not running and will not be called any more."""
        with self._changed:
            self._set.discard(alarm)
        if alarm.thread is not None:
            alarm.thread.join()

    def rest(self) -> None:
        """Ends the thread where no alarm is set: a program without threads may fork."""
        with self._changed:
            keeper = self._keeper
            if keeper is None or self._set:
                return
            self._changed.notify()
        keeper.join(_ENDING_SECONDS)

    def _keep(self) -> None:
        with self._changed:
            while self._set:
                now = time.monotonic()
                for alarm in [one for one in self._set if one.due <= now]:
                    self._set.remove(alarm)
                    alarm.start()
                if self._set:
                    self._wakes = min(one.due for one in self._set)
                    self._changed.wait(self._wakes - now)
            self._keeper = None


alarms = Alarms()
