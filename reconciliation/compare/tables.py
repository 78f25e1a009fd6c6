"""Whole tables: both sides streamed in key order from consistent snapshots, differing rows looked
at again.
"""

from __future__ import annotations

import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeVar

from sqlalchemy import Connection

from reconciliation.canonical import ColumnRule
from reconciliation.canonical.types import ordered_as_national
from reconciliation.compare import by_key
from reconciliation.compare.accepted_counts import with_accepted
from reconciliation.compare.checksums.choice import AUTO, choose
from reconciliation.compare.completeness import with_gaps
from reconciliation.compare.multisets.compare import compare_multiset
from reconciliation.compare.recheck import recheck
from reconciliation.compare.rereads import Rereads
from reconciliation.compare.resume.identity import identity
from reconciliation.compare.resume.start import Resume, Start, begun, left_over
from reconciliation.compare.resume.store import file_name
from reconciliation.compare.rows import CompareError, Comparison, compare_rows
from reconciliation.compare.segments.job import Access, Databases, Job
from reconciliation.compare.segments.plan import plan
from reconciliation.compare.segments.runner import Progress, compare_in_segments
from reconciliation.compare.segments.workers import Workers
from reconciliation.compare.streams.layout import Layout, NoTexts, layout
from reconciliation.compare.streams.merge import Unordered
from reconciliation.compare.tally import Tally, final_result, first_result
from reconciliation.compare.uniqueness import key_trouble
from reconciliation.compare.unreadable import Careful, with_unreadable
from reconciliation.databases.locks import holders
from reconciliation.databases.rows import Side, batches, rows_in_memory
from reconciliation.databases.wal import write_position
from reconciliation.describe import key_words
from reconciliation.errors import CanonicalError, GivenUp, Locked
from reconciliation.model import (
    MULTISET,
    Key,
    Row,
    TableContract,
    TableResult,
)
from reconciliation.parallel_run import ParallelRun
from reconciliation.process import unforeseen
from reconciliation.process.interrupts import INTERRUPTED, one_by_one
from reconciliation.replication.behind import Replication

T = TypeVar("T")


def compare_tables(
    run: ParallelRun,
    tables: Sequence[str] | None = None,
    progress: Progress | None = None,
    workers: int | None = None,
    mode: str = AUTO,
    resume: Resume | None = None,
) -> tuple[TableResult, ...]:
    """Compare every row of the contracted tables (or of ``tables``, by source name).

    A table that is empty on both sides, unreadable, not replicated, replicated without a contract,
    or met by an error nobody foresaw is NOT_JUDGED with its reason; so are all that follow an
    outage which outlasts the patience. Waits up to three times the arrival limit for rows that
    differ. ``workers`` is how many processes may compare parts of a large table at once: see
    ``usual_number`` unless told otherwise; ``mode`` is one of ``checksums.choice.MODES``. Raises
    CannotResume, and BrokenOff when it is interrupted behind the first table.
    """
    contracted = {table.source: table for table in run.contract.tables}
    mapped = {table.source for table in run.resolved.tables}
    targets = {name: table.target for name, table in contracted.items()}
    names = list(tables) if tables is not None else [*contracted, *sorted(mapped - set(contracted))]
    crew = Workers(lambda: _access(run), workers)
    means = _Means(crew, progress, mode, resume or Resume())
    _check_checkpoints(
        run, means, [contracted[name] for name in names if name in contracted and name in mapped]
    )
    return one_by_one(
        names,
        lambda name: _judged(run, name, contracted.get(name), name in mapped, means),
        lambda name: TableResult.unjudged(name, targets.get(name, "?"), INTERRUPTED),
        around=crew,
    )


@dataclass(frozen=True)
class _Means:
    """How the tables of one call are compared."""

    workers: Workers
    progress: Progress | None
    mode: str
    resume: Resume


def _access(run: ParallelRun) -> Access:
    return Access(
        run.source_credentials,
        run.target_credentials,
        run.profile.target.driver_mode,
        run.endurance.limits,
    )


def _check_checkpoints(run: ParallelRun, means: _Means, tables: Sequence[TableContract]) -> None:
    """Before anything is read: what is to be taken up has to belong to what is compared now. Raises
    CannotResume.
    """
    for table in tables:
        checkpoint = means.resume.checkpoint(file_name(table.source))
        if checkpoint is not None and checkpoint.plan is not None:
            with suppress(CanonicalError):  # the table will not be judged, for that reason
                checkpoint.check(
                    _identity(run, table, means.mode, *_texts(run, table, run.rules(table.source)))
                )


def _identity(
    run: ParallelRun, table: TableContract, mode: str, texts: Layout | None, method: str
) -> Mapping[str, str]:
    catalogue = run.source_catalogue[table.source], run.target_catalogue[table.target]
    engines, method = (run.source, run.target), f"{method}, {mode}"
    return run.steadily(
        "the databases' identity", lambda: identity(table, catalogue, engines, texts, method)
    )


