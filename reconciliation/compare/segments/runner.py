"""The segments of a table compared: by worker processes, or one after the other where there is but
one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import suppress

from reconciliation.compare.plan import Plan, Segment
from reconciliation.compare.resume.store import Checkpoint
from reconciliation.compare.segments.job import Databases, Job, compare_steadily
from reconciliation.compare.segments.progress import Meter
from reconciliation.compare.segments.workers import Workers
from reconciliation.compare.tally import Tally

#: called with the table's name and the number of source rows compared so far
Progress = Callable[[str, int], None]


def compare_segments(
    plan: Plan,
    job: Job,
    databases: Databases,
    workers: Workers | None = None,
    *,
    finished: Collection[int] = (),
    progress: Callable[[int], None] = lambda rows: None,
    tell: Callable[[str], None] = lambda line: None,
) -> Iterator[tuple[Segment, Tally]]:
    """Each segment with its tally as it gets ready, but for those whose numbers are in
    ``finished``.

    Without ``workers``, or with one segment left, this process compares with ``databases``.
    ``progress`` gets the source rows seen so far, those of finished segments not among them,
    ``tell`` what happens meanwhile. Raises what ``compare_steadily`` raises, and WorkerDied.
    """
    left = [segment for segment in plan.segments if segment.number not in finished]
    if workers is not None and workers.limit > 1 and len(left) > 1:
        yield from workers.compare(job, left, progress, tell)
        return
    rows = 0
    for segment in left:
        tally = compare_steadily(databases, job, segment, _beyond(rows, progress), tell)
        rows += tally.source_rows
        yield segment, tally


def _beyond(before: int, progress: Callable[[int], None]) -> Callable[[int], None]:
    """``progress`` for rows that come after ``before`` others."""
    return lambda rows: progress(before + rows)


def compare_in_segments(
    plan: Plan,
    job: Job,
    databases: Databases,
    workers: Workers | None = None,
    progress: Progress | None = None,
    checkpoint: Checkpoint | None = None,
    tell: Callable[[str], None] = lambda line: None,
) -> Tally:
    """All segments of a table but for those a ``checkpoint`` has already, which is kept up to date.

    ``progress`` is told how it goes, ``tell`` what happens meanwhile.
    """
    finished = dict(checkpoint.finished) if checkpoint else {}
    known = [segment for segment in plan.segments if segment.number in finished]
    begun = whole((segment, finished[segment.number]) for segment in known)
    before = begun.source_rows
    if isinstance(progress, Meter):
        progress.begin(job.table.source, plan.rows, len(plan.segments), len(finished))

    def told(rows: int) -> None:
        if progress is not None:
            progress(job.table.source, before + rows)

    def counted(parts: Iterator[tuple[Segment, Tally]]) -> Iterator[tuple[Segment, Tally]]:
        for part in parts:
            if isinstance(progress, Meter):
                progress.segment_done()
            if checkpoint:
                checkpoint.keep(*part)
            yield part

    parts = compare_segments(
        plan, job, databases, workers, finished=finished, progress=told, tell=tell
    )
    return whole(counted(parts), begun)


def whole(parts: Iterator[tuple[Segment, Tally]], begun: Tally | None = None) -> Tally:
    """All tallies as one, added to ``begun``; the suspects in key order, as far as keys can be put
    into one.
    """
    found = begun or Tally()
    for _, tally in parts:
        found.merge(tally)
    # keys with unlike values in one column: the order they were met in is as good
    with suppress(TypeError):
        found.suspects.sort()
    return found
