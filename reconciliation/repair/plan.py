"""Which divergent rows get a statement, and in which order; rows that moved since they were judged
get none.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from reconciliation.compare import by_key
from reconciliation.compare.rows import CompareError, compare_rows
from reconciliation.errors import CanonicalError
from reconciliation.model import MULTISET, Difference, DifferenceKind, Key, Row, Status, TableResult
from reconciliation.parallel_run import ParallelRun
from reconciliation.repair.constraints import (
    Constraints,
    ForeignKey,
    Order,
    order,
    read_constraints,
)
from reconciliation.repair.foreseen import parent_hidden
from reconciliation.repair.statements import RowWriter, Statement, Unrepaired, rewrites_rows

#: keys read again at a time
_BATCH = 500
AGREE, MOVED = "agree by now", "changed since they were judged"


@dataclass(frozen=True)
class Plan:
    """``left_out`` counts rows without a statement that need none or another look, by table and
    why.

    ``notes`` are sentences about whole tables: triggers, foreign keys, rows that the run did not
    list.
    """

    statements: tuple[Statement, ...]
    unrepaired: tuple[Unrepaired, ...]
    left_out: Mapping[tuple[str, str], int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class SeenRow:
    """One key as both sides hold it now; no differences: they agree."""

    source: Row | None
    target: Row | None
    differences: tuple[Difference, ...]


def read_again(run: ParallelRun, table: str, keys: Iterable[Key]) -> Iterator[tuple[Key, SeenRow]]:
    """Every key with both rows as they are now, read in batches.

    Raises EnvironmentFault, CompareError or CanonicalError for what cannot be read or compared.
    """
    wanted = list(keys)
    for start in range(0, len(wanted), _BATCH):
        part = wanted[start : start + _BATCH]
        here, there = by_key.read(run, table, part)
        found: dict[Key, list[Difference]] = defaultdict(list)
        for difference in compare_rows(run.table(table), run.rules(table), here, there).differences:
            found[difference.key].append(difference)
        for key in part:
            yield key, SeenRow(here.get(key), there.get(key), tuple(found[key]))


def writer(run: ParallelRun, table: str, with_sensitive: bool = False) -> RowWriter:
    """What writes the statements of a table; without ``with_sensitive`` no value of a sensitive
    column.
    """
    contract = run.table(table)
    hidden = frozenset() if with_sensitive else frozenset(contract.sensitive)
    return RowWriter(contract, run.rules(table), run.target_catalogue[contract.target], hidden)


def plan_repair(
    run: ParallelRun, results: Sequence[TableResult], with_sensitive: bool = False
) -> Plan:
    """Statements for the rows that a run found divergent, in the order in which they can be
    executed.

    Reads both sides again by key: values are those of now. Rows in flight and tables that were not
    judged get nothing. Raises EnvironmentFault when a side cannot be read.
    """
    divergent = [result for result in results if result.status is Status.DIVERGENT]
    constraints = (
        read_constraints(run.target, run.profile.target.schemas) if divergent else Constraints()
    )
    statements: list[Statement] = []
    unrepaired: list[Unrepaired] = []
    left_out: Counter[tuple[str, str]] = Counter()
    notes: list[str] = []
    for result in divergent:
        notes += _unlisted(run, result)
        try:
            _table(run, result, with_sensitive, statements, unrepaired, left_out)
        except (CompareError, CanonicalError) as error:
            notes.append(f"{result.table}: no statement is written: {error}")
    found = _order(run, [result.target_table for result in divergent], statements, constraints)
    kept, refused = _without_circular(run, statements, found)
    notes += _notes(run, kept, found)
    notes += _parents_hidden(run, kept, constraints)
    if constraints.hidden:
        notes.append(
            "WARNING: foreign keys of tables that may not be seen are not known; "
            f"a statement that one of them refuses ends the script ({constraints.hidden})"
        )
    return Plan(
        _sorted(run, kept, found, constraints),
        (*unrepaired, *refused),
        dict(left_out),
        tuple(notes),
    )


def _table(
    run: ParallelRun,
    result: TableResult,
    with_sensitive: bool,
    statements: list[Statement],
    unrepaired: list[Unrepaired],
    left_out: Counter[tuple[str, str]],
) -> None:
    if run.table(result.table).rows == MULTISET:
        return
    judged: dict[Key, list[Difference]] = defaultdict(list)
    for difference in result.stayed:
        judged[difference.key].append(difference)
    rows = writer(run, result.table, with_sensitive)
    for key, seen in read_again(run, result.table, judged):
        if not seen.differences:
            left_out[result.table, AGREE] += 1
        elif _cells(seen.differences) != _cells(judged[key]):
            left_out[result.table, MOVED] += 1
        else:
            statement, by_hand = rows.write(key, seen.source, seen.target, seen.differences)
            unrepaired += by_hand
            if statement is not None:
                statements.append(statement)


def _cells(differences: Iterable[Difference]) -> set[tuple[object, ...]]:
    """What differs and how; values by their spelling, because NaN is unlike itself."""
    return {
        (item.kind, item.source_column, repr(item.source_value), repr(item.target_value))
        for item in differences
    }


def _unlisted(run: ParallelRun, result: TableResult) -> Iterator[str]:
    rows = result.differing_rows + result.missing_rows + result.extra_rows
    if run.table(result.table).rows == MULTISET:
        yield (
            f"{result.table}: {rows} rows by hand: rows without a key cannot be told "
            f"apart by a statement"
        )
        return
    unlisted = rows - len({difference.key for difference in result.stayed})
    if unlisted > 0:
        yield (
            f"{result.table}: {unlisted} divergent rows are not listed by the run; "
            f"compare again after this script"
        )
    if result.reason:
        yield f"{result.table}: {result.reason}"
    if result.in_flight_rows:
        yield f"{result.table}: {result.in_flight_rows} rows in flight are left to the replication"


# ------------------------------------------------------------------ order


def _order(
    run: ParallelRun,
    tables: Sequence[str],
    statements: Sequence[Statement],
    constraints: Constraints,
) -> Order:
    changed = {
        run.table(statement.table).target
        for statement in statements
        if statement.kind is DifferenceKind.CHANGED
    }
    return order(tables, changed, constraints.foreign)


def _without_circular(
    run: ParallelRun, statements: Sequence[Statement], found: Order
) -> tuple[list[Statement], tuple[Unrepaired, ...]]:
    kept, refused = [], []
    for statement in statements:
        if (
            statement.kind is DifferenceKind.CHANGED
            or run.table(statement.table).target not in found.circular
        ):
            kept.append(statement)
            continue
        reason = (
            f"foreign keys lead in a circle through {', '.join(found.circular)}; no order "
            f"of statements suits them"
        )
        refused.append(Unrepaired(statement.table, statement.kind, statement.key, reason))
    return kept, tuple(refused)


def _sorted(
    run: ParallelRun, statements: Sequence[Statement], found: Order, constraints: Constraints
) -> tuple[Statement, ...]:
    groups: dict[tuple[str, DifferenceKind], list[Statement]] = defaultdict(list)
    for statement in statements:
        groups[run.table(statement.table).target, statement.kind].append(statement)
    ordered: list[Statement] = []
    for step in found.steps:
        rows = _by_key(groups[step])
        own = [key for key in constraints.foreign if key.table == key.parent == step[0]]
        if own and step[1] is not DifferenceKind.CHANGED:
            rows = parents_first(rows, own)
            rows = rows[::-1] if step[1] is DifferenceKind.EXTRA else rows
        ordered += rows
    return tuple(ordered)


def _by_key(statements: list[Statement]) -> list[Statement]:
    try:
        return sorted(statements, key=lambda statement: statement.key)
    except TypeError:  # keys of several parts may hold what has no order
        return sorted(statements, key=lambda statement: repr(statement.key))


def parents_first(statements: Sequence[Statement], own: Sequence[ForeignKey]) -> list[Statement]:
    """Rows of a table with foreign keys to itself: each after the rows it points to, otherwise as
    they were.
    """
    by_parent = {
        (key.name, tuple(statement.row.get(column) for column in key.parent_columns)): statement
        for statement in statements
        for key in own
    }
    placed: dict[int, Statement] = {}
    for first in statements:
        path, begun = [first], {id(first)}
        while path:
            here = path[-1]
            ahead = [
                by_parent.get((key.name, tuple(here.row.get(column) for column in key.columns)))
                for key in own
            ]
            waiting = [
                parent
                for parent in ahead
                if parent is not None and id(parent) not in placed and id(parent) not in begun
            ]
            if waiting:
                path.append(waiting[0])
                begun.add(id(waiting[0]))
            else:
                placed.setdefault(id(here), here)
                path.pop()
    return list(placed.values())


def _notes(run: ParallelRun, statements: Sequence[Statement], found: Order) -> Iterator[str]:
    for table in dict.fromkeys(statement.table for statement in statements):
        target = run.target_catalogue[run.table(table).target]
        for trigger in target.triggers:
            if trigger.enabled:
                what = (
                    "INSERT statements add nothing while it is"
                    if rewrites_rows(trigger)
                    else "it may change what these statements write"
                )
                yield (
                    f"WARNING: trigger {trigger.name} on {target.full_name} is enabled "
                    f"({trigger.description}); {what}"
                )
        if target.hidden_triggers:
            yield (
                f"WARNING: triggers on {target.full_name} may be hidden from the run "
                f"({target.hidden_triggers}); INSERT statements add nothing "
                "while one is enabled that may give rows another key, "
                "or while triggers may be hidden from whoever executes them"
            )
        if target.full_name in found.own_parents:
            yield (
                f"{target.full_name} has a foreign key to itself; "
                "each row comes after the one it points to (one to be deleted: before it)"
            )
    if found.circular:
        yield (
            f"foreign keys lead in a circle through {', '.join(found.circular)}: "
            "rows to be added to or removed from them are left to people"
        )


def _parents_hidden(
    run: ParallelRun, statements: Sequence[Statement], constraints: Constraints
) -> Iterator[str]:
    targets = {
        run.table(statement.table).target
        for statement in statements
        if statement.kind is not DifferenceKind.EXTRA
    }
    for key in constraints.parentless:
        if key.table in targets:
            yield f"WARNING: {parent_hidden(key, constraints)}"
