"""Which error policy decides about a record the target did not take (AWS DMS user guide, error
handling settings).
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from dataclasses import dataclass
from typing import Any

from lab.dms.agreed.settings import ErrorBehavior
from lab.dms.agreed.spec import TaskSpec
from lab.dms.ground.changes import INSERT, UPDATE

IGNORE_RECORD, LOG_ERROR, SUSPEND_TABLE, STOP_TASK = (
    "IGNORE_RECORD",
    "LOG_ERROR",
    "SUSPEND_TABLE",
    "STOP_TASK",
)
INSERT_RECORD, UPDATE_RECORD = "INSERT_RECORD", "UPDATE_RECORD"

#: ORA-00001, the conflict of an insert
DUPLICATE = 1
#: too long for the column: the truncation policy. That it is this one is not established
_TRUNCATION = {1401, 12899, 1461, 1489}
#: the table as a whole cannot be used: absent, no privilege
_TABLE = {942, 1031, 4043}

#: NOT NULL, CHECK and FOREIGN KEY constraints
_CONSTRAINTS = {1400, 1407, 2290, 2291, 2292}

APPLY, DATA, TABLE = "apply", "data", "table"

_FOUR = (IGNORE_RECORD, LOG_ERROR, SUSPEND_TABLE, STOP_TASK)
#: field of ErrorBehavior -> its name in the settings, the documented values, the default
_DOCUMENTED = {
    "data_error": ("DataErrorPolicy", _FOUR, LOG_ERROR),
    "data_truncation": ("DataTruncationErrorPolicy", _FOUR, LOG_ERROR),
    "data_escalation": ("DataErrorEscalationPolicy", (SUSPEND_TABLE, STOP_TASK), SUSPEND_TABLE),
    "table_error": ("TableErrorPolicy", (SUSPEND_TABLE, STOP_TASK), SUSPEND_TABLE),
    "table_escalation": ("TableErrorEscalationPolicy", (STOP_TASK,), STOP_TASK),
    "apply_delete": ("ApplyErrorDeletePolicy", _FOUR, IGNORE_RECORD),
    "apply_insert": ("ApplyErrorInsertPolicy", (*_FOUR, INSERT_RECORD), LOG_ERROR),
    "apply_update": ("ApplyErrorUpdatePolicy", (*_FOUR, UPDATE_RECORD), LOG_ERROR),
    "apply_escalation": (
        "ApplyErrorEscalationPolicy",
        (LOG_ERROR, SUSPEND_TABLE, STOP_TASK),
        LOG_ERROR,
    ),
}


@dataclass(frozen=True)
class Failure:
    """Why a record was not taken; ``code`` is the ORA number, None when there is none (0 rows,
    driver, expression).

    ``of_table`` says that it concerns the table as a whole, whatever the number.
    """

    text: str
    code: int | None = None
    no_rows: bool = False
    masking: bool = False
    of_table: bool = False


NO_ROWS = Failure("0 rows affected", None, True)


def documented(errors: ErrorBehavior) -> tuple[ErrorBehavior, tuple[str, ...]]:
    """The policies with their defaults in place of what DMS does not list, and a line for each of
    those.
    """
    replaced: dict[str, Any] = {}
    lines = []
    for name, (setting, values, default) in _DOCUMENTED.items():
        if (value := getattr(errors, name)) not in values:
            replaced[name] = default
            lines.append(f"{setting} is '{value}', which is none of {', '.join(values)}")
    return dataclasses.replace(errors, **replaced), tuple(lines)


def policies_of(spec: TaskSpec) -> Policies:
    """The policies of a task as its settings and switches have them."""
    switches = spec.switches
    return Policies(
        spec.settings.errors, switches.constraint_violation, switches.undocumented_policy
    )


class Policies:
    """The policies of a task, with the counts that make them escalate.

    ``constraint_violation`` and ``undocumented_policy`` are switches of those names;
    ``undocumented`` has a line for every policy that its setting does not list.
    """

    def __init__(
        self,
        errors: ErrorBehavior,
        constraint_violation: str = "data",
        undocumented_policy: str = "default",
    ) -> None:
        known, self.undocumented = documented(errors)
        self._errors = known if undocumented_policy == "default" else errors
        self._constraints_apply = constraint_violation == "apply"
        self._counts: Counter[tuple[str, tuple[str, str]]] = Counter()

    @property
    def inserts_may_run_ahead(self) -> bool:
        """Whether a failed insert leaves those behind it alone, so that many
        can be sent at once.
        """
        return {
            self._errors.apply_insert,
            self._errors.data_error,
            self._errors.data_truncation,
        } <= {
            LOG_ERROR,
            IGNORE_RECORD,
        } and not self._escalates

    @property
    def updates_may_run_ahead(self) -> bool:
        """The same for updates and deletes."""
        policies = {self._errors.apply_update, self._errors.apply_delete}
        return self.inserts_may_run_ahead and policies <= {LOG_ERROR, IGNORE_RECORD}

    @property
    def insert_record(self) -> bool:
        """Whether a duplicate replaces the row it meets."""
        return self._errors.apply_insert in (INSERT_RECORD, UPDATE_RECORD)

    @property
    def update_record(self) -> bool:
        """Whether an update without a row becomes an insert."""
        return self._errors.apply_update in (INSERT_RECORD, UPDATE_RECORD)

    @property
    def ignores_missing_deletes(self) -> bool:
        return self._errors.apply_delete == IGNORE_RECORD

    def suspends(self, operation: str, failure: Failure) -> bool:
        """Whether a bulk statement that failed suspends its table at once, without a try record by
        record.
        """
        return self._policy(operation, failure)[1] == SUSPEND_TABLE

    def decide(self, operation: str, table: tuple[str, str], failure: Failure) -> str:
        """The policy for one failed record of a source table; counts it."""
        area, policy = self._policy(operation, failure)
        if area != TABLE and policy not in (LOG_ERROR, INSERT_RECORD, UPDATE_RECORD):
            return policy
        self._counts[area, table] += 1
        limit, escalated = self._escalation(area)
        return escalated if 0 < limit <= self._counts[area, table] else policy

    def _policy(self, operation: str, failure: Failure) -> tuple[str, str]:
        errors = self._errors
        if failure.no_rows or (failure.code in _CONSTRAINTS and self._constraints_apply):
            return APPLY, self._apply_policy(operation)
        if failure.code == DUPLICATE and operation == INSERT:
            return APPLY, errors.apply_insert
        if failure.masking:
            return DATA, errors.data_masking
        if failure.code in _TABLE or failure.of_table:
            return TABLE, errors.table_error
        return DATA, errors.data_truncation if failure.code in _TRUNCATION else errors.data_error

    def _apply_policy(self, operation: str) -> str:
        errors = self._errors
        return {INSERT: errors.apply_insert, UPDATE: errors.apply_update}.get(
            operation, errors.apply_delete
        )

    def _escalation(self, area: str) -> tuple[int, str]:
        if area == APPLY:
            return self._errors.apply_escalation_count, self._errors.apply_escalation
        if area == TABLE:
            return self._errors.table_escalation_count, self._errors.table_escalation
        return self._errors.data_escalation_count, self._errors.data_escalation

    @property
    def _escalates(self) -> bool:
        return bool(self._errors.apply_escalation_count or self._errors.data_escalation_count)
