"""What whole trees of processes have taken of the processor and of the memory, as the kernel counts
it (proc(5)).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> list[int]:
    """The process and all its descendants that are still there."""
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        try:
            children = [
                int(child)
                for task in Path(f"/proc/{one}/task").iterdir()
                for child in (task / "children").read_text().split()
            ]
        except OSError:
            continue  # it has ended meanwhile
        found.append(one)
        waiting += children
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """Of these processes and their descendants, those that have ended and
    were waited for included.
    """
    return sum(_ticks(one) for pid in pids for one in tree(pid)) / _TICKS


def _ticks(pid: int) -> int:
    """utime, stime, cutime and cstime; the last two are those of children that have ended."""
    try:
        line = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    return sum(map(int, line.rpartition(")")[2].split()[11:15]))


def resident_bytes(pid: int) -> int:
    """Of the process and its descendants together; memory they share counts once (Pss)."""
    return sum(_pss(one) for one in tree(pid))


def _pss(pid: int) -> int:
    try:
        found = re.search(
            r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE
        )
    except OSError:
        return 0
    return int(found[1]) * 1024 if found else 0
