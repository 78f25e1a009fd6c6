"""A task's view of the switchboard: what the pipeline asks at its few points.

While no fault is on, every question costs the look at one attribute.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import compress, islice
from pathlib import Path
from typing import Any

from lab.dms.directory.state import Deltas
from lab.dms.faults import catalogue, switchboard
from lab.dms.faults.catalogue import FAULTS, Given
from lab.dms.faults.kinds.resume import confirmed_position
from lab.dms.faults.options import FaultUnknown
from lab.dms.faults.planted import Strangers
from lab.dms.faults.scope import Scope
from lab.dms.faults.surroundings import Surroundings
from lab.dms.faults.taken import Acknowledgement, Taken
from lab.dms.ground.catalogue import SourceTable
from lab.dms.ground.changes import Change, Transaction
from lab.dms.ground.logs import TASK_MANAGER
from lab.dms.transform.plan import Operation

_LOST_WITH_TARGET = "changes_lost_with_connection"
#: one fault that is on at one point: what to ask, and in which scope
_Asked = tuple[Callable[..., Any], Scope]


class FaultBoard:
    """Belongs to one task and one thread. Without ``around`` only what flows can be changed."""

    def __init__(self, path: Path, around: Surroundings | None = None) -> None:
        self._path = path
        self._around = around or Surroundings()
        self._seen = 0
        self._acknowledgement = Acknowledgement(self._around.directory)
        self._refused: dict[str, str] = {}
        self._active: dict[str, dict[str, Any]] = {}
        self._made: dict[str, tuple[dict[str, Any], Any, Scope]] = {}
        self._points: dict[str, list[_Asked]] = {}
        self._released: list[Transaction] = []
        self._strangers = Strangers(self._around)
        #: whether a fault concerns the values of rows, or statements
        self.on_rows = False
        self.on_operations = False

    def look(self) -> None:
        """Read the switchboard again if it has changed."""
        seen = switchboard.version(self._path)
        if seen != self._seen:
            self._seen = seen
            self._set(switchboard.read(self._path))

    def visit(self) -> None:
        """Look, let strangers do to the target what is due, and say that what is on the switchboard
        is in force.

        No transaction of the task may be open on the target.
        """
        self.look()
        if self._strangers.on:
            self._strangers.visit()
        self._acknowledgement.give(
            Taken(
                self._seen,
                {**self._refused, **self._strangers.refused},
                dict(self._strangers.delayed),
            )
        )

    def close(self) -> None:
        """End what sessions there are on the target."""
        self._strangers.close()

    @property
    def active(self) -> tuple[str, ...]:
        """The names of the faults that are on."""
        return tuple(sorted(self._active))

    # ------------------------------------------------------------ how a task runs

    @property
    def stalled(self) -> bool:
        """Whether the task is to do nothing at all."""
        return "replication_stalled" in self._active

    def pause(self, seconds: float) -> float:
        """How long a quiet task may wait before it visits again."""
        shortest = self._strangers.shortest_pause
        return seconds if shortest is None else min(seconds, shortest)

    def restarted(self, slot: str, position: int) -> int:
        """A task begins anew at a slot that nobody reads yet. The position behind which it applies,
        in place of the one it was told.
        """
        self.look()
        self._begin("restart")
        self._ask(catalogue.RESTART, slot)
        if "last_transactions_repeated_on_restart" in self._active:
            return min(position, confirmed_position(self._around, slot))
        return position

    def resuming(self, slot: str | None) -> None:
        """A task is about to go on with the slot of its last run."""
        self.look()
        self._strangers.forget_suspended()
        self._begin("resume")
        self._ask(catalogue.RESUME, slot)

    def resumed(self, slot: str, position: int) -> int:
        """The position behind which a resumed task applies, in place of the
        one the target holds.
        """
        if "last_transactions_repeated_on_resume" in self._active:
            return min(position, confirmed_position(self._around, slot))
        return self.target_found(position)

    def target_lost(self, position: int) -> None:
        """The target was lost while what ends at ``position`` was to be applied."""
        if _LOST_WITH_TARGET in self._active and self._around.state is not None:
            self._around.state.set(**{_LOST_WITH_TARGET: position})

    def target_found(self, position: int) -> int:
        """The position behind which a task applies that has reached its target again."""
        if _LOST_WITH_TARGET in self._active and self._around.state is not None:
            return max(position, int(self._around.state.get(_LOST_WITH_TARGET) or 0))
        return position

    @property
    def commits_when_killed(self) -> str:
        """What becomes of a transaction in whose middle the process dies: nothing of it stays, or
        what was executed does, and its rest is "lost" or it is "repeated" as a whole.
        """
        name = "killed_transaction_half_committed"
        return str(FAULTS[name].filled(self._active[name])["then"]) if name in self._active else ""

    def reopening(self, slot: str) -> None:
        """A task is about to read its slot."""
        self._ask(catalogue.OPENING, slot)

    def reconnected(self) -> None:
        """A task reads its slot again, over a new connection to the source."""
        self._begin("reconnect")

    def _ask(self, point: str, slot: str | None) -> None:
        for ask, _ in self._points.get(point, ()):
            if slot is not None:
                ask(self._around, slot)

    def _begin(self, kind: str) -> None:
        self._around.start.kind = kind
        self._around.start.transactions = 0

    # ------------------------------------------------------------ what flows

    def commits(self, transactions: list[Transaction]) -> list[list[Transaction]]:
        """The groups that are committed one after the other in place of one group."""
        asked = self._points.get(catalogue.COMMIT)
        if not asked:
            return [transactions]
        groups: list[list[Transaction]] = [[]]
        for transaction in transactions:
            parts = self._parts(asked, transaction)
            groups[-1].append(parts[0])
            groups.extend([part] for part in parts[1:])
        return groups

    def transactions(self, transactions: Sequence[Transaction]) -> Iterable[Transaction]:
        """The transactions that are applied in place of the given ones."""
        self._around.owed.clear()
        asked = self._points.get(catalogue.TRANSACTION)
        if asked or self._released:
            return self._changed_transactions(transactions, asked or [])
        self._around.start.transactions += len(transactions)
        return transactions

    def changes(self, changes: Iterable[Change]) -> Iterable[Change]:
        """The changes that are applied in place of the given ones."""
        asked = self._points.get(catalogue.CHANGE)
        return self._changed_changes(changes, asked) if asked else changes

    def row(self, change: Change, row: dict[str, Any], table: SourceTable) -> dict[str, Any]:
        """The DMS values that are written in place of the given ones; to be asked while
        ``on_rows``.
        """
        for ask, scope in self._points.get(catalogue.VALUE, ()):
            if scope.has_table(change.schema, change.table):
                types = {
                    column.name: column.type_name
                    for column in table.columns
                    if scope.has_column(column.name)
                }
                changed = {
                    name: ask(value, types[name]) if value is not None and name in types else value
                    for name, value in row.items()
                }
                if _differ(changed, row) and scope.due():
                    row = changed
        for ask, scope in self._points.get(catalogue.ROW, ()):
            if scope.has_table(change.schema, change.table):
                changed = ask(change, row, table)
                if _differ(changed, row) and scope.due():
                    row = changed
        return row

    def operations(self, operation: Operation) -> list[Operation]:
        """The statements in place of one; to be asked while ``on_operations``."""
        operations = [operation]
        for ask, scope in self._points.get(catalogue.OPERATION, ()):
            if scope.has_table(*operation.plan.source_name):
                operations = [made for one in operations for made in _replaced(ask, scope, one)]
        return operations

    # ------------------------------------------------------------ what is told

    def counted(self, captured: Deltas, applied: Deltas) -> tuple[Deltas, Deltas]:
        """The counters of a group as they are noted."""
        if self._around.owed:
            applied = applied + self._around.owed
        for ask, _ in self._points.get(catalogue.STATISTICS, ()):
            captured, applied = ask(captured, applied)
        return captured, applied

    def shown_metrics(self, points: dict[str, float]) -> dict[str, float]:
        """The task's data points by the names of CloudWatch's metrics as they are put; from any
        thread.
        """
        if "latency_says_zero" not in self._active:
            return points
        return {
            name: 0.0 if name.startswith("CDCLatency") else value for name, value in points.items()
        }

    def committed(self, applied: Deltas) -> None:
        """The target has committed a group: strangers may come now."""
        if self._strangers.on:
            self._strangers.committed(applied)

    @property
    def holds_slot(self) -> bool:
        """Whether the slot is not to follow the task."""
        return catalogue.POSITION in self._points

    def confirmable(self, lsn: int) -> int:
        """The position the slot is told in place of ``lsn``; 0 when it is told none."""
        for ask, _ in self._points.get(catalogue.POSITION, ()):
            lsn = ask(lsn)
        return lsn

    def keeps_back_exception(self, table: tuple[str, str]) -> bool:
        """Whether a refused statement of a source table is not to show in
        awsdms_apply_exceptions.
        """
        return any(ask(table) for ask, _ in self._points.get(catalogue.EXCEPTION, ()))

    def keeps_back_line(self, severity: str, message: str) -> bool:
        """Whether a line of the log is not to be written."""
        return any(ask(severity, message) for ask, _ in self._points.get(catalogue.LOG, ()))

    # ------------------------------------------------------------ the switchboard

    def _set(self, active: dict[str, dict[str, Any]]) -> None:
        """Make what is new; what is on already with the same options keeps its counts."""
        made: dict[str, tuple[dict[str, Any], Any, Scope]] = {}
        self._refused = {}
        for name, given in active.items():
            before = self._made.get(name)
            if before is not None and before[0] == given:
                made[name] = before
                continue
            options = FAULTS[name].filled(given)
            try:
                made[name] = (
                    given,
                    FAULTS[name].make(Given(options, self._around)),
                    Scope(options),
                )
            except FaultUnknown as error:
                self._refused[name] = str(error)
                self._around.log.error(TASK_MANAGER, str(error))
        for name, (_, ask, _) in self._made.items():
            if hasattr(ask, "release") and made.get(name, (None, None))[1] is not ask:
                self._released += ask.release()
        self._made = made
        self._active = {name: active[name] for name in made}
        self._points = {}
        strangers = {}
        for name, (given, ask, scope) in made.items():
            point = FAULTS[name].point
            if point == catalogue.STRANGER:
                strangers[name] = (ask, given)
                if ask.suspended:
                    self._points.setdefault(catalogue.CHANGE, []).append((_nothing, scope))
            elif point != catalogue.TASK:
                self._points.setdefault(point, []).append((ask, scope))
        self._strangers.set_active(strangers)
        self.on_rows = catalogue.VALUE in self._points or catalogue.ROW in self._points
        self.on_operations = catalogue.OPERATION in self._points

    def _changed_transactions(
        self, transactions: Iterable[Transaction], asked: list[_Asked]
    ) -> Iterator[Transaction]:
        released, self._released = self._released, []
        yield from released
        for transaction in transactions:
            self._around.start.transactions += 1
            yield from self._parts(asked, transaction)

    @staticmethod
    def _parts(asked: list[_Asked], transaction: Transaction) -> list[Transaction]:
        parts = [transaction]
        for ask, scope in asked:
            parts = [made for part in parts for made in _of_tables(ask, scope, part)]
        return parts

    @staticmethod
    def _changed_changes(changes: Iterable[Change], asked: list[_Asked]) -> Iterator[Change]:
        for change in changes:
            made = [change]
            for ask, scope in asked:
                if scope.has_table(change.schema, change.table):
                    made = [new for one in made for new in _replaced(ask, scope, one)]
            yield from made


def _of_tables(ask: Callable[..., Any], scope: Scope, transaction: Transaction) -> list[Any]:
    """What a fault makes of a transaction, or of a table's part of it: changes of other tables stay
    where they are, in the first of the transactions it becomes.
    """
    if not scope.is_one_table:
        return _replaced(ask, scope, transaction) if transaction.changes else [transaction]
    concerned = [scope.has_table(change.schema, change.table) for change in transaction.changes]
    if not any(concerned):
        return [transaction]
    if all(concerned) or transaction.ddls:
        return _replaced(ask, scope, transaction)
    own = replace(transaction, changes=tuple(compress(transaction.changes, concerned)))
    made = _replaced(ask, scope, own)
    if len(made) == 1 and made[0] is own:
        return [transaction]
    first, *further = made or [replace(own, changes=())]
    kept = iter(first.changes)
    merged: list[Change] = []
    for change, is_own in zip(transaction.changes, concerned, strict=True):
        merged += islice(kept, 1) if is_own else [change]
    return [replace(first, changes=(*merged, *kept)), *further]


def _nothing(_: Change) -> list[Change]:
    return []


def _replaced(ask: Callable[..., Any], scope: Scope, item: Any) -> list[Any]:
    """What a fault makes of one thing; the thing itself when the fault does
    nothing or is not due.
    """
    made = ask(item)
    if len(made) == 1 and made[0] is item:
        return [item]
    return made if scope.due() else [item]


def _differ(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return one.keys() != other.keys() or any(value != other[name] for name, value in one.items())
