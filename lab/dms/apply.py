"""Applying a group of source transactions in one target transaction, with the error policies of the task."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from lab.dms.changes import COUNTER, DELETE, INSERT, Change, Transaction
from lab.dms.control_tables import ControlTables
from lab.dms.errors import TaskFailed
from lab.dms.execution import Executor
from lab.dms.expressions import ExpressionError, Expressions
from lab.dms.faults import FaultBoard
from lab.dms.logs import TARGET_APPLY, TaskLog
from lab.dms.ordering import Ordering
from lab.dms.policies import (
    IGNORE_RECORD,
    INSERT_RECORD,
    STOP_TASK,
    SUSPEND_TABLE,
    UPDATE_RECORD,
    Failure,
    Policies,
)
from lab.dms.regroup import Identity, Runs
from lab.dms.state import Deltas
from lab.dms.statements import statement_text
from lab.dms.switches import Switches
from lab.dms.tables import TableName, Tables
from lab.dms.target import Target
from lab.dms.transform import Operation, TablePlan

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
    ) -> None:
        self._tables = tables
        self._control = control
        self._policies = policies
        self._switches = switches
        self._faults = faults
        self._log = log
        self._executor = Executor(switches.statement_limit_kb)
        self._expressions = Expressions()
        self._ordering = Ordering()
        self._unkeyed: set[TableName] = set()
        self.suspended: set[TableName] = set()

    def apply(self, target: Target, transactions: Sequence[Transaction], keep_alive: Callable[[], None]) -> Applied:
        """Execute everything and write the position, without committing.

        ``keep_alive`` is called between pieces of work. Raises Recoverable when the target is lost and StopOnError
        when a policy says so; the caller then rolls back.
        """
        done = Applied()
        runs = Runs(ARRAY_LIMIT, self._identity(target, sum(len(item.changes) for item in transactions)))
        for transaction in transactions:
            self._faults.look()
            if self._faults.transaction_lost(transaction):
                continue
            if transaction.catalogue_changed:
                self._tables.mark_stale()
            for change in self._faults.changes(transaction.changes):
                operation = self._operation(target, change, done)
                if operation is None:
                    continue
                runs.add(operation)
                if runs.is_full:
                    self._execute_all(target, runs, done, keep_alive)
            keep_alive()
        self._execute_all(target, runs, done, keep_alive)
        self._control.set_position(target, transactions[-1].end_lsn)
        return done

    def _identity(self, target: Target, changes: int) -> Identity | None:
        """How operations are told apart by the rows they concern; None when they keep their order."""
        if self._switches.array_apply != "regrouped" or not self._policies.updates_may_run_ahead or changes < 2:
            return None
        self._ordering.look(target, (mapped.target_schema for mapped in self._tables.mapped))
        return self._ordering.identity

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
        try:
            row = plan.row(values, self._faults.value)
            if plan.mapped.filters and not self._expressions.accepts(plan.mapped.filters, row):
                return None
            if plan.changes_key(change):
                # "updates of primary key columns are ignored": AWS DMS user guide, PostgreSQL source, limitations
                self._count(done, plan, change.operation)
                return None
            operation = plan.operation(change, row, self._expressions)
        except ExpressionError as error:
            self._failed(target, plan.operation(change, row, None), Failure(str(error)), done)
            return None
        return operation if self._has_key(operation) else None

    def _has_key(self, operation: Operation) -> bool:
        if operation.key or operation.operation == INSERT:
            return True
        if operation.plan.source_name not in self._unkeyed:
            self._unkeyed.add(operation.plan.source_name)
            table = ".".join(operation.plan.target_name)
            self._log.warning(TARGET_APPLY, f"Table '{table}' has no mapped key; its updates and deletes are ignored")
        return False

    # ---------------------------------------------------------------- execution

    def _execute_all(self, target: Target, runs: Runs, done: Applied, keep_alive: Callable[[], None]) -> None:
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
                self._settle(target, operation, self._executor.execute(target, operation), done)

    def _as_array(self, first: Operation) -> bool:
        if self._switches.array_apply == "none":
            return False
        if first.operation == INSERT:
            return self._policies.inserts_may_run_ahead
        return self._switches.array_apply in ("all", "regrouped") and self._policies.updates_may_run_ahead

    # ------------------------------------------------------------------ outcome

    def _settle(self, target: Target, operation: Operation, failure: Failure | None, done: Applied) -> None:
        if failure is None:
            self._count(done, operation.plan, operation.operation)
        else:
            self._failed(target, operation, failure, done)

    @staticmethod
    def _count(done: Applied, plan: TablePlan, operation: str) -> None:
        done.counts[*plan.source_name, f"applied_{COUNTER[operation]}"] += 1

    def _failed(self, target: Target, operation: Operation, failure: Failure, done: Applied) -> None:
        table = operation.plan.source_name
        policy = self._policies.decide(operation.operation, table, failure)
        if policy == IGNORE_RECORD:
            return
        if policy in (INSERT_RECORD, UPDATE_RECORD):
            second = self._executor.replace(target, operation)
            if second is None:
                self._count(done, operation.plan, operation.operation)
                return
            failure = second
        shown = self._shown(operation)
        self._say(operation, failure)
        if policy == STOP_TASK:
            raise StopOnError(operation.plan.target_name, shown, failure)
        self._control.add_exception(target, *operation.plan.target_name, shown, failure.text)
        if policy == SUSPEND_TABLE:
            done.suspended[table] = failure.text

    def _shown(self, operation: Operation) -> str:
        literal = self._switches.exception_statement == "literal"
        schema, table = operation.plan.target_name
        return statement_text(
            operation.operation, schema, table, operation.columns, operation.key, operation.values if literal else None
        )

    def _say(self, operation: Operation, failure: Failure) -> None:
        """The lines of a failed statement, without data."""
        table = ".".join(operation.plan.target_name)
        shown = statement_text(operation.operation, *operation.plan.target_name, operation.columns, operation.key, None)
        self._log.error(TARGET_APPLY, f"Failed to execute statement: '{shown}'")
        if failure.no_rows:
            self._log.warning(TARGET_APPLY, f"0 rows affected, table '{table}'")
            return
        if failure.code is not None:
            self._log.warning(TARGET_APPLY, f"Oracle error code is '{failure.code}' {failure.text}")
        self._log.error(TARGET_APPLY, f"{failure.text}, table '{table}'")
