"""DDL in the middle of a group. Oracle commits what was executed before it, so a task killed right
then finds in the target how far it had come.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lab.dms.apply.attempt import Attempt
from lab.dms.apply.control_tables import ControlTables
from lab.dms.apply.ddl import Action, behind
from lab.dms.apply.ddl_replay import DdlReplay
from lab.dms.apply.outcomes import Outcomes, StopOnError
from lab.dms.apply.policies import STOP_TASK, Failure, Policies
from lab.dms.databases.target import Target
from lab.dms.ground.changes import Transaction
from lab.dms.ground.logs import TARGET_APPLY, TaskLog
from lab.dms.transform.tables import TableName, Tables


class DdlCommits:
    """``suspended`` are the source tables that are no longer applied."""

    def __init__(
        self,
        tables: Tables,
        control: ControlTables,
        replay: DdlReplay,
        policies: Policies,
        outcomes: Outcomes,
        log: TaskLog,
        suspended: set[TableName],
    ) -> None:
        self._tables = tables
        self._control = control
        self._replay = replay
        self._policies = policies
        self._outcomes = outcomes
        self._log = log
        self._suspended = suspended
        self._done_before = (0, 0)

    def unapplied(
        self, target: Target, transactions: Sequence[Transaction]
    ) -> Iterator[Transaction]:
        """The transactions without what a killed task had committed of the first one, which only
        DDL can do.
        """
        for number, transaction in enumerate(transactions):
            done = 0
            if number == 0 and transaction.ddls:
                done = self._control.changes_done(target, transaction.end_lsn)
                self._done_before = (transaction.end_lsn, done)
            yield behind(transaction, done)

    def replay(self, attempt: Attempt, transaction: Transaction, applied_lsn: int | None) -> None:
        """Replay the DDL a transaction begins with. Oracle commits what was executed before it.

        ``applied_lsn`` goes into that commit, the end of the last transaction applied in this
        group, and so does the number of changes of this one that came before: a task killed right
        then repeats nothing. Raises StopOnError when a policy says so.
        """
        target, done = attempt.target, attempt.done
        if applied_lsn is not None:
            self._control.set_position(target, applied_lsn)
        lsn, skipped = self._done_before
        count = transaction.ddls[0].before + (skipped if lsn == transaction.end_lsn else 0)
        if count:
            self._control.note_changes_done(target, transaction.end_lsn, count)

        def failed(action: Action, sql: str, failure: Failure) -> None:
            self._failed(attempt, action, sql, failure)

        def suspended(table: TableName) -> bool:
            return table in self._suspended or table in done.suspended

        for ddl in transaction.ddls:
            for table in self._replay.replay(target, ddl, failed, suspended):
                done.counts[*table, "applied_ddls"] += 1
            self._tables.mark_stale()

    def _failed(self, attempt: Attempt, action: Action, sql: str, failure: Failure) -> None:
        source = (action.schema, action.table)
        name = self._tables.target_name(*source) or source
        self._log.error(TARGET_APPLY, f"{failure.text}, table '{'.'.join(name)}'")
        if self._policies.decide(action.what, source, failure) == STOP_TASK:
            raise StopOnError(name, sql, failure)
        self._control.add_exception(attempt.target, *name, sql, failure.text)
        self._outcomes.suspend(attempt, source, name, failure)
