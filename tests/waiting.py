"""Waiting for facts: a test that waits for a time passes on one machine only."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

_Fact = TypeVar("_Fact")

#: What has not come after this long does not come. A busy machine takes ten or twenty times as long
#: as a free one, and a limit costs nothing where the fact comes: this one is for what hangs, and
#: says nothing about speed.
LONG_SECONDS = 200.0


def wait_for(condition: Callable[[], _Fact], seconds: float = LONG_SECONDS) -> _Fact:
    """What ``condition`` returns once it is true; fails the test when that does not happen."""
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
    return result


def comes_true(condition: Callable[[], object], seconds: float = LONG_SECONDS) -> bool:
    """Whether ``condition`` became true, for assertions that say in their own
    words what did not.
    """
    try:
        wait_for(condition, seconds)
    except AssertionError:
        return False
    return True
