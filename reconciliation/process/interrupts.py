"""SIGTERM is treated like Ctrl-C: what is under way is broken off and cleaned up. A second signal
ends at once.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from types import FrameType
from typing import TypeVar

from exit_codes import ExitCode
from reconciliation.model import TableResult

#: why something was not judged
INTERRUPTED = "the run was interrupted before it was compared; --resume takes it up"
T = TypeVar("T")
#: what signal.signal gives back: a handler, the number of a usual one, or None for a foreign one
Handler = Callable[[int, FrameType | None], object] | int | None
SIGNALS = {signal.SIGINT: "Ctrl-C", signal.SIGTERM: "SIGTERM"}


class Interrupts:
    """From ``install`` to ``restore`` the first signal raises KeyboardInterrupt in the main thread,
    with its name.

    In a thread other than the main one, and for a signal that is ignored (as of a job in the
    background), nothing is changed.
    """

    def __init__(self) -> None:
        #: the signal that came, None as long as none did
        self.received: str | None = None
        #: the end is near and is not to be broken off any more
        self.finishing = False
        self._before: dict[signal.Signals, Handler] = {}

    def install(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._came)

    def restore(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        self._before.clear()

    def __enter__(self) -> Interrupts:
        self.install()
        return self

    def __exit__(self, *_: object) -> None:
        self.restore()

    def _came(self, number: int, _: FrameType | None) -> None:
        name = SIGNALS[signal.Signals(number)]
        if self.received is not None:
            _say(f"{name} again: ended at once, without cleaning up")
            os._exit(ExitCode.INTERRUPTED)
        self.received = name
        if self.finishing:
            _say(f"{name}: it is ending already; again ends it at once")
            return
        raise KeyboardInterrupt(name)


class BrokenOff(KeyboardInterrupt):
    """Interrupted when some tables were judged: ``results`` has theirs, and one for every table
    that was not.
    """

    def __init__(self, results: tuple[TableResult, ...]) -> None:
        super().__init__()
        self.results = results


def one_by_one(
    items: Sequence[T],
    judge: Callable[[T], TableResult],
    unjudged: Callable[[T], TableResult],
    around: AbstractContextManager[object] | None = None,
) -> tuple[TableResult, ...]:
    """What ``judge`` gives for every item, within ``around``. Raises BrokenOff for an interruption
    behind the first of them, even one that came when all were judged or while ``around`` ended:
    whoever is asked next has to end, too.
    """
    found: list[TableResult] = []
    try:
        with around or nullcontext():
            for item in items:
                found.append(judge(item))
    except KeyboardInterrupt:
        if not found:
            raise
        raise BrokenOff((*found, *map(unjudged, items[len(found) :]))) from None
    return tuple(found)


def _say(line: str) -> None:
    os.write(2, f"\n{line}\n".encode())  # a handler may have come in the middle of a print