def _judged(
    run: ParallelRun,
    name: str,
    table: TableContract | None,
    mapped: bool,
    means: _Means,
) -> TableResult:
    if table is None:
        return TableResult.unjudged(
            name, "?", "there is no contract that says what equality means for it"
        )
    if run.outage.given_up is not None:
        return TableResult.unjudged(name, table.target, str(run.outage.given_up))
    if name in run.unfit:
        return TableResult.unjudged(name, table.target, run.unfit[name])
    if not mapped:
        return TableResult.unjudged(
            name, table.target, "the task's table mapping does not select it"
        )
    began = time.monotonic()
    try:
        result = with_gaps(run, table, _compare(run, table, means))
        return replace(result, seconds=time.monotonic() - began)
    except unforeseen.ON_PURPOSE:
        raise
    except Exception as error:
        reason = _reason(run, table, error)
        if isinstance(error, GivenUp):
            run.outage.give_up(error)
    notes = left_over(means.resume.checkpoint(file_name(name)))
    return replace(
        TableResult.unjudged(name, table.target, reason),
        seconds=time.monotonic() - began,
        notes=notes,
    )


def _reason(run: ParallelRun, table: TableContract, error: Exception) -> str:
    """Why a table was not judged; the databases are asked what they know about it."""
    try:
        if isinstance(error, Unordered):
            words = error.words(lambda key: key_words(table.key, key, table.sensitive))
            return key_trouble(run, table) or words
        if isinstance(error, CompareError):
            return key_trouble(run, table) or str(error)
        if isinstance(error, Locked):
            return f"{error}; {holders(run.source, table.source)}"
    except unforeseen.ON_PURPOSE:
        raise
    except Exception as further:
        error = further
    return unforeseen.reason(error, run.profile.root / "reports")


def _compare(run: ParallelRun, table: TableContract, means: _Means) -> TableResult:
    rules = run.rules(table.source)
    if table.rows == MULTISET:
        outages: list[str] = []
        limit = run.profile.replication.arrival_limit_seconds
        replication = Replication(run, table.source, limit, lambda: len(outages))
        counted = run.steadily(
            table.source, lambda: compare_multiset(run, table, rules, replication.behind), outages
        )
        return counted.through(outages)
    sides = by_key.sides_of(table, rules, run.catalogues)
    tally, watermark, method = _compared_once(run, table, rules, sides, means)
    result = first_result(table, rules, tally, method, watermark)
    if not tally.suspects:
        return result
    _check_lookups(table, tally)
    limit = run.profile.replication.arrival_limit_seconds
    outages = []

    def steadily(work: Callable[[], T]) -> T:
        return run.steadily(f"{table.source}, rows that differed,", work, outages)

    replication = steadily(lambda: Replication(run, table.source, limit, lambda: len(outages)))
    careful = Careful(
        lambda keys: steadily(lambda: by_key.reread(run, table.source, keys)),
        table,
        (run.source, run.target),
        sides,
    )
    rereads = Rereads(careful.read, table, rules)
    tally.recheck_once(rereads.again)
    outcome = recheck(
        rereads.again,
        tally.suspects,
        limit,
        behind=lambda anew=True: steadily(lambda: replication.behind(anew)),
        outages=lambda: len(outages),
    )
    readable = [key for key in tally.suspects if key not in careful.found]
    final = with_accepted(
        run, table, readable, final_result(result.through(outages), outcome, tally)
    )
    return with_unreadable(final, careful.found)


#: conversions after which both databases still find a row by its key
_FINDING = (None, "uuid_raw")


def _check_lookups(table: TableContract, tally: Tally) -> None:
    """Rows are rechecked by their keys: raises CanonicalError for a key that only one side
    has as a value.
    """
    for name in table.key:
        conversion = table.pair(name).conversion
        if conversion not in _FINDING:
            raise CanonicalError(
                f"{tally.suspect_count} rows differ at the first look and cannot be looked at "
                f"again: "
                f"the key column {name} is compared by {conversion}; name key columns without a "
                "conversion"
            )


def _compared_once(
    run: ParallelRun,
    table: TableContract,
    rules: Mapping[str, ColumnRule],
    sides: tuple[Side, Side],
    means: _Means,
) -> tuple[Tally, str | None, str]:
    """What was seen, up to which position, and by which method."""
    texts, method = _texts(run, table, rules)
    if texts is not None:
        return _by_texts(run, texts, method, means)

    def compared() -> tuple[Tally, str | None]:
        snapshot = run.source.connect().execution_options(isolation_level="REPEATABLE READ")
        with snapshot as here, run.target.connect() as there:
            watermark = write_position(here)
            return _by_values(table, rules, sides, (here, there), means.progress), watermark

    outages: list[str] = []
    tally, watermark = run.steadily(table.source, compared, outages)
    tally.outages += outages
    return tally, watermark, method


