"""The rows of a run as SQL conditions that leave them out, for either database, ready to be pasted
into a WHERE.

Key columns are never NULL in a row of a run, and a condition on a key that is NULL elsewhere would
lose that row: it is asked of primary keys and agreed keys, which are filled on both sides.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from reconciliation.canonical.types import padded, source_label, target_label
from reconciliation.databases.quoting import quoted
from reconciliation.model import ColumnType, Key, Value
from reconciliation.repair.literals import ByHand, literal
from reconciliation.session.key_places import KeySide
from reconciliation.session.run_rows import TableRows

#: Oracle takes 1000 expressions in a list
_TOGETHER = 500

Write = Callable[[ColumnType, Value], str]


def in_postgresql(table: TableRows, with_sensitive: bool = False) -> str:
    """``NOT (...)`` for PostgreSQL. Raises ByHand where no condition can be written, and where it
    would show values of sensitive columns that nobody asked for.
    """
    return _left_out(
        table, None if table.place is None else table.place.here, _postgresql, with_sensitive
    )


def in_oracle(table: TableRows, with_sensitive: bool = False) -> str:
    """The same for Oracle; only of a table that reaches it."""
    return _left_out(
        table, None if table.place is None else table.place.there, _oracle, with_sensitive
    )


def _left_out(table: TableRows, side: KeySide | None, write: Write, with_sensitive: bool) -> str:
    if side is None or table.place is None:
        raise ByHand("the journal does not say which columns the keys stand in")
    if table.span is None and table.place.sensitive and not with_sensitive:
        names = ", ".join(table.place.sensitive)
        raise ByHand(f"{names} is sensitive; --with-sensitive writes its values")
    if table.span is not None:
        [column] = side.columns
        return f"NOT ({quoted(column)} BETWEEN {table.span[0]} AND {table.span[1]})"
    return f"NOT ({' OR '.join(_conditions(side, table.keys, write))})"


def _conditions(side: KeySide, keys: Sequence[Key], write: Write) -> Iterator[str]:
    for key in keys:
        if len(key) != len(side.key):
            raise ByHand(f"a key of {len(key)} values for {len(side.key)} columns")
    if len(side.key) == 1:
        [(column, kind)] = side.key
        values = [write(kind, value) for (value,) in keys]
        for start in range(0, len(values), _TOGETHER):
            yield f"{quoted(column)} IN ({', '.join(values[start : start + _TOGETHER])})"
        return
    for key in keys:
        parts = (
            f"{quoted(column)} = {write(kind, value)}"
            for (column, kind), value in zip(side.key, key, strict=True)
        )
        yield f"({' AND '.join(parts)})"


def _oracle(kind: ColumnType, value: Value) -> str:
    label = target_label(kind)
    if label in ("CHAR", "NCHAR") and isinstance(value, str):
        value = padded(kind, value)
    if label == "RAW" and isinstance(value, str):
        value = _uuid(value).bytes
    if value is None or value in ("", b""):
        raise ByHand("a key that is NULL in Oracle")
    return literal(kind, value)


def _postgresql(kind: ColumnType, value: Value) -> str:
    """A literal without a type becomes whatever the column is."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, (int, Decimal)):
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    if isinstance(value, bytes):
        as_uuid = source_label(kind) == "uuid" and len(value) == 16
        return f"'{uuid.UUID(bytes=value)}'" if as_uuid else f"'\\x{value.hex()}'"
    if isinstance(value, (str, uuid.UUID)):
        return _text(str(value))
    if isinstance(value, (dt.date, dt.time)):
        return f"'{value}'"
    raise ByHand(f"no literal is written for a {type(value).__name__} in {kind}")


def _text(value: str) -> str:
    """With escapes for what no terminal is to obey (PostgreSQL documentation, "String Constants
    with Unicode Escapes").
    """
    told = value.replace("'", "''")
    if value.isprintable():
        return f"'{told}'"
    escaped = (
        one if one.isprintable() else f"\\+{ord(one):06X}" for one in told.replace("\\", "\\\\")
    )
    return f"U&'{''.join(escaped)}'"


def _uuid(value: str) -> uuid.UUID:
    try:
        return uuid.UUID(value)
    except ValueError:
        raise ByHand("a text that is no UUID, for a RAW") from None
