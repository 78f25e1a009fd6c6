"""LOBs: texts without a length, JSON, arrays and bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from lab.dms.faults.catalogue import PER_CHANGE, PER_VALUE, ROW, TRANSACTION, VALUE, Given, fault
from lab.dms.faults.kinds.transactions import changes_of
from lab.dms.faults.options import whole
from lab.dms.ground.catalogue import SourceTable
from lab.dms.ground.changes import INSERT, UPDATE, Change, Transaction
from lab.dms.ground.logs import SOURCE_CAPTURE
from lab.dms.values.types import SourceTraits, dms_type

_LOB_TYPES = {"text", "citext", "json", "jsonb", "hstore", "xml", "bytea"}
_Row = dict[str, Any]
_OfRow = Callable[[Change, _Row, SourceTable], Mapping[str, Any]]


def _cut(value: Any, type_name: str, limit: int) -> Any:
    """A LOB cut to ``limit`` bytes, in the middle of whatever stands there."""
    if type_name not in _LOB_TYPES and not type_name.startswith("_"):
        return value
    content = value if isinstance(value, bytes) else str(value).encode()
    if len(content) <= limit:
        return value
    return content[:limit] if isinstance(value, bytes) else content[:limit].decode(errors="ignore")


@fault(
    VALUE,
    "lob_truncated",
    (4, 5),
    "long texts and JSON end early in Oracle; the log says so in a ]W: line",
    PER_VALUE,
    bytes=whole(4096, "how many bytes of UTF-8 are left", 1),
)
def _lob_truncated(given: Given) -> Callable[[Any, str], Any]:
    limit = given["bytes"]

    def change(value: Any, type_name: str) -> Any:
        cut = _cut(value, type_name, limit)
        if cut != value:
            length = len(value if isinstance(value, bytes) else value.encode())
            given.around.log.warning(
                SOURCE_CAPTURE,
                f"Value of a LOB column was truncated to {limit} bytes, actual length: {length} "
                f"bytes",
            )
        return cut

    return change


@fault(
    VALUE,
    "lob_truncated_silently",
    (4, 74),
    "long texts and JSON end early in Oracle, and no line of the log says so",
    PER_VALUE,
    bytes=whole(4096, "how many bytes of UTF-8 are left", 1),
)
def _lob_truncated_silently(given: Given) -> Callable[[Any, str], Any]:
    return lambda value, type_name: _cut(value, type_name, given["bytes"])


@fault(
    ROW,
    "unchanged_toast_nulled",
    (61,),
    "a long value becomes NULL in Oracle when another column of its row is updated",
    PER_CHANGE,
)
def _unchanged_toast_nulled(_: Given) -> _OfRow:
    def change(change: Change, row: _Row, table: SourceTable) -> Mapping[str, Any]:
        if change.operation != UPDATE:
            return row
        return row | {
            column.name: None for column in table.columns if column.name not in change.new
        }

    return change


@fault(
    ROW,
    "lob_updates_ignored",
    (14,),
    "long texts and JSON keep their first value in Oracle, whatever is written later",
    PER_CHANGE,
)
def _lob_updates_ignored(_: Given) -> _OfRow:
    def change(change: Change, row: _Row, table: SourceTable) -> Mapping[str, Any]:
        if change.operation != UPDATE:
            return row
        lobs = {column.name for column in table.columns if dms_type(column, SourceTraits()).is_lob}
        return {name: value for name, value in row.items() if name not in lobs}

    return change


@fault(
    TRANSACTION,
    "merged_toast_lost",
    (62,),
    "a row inserted and updated in one transaction arrives without its long values",
    PER_CHANGE,
)
def _merged_toast_lost(_: Given) -> Callable[[Transaction], list[Transaction]]:
    def change(transaction: Transaction) -> list[Transaction]:
        changes = changes_of(transaction)
        merged = _merged(changes)
        return (
            [transaction] if len(merged) == len(changes) else [replace(transaction, changes=merged)]
        )

    return change


def _merged(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Each insert that is followed by an update of the same row made one insert with the update's
    values.

    Two changes are of one row when their first columns are equal.
    """
    kept: list[Change] = []
    for change in changes:
        before = kept[-1] if kept else None
        follows = (
            before is not None
            and (before.operation, change.operation) == (INSERT, UPDATE)
            and (before.schema, before.table) == (change.schema, change.table)
            and change.old is None
            and next(iter(change.new.values())) == before.new.get(next(iter(change.new)))
        )
        if follows:
            kept[-1] = Change(INSERT, change.schema, change.table, change.new)
        else:
            kept.append(change)
    return tuple(kept)
