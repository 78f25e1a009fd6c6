"""Names of column types in one spelling, and what the legacy schema stores for a value it accepts.

Oracle's rules: "Data Types" in the SQL Language Reference. NUMBER(p,s) rounds half away from zero
to its scale; TIMESTAMP(n) rounds to its precision; DATE has whole seconds; CHAR(n) is padded with
blanks.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import lru_cache

from reconciliation.canonical import charsets
from reconciliation.canonical.unusual import Unusual
from reconciliation.model import ColumnType, Value

_ALIASES = {
    "smallint": "int2",
    "integer": "int4",
    "int": "int4",
    "bigint": "int8",
    "decimal": "numeric",
    "real": "float4",
    "double precision": "float8",
    "boolean": "bool",
    "character varying": "varchar",
    "character": "bpchar",
    "char": "bpchar",
    "timestamp without time zone": "timestamp",
    "timestamp with time zone": "timestamptz",
}
_IN_BRACKETS = re.compile(r"\s*\(([^)]*)\)")

#: digits behind the point that the replication keeps of a numeric without a precision
REPLICATED_SCALE = 6
#: digits every NUMBER keeps; Oracle stores 20 base-100 digits, which may hold 39 or 40 decimal ones
NUMBER_DIGITS = 38
#: bytes of a VARCHAR2, whatever its declared length (without extended data types)
VARCHAR2_BYTES = 4000
#: headroom for exact decimal arithmetic: PostgreSQL's numeric has at most 131072 + 16383 digits
_EXACT = Context(prec=150_000, Emax=999_999_999, Emin=-999_999_999)


#: PostgreSQL types whose values the driver hands over exactly; those of all others are read as
#: PostgreSQL prints them
NATIVE = frozenset(
    {
        "int2",
        "int4",
        "int8",
        "numeric",
        "float4",
        "float8",
        "varchar",
        "text",
        "citext",
        "bpchar",
        "name",
        "bool",
        "uuid",
        "json",
        "jsonb",
        "bytea",
        "date",
        "timestamp",
        "timestamptz",
        "oid",
    }
)


def source_label(column_type: ColumnType) -> str:
    """``integer`` and ``int4`` are one type: PostgreSQL's internal name in lower case, without
    length; every array (``_int4``, ``integer[]``) is ``array``.
    """
    plain = _unbracketed(column_type.name).lower()
    if plain.startswith("_") or plain.endswith("[]"):
        return "array"
    return _ALIASES.get(plain, plain)


def printed(name: str) -> str:
    """SQL in PostgreSQL for the text its output function prints for ``name``, a quoted column; NULL
    for NULL.

    Not the cast to text: that adds a netmask to an ``inet`` and takes the blanks from a ``char``.
    Nor IS NOT NULL: a row with one empty field is neither NULL nor NOT NULL. Source: PostgreSQL
    documentation, "String Functions" (concat), "Network Address Types" and "Comparison Functions
    and Operators".
    """
    return f"CASE WHEN {name} IS DISTINCT FROM NULL THEN concat({name}) END"


def source_reading(column_type: ColumnType, name: str) -> str:
    """SQL in PostgreSQL that reads ``name``, a quoted column, so that the driver loses nothing of
    it.
    """
    label = source_label(column_type)
    if label == "money":
        return f"{name}::numeric"  # documented as exact; the printed form depends on the language
    return name if label in NATIVE else printed(name)


def target_reading(column_type: ColumnType, name: str) -> str:
    """The same for Oracle, where dates and times are read as text (``read_moment``): the driver
    drops zones and nanoseconds, and fails for a year that Python does not have.
    """
    label = target_label(column_type)
    if label == "DATE":
        return f"TO_CHAR({name}, 'SYYYY-MM-DD HH24:MI:SS')"
    if label.startswith("TIMESTAMP"):
        utc = f"SYS_EXTRACT_UTC({name})" if label.endswith("TIME ZONE") else name
        return f"TO_CHAR({utc}, 'SYYYY-MM-DD HH24:MI:SS.FF9')"
    if label == "INTERVAL DAY TO SECOND":  # a NUMBER of seconds
        return (
            f"EXTRACT(DAY FROM {name}) * 86400 + EXTRACT(HOUR FROM {name}) * 3600 + "
            f"EXTRACT(MINUTE FROM {name}) * 60 + EXTRACT(SECOND FROM {name})"
        )
    if label == "INTERVAL YEAR TO MONTH":  # a NUMBER of months
        return f"EXTRACT(YEAR FROM {name}) * 12 + EXTRACT(MONTH FROM {name})"
    return name


def read_moment(column_type: ColumnType, text: str) -> dt.datetime | Unusual:
    """What ``target_reading`` made of a date or time; aware, in UTC, for a type with a zone."""
    whole, _, fraction = text.strip(" ").partition(".")
    zone = dt.UTC if "TIME ZONE" in target_label(column_type) else None
    try:
        if fraction[6:].strip("0"):
            raise ValueError("nanoseconds")
        return dt.datetime.fromisoformat(f"{whole}.{fraction[:6] or 0}").replace(tzinfo=zone)
    except ValueError:
        return Unusual(text)


def is_moment(column_type: ColumnType) -> bool:
    """Whether an Oracle type holds a date or time."""
    label = target_label(column_type)
    return label == "DATE" or label.startswith("TIMESTAMP")


def target_label(column_type: ColumnType) -> str:
    """Oracle's type name in upper case without length or precision: ``TIMESTAMP(6)`` is
    ``TIMESTAMP``.
    """
    return _unbracketed(column_type.name).upper()


@lru_cache(maxsize=1024)  # asked for every value of every row
def _unbracketed(name: str) -> str:
    return _IN_BRACKETS.sub("", name).strip()


def type_label(column_type: ColumnType, *, target: bool) -> str:
    return target_label(column_type) if target else source_label(column_type)


def fraction_digits(target_type: ColumnType) -> int:
    """Digits of a second an Oracle DATE or TIMESTAMP keeps; TIMESTAMP without precision keeps 6."""
    if target_label(target_type) == "DATE":
        return 0
    stated = _IN_BRACKETS.search(target_type.name)
    if stated and stated.group(1).isdigit():
        return int(stated.group(1))
    known = target_type.scale if target_type.scale is not None else target_type.precision
    return 6 if known is None else known


def power_of_ten(exponent: int) -> Decimal:
    """Exact whatever the context of decimal arithmetic is, which has 28 digits unless told
    otherwise.
    """
    return Decimal((0, (1,), exponent))


def rounded(value: Decimal, scale: int) -> Decimal:
    """Rounded half away from zero to ``scale`` digits after the point (before
    it, when negative).
    """
    return value.quantize(power_of_ten(-scale), rounding=ROUND_HALF_UP, context=_EXACT)


def stored_number(target_type: ColumnType, value: Decimal) -> Decimal:
    """What a NUMBER or FLOAT column keeps of a finite decimal; magnitude is not checked."""
    if target_label(target_type) == "NUMBER" and (
        target_type.precision is not None or target_type.scale is not None
    ):
        return rounded(value, target_type.scale or 0)
    digits = NUMBER_DIGITS
    if target_label(target_type) == "FLOAT" and target_type.precision:
        # FLOAT(b) keeps b binary digits; 0.30103 decimal digits each
        digits = min(NUMBER_DIGITS, -(-target_type.precision * 30103 // 100000))
    if not value or len(value.as_tuple().digits) <= digits:
        return value
    return rounded(value, digits - 1 - value.adjusted())


def replicated_number(source_type: ColumnType, value: Decimal) -> Decimal:
    """What the replication keeps of a finite number: a numeric without a precision is NUMERIC(28,6)
    to it (AWS DMS user guide, PostgreSQL source, limitations).
    """
    is_free = source_label(source_type) == "numeric" and source_type.precision is None
    return rounded(value, REPLICATED_SCALE) if is_free else value


def stored_moment(target_type: ColumnType, value: dt.datetime) -> dt.datetime:
    """What a DATE (cut) or TIMESTAMP(n) (rounded) keeps of a date and time; OverflowError after the
    year 9999.
    """
    digits = fraction_digits(target_type)
    if digits >= 6:
        return value
    step = 10 ** (6 - digits)
    lost = value.microsecond % step
    down = value.replace(microsecond=value.microsecond - lost)
    if target_label(target_type) == "DATE" or lost * 2 < step:
        return down
    return down + dt.timedelta(microseconds=step)


def padded(target_type: ColumnType, value: str) -> str:
    """What a CHAR(n) keeps of a text that fits it."""
    missing = (target_type.length or 1) - text_length(target_type, value)
    return value + " " * max(0, missing)


def ordered_as_national(column_type: ColumnType) -> bool:
    """Whether a text column of Oracle is in a character set that has to be ordered as national
    text.
    """
    charset = column_type.charset
    return not charsets.orders_by_code_point(charset) and not charsets.orders_as_utf_16(charset)


def ordered_text(column_type: ColumnType, name: str) -> str:
    """SQL in Oracle that orders and compares ``name``, a quoted text column, by code points.

    A database whose bytes order texts in another way shows them as national text; no index serves
    that. UTF-16 does it but for characters beyond U+FFFF, which only UTF8 and ZHS32GB18030 have:
    rows that do not come in order are noticed when they are paired.
    """
    return f"TO_NCHAR({name})" if ordered_as_national(column_type) else name


def text_length(target_type: ColumnType, value: str) -> int:
    """The length Oracle holds against the declared one: bytes of the character set, characters, or
    UTF-16 units for N types.
    """
    if target_label(target_type) in ("NVARCHAR2", "NCHAR"):
        return len(value.encode("utf-16-le")) // 2
    count = charsets.size if target_type.byte_length else charsets.characters
    return count(target_type.charset, value)


def lacking(target_type: ColumnType, value: Value) -> str:
    """The characters of a text that Oracle's column stores as replacement characters; '' for any
    other value.
    """
    return charsets.lacking(target_type.charset, value) if isinstance(value, str) else ""


def fits(target_type: ColumnType, value: str) -> bool:
    """Whether a text fits a VARCHAR2, NVARCHAR2, CHAR or NCHAR; types without a length hold any
    text.
    """
    label = target_label(target_type)
    if label in ("CLOB", "NCLOB", "LONG") or target_type.length is None:
        return True
    if label in ("VARCHAR2", "CHAR") and charsets.size(target_type.charset, value) > VARCHAR2_BYTES:
        return False
    return text_length(target_type, value) <= target_type.length
