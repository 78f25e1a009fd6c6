"""What a look at a whole table has seen, and the result it comes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from reconciliation.canonical import ColumnRule
from reconciliation.describe import key_parts
from reconciliation.model import Difference, DifferenceGroup, DifferenceKind, Key, Status, TableContract, TableResult
from reconciliation.recheck import Look, Recheck

#: differences a result carries in full; all of them are counted in its groups
SHOWN_DIFFERENCES = 200
#: rows that are looked at again and again; more rows that stay different are no matter of lag
RECHECKED_ROWS = 10_000
#: rows that are looked at again once: under writing, a long look at a large table finds many that were in flight
SUSPECT_ROWS = 200_000
#: rows of that one look read at a time
_WINNOWED_ROWS = 1_000


@dataclass
class Tally:
    """``suspects`` are the keys to look at again: the first of ``suspect_count``; ``settled`` agreed at once."""

    source_rows: int = 0
    target_rows: int = 0
    equal_rows: int = 0
    suspects: list[Key] = field(default_factory=list)
    suspect_count: int = 0
    settled: int = 0
    accepted: Counter[str] = field(default_factory=Counter)
    reductions: Counter[str] = field(default_factory=Counter)
    #: what moved over the wire where not every row does, by what it is
    moved: Counter[str] = field(default_factory=Counter)

    def merge(self, other: Tally) -> None:
        """Add what was seen of another part of the table."""
        self.source_rows += other.source_rows
        self.target_rows += other.target_rows
        self.equal_rows += other.equal_rows
        self.accepted.update(other.accepted)
        self.reductions.update(other.reductions)
        self.moved.update(other.moved)
        self.suspects += other.suspects[: max(0, RECHECKED_ROWS - len(self.suspects))]
        self.suspect_count += other.suspect_count

    def suspect(self, keys: Iterable[Key]) -> None:
        for key in keys:
            self.suspect_count += 1
            if len(self.suspects) < SUSPECT_ROWS:
                self.suspects.append(key)

    def winnow(self, look: Look) -> None:
        """Leave RECHECKED_ROWS suspects at most: those that still differ at one more look, as many as are found."""
        if len(self.suspects) <= RECHECKED_ROWS:
            return
        kept: list[Key] = []
        for start in range(0, len(self.suspects), _WINNOWED_ROWS):
            if len(kept) > RECHECKED_ROWS:
                break
            keys = self.suspects[start : start + _WINNOWED_ROWS]
            differing = {difference.key for difference in look(keys)[0]}
            kept += [key for key in keys if key in differing]
            self.settled += len(keys) - len(differing)
        self.suspects = kept[:RECHECKED_ROWS]


def first_result(
    table: TableContract, rules: Mapping[str, ColumnRule], tally: Tally, method: str, watermark: str | None = None
) -> TableResult:
    """The result as far as the first look can say it; EQUAL when there is nothing to look at again."""
    result = TableResult(
        table.source, table.target, Status.EQUAL, tally.source_rows, tally.target_rows, tally.equal_rows, 0, 0, 0,
        accepted_values=dict(tally.accepted), reductions=dict(tally.reductions), watermark=watermark,
        rules={f"{rule.pair.source} -> {rule.pair.target}": rule.rule.name for rule in rules.values()},
        rechecked_rows=len(tally.suspects), method=method, sides=table.sides,
        filters=tuple(filter(None, (table.source_filter, table.target_filter))),
    )  # fmt: skip
    if not tally.source_rows and not tally.target_rows:
        return replace(result, status=Status.NOT_JUDGED, reason="no rows on either side")
    return result


def final_result(result: TableResult, outcome: Recheck, tally: Tally) -> TableResult:
    """The result after the suspects were looked at again."""
    kinds = {difference.key: difference.kind for difference in outcome.differences}
    count = Counter(kinds.values())
    unlooked = tally.suspect_count - len(tally.suspects) - tally.settled
    status = Status.DIVERGENT if kinds else Status.IN_FLIGHT if outcome.moving else Status.EQUAL
    reason = outcome.behind
    if unlooked:
        reason = f"{unlooked} more rows differed at the first look; only {len(tally.suspects)} were looked at again"
        status = Status.DIVERGENT if kinds else Status.NOT_JUDGED
    return replace(
        result,
        status=status,
        reason=reason,
        equal_rows=result.equal_rows + tally.settled + len(outcome.agreed),
        differing_rows=count[DifferenceKind.CHANGED],
        missing_rows=count[DifferenceKind.MISSING],
        extra_rows=count[DifferenceKind.EXTRA],
        in_flight_rows=len(outcome.moving),
        differences=outcome.differences[:SHOWN_DIFFERENCES],
        groups=grouped(outcome.differences),
        stayed=tuple(outcome.differences),
    )


def grouped(differences: Sequence[Difference]) -> tuple[DifferenceGroup, ...]:
    """Differences counted by kind, column and cause, the most frequent first."""
    counts: Counter[tuple[DifferenceKind, str | None, str | None, str | None]] = Counter()
    first: dict[tuple[DifferenceKind, str | None, str | None, str | None], Key] = {}
    for item in differences:
        group = (item.kind, item.source_column, item.target_column, item.cause)
        counts[group] += 1
        # a group is shown without its table's contract at hand
        first.setdefault(group, tuple(key_parts(item)) if set(item.sensitive) & set(item.key_columns) else item.key)
    return tuple(DifferenceGroup(*group, rows, first[group]) for group, rows in counts.most_common())