def _texts(
    run: ParallelRun, table: TableContract, rules: Mapping[str, ColumnRule]
) -> tuple[Layout | None, str]:
    try:
        found = layout(
            table, rules, run.source_catalogue[table.source], run.target_catalogue[table.target]
        )
    except NoTexts as reason:
        return None, f"values, read into memory: {reason}{_order_words(table, rules)}"
    return found, f"texts, written by both databases{_order_words(table, rules)}"


def _order_words(table: TableContract, rules: Mapping[str, ColumnRule]) -> str:
    """What the order of a key's texts costs, for the method; empty where it costs nothing."""
    kinds = [rules[name].target.type for name in table.key]
    charset = next((kind.charset for kind in kinds if ordered_as_national(kind)), None)
    return (
        f", text keys ordered as national text, without an index: Oracle is in {charset}"
        if charset
        else ""
    )


def _by_texts(
    run: ParallelRun, texts: Layout, method: str, means: _Means
) -> tuple[Tally, str | None, str]:
    source, target = (
        run.source_catalogue[texts.table.source],
        run.target_catalogue[texts.table.target],
    )
    checkpoint = means.resume.checkpoint(file_name(texts.table.source))
    job = Job(
        texts.table,
        source,
        target,
        run.endurance.limits.answer,
        outage_seconds=run.endurance.outage_seconds,
    )
    databases = Databases(run.source, run.target)

    def begin() -> Start:
        with run.source.connect() as connection:
            watermark = write_position(connection)
            pieces = plan(connection, source, texts, means.workers.limit, means.resume.segment_rows)
        return Start(pieces, watermark, choose(means.mode, pieces, job, databases))

    start, notes = begun(
        checkpoint,
        job,
        lambda: _identity(run, texts.table, means.mode, texts, method),
        lambda: run.steadily("the plan", begin),
    )
    pieces, choice = start.plan, start.choice
    tally = compare_in_segments(
        pieces,
        choice.job,
        databases,
        means.workers,
        means.progress,
        checkpoint,
        run.endurance.tell,
    )
    tally.notes[:0] = notes
    how = choice.method(f"{method}, {pieces.reason}" if pieces.reason else method, tally)
    return tally, start.watermark, how


def _by_values(
    table: TableContract,
    rules: Mapping[str, ColumnRule],
    sides: tuple[Side, Side],
    connections: tuple[Connection, Connection],
    progress: Progress | None,
) -> Tally:
    tally = Tally()
    size = rows_in_memory(rules.values())
    for source_rows, target_rows in windows(
        *(batches(*side, size) for side in zip(connections, sides, strict=True))
    ):
        comparison = compare_rows(table, rules, source_rows, target_rows)
        _add(tally, comparison)
        if progress:
            progress(table.source, tally.source_rows)
    return tally


def _add(tally: Tally, comparison: Comparison) -> None:
    tally.source_rows += comparison.source_rows
    tally.target_rows += comparison.target_rows
    tally.equal_rows += (
        comparison.equal_rows + comparison.accepted_rows
    )  # rows that are as they were agreed to be
    tally.accepted.update(Counter(comparison.accepted_values) - Counter(comparison.accepted_beside))
    tally.reductions.update(comparison.reductions)
    tally.suspect(comparison.differing_keys)


# ------------------------------------------------------------------ merging two ordered streams


class _Stream:
    def __init__(self, parts: Iterator[list[tuple[Key, Row]]], side: str) -> None:
        self.parts, self.side = parts, side
        self.pending: list[tuple[Key, Row]] = []
        self.last: Key | None = None

    def fill(self) -> None:
        while not self.pending and (part := next(self.parts, None)) is not None:
            for key, _ in part:
                if self.last is not None and not self._ascending(key):
                    raise Unordered(key, self.last, self.side)
                self.last = key
            self.pending = part

    def _ascending(self, key: Key) -> bool:
        try:
            return self.last < key  # type: ignore[operator]
        except TypeError:
            return False

    def take(self, bound: Key | None) -> dict[Key, Row]:
        cut = (
            len(self.pending)
            if bound is None
            else bisect_right(self.pending, bound, key=lambda pair: pair[0])
        )
        taken, self.pending = self.pending[:cut], self.pending[cut:]
        return dict(taken)


def windows(
    source: Iterator[list[tuple[Key, Row]]], target: Iterator[list[tuple[Key, Row]]]
) -> Iterator[tuple[dict[Key, Row], dict[Key, Row]]]:
    """Pairs of row maps that cover the same stretch of keys, so that each pair can be compared by
    itself.
    """
    left, right = _Stream(source, "PostgreSQL"), _Stream(target, "Oracle")
    while True:
        left.fill()
        right.fill()
        if not left.pending and not right.pending:
            return
        both = left.pending and right.pending
        bound = min(left.pending[-1][0], right.pending[-1][0]) if both else None
        yield left.take(bound), right.take(bound)
