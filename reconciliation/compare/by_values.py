"""Whole tables whose rows no text can be written of: both sides read into memory in key order, a
window at a time.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator

from sqlalchemy import Connection

from reconciliation.compare.keyed import Compared, KeyedTable
from reconciliation.compare.rows import Comparison, compare_rows
from reconciliation.compare.segments.runner import Progress
from reconciliation.compare.streams.merge import Unordered
from reconciliation.compare.tally import Tally
from reconciliation.databases.rows import batches, rows_in_memory
from reconciliation.databases.wal import write_position
from reconciliation.model import Key, Row


def compare_by_values(keyed: KeyedTable, method: str, progress: Progress | None) -> Compared:
    """Every row, each side in one snapshot. Raises Unordered, CompareError, CanonicalError and
    EnvironmentFault.
    """
    snapshot = keyed.databases.source.connect().execution_options(isolation_level="REPEATABLE READ")
    with snapshot as here, keyed.databases.target.connect() as there:
        watermark = write_position(here)
        return Compared(_tally(keyed, (here, there), progress), watermark, method)


def _tally(
    keyed: KeyedTable, connections: tuple[Connection, Connection], progress: Progress | None
) -> Tally:
    tally = Tally()
    size = rows_in_memory(keyed.rules.values())
    streams = (batches(*side, size) for side in zip(connections, keyed.sides, strict=True))
    for source_rows, target_rows in windows(*streams):
        _add(tally, compare_rows(keyed.table, keyed.rules, source_rows, target_rows))
        if progress:
            progress(keyed.table.source, tally.source_rows)
    return tally


def _add(tally: Tally, comparison: Comparison) -> None:
    tally.source_rows += comparison.source_rows
    tally.target_rows += comparison.target_rows
    # rows that are as they were agreed to be
    tally.equal_rows += comparison.equal_rows + comparison.accepted_rows
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
