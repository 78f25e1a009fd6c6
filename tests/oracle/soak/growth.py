"""Whether memory and descriptors stay flat, judged on samples taken all along."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, median_low

from tests.oracle.soak.watch import Sample

#: the first part of the run: caches fill
WARM_UP = 0.35
#: of the listener
LISTENER_KIB = 3 * 1024
#: of a process that does the same over and over: it is flat from the 140th cycle on, with 12 MiB
#: more than after the first one; on a busy machine it does not get that far
STEADY_KIB, FLAT_FROM, UNTIL_THEN_KIB = 6 * 1024, 140, 12 * 1024
#: of a session with mixed work: a large result at the wrong moment moves its peak
MIXED_KIB = 24 * 1024
#: what may be open when a session ends: the drivers keep 20 statements, a client cut off has the
#: LOBs of a fetch
_CURSORS, _LOBS = 60, 3000
_CLOSED = re.compile(r"(\d+) cursors and (\d+) LOBs were open")


def leaks(log: str) -> list[str]:
    """What the server's log says of sessions that ended with more cursors or LOBs than a client can
    have had.
    """
    ended = [(int(match[1]), int(match[2])) for match in _CLOSED.finditer(log)]
    if not ended:
        return ["the server's log tells of no session that ended"]
    most = [max(column) for column in zip(*ended, strict=True)]
    limits = (("cursors", most[0], _CURSORS), ("LOBs", most[1], _LOBS))
    return [
        f"a session ended with {count} {name} open"
        for name, count, limit in limits
        if count > limit
    ]


@dataclass(frozen=True)
class Figure:
    """One line of the final table; ``limit`` is the growth allowed (None: for information)."""

    name: str
    before: float
    after: float
    limit: float | None
    unit: str = "KiB"

    @property
    def is_wrong(self) -> bool:
        """Whether it grew more than it may."""
        return self.limit is not None and self.after - self.before > self.limit


def judge(
    samples: Sequence[Sample],
    seconds: float,
    steady: int | None,
    first: Sample,
    cycles: int = FLAT_FROM,
) -> list[Figure]:
    """The figures of a run of so many seconds.

    ``steady`` is the process of the session that only repeats itself, which had done so ``cycles``
    times by the middle.
    """
    middle = [sample for sample in samples if WARM_UP * seconds < sample.at <= 0.65 * seconds]
    late = [sample for sample in samples if 0.65 * seconds < sample.at <= seconds]
    if not middle or not late:
        return []
    figures = [
        Figure("listener, memory", _typical(middle), _typical(late), LISTENER_KIB),
        Figure(
            "listener, descriptors",
            first.listener_files,
            min(s.listener_files for s in late),
            0,
            "",
        ),
    ]
    lasting = set(middle[0].sessions_kib).intersection(
        *(sample.sessions_kib for sample in middle + late)
    )
    if steady in lasting:
        before = median(sample.sessions_kib[steady] for sample in middle)
        after = median(sample.sessions_kib[steady] for sample in late)
        limit = STEADY_KIB + (UNTIL_THEN_KIB if cycles < FLAT_FROM else 0)
        figures.append(Figure("repeating session, memory", before, after, limit))
    for pid in sorted(lasting - {steady}):
        peaks = [max(sample.sessions_kib[pid] for sample in part) for part in (middle, late)]
        figures.append(Figure(f"mixed session {pid}, peak memory", *peaks, MIXED_KIB))
    for pid in sorted(lasting):
        # a cancel has a connection of its own for a moment
        usual = [
            median_low(sample.sessions_files[pid] for sample in part) for part in (middle, late)
        ]
        figures.append(Figure(f"session {pid}, descriptors", *usual, 0, ""))
    return figures


def _typical(samples: Sequence[Sample]) -> float:
    return median(sample.listener_kib for sample in samples)
