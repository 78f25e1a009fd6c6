"""What whole trees of processes take: the most memory at any moment, and the processor time of all
that ended.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Sequence
from pathlib import Path

#: seconds between two looks; what lives for less is not seen
_PAUSE_SECONDS = 0.3


class Peak:
    """A context manager: the most bytes that the processes ``roots`` and all their descendants had
    at once.

    A page that several processes share is counted once, in equal parts (PSS). Source: Linux,
    proc(5), smaps_rollup.
    """

    def __init__(self, roots: Sequence[int]) -> None:
        self._roots = list(roots)
        self.bytes = 0
        self.processes = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Peak:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._ended.wait(_PAUSE_SECONDS):
            found = tree(self._roots)
            self.processes = max(self.processes, len(found))
            self.bytes = max(self.bytes, sum(map(proportional_bytes, found)))


def tree(roots: Sequence[int]) -> list[int]:
    """``roots`` and all their descendants that live."""
    found, new = [], list(roots)
    while new:
        pid = new.pop()
        found.append(pid)
        with contextlib.suppress(OSError):  # it has ended meanwhile
            for task in Path(f"/proc/{pid}/task").iterdir():
                new += map(int, (task / "children").read_text().split())
    return found


def proportional_bytes(pid: int) -> int:
    """What a process has resident, pages it shares with others in equal parts; 0 for one that has
    ended.
    """
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            name, _, value = line.partition(":")
            if name == "Pss":
                return int(value.split()[0]) * 1024
    return 0
