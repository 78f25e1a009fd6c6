"""Statements that reach the target as other statements."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from lab.dms.faults.catalogue import OPERATION, PER_CHANGE, Given, fault
from lab.dms.faults.options import text, whole
from lab.dms.ground.changes import DELETE, INSERT, UPDATE
from lab.dms.transform.plan import Operation

_OfOperation = Callable[[Operation], list[Operation]]
_DIGITS = ("0123456789abcdef", "0123456789ABCDEF")


def _keyed_elsewhere(operation: Operation, by: int) -> list[Operation]:
    """The same with a key whose last part is ``by`` further; its columns keep the key it has."""
    columns = len(operation.columns)
    key = operation.values[columns:]
    if not key:
        return [operation]
    elsewhere = (*operation.values[:columns], *key[:-1], _further(key[-1], by))
    return [replace(operation, values=elsewhere)]


def _further(value: object, by: int) -> object:
    """A value of the same type that is ``by`` behind: of a text the last character, of a UUID its
    last digit, of a date the day.
    """
    if isinstance(value, int | Decimal):
        return value + by
    if isinstance(value, date):
        return value + timedelta(days=by)
    if isinstance(value, bytes) and value:
        return value[:-1] + bytes([(value[-1] + by) % 256])
    if isinstance(value, str) and value:
        last = value[-1]
        digits = next((digits for digits in _DIGITS if last in digits), "")
        if digits:
            return value[:-1] + digits[(digits.index(last) + by) % len(digits)]
        return value[:-1] + chr(ord(last) + by)
    return value


@fault(
    OPERATION,
    "wrong_row_updated",
    (77,),
    "an update changes the values of the neighbouring row in Oracle, its own stays as it was",
    PER_CHANGE,
    by=whole(1, "how far away the other row's key is"),
)
def _wrong_row_updated(given: Given) -> _OfOperation:
    def change(operation: Operation) -> list[Operation]:
        if operation.operation != UPDATE:
            return [operation]
        kept = [
            (name, kind, value)
            for name, kind, value in zip(
                operation.columns, operation.kinds, operation.values, strict=False
            )
            if name not in operation.key
        ]
        count = len(operation.columns)
        keyless = replace(
            operation,
            columns=tuple(item[0] for item in kept),
            kinds=tuple(item[1] for item in kept) + operation.kinds[count:],
            values=tuple(item[2] for item in kept) + operation.values[count:],
        )
        return _keyed_elsewhere(keyless, given["by"])

    return change


@fault(
    OPERATION,
    "wrong_row_deleted",
    (77,),
    "a delete removes the neighbouring row in Oracle, its own stays",
    PER_CHANGE,
    by=whole(1, "how far away the other row's key is"),
)
def _wrong_row_deleted(given: Given) -> _OfOperation:
    return lambda one: _keyed_elsewhere(one, given["by"]) if one.operation == DELETE else [one]


@fault(
    OPERATION,
    "value_under_wrong_name",
    (25, 66),
    "the values of one column are written to another column in Oracle",
    PER_CHANGE,
    column=text(None, "the column, as the target names it", required=True),
    into=text(None, "the column of the target that gets its values", required=True),
)
def _value_under_wrong_name(given: Given) -> _OfOperation:
    column, into = given["column"], given["into"]

    def change(operation: Operation) -> list[Operation]:
        names = operation.columns
        if column not in names:
            return [operation]
        kept = [position for position, name in enumerate(names) if name != into]
        binds = [*kept, *range(len(names), len(operation.values))]
        return [
            replace(
                operation,
                columns=tuple(
                    into if names[position] == column else names[position] for position in kept
                ),
                kinds=tuple(operation.kinds[position] for position in binds),
                values=tuple(operation.values[position] for position in binds),
            )
        ]

    return change


@fault(
    OPERATION,
    "unmapped_column_nulled",
    (70,),
    "a column that only Oracle has is NULL after the row was written",
    PER_CHANGE,
    column=text(None, "the column, as the target names it", required=True),
)
def _unmapped_column_nulled(given: Given) -> _OfOperation:
    column = given["column"]

    def change(operation: Operation) -> list[Operation]:
        if operation.operation == DELETE or column in operation.columns:
            return [operation]
        count = len(operation.columns)
        return [
            replace(
                operation,
                columns=(*operation.columns, column),
                kinds=(*operation.kinds[:count], "text", *operation.kinds[count:]),
                values=(*operation.values[:count], None, *operation.values[count:]),
            )
        ]

    return change


@fault(
    OPERATION,
    "insert_deletes_first",
    (67,),
    "an insert replaces a row that Oracle has under its key, columns that only Oracle has are lost",
    PER_CHANGE,
)
def _insert_deletes_first(_: Given) -> _OfOperation:
    def change(operation: Operation) -> list[Operation]:
        key = operation.plan.key
        if operation.operation != INSERT or not key or not set(key) <= set(operation.columns):
            return [operation]
        places = [operation.columns.index(name) for name in key]
        delete = Operation(
            DELETE,
            operation.plan,
            (),
            key,
            tuple(operation.kinds[place] for place in places),
            tuple(operation.values[place] for place in places),
        )
        return [delete, operation]

    return change
