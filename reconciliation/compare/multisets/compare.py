"""The comparison of a table without a key, and the rechecks of its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection, text

from reconciliation.canonical import ColumnRule
from reconciliation.canonical.values import of_type
from reconciliation.compare.extent.snapshots import snapshot
from reconciliation.compare.multisets.streams import (
    FIRST_ROW_TIMEOUT_SECONDS,
    Counted,
    Order,
    check_layout,
    counted_rows,
    has_digests,
    order_of,
    statements,
)
from reconciliation.compare.multisets.surplus import Count, Surplus, by_values
from reconciliation.compare.recheck import Behind, recheck
from reconciliation.compare.streams.layout import Layout, NoTexts, layout
from reconciliation.compare.tally import KEPT_DIFFERENCES, Tally, first_result, kept
from reconciliation.databases.wal import write_position
from reconciliation.describe import key_parts
from reconciliation.errors import CanonicalError
from reconciliation.model import (
    COUNTED_ROWS,
    Difference,
    DifferenceGroup,
    DifferenceKind,
    Key,
    Status,
    TableContract,
    TableResult,
)
from reconciliation.parallel_run import ParallelRun

#: bytes of texts kept of rows whose counts differ; beyond, the table is not judged
KEPT_BYTES = 64_000_000
_METHOD = "rows with the same values, counted on both sides"


@dataclass
class Seen:
    """One count of both sides: ``unlike`` are texts with unequal counts, ``dropped`` how many more
    there were.
    """

    source_rows: int = 0
    target_rows: int = 0
    equal_rows: int = 0
    unlike: list[tuple[tuple[str, ...], int, int]] = field(default_factory=list)
    bytes_kept: int = 0
    dropped: int = 0


def compare_multiset(
    run: ParallelRun,
    table: TableContract,
    rules: Mapping[str, ColumnRule],
    behind: Behind | None = None,
) -> TableResult:
    """Count every row on both sides; rows whose counts differ are counted again until they agree or
    stay unlike.

    Raises CanonicalError for columns that cannot be counted and values that cannot be read, and
    EnvironmentFault.
    """
    here, there = run.source_catalogue[table.source], run.target_catalogue[table.target]
    try:
        rows = layout(table, rules, here, there)
        check_layout(rows, tuple(rules.values()))
    except NoTexts as error:
        raise CanonicalError(
            f"{table.source} has no key, so its rows have to be counted, but {error}"
        ) from error
    counting = _Counting(run, rows)
    first = counting.count_all()
    result = counting.first_result(table, rules)
    if first.dropped:
        return replace(result, status=Status.NOT_JUDGED, reason=_too_many(first))
    surplus = counting.surplus
    if not surplus.counts:
        return result
    keys = list(surplus.counts)
    outcome = recheck(
        counting.again, keys, run.profile.replication.arrival_limit_seconds, behind=behind
    )
    free = {key: max(count.free_source, count.free_target) for key, count in surplus.counts.items()}
    status = (
        Status.DIVERGENT
        if outcome.differences
        else Status.IN_FLIGHT
        if outcome.moving
        else Status.EQUAL
    )
    return replace(
        result,
        status=status,
        reason=outcome.behind,
        rechecked_rows=sum(free.values()),
        equal_rows=result.equal_rows + sum(free[key] for key in outcome.agreed),
        in_flight_rows=sum(free[key] for key in outcome.moving),
        missing_rows=_rows(outcome.differences, DifferenceKind.MISSING),
        extra_rows=_rows(outcome.differences, DifferenceKind.EXTRA),
        differences=kept(outcome.differences, KEPT_DIFFERENCES),
        groups=tuple(_groups(outcome.differences)),
    )


def merged(
    source: Iterable[Counted], target: Iterable[Counted]
) -> Iterator[tuple[tuple[str, ...], int, int]]:
    """Every row's text with its counts on both sides, from two streams in the same order."""
    left, right = _placed(source), _placed(target)
    ours, theirs = next(left, None), next(right, None)
    while ours is not None and theirs is not None:
        (here, texts, count), (there, their_texts, their_count) = ours, theirs
        if here < there:
            yield texts, count, 0
        elif there < here:
            yield their_texts, 0, their_count
        else:
            yield texts, count, their_count
        ours, theirs = (
            next(left, None) if here <= there else ours,
            next(right, None) if there <= here else theirs,
        )
    while ours is not None:
        yield ours[1], ours[2], 0
        ours = next(left, None)
    while theirs is not None:
        yield theirs[1], 0, theirs[2]
        theirs = next(right, None)


