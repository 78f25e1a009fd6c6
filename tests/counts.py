"""How often repeated work is done: kills, generated inputs and rows, drawn examples.

`make test` does some of it, so that it stays short, and `make test-long` all of it. A case of a
table, and whatever is not the same thing once more, is no repetition and is tested in both.
"""

from __future__ import annotations

import os

#: set by `make test-long`, and kept by every process that a test starts
LONG_VARIABLE = "TESTS_IN_FULL"


def in_full() -> bool:
    return os.environ.get(LONG_VARIABLE, "") not in ("", "0")


def count(short: int, long: int) -> int:
    """``short`` in `make test`, ``long`` in `make test-long`."""
    return long if in_full() else short
