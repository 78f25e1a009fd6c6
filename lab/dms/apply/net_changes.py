"""What a batch of operations amounts to, one record for each key of each table.

Batch apply executes net changes: per table the deletes, then the inserts, then the updates.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

from lab.dms.ground.changes import DELETE, INSERT, UPDATE
from lab.dms.ground.statements import Names
from lab.dms.transform.plan import Operation
from lab.dms.transform.tables import TableName

Bound = dict[str, tuple[str, Any]]


@dataclass
class Net:
    """The record of one key: a delete, a write, or both when a deleted row was inserted anew.

    ``counts`` are the source's changes that went into it, by operation.
    """

    delete: Operation | None = None
    write: Operation | None = None
    counts: Counter[str] = field(default_factory=Counter)


class NetChanges:
    """Takes operations in the order of the source; tables and keys keep the order of their first
    change.
    """

    def __init__(self) -> None:
        self.tables: dict[TableName, dict[tuple[Any, ...], Net]] = {}

    def add(self, operation: Operation) -> None:
        records = self.tables.setdefault(operation.plan.target_name, {})
        net = records.setdefault(key_of(operation), Net())
        net.counts[operation.operation] += 1
        if operation.operation == DELETE:
            net.delete, net.write = operation, None
        elif net.write is None or operation.operation == INSERT:
            net.write = operation
        else:
            net.write = _merged(net.write, operation)

    def clear(self) -> None:
        self.tables = {}


def key_of(operation: Operation) -> tuple[Any, ...]:
    """The values of the target's key."""
    if operation.key:
        return operation.values[len(operation.columns) :]
    bound = bound_of(operation)
    return tuple(bound.get(name, ("", None))[1] for name in operation.plan.key)


def bound_of(operation: Operation) -> Bound:
    """Kind and value of every column the operation writes."""
    return dict(
        zip(operation.columns, zip(operation.kinds, operation.values, strict=False), strict=False)
    )


def delete_of(operation: Operation) -> Operation:
    """The delete of the row an insert or update writes."""
    bound = bound_of(operation)
    key = operation.plan.key
    if operation.key:
        count = len(operation.columns)
        return replace(
            operation,
            operation=DELETE,
            columns=(),
            kinds=operation.kinds[count:],
            values=operation.values[count:],
        )
    kinds, values = tuple(bound[name][0] for name in key), tuple(bound[name][1] for name in key)
    return Operation(DELETE, operation.plan, (), key, kinds, values)


def insert_of(operation: Operation) -> Operation:
    """An update as the insert of the same values."""
    count = len(operation.columns)
    return Operation(
        INSERT,
        operation.plan,
        operation.columns,
        (),
        operation.kinds[:count],
        operation.values[:count],
    )


def with_nulls(operation: Operation, more: Names) -> Operation:
    """An update that sets ``more`` columns to NULL besides its own."""
    count = len(operation.columns)
    kinds = (*operation.kinds[:count], *("text" for _ in more), *operation.kinds[count:])
    values = (*operation.values[:count], *(None for _ in more), *operation.values[count:])
    return replace(operation, columns=(*operation.columns, *more), kinds=kinds, values=values)


def _merged(earlier: Operation, later: Operation) -> Operation:
    """An insert or update with what a later update of the same row says."""
    bound = bound_of(earlier) | bound_of(later)
    key = () if earlier.operation == INSERT else later.key
    tail = len(later.columns)
    kinds = tuple(kind for kind, _ in bound.values()) + (later.kinds[tail:] if key else ())
    values = tuple(value for _, value in bound.values()) + (later.values[tail:] if key else ())
    return Operation(
        INSERT if earlier.operation == INSERT else UPDATE,
        later.plan,
        tuple(bound),
        key,
        kinds,
        values,
    )
