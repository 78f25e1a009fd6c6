"""Operations as statements on the target, singly or as arrays; failures come back as values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lab.dms.apply.policies import NO_ROWS, Failure
from lab.dms.databases.target import Target, TargetError
from lab.dms.ground.changes import DELETE, INSERT
from lab.dms.ground.statements import statement
from lab.dms.transform.plan import Operation


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
        sql, values, kinds = _sql(operation), operation.values, operation.kinds
        if operation.key and _has_null_key(operation):
            sql, values, kinds = _with_null_key(operation)
        try:
            count = target.execute(sql, values, kinds)
        except TargetError as error:
            return Failure(error.text, error.code)
        return _judged(operation, count)

    def execute_array(
        self, target: Target, run: Sequence[Operation]
    ) -> list[Failure | None] | None:
        """Execute operations of one shape at once; returns the outcome of each.

        None means that nothing was done and each has to be executed on its own: one of them is too
        large, or the array was refused as a whole (the driver could not encode a value, the table
        is gone).
        """
        if any(self._too_large(operation) or _has_null_key(operation) for operation in run):
            return None
        try:
            counts, errors = target.execute_many(
                _sql(run[0]), [item.values for item in run], run[0].kinds
            )
        except TargetError:
            return None
        return [
            Failure(errors[index].text, errors[index].code)
            if index in errors
            else _judged(operation, counts[index])
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
        # "a DML statement above 32 KB fails with ORA-01460": AWS DMS user guide, Oracle target,
        # limitations
        sized = [
            value
            for value, kind in zip(operation.values, operation.kinds, strict=True)
            if isinstance(value, str | bytes) and not kind.endswith("lob")
        ]
        # no character takes more than four bytes: most rows need not be encoded to be counted
        if not self._limit or sum(map(len, sized)) * 4 <= self._limit:
            return False
        return (
            sum(len(value.encode() if isinstance(value, str) else value) for value in sized)
            > self._limit
        )


def _judged(operation: Operation, count: int) -> Failure | None:
    return NO_ROWS if count == 0 and operation.operation != INSERT else None


def _sql(operation: Operation) -> str:
    return statement(
        operation.operation, *operation.plan.target_name, operation.columns, operation.key
    )


def _has_null_key(operation: Operation) -> bool:
    return bool(operation.key) and None in operation.values[len(operation.columns) :]


def _with_null_key(operation: Operation) -> tuple[str, tuple[Any, ...], tuple[str, ...]]:
    """A statement for a key with NULLs in it, which concerns every row that has them (Qlik
    Replicate, limitations).
    """
    count = len(operation.columns)
    key = list(zip(operation.key, operation.kinds[count:], operation.values[count:], strict=True))
    known = [item for item in key if item[2] is not None]
    sql = statement(
        operation.operation,
        *operation.plan.target_name,
        operation.columns,
        tuple(name for name, _, _ in known),
        tuple(name for name, _, value in key if value is None),
    )
    values = operation.values[:count] + tuple(value for _, _, value in known)
    return sql, values, operation.kinds[:count] + tuple(kind for _, kind, _ in known)


def _unzipped(bound: Sequence[tuple[str, Any]]) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    return tuple(kind for kind, _ in bound), tuple(value for _, value in bound)
