"""Whether memory and descriptors stay flat, judged on samples taken all along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, median_low

from tests.oracle.soak.watch import Sample

#: the first part of the run: caches fill
WARM_UP = 0.35
#: of a process that does the same over and over, and of the listener
STEADY_KIB = 3 * 1024
#: of a session with mixed work: a large result at the wrong moment moves its peak
MIXED_KIB = 24 * 1024


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


def judge(samples: Sequence[Sample], seconds: float, steady: int | None, first: Sample) -> list[Figure]:
    """The figures of a run of so many seconds; ``steady`` is the process of the session that only repeats itself."""
    middle = [sample for sample in samples if WARM_UP * seconds < sample.at <= 0.65 * seconds]
    late = [sample for sample in samples if 0.65 * seconds < sample.at <= seconds]
    if not middle or not late:
        return []
    figures = [
        Figure("listener, memory", _typical(middle), _typical(late), STEADY_KIB),
        Figure("listener, descriptors", first.listener_files, min(s.listener_files for s in late), 0, ""),
    ]
    lasting = set(middle[0].sessions_kib).intersection(*(sample.sessions_kib for sample in middle + late))
    if steady in lasting:
        before = median(sample.sessions_kib[steady] for sample in middle)
        after = median(sample.sessions_kib[steady] for sample in late)
        figures.append(Figure("repeating session, memory", before, after, STEADY_KIB))
    for pid in sorted(lasting - {steady}):
        peaks = [max(sample.sessions_kib[pid] for sample in part) for part in (middle, late)]
        figures.append(Figure(f"mixed session {pid}, peak memory", *peaks, MIXED_KIB))
    for pid in sorted(lasting):
        # a cancel has a connection of its own for a moment
        usual = [median_low(sample.sessions_files[pid] for sample in part) for part in (middle, late)]
        figures.append(Figure(f"session {pid}, descriptors", *usual, 0, ""))
    return figures


def _typical(samples: Sequence[Sample]) -> float:
    return median(sample.listener_kib for sample in samples)
