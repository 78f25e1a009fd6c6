"""What has to be known to compare a piece of a table, in a form that can be handed to another
process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Engine

from reconciliation.canonical import ColumnRule, rules_for
from reconciliation.canonical.same_type import same_type_rules
from reconciliation.compare.checksums.forms import digest_forms
from reconciliation.compare.checksums.segment import Forms, compare_digests
from reconciliation.compare.extent.ranges import KeyRange
from reconciliation.compare.extent.snapshots import snapshot
from reconciliation.compare.plan import Segment
from reconciliation.compare.segments.around import Keys, compare_around
from reconciliation.compare.streams.binary import binary_rows
from reconciliation.compare.streams.comparing import compare_streams
from reconciliation.compare.streams.layout import layout
from reconciliation.compare.streams.row_form import RowForm
from reconciliation.compare.tally import Tally
from reconciliation.databases.connections import Credentials, source_engine, target_engine
from reconciliation.errors import UnreadableValue
from reconciliation.model import CatalogueTable, TableContract
from reconciliation.process.limits import OUTAGE_SECONDS, Limits
from reconciliation.process.patience import Patience, answering


@dataclass(frozen=True)
class Databases:
    """Read-only engines of both sides."""

    source: Engine
    target: Engine

    def dispose(self) -> None:
        """Close what is open."""
        for engine in (self.source, self.target):
            engine.dispose()


@dataclass(frozen=True)
class Access:
    """How to log in to both sides; passwords are in no repr."""

    source: Credentials
    target: Credentials
    driver_mode: str = "thin"
    limits: Limits = field(default_factory=Limits)

    def open(self) -> Databases:
        """Engines of one's own; nothing connects yet."""
        there = (
            target_engine(self.target, self.driver_mode, call_timeout=self.limits.answer)
            if self.target.product == "Oracle"
            else self._postgresql(self.target)
        )
        return Databases(self._postgresql(self.source), there)

    def _postgresql(self, credentials: Credentials) -> Engine:
        limits = self.limits
        return source_engine(credentials, True, limits.answer, limits.lock, limits.statement)


@dataclass(frozen=True)
class Job:
    """The comparison of one table. ``answer_timeout`` is seconds PostgreSQL may take for its next
    row, ``outage_seconds`` how long an outage is waited for.
    """

    table: TableContract
    source: CatalogueTable
    target: CatalogueTable
    answer_timeout: float
    #: both sides are PostgreSQL
    copy: bool = False
    outage_seconds: float = OUTAGE_SECONDS
    #: about how many rows a segment has, when it is compared by digests; None: its rows are read
    digested_rows: int | None = None
    #: what the digests are of
    digests: Forms = digest_forms

    def rows(self) -> RowForm:
        """How its rows are written; raises NoTexts or CanonicalError."""
        form = binary_rows if self.copy else layout
        return form(self.table, self.rules(), self.source, self.target)

    def rules(self) -> Mapping[str, ColumnRule]:
        """The rules of its column pairs; raises CanonicalError."""
        return (same_type_rules if self.copy else rules_for)(self.table, self.source, self.target)


def compare_segment(
    databases: Databases, job: Job, segment: Segment, progress: Callable[[int], None]
) -> Tally:
    """Compare the rows of one segment, each side in a fresh consistent snapshot.

    This is all that is done about one segment, in whichever process: it can be done again from the
    start. ``progress`` gets the number of the segment's source rows. Raises Unordered,
    CanonicalError or EnvironmentFault.
    """
    rows = job.rows()
    try:
        with snapshot(databases.source) as here, snapshot(databases.target) as there:
            if job.digested_rows is not None:
                return compare_digests(
                    rows,
                    segment.keys,
                    job.digested_rows,
                    here,
                    there,
                    answer_timeout=job.answer_timeout,
                    progress=progress,
                    forms=job.digests,
                )
            return compare_streams(
                rows.within(segment.keys),
                here,
                there,
                answer_timeout=job.answer_timeout,
                progress=progress,
            )
    except UnreadableValue as error:
        return _around(databases, job, segment.keys, progress, error)


def _around(
    databases: Databases,
    job: Job,
    keys: KeyRange,
    progress: Callable[[int], None],
    error: UnreadableValue,
) -> Tally:
    """The rows of a range in which a value cannot be read, in smaller ranges, each in snapshots of
    its own.
    """
    rows = job.rows()

    def compare(part: KeyRange, told: Callable[[int], None]) -> Tally:
        with snapshot(databases.source) as here, snapshot(databases.target) as there:
            return compare_streams(
                rows.within(part), here, there, answer_timeout=job.answer_timeout, progress=told
            )

    both = Keys.of(
        job.table,
        (job.source, job.target),
        job.rules(),
        (databases.source, databases.target),
        not job.copy,
    )
    return compare_around(both, keys, compare, progress, error)


def compare_steadily(
    databases: Databases,
    job: Job,
    segment: Segment,
    progress: Callable[[int], None],
    tell: Callable[[str], None] = lambda line: None,
) -> Tally:
    """``compare_segment``, begun anew after an outage; its tally says so. ``tell`` hears it at
    once.
    """
    patience = Patience(job.outage_seconds, tell)
    what = f"{job.table.source}, segment {segment.number},"
    parties = (answering(databases.source), answering(databases.target))
    tally = patience.through(
        what, parties, lambda: compare_segment(databases, job, segment, progress)
    )
    tally.outages += patience.notes
    return tally
