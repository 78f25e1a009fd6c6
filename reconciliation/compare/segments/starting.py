"""Two ways to start the process that workers are forked from.

A program without threads is forked: everything is imported already, and its memory is shared. A
program with threads must not be, since a lock may be held that nobody would let go; there Python is
started afresh. So it is where Oracle's own client is used, which does not survive a fork.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from reconciliation.compare.segments import host
from reconciliation.compare.segments.job import Access
from reconciliation.databases.alarms import alarms

_ROOT = Path(__file__).resolve().parents[3]
_END_SECONDS = 10.0
_MODULES = {
    "PostgreSQL": "sqlalchemy.dialects.postgresql.psycopg2,psycopg2.extras",
    "Oracle": "sqlalchemy.dialects.oracle.oracledb,oracledb",
}

#: a thread that Python has done with may take a moment until the system has, too
_ENDING_SECONDS = 0.1


@dataclass(frozen=True)
class Host:
    """A started process. ``ended`` tells whether it is gone, and clears it away if so."""

    pid: int
    lifeline: int
    ended: Callable[[], bool]

    def end(self) -> None:
        """End it and its workers; returns when it is gone."""
        os.close(self.lifeline)
        deadline = time.monotonic() + _END_SECONDS
        while not self.ended():
            if time.monotonic() > deadline:
                os.kill(self.pid, signal.SIGKILL)
            time.sleep(0.002)


def alone() -> bool:
    """Whether this process has but one thread, those of libraries included, as far as the system
    tells.
    """
    alarms.rest()
    try:
        end = time.monotonic() + _ENDING_SECONDS
        while threading.active_count() == 1:
            if len(os.listdir("/proc/self/task")) == 1:
                return True
            if time.monotonic() > end:
                break
            time.sleep(0.001)
        return False
    except OSError:
        return False


def forked(ours: Sequence[int], theirs: Sequence[int], access: Access) -> Host:
    """A fork of this process; ``ours`` and ``theirs`` are the ends of the
    sockets to the workers.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        host.become(reading, [writing, *ours], list(theirs))
    os.close(reading)

    def ended() -> bool:
        try:
            return os.waitpid(pid, os.WNOHANG)[0] == pid
        except ChildProcessError:
            return True  # somebody who waits for every child was faster

    return Host(pid, writing, ended)


def executed(ours: Sequence[int], theirs: Sequence[int], access: Access) -> Host:
    """A fresh Python."""
    reading, writing = os.pipe()
    paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    modules = ",".join(
        _MODULES[product] for product in sorted({access.source.product, access.target.product})
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciliation.compare.segments.host", modules, *map(str, theirs)],
        stdin=reading,
        stdout=subprocess.DEVNULL,
        pass_fds=theirs,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
    )
    os.close(reading)
    return Host(process.pid, writing, lambda: process.poll() is not None)
