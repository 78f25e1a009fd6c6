"""Operations as statements on the target, singly or as arrays; failures come back as values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lab.dms.changes import DELETE, INSERT
from lab.dms.policies import NO_ROWS, Failure
from lab.dms.statements import statement
from lab.dms.target import Target, TargetError
from lab.dms.transform import Operation


class Executor:
    """``limit_kb`` is the largest statement that transactional apply takes, 0 for no limit.

    Every method raises TargetLost when the session is lost.
    """

    def __init__(self, limit_kb: float) -> None:
        self._limit = limit_kb * 1024

    def execute(self, target: Target, operation: Operation) -> Failure | None:
        """Execute one operation; returns why it failed, None when it did not."""
        if self._too_large(operation):
            return Failure("ORA-01460: unimplemented or unreasonable conversion requested", 1460)
        try:
            count = target.execute(_sql(operation), operation.values, operation.kinds)
        except TargetError as error:
            return Failure(error.text, error.code)
        return _judged(operation, count)

    def execute_array(self, target: Target, run: Sequence[Operation]) -> list[Failure | None] | None:
        """Execute operations of one shape at once; returns the outcome of each.

        None means that nothing was done and each has to be executed on its own: one of them is too large, or the
        array was refused as a whole (the driver could not encode a value, the table is gone).
        """
        if any(self._too_large(operation) for operation in run):
            return None
        try:
            counts, errors = target.execute_many(_sql(run[0]), [item.values for item in run], run[0].kinds)
        except TargetError:
            return None
        return [
            Failure(errors[index].text, errors[index].code) if index in errors else _judged(operation, counts[index])
            for index, operation in enumerate(run)
        ]

    def replace(self, target: Target, operation: Operation) -> Failure | None:
        """INSERT_RECORD and UPDATE_RECORD: delete what is there under the key, then insert."""
        bound = list(zip(operation.kinds, operation.values, strict=True))[: len(operation.columns)]
        by_name = dict(zip(operation.columns, bound, strict=True))
        if not operation.plan.key or not by_name.keys() >= set(operation.plan.key):
            return Failure("the row's key is not among the values to insert")
        key = [by_name[name] for name in operation.plan.key]
        for step in (
            Operation(DELETE, operation.plan, (), operation.plan.key, *_unzipped(key)),
            Operation(INSERT, operation.plan, operation.columns, (), *_unzipped(bound)),
        ):
            failure = self.execute(target, step)
            if failure is not None and not failure.no_rows:
                return failure
        return None

    def _too_large(self, operation: Operation) -> bool:
        # "a DML statement above 32 KB fails with ORA-01460": AWS DMS user guide, Oracle target, limitations
        sized = [
            value
            for value, kind in zip(operation.values, operation.kinds, strict=True)
            if isinstance(value, str | bytes) and not kind.endswith("lob")
        ]
        # no character takes more than four bytes: most rows need not be encoded to be counted
        if not self._limit or sum(map(len, sized)) * 4 <= self._limit:
            return False
        return sum(len(value.encode() if isinstance(value, str) else value) for value in sized) > self._limit


def _judged(operation: Operation, count: int) -> Failure | None:
    return NO_ROWS if count == 0 and operation.operation != INSERT else None


def _sql(operation: Operation) -> str:
    return statement(operation.operation, *operation.plan.target_name, operation.columns, operation.key)


def _unzipped(bound: Sequence[tuple[str, Any]]) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    return tuple(kind for kind, _ in bound), tuple(value for _, value in bound)
