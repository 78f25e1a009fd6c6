"""A sign of life: whatever takes its time says here that it got something done, and who watches a
run listens.

One run is one process, so there is one pulse; without a listener nothing happens. It says that
something moves, never what: a comparison of an hour beats all the time, a call that nobody answers
does not.
"""

from __future__ import annotations

from collections.abc import Callable

_listeners: list[Callable[[], None]] = []


def beat() -> None:
    """Something was answered, read or written."""
    for listener in _listeners:
        listener()


def listen(listener: Callable[[], None]) -> None:
    """Call ``listener`` at every beat from now on; it has to be quick."""
    _listeners.append(listener)


def ignore(listener: Callable[[], None]) -> None:
    """The end of ``listen``."""
    _listeners.remove(listener)
