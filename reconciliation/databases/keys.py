"""Canonical keys as SQL compares them with key columns: what a bind needs around it, and how its
value is written.

The driver binds a datetime to Oracle as a DATE, without its fraction (python-oracledb
documentation, "Data types"): right for a DATE, where it is also compared without being converted
anew for every row. Everything finer is written as text; the formats are those of the SQL Language
Reference, "Format Models".
A text bind is compared with a CHAR column without padding (the same, "Data Type Comparison Rules"),
so it gets the blanks the column holds.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from reconciliation.canonical.types import padded, source_label, target_label
from reconciliation.model import ColumnType, Key, Value

#: SQL around a bind, and its value for a canonical one
Bound = tuple[str, Value]


def key_condition(
    columns: Sequence[tuple[str, ColumnType]],
    keys: Sequence[Key],
    is_target: bool,
    binds_named: str = "k",
) -> tuple[str, dict[str, Value]]:
    """The condition that picks the rows with these keys, and its binds; ``columns`` are quoted
    names with types, ``binds_named`` is what the names of the binds begin with.
    """
    write = _oracle if is_target else _postgresql
    binds: dict[str, Value] = {}
    rows: list[list[str]] = []
    for number, key in enumerate(keys):
        rows.append([])
        for part, value in enumerate(key):
            bind = f"{binds_named}{number}_{part}"
            around, binds[bind] = write(columns[part][1], value)
            rows[-1].append(around.format(f":{bind}"))
    if len(columns) == 1:
        return f"{columns[0][0]} IN ({', '.join(row[0] for row in rows)})", binds
    conditions = (
        " AND ".join(f"{column} = {value}" for (column, _), value in zip(columns, row, strict=True))
        for row in rows
    )
    return " OR ".join(f"({condition})" for condition in conditions), binds


def _postgresql(kind: ColumnType, value: Value) -> Bound:
    if source_label(kind) == "uuid" and isinstance(value, bytes) and len(value) == 16:
        return "{}", str(uuid.UUID(bytes=value))
    return "{}", value


def _oracle(kind: ColumnType, value: Value) -> Bound:
    label = target_label(kind)
    if label in ("CHAR", "NCHAR") and isinstance(value, str):
        return "{}", padded(kind, value)
    if label == "RAW" and isinstance(value, str):
        return "{}", _uuid_bytes(value)
    if isinstance(value, dt.datetime):
        return _oracle_moment(label, value)
    return "{}", value


def _uuid_bytes(value: str) -> Value:
    """Oracle takes a text with hyphens for no RAW at all (ORA-01465)."""
    try:
        return uuid.UUID(value).bytes
    except ValueError:
        return value


def _oracle_moment(label: str, value: dt.datetime) -> Bound:
    moment = value.astimezone(dt.UTC).replace(tzinfo=None) if value.tzinfo else value
    if label == "DATE" and not moment.microsecond:
        return "{}", moment
    written = moment.isoformat(sep=" ", timespec="microseconds")
    if "TIME ZONE" in label:
        return "TO_TIMESTAMP_TZ({}, 'YYYY-MM-DD HH24:MI:SS.FF6 TZH:TZM')", f"{written} +00:00"
    return "TO_TIMESTAMP({}, 'YYYY-MM-DD HH24:MI:SS.FF6')", written
