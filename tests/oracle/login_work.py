"""What failed logins cost the servers, in processor time: the clock tells of all else the machine
does, too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from benchmarks.processes import cpu_seconds
from tests.oracle.soak.watch import children
from tests.waiting import wait_for

#: fewer failures than cost a delay, so many times
_IN_A_ROW, _TIMES = 8, 4


def work_of_failures(
    servers: Sequence[int],
    known: Callable[[], object],
    unknown: Callable[[], object],
    success: Callable[[], object],
) -> tuple[float, float]:
    """Seconds that the server processes and all that they start work for as many ``known`` as
    ``unknown`` attempts.

    A ``success`` of the known one, which clears its count, is part of both. They take turns: what
    slows the processor slows both. The kernel tells hundredths of a second, so each turn is a long
    one.
    """
    resting = {pid: len(children(pid)) for pid in servers}

    def taken() -> float:
        # the time of a child is its parent's once it has ended
        wait_for(lambda: all(len(children(pid)) <= count for pid, count in resting.items()))
        return cpu_seconds(servers)

    seconds = [0.0, 0.0]
    for place in (0, 1, 1, 0):
        before = taken()
        for _ in range(_TIMES):
            for _ in range(_IN_A_ROW):
                (known, unknown)[place]()
            success()
        seconds[place] += taken() - before
    return seconds[0], seconds[1]