def _placed(rows: Iterable[Counted]) -> Iterator[tuple[Order, tuple[str, ...], int]]:
    """Each row with its place in the order, which is worked out once: it encodes every text."""
    return ((order_of(row), row[1], row[2]) for row in rows)


def seen(rows: Iterable[tuple[tuple[str, ...], int, int]]) -> Seen:
    """Counts of all rows, and the rows whose counts are unequal."""
    found = Seen()
    for texts, ours, theirs in rows:
        found.source_rows += ours
        found.target_rows += theirs
        if ours == theirs:
            found.equal_rows += ours
            continue
        size = sum(map(len, texts))
        if found.bytes_kept + size > KEPT_BYTES:
            found.dropped += 1
            continue
        found.bytes_kept += size
        found.unlike.append((texts, ours, theirs))
    return found


class _Counting:
    """The same table again and again: every time it is grouped anew, in a fresh
    snapshot of each side.
    """

    def __init__(self, run: ParallelRun, rows: Layout) -> None:
        self._run, self._rows = run, rows
        self.watermark: str | None = None
        self.reductions: dict[str, int] = {}
        self.seen, self.surplus = Seen(), Surplus()

    def count_all(self) -> Seen:
        """Once; what it finds is kept in ``seen`` and ``surplus``, and how far the source had
        written.
        """
        with snapshot(self._run.source) as here, snapshot(self._run.target) as there:
            here.execute(text(f"SET LOCAL statement_timeout = '{FIRST_ROW_TIMEOUT_SECONDS}s'"))
            self.watermark = write_position(here)
            ours, theirs = statements(self._rows, has_digests(there))
            self.seen = seen(
                merged(
                    counted_rows(here, ours), counted_rows(there, theirs, self._rows.hides_broken)
                )
            )
            self.reductions = self._reductions(here)
        self.surplus = (
            by_values(self._rows, self.seen.unlike) if not self.seen.dropped else Surplus()
        )
        return self.seen

    def _reductions(self, connection: Connection) -> dict[str, int]:
        if not self._rows.reductions:
            return {}
        counts = connection.exec_driver_sql(self._rows.reductions_sql.replace("%", "%%")).one()
        return {
            name: int(count)
            for name, count in zip(self._rows.reductions, counts, strict=True)
            if count
        }

    def first_result(self, table: TableContract, rules: Mapping[str, ColumnRule]) -> TableResult:
        """The result as far as counting once can say it."""
        tally = Tally(
            self.seen.source_rows, self.seen.target_rows, self.seen.equal_rows + self.surplus.equal
        )
        tally.accepted, tally.reductions = self.surplus.accepted, Counter(self.reductions)
        return first_result(table, rules, tally, _METHOD, self.watermark)

    def again(self, keys: Sequence[Key]) -> tuple[list[Difference], dict[Key, object]]:
        """What still differs of ``keys`` when the table is counted again, and the counts of each.
        Other rows are left out.

        Raises CanonicalError when more rows differ by now than are held: a key that is not found
        may be among them.
        """
        if self.count_all().dropped:
            raise CanonicalError(_too_many(self.seen))
        still = {key: count for key in keys if (count := self.surplus.counts.get(key)) is not None}
        content = {key: count.both for key, count in still.items()}
        return [self._difference(key, count) for key, count in still.items()], dict.fromkeys(
            keys
        ) | content

    def _difference(self, key: Key, count: Count) -> Difference:
        table, (ours, theirs) = self._rows.table, count.both
        return Difference(
            table.source,
            table.target,
            key,
            DifferenceKind.MISSING if ours > theirs else DifferenceKind.EXTRA,
            source_value=ours,
            target_value=theirs,
            rule=COUNTED_ROWS,
            key_columns=tuple(field.rule.pair.source for field in self._rows.fields),
            sides=table.sides,
            sensitive=table.sensitive,
        )


def _too_many(found: Seen) -> str:
    return (
        f"{found.dropped + len(found.unlike)} different rows stand "
        "in unequal numbers or are written in unlike ways, more than are held in memory"
    )


def _rows(differences: Sequence[Difference], kind: DifferenceKind) -> int:
    return sum(
        abs(of_type(int, one.source_value) - of_type(int, one.target_value))
        for one in differences
        if one.kind is kind
    )


def _groups(differences: Sequence[Difference]) -> Iterator[DifferenceGroup]:
    for kind in (DifferenceKind.MISSING, DifferenceKind.EXTRA):
        first = next((one for one in differences if one.kind is kind), None)
        if first is not None:
            key = tuple(key_parts(first)) if first.sensitive else first.key
            yield DifferenceGroup(kind, None, None, None, _rows(differences, kind), key)
