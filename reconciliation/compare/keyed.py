"""A table whose rows have a key, compared: every row once, and what differed again.

A contracted table and a copy both go this way; whoever knows which of them it is hands over how its
rows are written, how they are read again, and what an outage is waited with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Engine

from reconciliation.canonical import ColumnRule
from reconciliation.compare.choice import AUTO, choose
from reconciliation.compare.plan import plan
from reconciliation.compare.recheck import Behind, Reread, recheck
from reconciliation.compare.rereads import Read, Rereads
from reconciliation.compare.resume.identity import identity
from reconciliation.compare.resume.store import Checkpoint
from reconciliation.compare.segments.job import Databases, Job
from reconciliation.compare.segments.runner import Progress, compare_in_segments
from reconciliation.compare.segments.workers import Workers
from reconciliation.compare.start import Resume, Start, begun
from reconciliation.compare.streams.row_form import RowForm
from reconciliation.compare.tally import Tally, final_result
from reconciliation.compare.unreadable import Careful
from reconciliation.databases.rows import Side
from reconciliation.databases.wal import write_position
from reconciliation.model import (
    CatalogueTable,
    Key,
    TableContract,
    TableResult,
    UnreadableCell,
)
from reconciliation.process.patience import Endurance, Steadily


@dataclass(frozen=True)
class Means:
    """How the tables of one call are compared: ``mode`` is one of ``choice.MODES``;
    without ``workers`` this process compares alone.
    """

    workers: Workers | None = None
    progress: Progress | None = None
    mode: str = AUTO
    endurance: Endurance = field(default_factory=Endurance)
    resume: Resume = field(default_factory=Resume)


@dataclass(frozen=True)
class KeyedTable:
    """A table as both catalogues have it. ``name`` is the file name of its checkpoint; a copy is in
    another PostgreSQL.
    """

    name: str
    table: TableContract
    rules: Mapping[str, ColumnRule]
    catalogue: tuple[CatalogueTable, CatalogueTable]
    sides: tuple[Side, Side]
    databases: Databases
    is_copy: bool = False

    @property
    def engines(self) -> tuple[Engine, Engine]:
        """Of the source and the target."""
        return self.databases.source, self.databases.target

    def job(self, endurance: Endurance) -> Job:
        """What a worker process has to know."""
        return Job(
            self.table,
            *self.catalogue,
            answer_timeout=endurance.limits.answer,
            copy=self.is_copy,
            outage_seconds=endurance.outage_seconds,
        )

    def identity(self, form: RowForm | None, method: str) -> Mapping[str, str]:
        """What a checkpoint must have been made of to be taken up; read from both databases."""
        return identity(self.table, self.catalogue, self.engines, form, method)


@dataclass(frozen=True)
class Compared:
    """Every row compared once: what was counted, up to which position of the source (None where
    none is known), and by which method, in words.
    """

    tally: Tally
    watermark: str | None
    method: str


def check_checkpoint(
    checkpoint: Checkpoint | None, described: Callable[[], Mapping[str, str]]
) -> None:
    """What is to be taken up has to belong to what is compared now. Raises CannotResume, and what
    ``described`` raises.
    """
    if checkpoint is not None and checkpoint.plan is not None:
        checkpoint.check(described())


def compare_once(
    keyed: KeyedTable, form: RowForm, method: str, means: Means, steadily: Steadily
) -> Compared:
    """Every row, in segments, by digests or by what both databases write.

    Raises CannotResume, Unordered, CanonicalError and EnvironmentFault.
    """
    job, checkpoint = keyed.job(means.endurance), means.resume.checkpoint(keyed.name)
    start, notes = begun(
        checkpoint,
        job,
        lambda: steadily(
            "the databases' identity", lambda: keyed.identity(form, f"{method}, {means.mode}")
        ),
        lambda: steadily("the plan", lambda: _start(keyed, form, job, means)),
    )
    tally = compare_in_segments(
        start.plan,
        start.choice.job,
        keyed.databases,
        means.workers,
        means.progress,
        checkpoint,
        means.endurance.tell,
    )
    tally.notes[:0] = notes
    planned = f"{method}, {start.plan.reason}" if start.plan.reason else method
    return Compared(tally, start.watermark, start.choice.method(planned, tally))


def _start(keyed: KeyedTable, form: RowForm, job: Job, means: Means) -> Start:
    limit = means.workers.limit if means.workers else 1
    with keyed.databases.source.connect() as connection:
        # before the first snapshot, so that it belongs to every one of them; what a copy is made
        # by says nothing of positions
        watermark = None if keyed.is_copy else write_position(connection)
        pieces = plan(connection, keyed.catalogue[0], form, limit, means.resume.segment_rows)
    return Start(pieces, watermark, choose(means.mode, pieces, job, keyed.databases))


def recheck_suspects(
    keyed: KeyedTable,
    result: TableResult,
    tally: Tally,
    read: Read,
    limit: float,
    behind: Behind | None = None,
    outages: Callable[[], int] = lambda: 0,
) -> tuple[TableResult, Mapping[Key, Sequence[UnreadableCell]]]:
    """``result`` after the suspects of ``tally`` were read again for ``limit`` seconds and more,
    and those of them that cannot be read; the result counts these as equal yet.

    ``behind`` and ``outages`` are those of ``recheck``. A copy's rows have to agree at one moment.
    """
    careful = Careful(read, keyed.table, keyed.engines, keyed.sides)
    reread: Reread = careful.read
    if not keyed.is_copy:
        reread = Rereads(careful.read, keyed.table, keyed.rules).again
        tally.recheck_once(reread)
    outcome = recheck(reread, tally.suspects, limit, behind=behind, outages=outages)
    return final_result(result, outcome, tally), careful.found
