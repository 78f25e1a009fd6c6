"""Values as SQL expressions that mean exactly that value, whatever the client's character set and
language are.

Everything outside printable ASCII goes through UNISTR, so that neither NLS_LANG nor SQL*Plus can
touch it; a line never ends inside a literal, with a hyphen (SQL*Plus: the line goes on) or with a
semicolon, and stays far below the 2499 characters SQL*Plus takes ("SQL*Plus User's Guide and
Reference", SQL*Plus Limits). Oracle's literals and limits: "SQL Language Reference", Literals, and
UNISTR, HEXTORAW, TO_CLOB.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator
from decimal import Decimal

import oracledb

from reconciliation.canonical.types import fraction_digits, target_label
from reconciliation.databases.quoting import quoted
from reconciliation.model import ColumnType, Value

#: characters of one quoted piece, and pieces of one text before it becomes a LOB: at most 4000
#: bytes of UTF-8
PIECE, PIECES_PER_TEXT = 100, 10
#: characters of the longest CLOB that is written out; bytes of the longest BLOB, which is one RAW
#: of SQL
LONGEST_CLOB, LONGEST_BLOB = 32_000, 2_000
#: characters (UTF-16 units) of a LOB that are compared in one go
LOB_WINDOW = 1_000
NATIONAL = ("NVARCHAR2", "NCHAR", "NCLOB")
LOBS = ("CLOB", "NCLOB", "BLOB")
_TEXTS = ("VARCHAR2", "CHAR", "NVARCHAR2", "NCHAR")
_NEXT_LINE = " ||\n        "


class ByHand(Exception):  # noqa: N818 - not an error of the program: somebody has to look at this value
    """A value no statement is written for; one line saying why."""


def literal(column_type: ColumnType, value: Value) -> str:
    """``value`` as an expression for a column of this type; raises ByHand for a value no expression
    is written for.

    ``value`` is what the column holds: str, bytes, int, Decimal, float (BINARY types), date or
    datetime (aware ones in UTC), timedelta, IntervalYM, or None.
    """
    label = target_label(column_type)
    if value is None or (isinstance(value, (str, bytes)) and not value):
        return "NULL"
    if label in _TEXTS and isinstance(value, str):
        return _text(value, label in NATIONAL)
    if label in ("CLOB", "NCLOB") and isinstance(value, str):
        return _clob(label, value)
    if label == "BLOB" and isinstance(value, bytes):
        return _blob(value)
    if label == "RAW" and isinstance(value, bytes):
        return _raw(value)
    if label in ("NUMBER", "FLOAT") and isinstance(value, (int, Decimal)):
        return _number(Decimal(value))
    if label in ("BINARY_FLOAT", "BINARY_DOUBLE") and isinstance(value, (int, float, Decimal)):
        return _binary(label, float(value))
    if label == "DATE" or label.startswith("TIMESTAMP"):
        return _moment(label, value)
    if label.startswith("INTERVAL"):
        return _interval(label, value)
    raise ByHand(f"no literal is written for a {type(value).__name__} in {column_type}")


# ------------------------------------------------------------------ text and bytes


def _text(value: str, national: bool) -> str:
    return _NEXT_LINE.join(_piece(piece, national) for piece in _cut(value, PIECE))


def _cut(value: str, size: int) -> Iterator[str]:
    return (value[start : start + size] for start in range(0, len(value), size))


def _piece(text: str, national: bool) -> str:
    if all(" " <= character <= "~" for character in text):
        return "'" + text.replace("'", "''") + "'"
    escaped = "".join(_escaped(character) for character in text)
    # UNISTR is of the national character set, and would make the whole concatenation so
    return f"UNISTR('{escaped}')" if national else f"TO_CHAR(UNISTR('{escaped}'))"


def _escaped(character: str) -> str:
    if character == "'":
        return "''"
    if " " <= character <= "~" and character != "\\":
        return character
    units = character.encode("utf-16-be")
    return "".join(
        f"\\{units[place : place + 2].hex().upper()}" for place in range(0, len(units), 2)
    )


def _raw(value: bytes) -> str:
    pieces = (f"'{piece}'" for piece in _cut(value.hex().upper(), PIECE))
    return f"HEXTORAW({_NEXT_LINE.join(pieces)})"


def _blob(value: bytes) -> str:
    if len(value) > LONGEST_BLOB:
        raise ByHand(f"a BLOB of {len(value)} bytes; {LONGEST_BLOB} can be written in SQL")
    return f"TO_BLOB({_raw(value)})"


def _clob(label: str, value: str) -> str:
    if len(value) > LONGEST_CLOB:
        raise ByHand(f"a text of {len(value)} characters; up to {LONGEST_CLOB} are written out")
    national = label in NATIONAL
    texts = (_text(part, national) for part in _cut(value, PIECE * PIECES_PER_TEXT))
    return _NEXT_LINE.join(f"TO_{label}({part})" for part in texts)


# ------------------------------------------------------------------ numbers


def _number(value: Decimal) -> str:
    if not value.is_finite():
        raise ByHand(f"{value} is no NUMBER")
    return (
        format(value, "f")
        if -40 <= value.adjusted() <= 40 and _scale(value) >= -40
        else f"{value:E}"
    )


def _scale(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _binary(label: str, value: float) -> str:
    if math.isnan(value):
        return f"{label}_NAN"
    if math.isinf(value):
        return f"{'-' if value < 0 else ''}{label}_INFINITY"
    # unlike TO_BINARY_DOUBLE('...'), a numeric literal does not depend on the session's decimal
    # character
    return f"{value!r}{'F' if label == 'BINARY_FLOAT' else 'D'}".upper()


# ------------------------------------------------------------------ times


#: a date and time as Oracle prints it (SYYYY-MM-DD HH24:MI:SS.FF9), for what Python's datetime
#: cannot hold
_PRINTED_MOMENT = re.compile(r"[ -]?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{9})?")


def _moment(label: str, value: Value) -> str:
    zone = " +00:00" if "ZONE" in label else ""
    if isinstance(value, str) and _PRINTED_MOMENT.fullmatch(value):
        printed = value.strip(" ")
        return (
            f"TO_DATE('{printed}', 'SYYYY-MM-DD HH24:MI:SS')"
            if label == "DATE"
            else f"TIMESTAMP '{printed}{zone}'"
        )
    if not isinstance(value, dt.date):
        raise ByHand(f"{value!r} is no date for {label}")
    moment = (
        value if isinstance(value, dt.datetime) else dt.datetime(value.year, value.month, value.day)
    )
    day_and_time = f"{moment.replace(tzinfo=None, microsecond=0).isoformat(sep=' ')}"
    if label == "DATE":
        return f"TO_DATE('{day_and_time}', 'YYYY-MM-DD HH24:MI:SS')"
    return f"TIMESTAMP '{day_and_time}.{moment.microsecond:06d}{zone}'"


def _interval(label: str, value: Value) -> str:
    """``value``: the driver's, or a whole number of months, or a number of seconds, as it is read
    where that fails.
    """
    if "MONTH" in label:
        months = _months(value)
        return (
            f"INTERVAL '{'-' if months < 0 else ''}{abs(months) // 12}-{abs(months) % 12}' "
            f"YEAR(9) TO MONTH"
        )
    billionths = _billionths(value)
    if billionths != int(billionths):
        raise ByHand(f"{value} seconds are finer than an interval")
    seconds, fraction = divmod(abs(int(billionths)), 10**9)
    days, seconds = divmod(seconds, 86_400)
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{fraction:09d}"
    return f"INTERVAL '{'-' if billionths < 0 else ''}{days} {clock}' DAY(9) TO SECOND(9)"


def _months(value: Value) -> int:
    if isinstance(value, oracledb.IntervalYM):
        months: int = value.years * 12 + value.months
        return months
    if isinstance(value, (int, Decimal)) and value == int(value):
        return int(value)
    raise ByHand(f"no interval is written for a {type(value).__name__}")


def _billionths(value: Value) -> int | Decimal:
    if isinstance(value, dt.timedelta):
        return value // dt.timedelta(microseconds=1) * 1000
    if isinstance(value, (int, Decimal)):
        return Decimal(value) * 10**9
    raise ByHand(f"no interval is written for a {type(value).__name__}")


# ------------------------------------------------------------------ conditions


def holds(column: str, column_type: ColumnType, value: Value) -> tuple[str, ...]:
    """Conditions that are all true exactly while ``column`` holds what the driver read from it.

    Raises ByHand for a value that cannot be asked for, such as a long LOB.
    """
    label, named = target_label(column_type), quoted(column)
    if label in LOBS:
        return _lob_holds(named, label, value)
    if value is None:
        return (f"{named} IS NULL",)
    expression = literal(column_type, value)
    if (
        label.startswith("TIMESTAMP")
        and fraction_digits(column_type) > 6
        and isinstance(value, dt.datetime)
    ):
        # the driver reads microseconds and leaves the nanoseconds behind
        last = (
            expression[: -len(" +00:00'")] + "999 +00:00'"
            if "ZONE" in label
            else expression[:-1] + "999'"
        )
        return f"{named} >= {expression}", f"{named} <= {last}"
    return (f"{named} = {expression}",)


def _lob_holds(named: str, label: str, value: Value) -> tuple[str, ...]:
    if value is None or value == "" or value == b"":
        return (f"NVL(DBMS_LOB.GETLENGTH({named}), 0) = 0",)
    if label == "BLOB" and isinstance(value, bytes):
        return _blob_holds(named, value)
    if label != "BLOB" and isinstance(value, str):
        return _clob_holds(named, label, value)
    raise ByHand(f"a {type(value).__name__} in a {label} cannot be asked for in SQL")


def _blob_holds(named: str, value: bytes) -> tuple[str, ...]:
    if len(value) > LONGEST_BLOB:
        raise ByHand(f"a BLOB of {len(value)} bytes cannot be asked for in SQL")
    return (
        f"DBMS_LOB.GETLENGTH({named}) = {len(value)}",
        f"DBMS_LOB.SUBSTR({named}, {LONGEST_BLOB}, 1) = {_raw(value)}",
    )


def _clob_holds(named: str, label: str, value: str) -> tuple[str, ...]:
    # a character beyond the basic plane counts as two in a database of Unicode, and as one in
    # others
    units = len(value.encode("utf-16-le", "surrogatepass")) // 2
    if units != len(value) and units > LOB_WINDOW:
        raise ByHand(
            f"a text of {len(value)} characters, some beyond the basic plane, cannot be asked "
            f"for in SQL"
        )
    if len(value) > LONGEST_CLOB:
        raise ByHand(f"a text of {len(value)} characters cannot be asked for in SQL")
    lengths = f"= {units}" if units == len(value) else f"IN ({units}, {len(value)})"
    windows = (
        f"DBMS_LOB.SUBSTR({named}, {LOB_WINDOW}, {number * LOB_WINDOW + 1}) = "
        f"{_text(part, label in NATIONAL)}"
        for number, part in enumerate(_cut(value, LOB_WINDOW))
    )
    return f"DBMS_LOB.GETLENGTH({named}) {lengths}", *windows
