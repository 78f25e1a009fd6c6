"""A dry run: what each statement of a script would do now, found out by reading.

Nothing of the file is ever sent to a database. The rows are read again, their statements are
written anew, and both are held against each other; the counts that are asked for come from the new
ones.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum

from reconciliation.compare.rows import CompareError
from reconciliation.errors import CanonicalError, EnvironmentFault, Unreadable
from reconciliation.model import DifferenceKind, Key
from reconciliation.parallel_run import ParallelRun
from reconciliation.repair.constraints import read_constraints
from reconciliation.repair.foreseen import Foreseen
from reconciliation.repair.literals import ByHand
from reconciliation.repair.plan import SeenRow, read_again, writer
from reconciliation.repair.script import Written
from reconciliation.repair.statements import RowWriter, Statement


class Effect(Enum):
    """What executing a statement now would come to."""

    CHANGES = "would change one row"
    DONE = "nothing to do any more"
    MOVED = "the row has moved on"
    REFUSED = "would be refused"
    NOT_JUDGED = "not judged"


@dataclass(frozen=True)
class Checked:
    """One statement of the file, its effect now, and why."""

    statement: Written
    effect: Effect
    why: str = ""


def check_script(run: ParallelRun, statements: Sequence[Written]) -> tuple[Checked, ...]:
    """The effect of every statement, in the order of the file. Reads only."""
    by_table: dict[str, list[Written]] = defaultdict(list)
    for statement in statements:
        by_table[statement.table].append(statement)
    seen: dict[int, tuple[Checked, Statement | None]] = {}
    for table, members in by_table.items():
        seen.update(_table(run, table, members))
    return _with_constraints(run, [seen[statement.number] for statement in statements])


def _table(
    run: ParallelRun, table: str, members: Sequence[Written]
) -> dict[int, tuple[Checked, Statement | None]]:
    try:
        rows = writer(run, table, with_sensitive=True)
        now: dict[Key, SeenRow] = dict(
            read_again(run, table, dict.fromkeys(member.key for member in members))
        )
        return {member.number: _one(rows, member, now[member.key]) for member in members}
    except (EnvironmentFault, CompareError, CanonicalError) as error:
        return {
            member.number: (Checked(member, Effect.NOT_JUDGED, str(error)), None)
            for member in members
        }


def _one(rows: RowWriter, written: Written, now: SeenRow) -> tuple[Checked, Statement | None]:
    open_columns = tuple(item for item in now.differences if _concerns(written, item.target_column))
    if not open_columns:
        if _still_as_seen(rows, written, now):
            return Checked(
                written, Effect.MOVED, "both sides agree now, and it would make them differ"
            ), None
        return Checked(written, Effect.DONE), None
    if now.differences[0].kind is not written.kind:
        return Checked(
            written,
            Effect.MOVED,
            f"the row is {now.differences[0].kind.value} now; it would change nothing",
        ), None
    anew, by_hand = rows.write(written.key, now.source, now.target, open_columns)
    if anew is not None and anew.sql == written.sql:
        return Checked(written, Effect.CHANGES), anew
    if not _still_as_seen(rows, written, now):
        return Checked(
            written, Effect.MOVED, "Oracle holds another value now; it would change nothing"
        ), None
    why = (
        "PostgreSQL holds another value now, or a table was altered; it would write something "
        "outdated"
    )
    return Checked(
        written, Effect.MOVED, "; ".join([why, *(item.reason for item in by_hand)])
    ), None


def _concerns(written: Written, target_column: str | None) -> bool:
    return (
        written.kind is not DifferenceKind.CHANGED
        or target_column is None
        or target_column in written.columns
    )


def _still_as_seen(rows: RowWriter, written: Written, now: SeenRow) -> bool:
    """Whether the statement's own condition is true: the same condition, written for the row as it
    is now.
    """
    if written.kind is DifferenceKind.MISSING:
        return now.target is None
    if now.target is None:
        return False
    try:
        return rows.condition(written.kind, written.columns, now.target) == written.where
    except (ByHand, KeyError):
        return False


# ------------------------------------------------------------------ asking Oracle


def _with_constraints(
    run: ParallelRun, seen: Sequence[tuple[Checked, Statement | None]]
) -> tuple[Checked, ...]:
    if all(statement is None for _, statement in seen):
        return tuple(checked for checked, _ in seen)
    try:
        constraints = read_constraints(run.target, run.profile.target.schemas)
        with run.target.connect() as connection:
            foreseen = Foreseen(run, connection, constraints)
            return tuple(
                checked if statement is None else _answered(foreseen, checked, statement)
                for checked, statement in seen
            )
    except EnvironmentFault as error:
        return tuple(
            checked
            if statement is None
            else Checked(checked.statement, Effect.NOT_JUDGED, str(error))
            for checked, statement in seen
        )


def _answered(foreseen: Foreseen, checked: Checked, statement: Statement) -> Checked:
    try:
        effect, why = _effect(foreseen, statement)
    except Unreadable as error:
        effect, why = Effect.NOT_JUDGED, str(error)
    return replace(checked, effect=effect, why=why)


def _effect(foreseen: Foreseen, statement: Statement) -> tuple[Effect, str]:
    """What stands against a statement is told first, what may stand against
    it and is hidden last.
    """
    trigger = foreseen.trigger(statement)
    if trigger:
        return Effect.REFUSED, trigger
    if foreseen.count(statement.guard) != 1:
        return Effect.MOVED, "its condition is not true in Oracle; it would change nothing"
    refusal = foreseen.refusal(statement)
    if refusal is not None:
        return Effect.REFUSED, refusal
    unseen = foreseen.unseen(statement)
    return (Effect.CHANGES, "") if unseen is None else (Effect.NOT_JUDGED, unseen)
