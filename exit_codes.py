"""How every command of the project ends, for the shell: the one thing that the judge and the lab
both know.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """0 and 1 are answers; everything that kept a command from answering is one of the others."""

    DONE = 0
    BROKEN = 1
    NOT_JUDGED = 2
    USAGE = 4
    INTERRUPTED = 130
