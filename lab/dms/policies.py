"""Which error policy decides about a record the target did not take (AWS DMS user guide, error handling settings)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from lab.dms.changes import INSERT, UPDATE
from lab.dms.settings import ErrorBehavior

IGNORE_RECORD, LOG_ERROR, SUSPEND_TABLE, STOP_TASK = "IGNORE_RECORD", "LOG_ERROR", "SUSPEND_TABLE", "STOP_TASK"
INSERT_RECORD, UPDATE_RECORD = "INSERT_RECORD", "UPDATE_RECORD"

#: ORA-00001, the conflict of an insert
DUPLICATE = 1
#: too long for the column: the truncation policy. That it is this one is not established
_TRUNCATION = {1401, 12899, 1461, 1489}
#: the table as a whole cannot be used: absent, no privilege
_TABLE = {942, 1031, 4043}

APPLY, DATA, TABLE = "apply", "data", "table"


@dataclass(frozen=True)
class Failure:
    """Why a record was not taken; ``code`` is the ORA number, None when there is none (0 rows, driver, expression)."""

    text: str
    code: int | None = None
    no_rows: bool = False
    masking: bool = False


NO_ROWS = Failure("0 rows affected", None, True)


class Policies:
    """The policies of a task, with the counts that make them escalate."""

    def __init__(self, errors: ErrorBehavior) -> None:
        self._errors = errors
        self._counts: Counter[tuple[str, tuple[str, str]]] = Counter()

    @property
    def inserts_may_run_ahead(self) -> bool:
        """Whether a failed insert leaves those behind it alone, so that many can be sent at once."""
        return {self._errors.apply_insert, self._errors.data_error, self._errors.data_truncation} <= {
            LOG_ERROR,
            IGNORE_RECORD,
        } and not self._escalates

    @property
    def updates_may_run_ahead(self) -> bool:
        """The same for updates and deletes."""
        policies = {self._errors.apply_update, self._errors.apply_delete}
        return self.inserts_may_run_ahead and policies <= {LOG_ERROR, IGNORE_RECORD}

    def decide(self, operation: str, table: tuple[str, str], failure: Failure) -> str:
        """The policy for one failed record of a source table; counts it."""
        area, policy = self._policy(operation, failure)
        if area == TABLE or policy not in (LOG_ERROR, INSERT_RECORD, UPDATE_RECORD):
            return policy
        self._counts[area, table] += 1
        limit, escalated = self._escalation(area)
        return escalated if 0 < limit <= self._counts[area, table] else policy

    def _policy(self, operation: str, failure: Failure) -> tuple[str, str]:
        errors = self._errors
        if failure.no_rows:
            return APPLY, errors.apply_update if operation == UPDATE else errors.apply_delete
        if failure.code == DUPLICATE and operation == INSERT:
            return APPLY, errors.apply_insert
        if failure.masking:
            return DATA, errors.data_masking
        if failure.code in _TABLE:
            return TABLE, errors.table_error
        return DATA, errors.data_truncation if failure.code in _TRUNCATION else errors.data_error

    def _escalation(self, area: str) -> tuple[int, str]:
        if area == APPLY:
            return self._errors.apply_escalation_count, self._errors.apply_escalation
        return self._errors.data_escalation_count, self._errors.data_escalation

    @property
    def _escalates(self) -> bool:
        return bool(self._errors.apply_escalation_count or self._errors.data_escalation_count)
