"""Finding and ending the processes of one lab, whoever started them.

A lab whose supervisor was killed leaves processes behind. They are recognised by the LAB_ID in
their environment; PostgreSQL's own children overwrite the memory their environment stood in, so
they are recognised by working in one of the lab's cluster directories.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from lab.core.paths import ID_VARIABLE, LabPaths

_PROC = Path("/proc")


def lab_processes(paths: LabPaths) -> list[int]:
    """The living processes of the lab, without the calling one."""
    mark = f"{ID_VARIABLE}={paths.lab_id}".encode()
    homes = (paths.clusters, paths.outside_clusters)
    return [
        pid
        for pid in _all_pids()
        if pid != os.getpid() and (_carries(pid, mark) or _serves(pid, homes))
    ]


def command_line(pid: int) -> list[str]:
    """The arguments the process was started with; empty when it is gone or not ours to read."""
    try:
        return [
            os.fsdecode(part)
            for part in (_PROC / str(pid) / "cmdline").read_bytes().split(b"\0")
            if part
        ]
    except OSError:
        return []


def end_lab_processes(
    paths: LabPaths, *, keep: Iterable[int] = (), patience: float = 5.0
) -> list[int]:
    """End every process of the lab but ``keep``; ask first, insist after ``patience`` seconds.

    Returns what is still alive afterwards: empty, unless the processes belong to another user.
    """
    kept = set(keep)

    def rest() -> list[int]:
        return [pid for pid in lab_processes(paths) if pid not in kept]

    asked: set[int] = set()

    def ask(pid: int) -> None:
        if pid not in asked:
            _signal(pid, _polite_signal(pid))
            asked.add(pid)

    _until_gone(rest, ask, patience)
    return _until_gone(rest, lambda pid: _signal(pid, signal.SIGKILL), patience)


def _until_gone(
    rest: Callable[[], list[int]], tell: Callable[[int], None], patience: float
) -> list[int]:
    """What is left after ``patience`` seconds; told once at least, however long it takes to look
    through all processes of a busy machine.
    """
    deadline, told = time.monotonic() + patience, False
    while remaining := rest():
        if told and time.monotonic() >= deadline:
            break
        for pid in remaining:
            tell(pid)
        told = True
        time.sleep(0.02)
    return remaining


def _all_pids() -> list[int]:
    return [int(name) for name in os.listdir(_PROC) if name.isdigit()]


def _carries(pid: int, mark: bytes) -> bool:
    try:
        return mark in (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
    except OSError:
        return False


def _serves(pid: int, homes: Sequence[Path]) -> bool:
    if _name(pid) != "postgres":
        return False
    try:
        where = Path(os.readlink(_PROC / str(pid) / "cwd").removesuffix(" (deleted)"))
    except OSError:
        return False
    return any(where.is_relative_to(home) for home in homes)


def _name(pid: int) -> str:
    try:
        return (_PROC / str(pid) / "comm").read_text().strip()
    except OSError:
        return ""


def _polite_signal(pid: int) -> signal.Signals:
    """PostgreSQL's immediate shutdown (it frees its shared memory and the data is not kept);
    SIGTERM for the rest.
    """
    return signal.SIGQUIT if _name(pid) == "postgres" else signal.SIGTERM


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except (ProcessLookupError, PermissionError):
        return
