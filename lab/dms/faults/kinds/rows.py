"""Rows whose values stand in other columns, or nowhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lab.dms.faults.catalogue import PER_CHANGE, ROW, Given, fault
from lab.dms.faults.options import text
from lab.dms.ground.catalogue import SourceTable
from lab.dms.ground.changes import UPDATE, Change

_Row = dict[str, Any]
_OfRow = Callable[[Change, _Row, SourceTable], Mapping[str, Any]]
_COLUMN = text(None, "the column, as the source names it", required=True)


@fault(
    ROW,
    "columns_swapped",
    (37, 25),
    "the values of two columns stand in each other's place in Oracle",
    PER_CHANGE,
    column=_COLUMN,
    other=text(None, "the other column", required=True),
)
def _columns_swapped(given: Given) -> _OfRow:
    one, other = given["column"], given["other"]

    def change(_: Change, row: _Row, __: SourceTable) -> Mapping[str, Any]:
        return row | {one: row[other], other: row[one]} if {one, other} <= row.keys() else row

    return change


@fault(
    ROW,
    "columns_misaligned",
    (37,),
    "as after a dropped column: from one column on, every column holds the value of the next one "
    "in Oracle",
    PER_CHANGE,
    column=text(None, "the first column with the value of the next one", required=True),
)
def _columns_misaligned(given: Given) -> _OfRow:
    def change(_: Change, row: _Row, table: SourceTable) -> Mapping[str, Any]:
        later = _from(given["column"], row, table)
        values = [row[name] for name in later[1:]] + [None]
        return row | dict(zip(later, values, strict=False))

    return change


@fault(
    ROW,
    "later_columns_lost",
    (37,),
    "as after a dropped column: the columns from one on are not written to Oracle any more",
    PER_CHANGE,
    column=text(None, "the first column that is not written", required=True),
)
def _later_columns_lost(given: Given) -> _OfRow:
    def change(_: Change, row: _Row, table: SourceTable) -> Mapping[str, Any]:
        later = _from(given["column"], row, table)
        return {name: value for name, value in row.items() if name not in later}

    return change


@fault(ROW, "column_nulled", (27, 61), "one column is NULL in Oracle", PER_CHANGE, column=_COLUMN)
def _column_nulled(given: Given) -> _OfRow:
    def change(_: Change, row: _Row, __: SourceTable) -> Mapping[str, Any]:
        return row | {given["column"]: None} if given["column"] in row else row

    return change


@fault(
    ROW,
    "column_not_written",
    (25, 27),
    "one column is never written to Oracle: NULL in new rows, what it was in old ones",
    PER_CHANGE,
    column=_COLUMN,
)
def _column_not_written(given: Given) -> _OfRow:
    def change(_: Change, row: _Row, __: SourceTable) -> Mapping[str, Any]:
        return {name: value for name, value in row.items() if name != given["column"]}

    return change


@fault(
    ROW,
    "null_not_written",
    (43, 64),
    "a value set to NULL keeps what it was in Oracle",
    PER_CHANGE,
)
def _null_not_written(_: Given) -> _OfRow:
    def change(change: Change, row: _Row, __: SourceTable) -> Mapping[str, Any]:
        return (
            {name: value for name, value in row.items() if value is not None}
            if change.operation == UPDATE
            else row
        )

    return change


def _from(first: str, row: _Row, table: SourceTable) -> list[str]:
    """The columns of the row from one on, in the order of the table; none when it is not among
    them.
    """
    names = [column.name for column in table.columns if column.name in row]
    return names[names.index(first) :] if first in names else []
