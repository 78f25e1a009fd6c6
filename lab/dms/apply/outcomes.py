"""What becomes of an operation the target took, and of one it did not take."""

from __future__ import annotations

from collections.abc import Mapping

from lab.dms.agreed.switches import Switches
from lab.dms.apply.attempt import Attempt
from lab.dms.apply.control_tables import ControlTables
from lab.dms.apply.execution import Executor
from lab.dms.apply.policies import (
    IGNORE_RECORD,
    INSERT_RECORD,
    STOP_TASK,
    SUSPEND_TABLE,
    UPDATE_RECORD,
    Failure,
    Policies,
)
from lab.dms.faults import FaultBoard
from lab.dms.ground.errors import TaskFailed
from lab.dms.ground.logs import TARGET_APPLY, TaskLog
from lab.dms.ground.statements import statement_text
from lab.dms.transform.plan import Operation
from lab.dms.transform.tables import TableName


class StopOnError(TaskFailed):
    """A record failed under the policy STOP_TASK; carries what the exceptions table is to show."""

    def __init__(self, table: TableName, statement_shown: str, failure: Failure) -> None:
        self.table = table
        self.statement = statement_shown
        self.failure = failure
        super().__init__(f"Error policy STOP_TASK: {failure.text}, table '{'.'.join(table)}'")


class Outcomes:
    """Counts what was applied, and lets the task's policies decide about what was not."""

    def __init__(
        self,
        control: ControlTables,
        policies: Policies,
        switches: Switches,
        faults: FaultBoard,
        log: TaskLog,
        executor: Executor,
    ) -> None:
        self._control = control
        self._policies = policies
        self._switches = switches
        self._faults = faults
        self._log = log
        self._executor = executor

    def settle(
        self,
        attempt: Attempt,
        operation: Operation,
        failure: Failure | None,
        counts: Mapping[str, int] | None = None,
    ) -> None:
        """Count what was applied, let a policy decide about what was not.

        ``counts`` are the source's changes an operation stands for, where it is not one of them
        itself. Raises StopOnError when a policy says so.
        """
        if failure is not None and not self.failed(attempt, operation, failure):
            return
        if counts is None:
            attempt.done.count(operation.plan, operation.operation)
            return
        for kind, number in counts.items():
            attempt.done.count(operation.plan, kind, number)

    def failed(self, attempt: Attempt, operation: Operation, failure: Failure) -> bool:
        """Do what the policy says about a record that failed; returns whether it was applied in the
        end.
        """
        table = operation.plan.source_name
        policy = self._policies.decide(operation.operation, table, failure)
        if policy == IGNORE_RECORD:
            return False
        if policy in (INSERT_RECORD, UPDATE_RECORD):
            second = self._executor.replace(attempt.target, operation)
            if second is None:
                return True
            failure = second
        shown = self._shown(operation)
        self._say(operation, failure)
        if policy == STOP_TASK:
            raise StopOnError(operation.plan.target_name, shown, failure)
        if not self._faults.keeps_back_exception(table):
            self._control.add_exception(
                attempt.target, *operation.plan.target_name, shown, failure.text
            )
        if policy == SUSPEND_TABLE:
            self.suspend(attempt, table, operation.plan.target_name, failure)
        return False

    def suspend(
        self, attempt: Attempt, source: TableName, name: TableName, failure: Failure
    ) -> None:
        """Nothing more of a source table is applied, once this attempt is committed."""
        attempt.done.suspended[source] = failure.text
        self._control.more.suspended(attempt.target, *name, failure.text)

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
