"""Worker processes that compare segments, one at a time each; started when first needed."""

from __future__ import annotations

import os
import socket
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait

from reconciliation.compare.plan import Segment
from reconciliation.compare.segments.answers import Answer
from reconciliation.compare.segments.job import Access, Job
from reconciliation.compare.segments.starting import Host, alone, executed, forked
from reconciliation.compare.tally import Tally
from reconciliation.errors import WorkerDied
from reconciliation.process import pulse

#: each has a session in both databases, which may have better things to do
_MOST_UNASKED = 8


def usual_number() -> int:
    """One more than the processors this process may use: a worker often waits for a database. Eight
    at most.
    """
    cores = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    )
    return min(cores + 1, _MOST_UNASKED)


class Workers:
    """A context manager. ``access`` is asked for when the processes start, ``limit`` is how many
    there may be.

    Passwords are handed over through a socket. The processes end with the block, and with this
    process however it ends.
    """

    def __init__(self, access: Callable[[], Access], limit: int | None = None) -> None:
        self._access, self.limit = access, limit or usual_number()
        self._host: Host | None = None
        self._connections: list[Connection] = []

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -------------------------------------------------------------- starting and ending

    def start(self, count: int) -> None:
        """Start ``count`` processes, at most ``limit``, unless there are as many; returns before
        they are ready.
        """
        count = min(count, self.limit)
        if len(self._connections) >= count:
            return
        self.close()
        access = self._access()
        pairs = [socket.socketpair() for _ in range(count)]
        start = forked if alone() and access.driver_mode != "thick" else executed
        self._host = start(
            [ours.fileno() for ours, _ in pairs], [there.fileno() for _, there in pairs], access
        )
        for ours, there in pairs:
            there.close()
            connection = Connection(ours.detach())
            self._connections.append(connection)
            with suppress(OSError):  # the end of the process is noticed where its answer is awaited
                connection.send(access)

    def close(self) -> None:
        """End the processes, whatever they are doing."""
        host, self._host = self._host, None
        connections, self._connections = self._connections, []
        for connection in connections:
            connection.close()
        if host is not None:
            host.end()

    # -------------------------------------------------------------- working

    def compare(
        self,
        job: Job,
        segments: Sequence[Segment],
        progress: Callable[[int], None],
        tell: Callable[[str], None] = lambda line: None,
    ) -> Iterator[tuple[Segment, Tally]]:
        """Each segment with its tally as it gets ready; ``progress`` gets the source rows of all
        seen so far.

        ``tell`` hears what happens meanwhile. Raises what comparing a segment raises, and
        WorkerDied; then the processes are ended, as they are when the caller stops half-way.
        """
        waiting = deque(segments)
        busy: dict[Connection, Segment] = {}
        rows: dict[int, int] = {}
        try:
            self.start(min(self.limit, len(segments)))
            for connection in self._connections[: len(segments)]:
                busy[connection] = _give(connection, job, waiting.popleft())
            while busy:
                ready = set(wait(list(busy)))
                for connection in [one for one in busy if one in ready]:
                    segment = busy[connection]
                    answer = _answer(connection, segment, len(segments))
                    pulse.beat()
                    if answer[0] == "failed":
                        raise answer[1]
                    if answer[0] == "told":
                        tell(answer[1])
                    elif answer[0] == "rows":
                        rows[segment.number] = answer[1]
                        progress(sum(rows.values()))
                    elif answer[0] == "done":
                        rows[segment.number] = answer[1].source_rows
                        progress(sum(rows.values()))
                        del busy[connection]
                        if waiting:
                            busy[connection] = _give(connection, job, waiting.popleft())
                        yield segment, answer[1]
        finally:
            if busy:
                self.close()


def _give(connection: Connection, job: Job, segment: Segment) -> Segment:
    with suppress(OSError):  # the end of the process is noticed where its answer is awaited
        connection.send((job, segment))
    return segment


def _answer(connection: Connection, segment: Segment, count: int) -> Answer:
    try:
        answer: Answer = connection.recv()
        return answer
    except (EOFError, OSError):
        raise WorkerDied(
            f"the process that compared segment {segment.number} of {count} ended without an "
            "answer; was it killed, or is there too little memory? Fewer may be started: --workers"
        ) from None
