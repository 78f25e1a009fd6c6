"""``python -m tests.dms.killed_at PLACE --config ...``: the process of a task that is killed at one
exact place.

A place is ``module:Class.method:before`` or ``:after``, with ``:N`` for the Nth call of that
method.
"""

from __future__ import annotations

import functools
import importlib
import os
import signal
import sys
from typing import Any

from lab.dms.__main__ import StopRequest, main


def plant(place: str) -> None:
    """Make the method kill its own process."""
    module, path, when, *count = place.split(":")
    owner, method = path.split(".")
    holder = getattr(importlib.import_module(module), owner)
    original = getattr(holder, method)
    left = int(count[0]) if count else 1

    @functools.wraps(original)
    def killed(*arguments: Any, **more: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0 and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*arguments, **more)
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(holder, method, killed)


if __name__ == "__main__":
    plant(sys.argv[1])
    sys.exit(main(sys.argv[2:], StopRequest().listen()))
