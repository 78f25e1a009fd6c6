"""Worker processes that compare segments, one at a time each: as many as there are cores, started when first needed."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import TracebackType
from typing import Any

from reconciliation.faults import EnvironmentFault
from reconciliation.segments.job import Access, Job
from reconciliation.segments.plan import Segment
from reconciliation.tally import Tally

_ROOT = Path(__file__).resolve().parents[2]
_END_SECONDS = 10
_MODULES = {"PostgreSQL": "sqlalchemy.dialects.postgresql.psycopg2,psycopg2.extras",
            "Oracle": "sqlalchemy.dialects.oracle.oracledb,oracledb"}  # fmt: skip


class WorkerDied(EnvironmentFault):
    """A worker process ended without an answer: killed, or out of memory."""


def cores() -> int:
    """The processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Workers:
    """A context manager. ``access`` is asked for when the processes start, ``limit`` is how many there may be.

    Passwords are handed over through a socket. The processes end with the block, and with this process however it
    ends.
    """

    def __init__(self, access: Callable[[], Access], limit: int | None = None) -> None:
        self._access, self.limit = access, limit or cores()
        self._host: subprocess.Popen[bytes] | None = None
        self._connections: list[Connection] = []

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:  # fmt: skip
        self.close()

    # -------------------------------------------------------------- starting and ending

    def start(self, count: int) -> None:
        """Start ``count`` processes, at most ``limit``, unless there are as many; returns before they are ready."""
        count = min(count, self.limit)
        if len(self._connections) >= count:
            return
        self.close()
        access = self._access()
        pairs = [socket.socketpair() for _ in range(count)]
        theirs = [there.fileno() for _, there in pairs]
        paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        self._host = subprocess.Popen(
            [sys.executable, "-m", "reconciliation.segments.host", _modules(access), *map(str, theirs)],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, pass_fds=theirs,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        )  # fmt: skip
        for ours, there in pairs:
            there.close()
            connection = Connection(ours.detach())
            self._connections.append(connection)
            connection.send(access)

    def close(self) -> None:
        """End the processes, whatever they are doing."""
        host, self._host = self._host, None
        connections, self._connections = self._connections, []
        for connection in connections:
            connection.close()
        if host is None:
            return
        if host.stdin is not None:
            host.stdin.close()
        try:
            host.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            host.kill()
            host.wait()

    # -------------------------------------------------------------- working

    def look(
        self, job: Job, segments: Sequence[Segment], progress: Callable[[int], None]
    ) -> Iterator[tuple[Segment, Tally]]:
        """Each segment with its tally as it gets ready; ``progress`` gets the source rows of all seen so far.

        Raises what comparing a segment raises, and WorkerDied; then the processes are ended, as they are when the
        caller stops half-way.
        """
        waiting, busy = deque(segments), {}
        rows: dict[int, int] = {}
        try:
            self.start(min(self.limit, len(segments)))
            for connection in self._connections[: len(segments)]:
                busy[connection] = _give(connection, job, waiting.popleft())
            while busy:
                for connection in wait(list(busy)):
                    segment = busy[connection]
                    word, content = _answer(connection, segment, len(segments))
                    if word == "failed":
                        raise content
                    rows[segment.number] = content.source_rows if word == "done" else content
                    progress(sum(rows.values()))
                    if word == "done":
                        del busy[connection]
                        if waiting:
                            busy[connection] = _give(connection, job, waiting.popleft())
                        yield segment, content
        finally:
            if busy:
                self.close()


def _modules(access: Access) -> str:
    """What is imported once for all workers."""
    products = {access.source.product, access.target.product}
    return ",".join(_MODULES[product] for product in sorted(products))


def _give(connection: Connection, job: Job, segment: Segment) -> Segment:
    with suppress(OSError):  # the end of the process is noticed where its answer is awaited
        connection.send((job, segment))
    return segment


def _answer(connection: Connection, segment: Segment, count: int) -> tuple[str, Any]:
    try:
        return connection.recv()
    except (EOFError, OSError):
        raise WorkerDied(
            f"the process that compared segment {segment.number} of {count} ended without an answer; was it killed, "
            "or is there too little memory? Fewer may be started: --workers"
        ) from None
