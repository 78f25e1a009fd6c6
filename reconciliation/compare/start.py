"""Where a table starts that may have been begun before: checkpoints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from reconciliation.compare.choice import Choice
from reconciliation.compare.plan import Plan
from reconciliation.compare.resume.store import Checkpoint, Checkpoints, Decided
from reconciliation.compare.segments.job import Job


@dataclass(frozen=True)
class Resume:
    """What a comparison keeps on disk, so that it can be taken up; nothing without ``checkpoints``.

    ``segment_rows`` is about how many rows are read in one snapshot.
    """

    segment_rows: int | None = None
    checkpoints: Checkpoints | None = None

    def checkpoint(self, name: str) -> Checkpoint | None:
        """That of one table, see ``file_name``."""
        return self.checkpoints.of(name) if self.checkpoints else None

    def finish(self) -> None:
        """The run came to its end: checkpoints are removed, unless a table
        could not be finished.
        """
        if self.checkpoints:
            self.checkpoints.finish()


@dataclass(frozen=True)
class Start:
    """What is decided before a table is read: its pieces, the position up to which the verdict
    holds, and how.
    """

    plan: Plan
    watermark: str | None
    choice: Choice


def begun(
    checkpoint: Checkpoint | None,
    job: Job,
    identity: Callable[[], Mapping[str, str]],
    begin: Callable[[], Start],
) -> tuple[Start, list[str]]:
    """Where a table starts, and notes: as its checkpoint says when it is taken up, otherwise anew.

    Raises CannotResume for a checkpoint of something else, and what ``identity`` and ``begin``
    raise.
    """
    if checkpoint is None:
        return begin(), []
    described = identity()
    if checkpoint.plan is None:
        start = begin()
        made = start.choice
        decided = Decided(made.job.digested_rows, made.why, made.of)
        checkpoint.begin(described, start.plan, start.watermark, decided)
        return start, []
    checkpoint.check(described)
    count, of = len(checkpoint.finished), len(checkpoint.plan.segments)
    note = (
        f"taken up: {count} of {of} segments were compared by a run that began at "
        f"{checkpoint.begun}"
    )
    kept = checkpoint.choice
    again = Choice(replace(job, digested_rows=kept.digested_rows), kept.why, kept.of)
    return Start(checkpoint.plan, checkpoint.watermark, again), [note]


def left_over(checkpoint: Checkpoint | None) -> tuple[str, ...]:
    """A note about what a table that was not judged leaves behind to be taken up."""
    if (
        checkpoint is None
        or checkpoint.plan is None
        or checkpoint.failed
        or not checkpoint.finished
    ):
        return ()
    count, of = len(checkpoint.finished), len(checkpoint.plan.segments)
    return (
        (
            f"{count} of {of} segments are finished and kept in {checkpoint.path}; --resume takes "
            f"them up"
        ),
    )
