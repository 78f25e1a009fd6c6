"""Whole tables: both sides streamed in key order from consistent snapshots, differing rows looked at again."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from reconciliation.canonical import CanonicalError, ColumnRule, source_key, target_key
from reconciliation.checksums.choice import choose
from reconciliation.compare import CompareError, Comparison, compare_rows
from reconciliation.completeness import with_gaps
from reconciliation.describe import key_words
from reconciliation.faults import EnvironmentFault
from reconciliation.looks import Looks
from reconciliation.model import (
    Key,
    Row,
    Status,
    TableContract,
    TableResult,
)
from reconciliation.recheck import recheck
from reconciliation.replication.behind import Replication
from reconciliation.rows import Side, batches, source_side, target_side
from reconciliation.segments.job import Access, Databases, Job
from reconciliation.segments.plan import plan
from reconciliation.segments.runner import Progress, look_at_table
from reconciliation.segments.workers import Workers
from reconciliation.streams.layout import Layout, NoTexts, layout
from reconciliation.streams.merge import Unordered
from reconciliation.tally import Tally, final_result, first_result
from reconciliation.uniqueness import key_trouble

if TYPE_CHECKING:
    from reconciliation.judge import Judge

#: seconds PostgreSQL may take for its next row, sorting included
ROW_LIMIT_SECONDS = 60.0


def compare_tables(
    judge: Judge, tables: Sequence[str] | None = None, progress: Progress | None = None, workers: int | None = None
) -> list[TableResult]:
    """Compare every row of the contracted tables (or of ``tables``, by source name).

    A table that is empty on both sides, unreadable, not replicated, or replicated without a contract is NOT_JUDGED
    with its reason. Waits up to three times the arrival limit for rows that differ. ``workers`` is how many processes
    may compare parts of a large table at once: as many as there are cores unless told otherwise.
    """
    contracted = {table.source: table for table in judge.contract.tables}
    mapped = {table.source for table in judge.resolved.tables}
    names = list(tables) if tables is not None else [*contracted, *sorted(mapped - set(contracted))]
    with Workers(lambda: _access(judge), workers) as crew:
        return [_judged(judge, name, contracted.get(name), name in mapped, progress, crew) for name in names]


def _access(judge: Judge) -> Access:
    return Access(judge.source_credentials, judge.target_credentials, judge.profile.target.driver_mode)


def _judged(
    judge: Judge, name: str, table: TableContract | None, mapped: bool, progress: Progress | None, workers: Workers
) -> TableResult:
    if table is None:
        return _not_judged(name, "?", "there is no contract that says what equality means for it")
    if name in judge.unfit:
        return _not_judged(name, table.target, judge.unfit[name])
    if not mapped:
        return _not_judged(name, table.target, "the task's table mapping does not select it")
    began = time.monotonic()
    try:
        result = with_gaps(judge, table, _compare(judge, table, progress, workers))
        return replace(result, seconds=time.monotonic() - began)
    except Unordered as error:
        words = error.words(lambda key: key_words(table.key, key, table.sensitive))
        reason = key_trouble(judge, table) or words
    except CompareError as error:
        reason = key_trouble(judge, table) or str(error)
    except (EnvironmentFault, CanonicalError) as error:
        reason = str(error)
    return replace(_not_judged(name, table.target, reason), seconds=time.monotonic() - began)


def _not_judged(name: str, target: str, reason: str) -> TableResult:
    return TableResult(name, target, Status.NOT_JUDGED, 0, 0, 0, 0, 0, 0, reason=reason)


def _compare(judge: Judge, table: TableContract, progress: Progress | None, workers: Workers) -> TableResult:
    rules = judge.rules(table.source)
    sides = sides_of(judge, table, rules)
    tally, watermark, method = _first_look(judge, table, rules, sides, progress, workers)
    result = first_result(table, rules, tally, method, watermark)
    if not tally.suspects:
        return result
    limit = judge.profile.replication.arrival_limit_seconds
    replication = Replication(judge, table.source, limit)
    looks = Looks(lambda keys: judge.look(table.source, keys), table, rules)
    tally.winnow(looks.look)
    outcome = recheck(looks.look, tally.suspects, limit, behind=replication.behind)
    return final_result(result, outcome, tally)


def sides_of(judge: Judge, table: TableContract, rules: Mapping[str, ColumnRule]) -> tuple[Side, Side]:
    """Both sides of a table, keyed by canonical keys."""
    return (
        source_side(table, judge.source_catalogue[table.source], lambda row: source_key(table, rules, row)),
        target_side(table, judge.target_catalogue[table.target], lambda row: target_key(table, rules, row)),
    )


def _first_look(
    judge: Judge, table: TableContract, rules: Mapping[str, ColumnRule], sides: tuple[Side, Side],
    progress: Progress | None, workers: Workers,
) -> tuple[Tally, str | None, str]:  # fmt: skip
    """What was seen, up to which position, and by which method."""
    texts, method = _texts(judge, table, rules)
    if texts is not None:
        return _by_texts(judge, texts, method, progress, workers)
    snapshot = judge.source.connect().execution_options(isolation_level="REPEATABLE READ")
    with snapshot as here, judge.target.connect() as there:
        watermark = _position(here)
        return _by_values(table, rules, sides, (here, there), progress), watermark, method


def _texts(judge: Judge, table: TableContract, rules: Mapping[str, ColumnRule]) -> tuple[Layout | None, str]:
    try:
        found = layout(table, rules, judge.source_catalogue[table.source], judge.target_catalogue[table.target])
    except NoTexts as reason:
        return None, f"values, read into memory: {reason}"
    return found, "texts, written by both databases"


def _by_texts(
    judge: Judge, texts: Layout, method: str, progress: Progress | None, workers: Workers
) -> tuple[Tally, str | None, str]:
    source, target = judge.source_catalogue[texts.table.source], judge.target_catalogue[texts.table.target]
    with judge.source.connect() as connection:
        watermark = _position(connection)  # before the first snapshot, so that it belongs to every one of them
        pieces = plan(connection, source, texts, workers.limit)
    job = Job(texts.table, source, target, ROW_LIMIT_SECONDS)
    databases = Databases(judge.source, judge.target)
    choice = choose(judge.compare, pieces, job, databases)
    tally = look_at_table(pieces, choice.job, databases, workers, progress)
    return tally, watermark, choice.method(f"{method}, {pieces.reason}" if pieces.reason else method, tally)


def _by_values(
    table: TableContract, rules: Mapping[str, ColumnRule], sides: tuple[Side, Side],
    connections: tuple[Connection, Connection], progress: Progress | None,
) -> Tally:  # fmt: skip
    tally = Tally()
    for source_rows, target_rows in windows(batches(connections[0], sides[0]), batches(connections[1], sides[1])):
        comparison = compare_rows(table, rules, source_rows, target_rows)
        _add(tally, comparison)
        if progress:
            progress(table.source, tally.source_rows)
    return tally


def _position(connection: Connection) -> str | None:
    """The write position, read first so that it belongs to the snapshot; a standby has none."""
    statement = "SELECT CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_current_wal_lsn()::text END"
    return connection.execute(text(statement)).scalar_one()


def _add(tally: Tally, comparison: Comparison) -> None:
    tally.source_rows += comparison.source_rows
    tally.target_rows += comparison.target_rows
    tally.equal_rows += comparison.equal_rows
    tally.accepted.update(comparison.accepted_values)
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
        cut = len(self.pending) if bound is None else bisect_right(self.pending, bound, key=lambda pair: pair[0])
        taken, self.pending = self.pending[:cut], self.pending[cut:]
        return dict(taken)


def windows(
    source: Iterator[list[tuple[Key, Row]]], target: Iterator[list[tuple[Key, Row]]]
) -> Iterator[tuple[dict[Key, Row], dict[Key, Row]]]:
    """Pairs of row maps that cover the same stretch of keys, so that each pair can be compared by itself."""
    left, right = _Stream(source, "PostgreSQL"), _Stream(target, "Oracle")
    while True:
        left.fill()
        right.fill()
        if not left.pending and not right.pending:
            return
        both = left.pending and right.pending
        bound = min(left.pending[-1][0], right.pending[-1][0]) if both else None
        yield left.take(bound), right.take(bound)
