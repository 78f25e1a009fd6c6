"""Processes that tests start and that must not outlive them, however the tests end."""

from __future__ import annotations

from collections.abc import Sequence


def ending_with_us(command: Sequence[str], signal: str = "TERM") -> list[str]:
    """The command of a child that the kernel sends ``signal`` when the thread that starts it is gone.

    A fixture stops its servers when it is left; a process that is killed leaves none of its fixtures.
    """
    return ["setpriv", "--pdeathsig", signal, "--", *command]
