"""What comparing a whole table has counted, and the result it comes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from reconciliation.canonical import ColumnRule
from reconciliation.compare.recheck import RecheckOutcome, Reread
from reconciliation.differences.group_causes import group_of, grouped, refined
from reconciliation.model import Difference, DifferenceKind, Key, Status, TableContract, TableResult

#: differences a result carries, of every group its share; all of them are counted in its groups
KEPT_DIFFERENCES = 100_000
#: rows that are rechecked, which reads them again and again; more rows that stay different are no
#: matter of lag
RECHECKED_ROWS = 10_000
#: rows that are read again once: under writing, comparing a large table for long finds many that
#: were in flight
SUSPECT_ROWS = 200_000
#: of those, rows read at a time
_ROWS_AT_ONCE = 1_000


@dataclass
class Tally:
    """``suspects`` are the keys to recheck: the first RECHECKED_ROWS of ``suspect_count``.

    ``more`` are suspects beyond those, which are read again once; ``settled`` counts the suspects
    that agreed then.
    """

    source_rows: int = 0
    target_rows: int = 0
    equal_rows: int = 0
    suspects: list[Key] = field(default_factory=list)
    suspect_count: int = 0
    accepted: Counter[str] = field(default_factory=Counter)
    reductions: Counter[str] = field(default_factory=Counter)
    #: what moved over the wire where not every row does, by what it is
    moved: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)  # what happened on the way, for the report
    outages: list[str] = field(default_factory=list)  # a line for each that was waited for
    more: list[Key] = field(default_factory=list)
    settled: int = 0

    def merge(self, other: Tally) -> None:
        """Add what was seen of another part of the table."""
        self.source_rows += other.source_rows
        self.target_rows += other.target_rows
        self.equal_rows += other.equal_rows
        self.accepted.update(other.accepted)
        self.reductions.update(other.reductions)
        self.notes += other.notes
        self.outages += other.outages
        self.moved.update(other.moved)
        self.suspect_count += other.suspect_count
        self._keep([*other.suspects, *other.more])

    def suspect(self, keys: Iterable[Key]) -> None:
        for key in keys:
            self.suspect_count += 1
            self._keep([key])

    def _keep(self, keys: list[Key]) -> None:
        room = max(0, RECHECKED_ROWS - len(self.suspects))
        self.suspects += keys[:room]
        self.more += keys[room : room + max(0, SUSPECT_ROWS - len(self.more))]

    def recheck_once(self, reread: Reread) -> None:
        """Where there are more suspects than can be rechecked, leave those that still differ when
        they are read once more.
        """
        if not self.more:
            return
        keys: list[Key] = [*self.suspects, *self.more]
        kept: list[Key] = []
        for start in range(0, len(keys), _ROWS_AT_ONCE):
            if len(kept) > RECHECKED_ROWS:
                break
            part = keys[start : start + _ROWS_AT_ONCE]
            differing = {difference.key for difference in reread(part)[0]}
            kept += [key for key in part if key in differing]
            self.settled += len(part) - len(differing)
        self.suspects, self.more = kept[:RECHECKED_ROWS], []


def first_result(
    table: TableContract,
    rules: Mapping[str, ColumnRule],
    tally: Tally,
    method: str,
    watermark: str | None = None,
) -> TableResult:
    """The result as far as the first comparison can say it; EQUAL when there is
    nothing to recheck.
    """
    result = TableResult(
        table.source,
        table.target,
        Status.EQUAL,
        tally.source_rows,
        tally.target_rows,
        tally.equal_rows,
        0,
        0,
        0,
        accepted_values=dict(tally.accepted),
        reductions=dict(tally.reductions),
        watermark=watermark,
        rules={
            f"{rule.pair.source} -> {rule.pair.target}": rule.rule.name for rule in rules.values()
        },
        rechecked_rows=len(tally.suspects) + len(tally.more),
        method=method,
        sides=table.sides,
        filters=tuple(filter(None, (table.source_filter, table.target_filter))),
        notes=tuple(tally.notes),
    ).through(tally.outages)
    if not tally.source_rows and not tally.target_rows:
        return replace(result, status=Status.NOT_JUDGED, reason="no rows on either side")
    return result


def final_result(result: TableResult, outcome: RecheckOutcome, tally: Tally) -> TableResult:
    """The result after the suspects were rechecked."""
    place = {key: number for number, key in enumerate(tally.suspects)}
    differences = refined(
        sorted(outcome.differences, key=lambda item: place.get(item.key, len(place)))
    )
    kinds = {difference.key: difference.kind for difference in differences}
    count = Counter(kinds.values())
    unchecked = tally.suspect_count - len(tally.suspects) - tally.settled
    status = Status.DIVERGENT if kinds else Status.IN_FLIGHT if outcome.moving else Status.EQUAL
    reason = outcome.behind
    if unchecked:
        reason = (
            f"{unchecked} more rows differed at the first look; only {len(tally.suspects)} "
            f"were looked at again"
        )
        reason += f"; {outcome.behind}" if outcome.behind else ""
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
        recheck_seconds=outcome.seconds,
        unlooked_rows=unchecked,
        differences=kept(differences, KEPT_DIFFERENCES),
        groups=grouped(differences),
        stayed=tuple(differences),
    )


def kept(differences: Sequence[Difference], limit: int) -> tuple[Difference, ...]:
    """The first ``limit`` differences, so chosen that no frequent group leaves another one without
    its examples.
    """
    if len(differences) <= limit:
        return tuple(differences)
    seen: Counter[object] = Counter()
    ranks = []
    for item in differences:
        group = group_of(item)
        ranks.append(seen[group])
        seen[group] += 1
    chosen = sorted(range(len(differences)), key=lambda place: (ranks[place], place))[:limit]
    return tuple(differences[place] for place in sorted(chosen))
