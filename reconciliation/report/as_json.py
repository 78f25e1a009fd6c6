"""The machine-readable rendering: stable keys, a schema version, plain JSON types."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from enum import Enum
from itertools import zip_longest
from typing import TYPE_CHECKING

from reconciliation.describe import describe, digest, is_hidden, is_sensitive, unreadable_words
from reconciliation.model import Difference, Document, TableResult, UnreadableCell, Value
from reconciliation.report.examples import examples, rows_of
from reconciliation.report.model import AcceptedEntry, RefusedValue, RunReport

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

#: raised when a key changes its name or meaning; new keys do not raise it
SCHEMA_VERSION = 2
#: differences listed of every group of a table; all of them are in the CSV file
PER_GROUP = 200
#: fields that hold in full what other fields count and show
_LEFT_OUT = frozenset({"stayed"})


def render_json(report: RunReport) -> str:
    """The report as one JSON object; exact numbers are texts, bytes are hexadecimal.

    ``verdict`` is in the words of ``subject``, READY, NOT READY or NOT JUDGED for guarantees, and
    is about what ``scope`` covers: full, reading or partial.
    """
    document = {
        "schema_version": SCHEMA_VERSION,
        "verdict": report.ending.word,
        "seconds": round(report.seconds, 3),
        **{
            item.name: plain(getattr(report, item.name), report.sensitive)
            for item in fields(report)
            if item.name != "verdict"
        },
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def plain(value: Value, sensitive: tuple[str, ...] = ()) -> Document:
    """``value`` in JSON's own types; values of sensitive columns become digests."""
    if isinstance(value, Difference):
        return _difference(value, sensitive)
    if isinstance(value, RefusedValue) and is_sensitive(
        value.table, value.refusal.source_column, sensitive
    ):
        return {
            **_fields(value, sensitive),
            "refusal": {**_fields(value.refusal, sensitive), "value": digest(value.refusal.value)},
        }
    if isinstance(value, AcceptedEntry):
        return {**_fields(value, sensitive), "words": value.words, "to_be_tidied": value.untidy}
    if isinstance(value, UnreadableCell):
        return _unreadable(value, sensitive)
    if isinstance(value, TableResult):
        return _table(value, sensitive)
    if is_dataclass(value) and not isinstance(value, type):
        return _fields(value, sensitive)
    if isinstance(value, Mapping):
        return {str(key): plain(item, sensitive) for key, item in value.items()}
    if isinstance(value, (str, bool, int)) or value is None:
        return value
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else str(value)
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).hex()
    if isinstance(value, (dt.datetime, dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, (Decimal, dt.timedelta)):
        return str(value)
    return [plain(item, sensitive) for item in value] if isinstance(value, Iterable) else str(value)


def _fields(value: DataclassInstance, sensitive: tuple[str, ...]) -> dict[str, Document]:
    return {
        item.name: plain(getattr(value, item.name), sensitive)
        for item in fields(value)
        if item.name not in _LEFT_OUT
    }


def _table(table: TableResult, sensitive: tuple[str, ...]) -> dict[str, Document]:
    listed = [item for _, items in examples(table, PER_GROUP) for item in items]
    counted = sum(group.rows for group in table.groups)
    return {
        **_fields(replace(table, differences=()), sensitive),
        "differences": plain(listed, sensitive),
        "differences_not_listed": counted - rows_of(listed),
    }


def _unreadable(cell: UnreadableCell, sensitive: tuple[str, ...]) -> dict[str, Document]:
    hidden = {*cell.sensitive, *sensitive}
    key = [
        digest(part) if name in hidden else plain(part)
        for name, part in zip_longest(cell.key_columns, cell.key)
    ]
    return {**_fields(cell, ()), "key": key, "words": unreadable_words(cell, sensitive)}


def _difference(difference: Difference, sensitive: tuple[str, ...]) -> dict[str, Document]:
    shown = {
        name: value
        for name, value in _fields(difference, ()).items()
        if name not in ("canonical", "amount")
    }
    if is_hidden(difference, difference.source_column, sensitive):
        shown["source_value"], shown["target_value"] = (
            digest(difference.source_value),
            digest(difference.target_value),
        )
    shown["key"] = [
        digest(part) if is_hidden(difference, name, sensitive) else plain(part)
        for name, part in zip_longest(difference.key_columns, difference.key)
    ]
    return {**shown, "words": describe(difference, sensitive)}
