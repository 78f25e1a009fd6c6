"""Column types as either catalogue shows them."""

from __future__ import annotations

from dataclasses import replace

from reconciliation.databases.catalogue.reading import ViewRow, whole, word
from reconciliation.model import ColumnType

_IN_DATABASE_CHARSET = frozenset({"VARCHAR2", "CHAR", "CLOB", "LONG"})


def source_type(name: str, modifier: int, labels: tuple[str, ...] = ()) -> ColumnType:
    """PostgreSQL's type modifier in words: characters, digits, or fractional digits of a second (as
    ``scale``).
    """
    if modifier < 0:
        return ColumnType(name, labels=labels)
    if name in ("varchar", "bpchar"):
        return ColumnType(name, length=modifier - 4)
    if name in ("bit", "varbit"):
        return ColumnType(name, length=modifier)
    if name == "numeric":
        # scale is a signed 11-bit field since PostgreSQL 15
        scale = (modifier - 4) & 0x7FF
        scale = scale - 2048 if scale > 1023 else scale
        return ColumnType(name, precision=((modifier - 4) >> 16) & 0xFFFF, scale=scale)
    if name in ("timestamp", "timestamptz", "time", "timetz"):
        return ColumnType(name, scale=modifier)
    return ColumnType(name)


def target_type(row: ViewRow) -> ColumnType:
    """A row of ALL_TAB_COLUMNS as a type. Fractional digits of a second stand in ``scale``."""
    name = word(row, "data_type")
    precision, scale = (
        None if row[key] is None else whole(row, key) for key in ("data_precision", "data_scale")
    )
    if name in ("VARCHAR2", "CHAR"):
        in_bytes = row["char_used"] != "C"
        return ColumnType(
            name,
            length=whole(row, "data_length" if in_bytes else "char_length"),
            byte_length=in_bytes,
        )
    if name in ("NVARCHAR2", "NCHAR"):
        return ColumnType(name, length=whole(row, "char_length"))
    if name == "RAW":
        return ColumnType(name, length=whole(row, "data_length"), byte_length=True)
    if name == "NUMBER":
        # INTEGER is NUMBER(*,0): the view shows no precision, and 38 digits are in force
        return ColumnType(
            name, precision=38 if precision is None and scale == 0 else precision, scale=scale
        )
    if name.startswith(("TIMESTAMP", "INTERVAL")):
        return ColumnType(_without_digits(name), scale=scale)
    return ColumnType(name, precision=precision)


def with_charset(kind: ColumnType, charset: str) -> ColumnType:
    """The type of a column of Oracle in a database of this character set."""
    return (
        replace(kind, charset=charset)
        if kind.name in _IN_DATABASE_CHARSET and charset != "AL32UTF8"
        else kind
    )


def _without_digits(name: str) -> str:
    """``TIMESTAMP(6) WITH TIME ZONE`` -> ``TIMESTAMP WITH TIME ZONE``."""
    head, _, tail = name.partition("(")
    return head + tail.partition(")")[2] if tail else name
