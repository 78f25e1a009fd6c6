"""Whole tables: every row of each contracted table compared, and why one could not be judged."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial

from reconciliation.compare.choice import AUTO
from reconciliation.compare.completeness import with_gaps
from reconciliation.compare.contracted import compare_contracted, keyed_table, written
from reconciliation.compare.keyed import Means, check_checkpoint
from reconciliation.compare.resume.store import file_name
from reconciliation.compare.rows import CompareError
from reconciliation.compare.segments.job import Access
from reconciliation.compare.segments.runner import Progress
from reconciliation.compare.segments.workers import Workers
from reconciliation.compare.start import Resume, left_over
from reconciliation.compare.streams.merge import Unordered
from reconciliation.compare.uniqueness import key_trouble
from reconciliation.databases.locks import holders
from reconciliation.describe import key_words
from reconciliation.errors import CanonicalError, GivenUp, Locked
from reconciliation.model import TableContract, TableResult
from reconciliation.parallel_run import ParallelRun
from reconciliation.process import unforeseen
from reconciliation.process.interrupts import INTERRUPTED, one_by_one


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
    ``usual_number`` unless told otherwise; ``mode`` is one of ``choice.MODES``. Raises
    CannotResume, and BrokenOff when it is interrupted behind the first table.
    """
    contracted = {table.source: table for table in run.contract.tables}
    mapped = {table.source for table in run.resolved.tables}
    targets = {name: table.target for name, table in contracted.items()}
    names = list(tables) if tables is not None else [*contracted, *sorted(mapped - set(contracted))]
    crew = Workers(lambda: _access(run), workers)
    means = Means(crew, progress, mode, run.endurance, resume or Resume())
    _check_checkpoints(
        run, means, [contracted[name] for name in names if name in contracted and name in mapped]
    )
    return one_by_one(
        names,
        lambda name: _judged(run, name, contracted.get(name), name in mapped, means),
        lambda name: TableResult.unjudged(name, targets.get(name, "?"), INTERRUPTED),
        around=crew,
    )


def _access(run: ParallelRun) -> Access:
    return Access(
        run.source_credentials,
        run.target_credentials,
        run.profile.target.driver_mode,
        run.endurance.limits,
    )


def _check_checkpoints(run: ParallelRun, means: Means, tables: Sequence[TableContract]) -> None:
    """Before anything is read: what is to be taken up has to belong to what is compared now. Raises
    CannotResume.
    """
    for table in tables:
        checkpoint = means.resume.checkpoint(file_name(table.source))
        with suppress(CanonicalError):  # the table will not be judged, for that reason
            check_checkpoint(checkpoint, partial(_described, run, table, means))


def _described(run: ParallelRun, table: TableContract, means: Means) -> Mapping[str, str]:
    keyed = keyed_table(run, table)
    texts, method = written(keyed)
    return run.steadily(
        "the databases' identity", lambda: keyed.identity(texts, f"{method}, {means.mode}")
    )


def _judged(
    run: ParallelRun,
    name: str,
    table: TableContract | None,
    mapped: bool,
    means: Means,
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
        result = with_gaps(run, table, compare_contracted(run, table, means))
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
