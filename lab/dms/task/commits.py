"""Groups applied and committed on the target, and what is true of the task from then on.

The target's commit decides. The state notes a group before the commit and settles it behind it, so
that a task killed in between learns from the target's position which of the two it was.
"""

from __future__ import annotations

import contextlib
import time
from functools import partial

from lab.dms.apply.attempt import Applied
from lab.dms.apply.group import Group, captured
from lab.dms.apply.outcomes import StopOnError
from lab.dms.databases.target import Target
from lab.dms.ground.changes import Transaction
from lab.dms.ground.errors import Recoverable
from lab.dms.ground.logs import SORTER, TARGET_APPLY, TASK_MANAGER
from lab.dms.task.parts import Parts
from lab.dms.task.reading import SlotReader
from lab.dms.task.recovery import Recovery

TABLE_ERROR = "Table error"
#: from how long on it is said how long a group took
LONG_SECONDS = 10


class Commits:
    """``applied_lsn`` is the position up to which the target holds everything."""

    def __init__(self, parts: Parts, reader: SlotReader) -> None:
        self._parts = parts
        self._reader = reader
        self.applied_lsn = 0
        self._captured_lsn = 0

    def begin(self, applied_lsn: int) -> None:
        """A run goes on behind a position that the target holds."""
        self.applied_lsn = applied_lsn
        self._captured_lsn = int(self._parts.state.get("captured_lsn") or applied_lsn)
        self._committed(applied_lsn)

    def apply(self, group: Group) -> None:
        """Apply the group and commit it, however often the target is lost meanwhile."""
        if group.is_empty:
            return
        parts, started = self._parts, time.monotonic()
        parts.faults.visit()
        for part in parts.faults.commits(group.transactions):
            Recovery(parts).persist(TARGET_APPLY, partial(self._apply_once, part))
        count, elapsed = len(group.transactions), time.monotonic() - started
        if elapsed > LONG_SECONDS:
            parts.log.info(SORTER, f"{count} transactions took {elapsed:.1f} seconds to apply")
        parts.metrics.note(applied_lsn=self.applied_lsn)
        parts.context.applied(group.transactions)
        group.clear()
        with contextlib.suppress(Recoverable):  # a lost source shows again when it is read next
            self._reader.working().confirm(parts.faults.confirmable(self.applied_lsn))

    def suspend(self, schema: str, table: str, reason: str) -> None:
        """The table is no longer applied, from now on and in later runs."""
        self._parts.applier.suspended.add((schema, table))
        self._parts.state.set_table_state(schema, table, TABLE_ERROR)
        self._say_suspended(schema, table, reason)

    def _apply_once(self, transactions: list[Transaction]) -> None:
        try:
            target = self._session()
        except Recoverable:
            self._parts.faults.target_lost(transactions[-1].end_lsn)
            raise
        left = [item for item in transactions if item.end_lsn > self.applied_lsn]
        if not left:
            return
        try:
            done = self._write(target, left)
        except StopOnError as error:
            self._note_exception(target, error)
            raise
        except Recoverable:
            self._parts.faults.target_lost(left[-1].end_lsn)
            # whichever side it was: what was executed must not be executed twice
            self._parts.target.drop()
            raise
        self._committed(left[-1].end_lsn)
        self._parts.faults.committed(done.counts)
        for (schema, table), reason in done.suspended.items():
            self._say_suspended(schema, table, reason)

    def _session(self) -> Target:
        session = self._parts.target
        if not session.is_open:
            session.open()
            # a commit whose answer was lost may have been made
            position = self._parts.control.position(session.working()) or 0
            position = self._parts.faults.target_found(max(self.applied_lsn, position))
            self._committed(position)
        return session.working()

    def _write(self, target: Target, transactions: list[Transaction]) -> Applied:
        """Execute, note what is about to be true, commit; in this order."""
        parts, last = self._parts, transactions[-1].end_lsn
        done = parts.applier.apply(target, transactions, self._reader.keep_alive)
        seen = captured(transactions, self._captured_lsn, parts.tables.names)
        read, applied = parts.faults.counted(seen, done.counts)
        parts.state.note_group(
            read, last, applied, last, dict.fromkeys(done.suspended, TABLE_ERROR)
        )
        self._captured_lsn = max(self._captured_lsn, last)
        target.commit()
        return done

    def _note_exception(self, target: Target, error: StopOnError) -> None:
        """Nothing of the group is kept but the reason why the task stops."""
        target.rollback()
        self._parts.control.add_exception(target, *error.table, error.statement, error.failure.text)
        target.commit()

    def _committed(self, lsn: int) -> None:
        """The target holds everything up to ``lsn``: what was noted for it is true now."""
        self.applied_lsn = lsn
        self._parts.state.settle(lsn)
        self._parts.applier.suspended.update(self._parts.state.tables_in_state(TABLE_ERROR))

    def _say_suspended(self, schema: str, table: str, reason: str) -> None:
        self._parts.log.error(TASK_MANAGER, f"Table '{schema}'.'{table}' was suspended: {reason}")
