"""Applying a group of source transactions in one target transaction, with the error policies of the
task.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from lab.dms.agreed.settings import TaskSettings
from lab.dms.agreed.switches import Switches
from lab.dms.apply.batch import Batch
from lab.dms.apply.control_tables import ControlTables
from lab.dms.apply.ddl import Action, behind, pieces
from lab.dms.apply.ddl_replay import DdlReplay
from lab.dms.apply.execution import Executor
from lab.dms.apply.ordering import Ordering
from lab.dms.apply.policies import (
    IGNORE_RECORD,
    INSERT_RECORD,
    STOP_TASK,
    SUSPEND_TABLE,
    UPDATE_RECORD,
    Failure,
    Policies,
)
from lab.dms.apply.regroup import Identity, Runs
from lab.dms.databases.target import Target
from lab.dms.directory.state import Deltas
from lab.dms.faults import FaultBoard
from lab.dms.ground.changes import COUNTER, DELETE, INSERT, Change, Transaction
from lab.dms.ground.errors import TaskFailed
from lab.dms.ground.logs import TARGET_APPLY, TASK_MANAGER, TaskLog
from lab.dms.ground.statements import statement_text
from lab.dms.mapping.expressions import ExpressionError, Expressions
from lab.dms.transform.lobs import Lookup, split
from lab.dms.transform.masking import MaskingError
from lab.dms.transform.plan import Operation, TablePlan
from lab.dms.transform.tables import TableName, Tables

#: rows in one array; a run of alike changes that is longer is sent in several
ARRAY_LIMIT = 500


class StopOnError(TaskFailed):
    """A record failed under the policy STOP_TASK; carries what the exceptions table is to show."""

    def __init__(self, table: TableName, statement_shown: str, failure: Failure) -> None:
        self.table = table
        self.statement = statement_shown
        self.failure = failure
        super().__init__(f"Error policy STOP_TASK: {failure.text}, table '{'.'.join(table)}'")


@dataclass
class Applied:
    """What one group did to the target, valid once the target has committed."""

    counts: Deltas = field(default_factory=Counter)
    suspended: dict[TableName, str] = field(default_factory=dict)


class Applier:
    """One per task. ``suspended`` holds the source tables that are no longer applied."""

    def __init__(
        self,
        tables: Tables,
        control: ControlTables,
        policies: Policies,
        switches: Switches,
        faults: FaultBoard,
        log: TaskLog,
        settings: TaskSettings,
        lookup: Lookup | None = None,
    ) -> None:
        self._tables = tables
        self._control = control
        self._policies = policies
        self._switches = switches
        self._faults = faults
        self._log = log
        self._lookup = lookup
        self._replacements = settings.replacements
        self._ddl = DdlReplay(tables, settings.ddl, switches.unreplicated_ddl, log)
        self._batch = (
            Batch(control.task, settings.batch, switches, policies, log)
            if settings.batch.enabled
            else None
        )
        self._executor = Executor(switches.statement_limit_kb)
        self._expressions = Expressions()
        self._ordering = Ordering()
        self._unkeyed: set[TableName] = set()
        self._done_before = (0, 0)
        self.suspended: set[TableName] = set()
        for line in policies.undocumented:
            consequence = (
                "its default is used"
                if switches.undocumented_policy == "default"
                else "used as it is named"
            )
            log.warning(TASK_MANAGER, f"{line}: {consequence}")

    def apply(
        self, target: Target, transactions: Sequence[Transaction], keep_alive: Callable[[], None]
    ) -> Applied:
        """Execute everything and write the position, without committing.

        ``keep_alive`` is called between pieces of work. Raises Recoverable when the target is lost
        and StopOnError when a policy says so; the caller then rolls back.
        """
        done = Applied()
        runs = Runs(
            ARRAY_LIMIT, self._identity(target, sum(len(item.changes) for item in transactions))
        )
        applied_lsn: int | None = None
        current_lsn: int | None = None
        self._prepare_batch(target)
        self._faults.look()
        wanted = self._faults.transactions(list(self._unapplied(target, transactions)))
        for transaction in chain.from_iterable(map(pieces, wanted)):
            if transaction.end_lsn != current_lsn:
                applied_lsn, current_lsn = current_lsn, transaction.end_lsn
            if transaction.ddls:
                self._finish(target, runs, done, keep_alive)
                self._replay(target, transaction, applied_lsn, done)
            if transaction.catalogue_changed:
                self._tables.mark_stale()
            self._expressions.headers.begin(transaction)
            for change in self._faults.changes(transaction.changes):
                operation = self._operation(target, change, done)
                if operation is None:
                    continue
                for one in (
                    self._faults.operations(operation)
                    if self._faults.on_operations
                    else (operation,)
                ):
                    if self._batch is not None and self._batch.takes(one):
                        self._batch.add(one)
                    else:
                        runs.add(one)
                if runs.is_full:
                    self._execute_all(target, runs, done, keep_alive)
            keep_alive()
        self._finish(target, runs, done, keep_alive)
        self._control.set_position(target, transactions[-1].end_lsn)
        self._control.more.applied(target, transactions)
        return done

    def _identity(self, target: Target, changes: int) -> Identity | None:
        """How operations are told apart by the rows they concern; None when
        they keep their order.
        """
        if (
            self._switches.array_apply != "regrouped"
            or not self._policies.updates_may_run_ahead
            or changes < 2
        ):
            return None
        self._ordering.look(target, (mapped.target_schema for mapped in self._tables.mapped))
        return self._ordering.identity

    def _finish(
        self, target: Target, runs: Runs, done: Applied, keep_alive: Callable[[], None]
    ) -> None:
        """Execute what is still held back."""
        self._execute_all(target, runs, done, keep_alive)
        if self._batch is not None:

            def settle(
                operation: Operation, failure: Failure | None, counts: Mapping[str, int]
            ) -> None:
                self._settle(target, operation, failure, done, counts)

            self._batch.flush(
                target, settle, lambda plan: plan.source_name in done.suspended, keep_alive
            )

    def _prepare_batch(self, target: Target) -> None:
        if self._batch is not None:
            self._tables.refresh(target)
            self._batch.prepare(target, self._control.schema, self._tables.targets)

    # ---------------------------------------------------------------------- DDL

    def _unapplied(
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

    def _replay(
        self, target: Target, transaction: Transaction, applied_lsn: int | None, done: Applied
    ) -> None:
        """Replay the DDL a transaction begins with. Oracle commits what was executed before it.

        ``applied_lsn`` goes into that commit, the end of the last transaction applied in this
        group, and so does the number of changes of this one that came before: a task killed right
        then repeats nothing.
        """
        if applied_lsn is not None:
            self._control.set_position(target, applied_lsn)
        lsn, skipped = self._done_before
        count = transaction.ddls[0].before + (skipped if lsn == transaction.end_lsn else 0)
        if count:
            self._control.note_changes_done(target, transaction.end_lsn, count)

        def failed(action: Action, sql: str, failure: Failure) -> None:
            source = (action.schema, action.table)
            name = self._tables.target_name(*source) or source
            self._log.error(TARGET_APPLY, f"{failure.text}, table '{'.'.join(name)}'")
            if self._policies.decide(action.what, source, failure) == STOP_TASK:
                raise StopOnError(name, sql, failure)
            self._control.add_exception(target, *name, sql, failure.text)
            self._suspend(target, source, name, failure, done)

        def suspended(table: TableName) -> bool:
            return table in self.suspended or table in done.suspended

        for ddl in transaction.ddls:
            for table in self._ddl.replay(target, ddl, failed, suspended):
                done.counts[*table, "applied_ddls"] += 1
            self._tables.mark_stale()
        self._prepare_batch(target)

    def _suspend(
        self, target: Target, source: TableName, name: TableName, failure: Failure, done: Applied
    ) -> None:
        done.suspended[source] = failure.text
        self._control.more.suspended(target, *name, failure.text)

    # --------------------------------------------------------------- one change

    def _operation(self, target: Target, change: Change, done: Applied) -> Operation | None:
        """The operation for a change; None when there is nothing to do for it."""
        name = (change.schema, change.table)
        self._tables.refresh(target)
        plan = self._tables.plan(*name)
        if plan is not None and not plan.knows(change):
            self._tables.mark_stale()
            self._tables.refresh(target)
            plan = self._tables.plan(*name)
        if plan is None or name in self.suspended or name in done.suspended:
            return None
        values = (change.old if change.operation == DELETE else change.new) or {}
        if (
            plan.lobs.reads_source
            and self._lookup is not None
            and (missing := plan.lobs.missing(change))
        ):
            values = {**values, **self._lookup.values(plan.mapped, missing, values)}
        try:
            row = plan.row(values)
            if self._faults.on_rows:
                row = self._faults.row(change, row, plan.mapped.source)
            if self._replacements:
                row = self._with_replacements(row)
            if self._batch is not None:
                plan.lobs.empty_as_null(row)
            if not plan.accepts(change, row, self._expressions):
                return None
            if plan.changes_key(change):
                # "updates of primary key columns are ignored": AWS DMS user guide, PostgreSQL
                # source, limitations
                self._count(done, plan, change.operation)
                return None
            operation = plan.operation(change, row, self._expressions)
        except ExpressionError as error:
            failure = Failure(str(error), masking=isinstance(error, MaskingError))
            self._failed(target, plan.operation(change, row, None), failure, done)
            return None
        return operation if self._has_key(operation) else None

    def _with_replacements(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """CharacterSetSettings change every text before transformations see it."""
        return {
            name: value.translate(self._replacements) if isinstance(value, str) else value
            for name, value in row.items()
        }

    def _has_key(self, operation: Operation) -> bool:
        if operation.key or operation.operation == INSERT:
            return True
        if operation.plan.source_name not in self._unkeyed:
            self._unkeyed.add(operation.plan.source_name)
            table = ".".join(operation.plan.target_name)
            self._log.warning(
                TARGET_APPLY,
                f"Table '{table}' has no mapped key; its updates and deletes are ignored",
            )
        return False

    # ---------------------------------------------------------------- execution

    def _execute_all(
        self, target: Target, runs: Runs, done: Applied, keep_alive: Callable[[], None]
    ) -> None:
        for run in runs.take():
            self._execute(target, run, done)
            keep_alive()

    def _execute(self, target: Target, run: list[Operation], done: Applied) -> None:
        if len(run) > 1 and self._as_array(run[0]):
            failures = self._executor.execute_array(target, run)
            if failures is not None:
                for operation, failure in zip(run, failures, strict=True):
                    self._settle(target, operation, failure, done)
                return
        for operation in run:
            if operation.plan.source_name not in done.suspended:
                self._write(target, operation, done)

    def _write(self, target: Target, operation: Operation, done: Applied) -> None:
        """Execute an operation, in two steps where it inserts LOBs."""
        for step in split(operation):
            failure = self._executor.execute(target, step)
            if failure is not None:
                self._settle(target, step, failure, done)
                return
        self._settle(target, operation, None, done)

    def _as_array(self, first: Operation) -> bool:
        if self._switches.array_apply == "none" or first.plan.lobs.two_steps:
            return False
        if first.operation == INSERT:
            return self._policies.inserts_may_run_ahead
        return (
            self._switches.array_apply in ("all", "regrouped")
            and self._policies.updates_may_run_ahead
        )

    # ------------------------------------------------------------------ outcome

    def _settle(
        self,
        target: Target,
        operation: Operation,
        failure: Failure | None,
        done: Applied,
        counts: Mapping[str, int] | None = None,
    ) -> None:
        """Count what was applied, let a policy decide about what was not.

        ``counts`` are the source's changes an operation stands for, where it is not one of them
        itself.
        """
        if failure is not None and not self._failed(target, operation, failure, done):
            return
        if counts is None:
            self._count(done, operation.plan, operation.operation)
            return
        for kind, number in counts.items():
            done.counts[*operation.plan.source_name, f"applied_{COUNTER[kind]}"] += number

    @staticmethod
    def _count(done: Applied, plan: TablePlan, operation: str) -> None:
        done.counts[*plan.source_name, f"applied_{COUNTER[operation]}"] += 1

    def _failed(
        self, target: Target, operation: Operation, failure: Failure, done: Applied
    ) -> bool:
        """Do what the policy says about a record that failed; returns whether it was applied in the
        end.
        """
        table = operation.plan.source_name
        policy = self._policies.decide(operation.operation, table, failure)
        if policy == IGNORE_RECORD:
            return False
        if policy in (INSERT_RECORD, UPDATE_RECORD):
            second = self._executor.replace(target, operation)
            if second is None:
                return True
            failure = second
        shown = self._shown(operation)
        self._say(operation, failure)
        if policy == STOP_TASK:
            raise StopOnError(operation.plan.target_name, shown, failure)
        if not self._faults.keeps_back_exception(table):
            self._control.add_exception(target, *operation.plan.target_name, shown, failure.text)
        if policy == SUSPEND_TABLE:
            self._suspend(target, table, operation.plan.target_name, failure, done)
        return False

    def _shown(self, operation: Operation) -> str:
        literal = self._switches.exception_statement == "literal"
        schema, table = operation.plan.target_name
        return statement_text(
            operation.operation,
            schema,
            table,
            operation.columns,
            operation.key,
            operation.values if literal else None,
        )

    def _say(self, operation: Operation, failure: Failure) -> None:
        """The lines of a failed statement, without data."""
        table = ".".join(operation.plan.target_name)
        shown = statement_text(
            operation.operation, *operation.plan.target_name, operation.columns, operation.key, None
        )
        self._log.error(TARGET_APPLY, f"Failed to execute statement: '{shown}'")
        if failure.no_rows:
            self._log.warning(TARGET_APPLY, f"0 rows affected, table '{table}'")
            return
        if failure.code is not None:
            self._log.warning(TARGET_APPLY, f"Oracle error code is '{failure.code}' {failure.text}")
        self._log.error(TARGET_APPLY, f"{failure.text}, table '{table}'")
