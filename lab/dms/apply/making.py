"""From a change to its operation, as the plans and the catalogues of the task are now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lab.dms.agreed.settings import TaskSettings
from lab.dms.apply.attempt import Attempt
from lab.dms.apply.outcomes import Outcomes
from lab.dms.apply.policies import Failure
from lab.dms.databases.target import Target
from lab.dms.faults import FaultBoard
from lab.dms.ground.changes import DELETE, INSERT, Change
from lab.dms.ground.logs import TARGET_APPLY, TaskLog
from lab.dms.mapping.expressions import ExpressionError, Expressions
from lab.dms.transform.lookup import Lookup
from lab.dms.transform.masking import MaskingError
from lab.dms.transform.plan import Operation, TablePlan
from lab.dms.transform.tables import TableName, Tables


class OperationMaker:
    """``suspended`` are the source tables that are no longer applied."""

    def __init__(
        self,
        tables: Tables,
        faults: FaultBoard,
        outcomes: Outcomes,
        log: TaskLog,
        settings: TaskSettings,
        lookup: Lookup | None,
        suspended: set[TableName],
    ) -> None:
        self._tables = tables
        self._faults = faults
        self._outcomes = outcomes
        self._log = log
        self._lookup = lookup
        self._suspended = suspended
        self._replacements = settings.replacements
        self._empty_as_null = settings.batch.enabled
        self._unkeyed: set[TableName] = set()
        self.expressions = Expressions()

    def operation(self, attempt: Attempt, change: Change) -> Operation | None:
        """The operation for a change; None when there is nothing to do for it.

        A change whose expressions cannot be evaluated is settled as a failed record.
        """
        name = (change.schema, change.table)
        plan = self._plan(attempt.target, name, change)
        if plan is None or name in self._suspended or name in attempt.done.suspended:
            return None
        values = self._values(plan, change)
        try:
            row = self._row(plan, change, values)
            if not plan.accepts(change, row, self.expressions):
                return None
            if plan.changes_key(change):
                # "updates of primary key columns are ignored": AWS DMS user guide, PostgreSQL
                # source, limitations
                attempt.done.count(plan, change.operation)
                return None
            operation = plan.operation(change, row, self.expressions)
        except ExpressionError as error:
            failure = Failure(str(error), masking=isinstance(error, MaskingError))
            self._outcomes.failed(attempt, plan.operation(change, row, None), failure)
            return None
        return operation if self._has_key(operation) else None

    def _plan(self, target: Target, name: TableName, change: Change) -> TablePlan | None:
        """The table's plan, made again where the change has a column that it does not know."""
        self._tables.refresh(target)
        plan = self._tables.plan(*name)
        if plan is not None and not plan.knows(change):
            self._tables.mark_stale()
            self._tables.refresh(target)
            plan = self._tables.plan(*name)
        return plan

    def _values(self, plan: TablePlan, change: Change) -> Mapping[str, Any]:
        """What the change brings, and what of it is to be read from the source again."""
        values = (change.old if change.operation == DELETE else change.new) or {}
        if (
            plan.lobs.reads_source
            and self._lookup is not None
            and (missing := plan.lobs.missing(change))
        ):
            values = {**values, **self._lookup.values(plan.mapped, missing, values)}
        doubtful = [name for name in sorted(plan.json_columns) if values.get(name, "") is None]
        if doubtful and change.operation != DELETE and self._lookup is not None:
            values = {**values, **self._lookup.json_nulls(plan.mapped, doubtful, values)}
        return values

    def _row(self, plan: TablePlan, change: Change, values: Mapping[str, Any]) -> dict[str, Any]:
        """DMS values by source column, before transformations see them."""
        row = plan.row(values)
        if self._faults.on_rows:
            row = self._faults.row(change, row, plan.mapped.source)
        if self._replacements:
            row = self._with_replacements(row)
        if self._empty_as_null:
            plan.lobs.empty_as_null(row)
        return row

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
