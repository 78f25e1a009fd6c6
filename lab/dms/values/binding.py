"""DMS values as binds for an Oracle column.

The kind of a bind follows the column where Oracle's own conversion would hide a mistake, and the
value everywhere else: a date or a boolean goes into a NUMBER column as text, so that it is Oracle
that refuses it.
"""

from __future__ import annotations

import codecs
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lab.dms.ground.catalogue import TargetColumn
from lab.dms.values.types import DmsType

NUMBER, TEXT, NTEXT, TIMESTAMP, DATE, RAW = "number", "text", "ntext", "timestamp", "date", "raw"
DOUBLE = "double"
CLOB, NCLOB, BLOB = "clob", "nclob", "blob"
#: the longest text that goes as a character bind into a LOB column, in bytes
_INLINE_BYTES = 32767
_NATIONAL = ("NVARCHAR2", "NCHAR")
_DOUBLES = ("BINARY_FLOAT", "BINARY_DOUBLE")
#: numbers that only a binary float has, as PostgreSQL's stream writes them
_NO_NUMBERS = ("NaN", "Infinity", "-Infinity")

Binder = Callable[[Any], tuple[str, Any]]


@dataclass(frozen=True)
class TargetTraits:
    """``empty_string`` replaces '': one blank by default, None with alwaysReplaceEmptyString=false.

    (AWS DMS user guide, Oracle target, limitations.) ``codec`` is Python's name of the database's
    character set, None when it holds every character; ``time_of_day`` is the date of a time in a
    column that has one.
    """

    empty_string: str | None = " "
    datetime_into_number: str = "text"
    codec: str | None = None
    time_of_day: str = "1970-01-01"


#: Oracle's single-byte character sets by Python's names
CODECS = {"WE8MSWIN1252": "cp1252", "WE8ISO8859P1": "latin-1"}
_REPLACEMENT = "oracle replacement character"


def _replaced(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    return "\u00bf" * (error.end - error.start), error.end


codecs.register_error(_REPLACEMENT, _replaced)


def binder(kind: DmsType, column: TargetColumn | None, traits: TargetTraits) -> Binder:
    """The function from a DMS value to the kind and value of its bind.

    ``column`` is None for a column the target lacks; the value is then bound after its own type.
    """
    data_type = column.data_type if column else ""
    text_kind = NTEXT if data_type in _NATIONAL else TEXT
    if data_type in ("CLOB", "NCLOB"):
        return _lob_binder(CLOB if data_type == "CLOB" else NCLOB, traits)
    if data_type in ("BLOB", "RAW", "LONG RAW") or kind.kind in ("blob", "bytes"):
        return _binary_binder(BLOB if data_type == "BLOB" else RAW, text_kind, traits)
    if kind.kind in ("datetime", "date"):
        return _datetime_binder(data_type, text_kind, traits)
    if kind.kind == "time":
        return _datetime_binder(data_type, text_kind, traits, f"{traits.time_of_day} ")
    if data_type in _DOUBLES and kind.kind in ("numeric", "real"):
        return _double_binder(kind, text_kind, traits)
    return _plain_binder(
        text_kind, traits, NUMBER if kind.kind in ("int", "numeric", "real") else text_kind
    )


def _plain_binder(text_kind: str, traits: TargetTraits, null_kind: str | None = None) -> Binder:
    empty = traits.empty_string
    null = (null_kind or text_kind, None)
    codec = traits.codec if text_kind == TEXT else None

    def bind(value: Any) -> tuple[str, Any]:
        if isinstance(value, str):
            return text_kind, (
                value.encode(codec, _REPLACEMENT).decode(codec) if codec else value
            ) or empty
        if isinstance(value, bool):
            return NUMBER, int(value)
        if isinstance(value, int | Decimal | float):
            return NUMBER, value
        return (RAW, value) if isinstance(value, bytes) else null

    return bind


def _double_binder(kind: DmsType, text_kind: str, traits: TargetTraits) -> Binder:
    """A float as one: a NUMBER has not all of them, and neither NaN nor an infinity."""
    null = DOUBLE if kind.kind == "real" else NUMBER
    plain = _plain_binder(text_kind, traits, null)

    def bind(value: Any) -> tuple[str, Any]:
        is_float = null is DOUBLE and isinstance(value, int | Decimal | float)
        return (DOUBLE, float(value)) if is_float or value in _NO_NUMBERS else plain(value)

    return bind


def _datetime_binder(data_type: str, text_kind: str, traits: TargetTraits, day: str = "") -> Binder:
    plain = _plain_binder(text_kind, traits)
    if data_type == "DATE":
        kind = DATE
    elif data_type.startswith("TIMESTAMP") or (
        data_type == "NUMBER" and traits.datetime_into_number == "timestamp"
    ):
        kind = TIMESTAMP
    else:
        return plain

    def bind(value: Any) -> tuple[str, Any]:
        if value is None:
            return kind, None
        try:
            return kind, dt.datetime.fromisoformat(day + value)
        except (
            TypeError,
            ValueError,
        ):  # beyond what a datetime can hold: Oracle gets to see the text
            return plain(value)

    return bind


def _binary_binder(kind: str, text_kind: str, traits: TargetTraits) -> Binder:
    plain = _plain_binder(text_kind, traits)

    def bind(value: Any) -> tuple[str, Any]:
        if value is None or (isinstance(value, bytes) and len(value) <= _INLINE_BYTES):
            return RAW, value or None
        return (kind, value) if isinstance(value, bytes) else plain(value)

    return bind


def _lob_binder(kind: str, traits: TargetTraits) -> Binder:
    national = NTEXT if kind == NCLOB else TEXT
    plain = _plain_binder(national, traits)

    def bind(value: Any) -> tuple[str, Any]:
        if (
            isinstance(value, str)
            and len(value) * 4 > _INLINE_BYTES
            and len(value.encode()) > _INLINE_BYTES
        ):
            return kind, value
        return plain(value)

    return bind
