"""An insert of a row with LOBs as the two statements DMS makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lab.dms.ground.changes import INSERT, UPDATE
from lab.dms.transform.plan import Operation


def split(operation: Operation) -> tuple[Operation, ...]:
    """An insert as DMS writes it: the row without its LOBs, then an update with those that are not
    NULL.

    (AWS DMS user guide, best practices, "LOB columns must be nullable on the target".) Other
    operations stay whole.
    """
    plan = operation.plan
    if operation.operation != INSERT or not plan.lobs.two_steps:
        return (operation,)
    bound = list(zip(operation.columns, operation.kinds, operation.values, strict=True))
    plain = [item for item in bound if item[0] not in plan.lobs.target]
    lobs = [item for item in bound if item[0] in plan.lobs.target and item[2] is not None]
    steps = [_part(operation, INSERT, plain, ())]
    if lobs:
        key = [item for name in plan.key for item in bound if item[0] == name]
        steps.append(_part(operation, UPDATE, lobs, key))
    return tuple(steps)


def _part(
    whole: Operation,
    kind: str,
    columns: Sequence[tuple[str, str, Any]],
    key: Sequence[tuple[str, str, Any]],
) -> Operation:
    bound = (*columns, *key)
    return Operation(
        kind,
        whole.plan,
        tuple(name for name, _, _ in columns),
        tuple(name for name, _, _ in key),
        tuple(kind for _, kind, _ in bound),
        tuple(value for _, _, value in bound),
    )
