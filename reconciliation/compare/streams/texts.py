"""Forms of values that are text in Oracle, whatever they are in PostgreSQL, and of what is read
beside the row's text.

Both databases write the text as it stands, padding and all: what does not matter for a pair
(blanks, the spelling of a number, white space in JSON) is decided by the rules of ``canonical``
where two texts differ.

What does not belong into a VARCHAR2 of 4000 bytes is a column of its own next to the row's texts:
long texts and LOBs; national text, which a database in another character set could not write
without loss; and BINARY_FLOAT and BINARY_DOUBLE, whose text in Oracle is another than PostgreSQL's.
There the driver's value becomes the bytes that PostgreSQL sends.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from decimal import Decimal

from reconciliation.canonical import ColumnRule, charsets, values
from reconciliation.canonical.types import printed, source_label, target_label
from reconciliation.compare.streams.form import FieldText, Form, Reader, Writer
from reconciliation.databases.fetching import kept_unconverted, utf_8
from reconciliation.model import Value

#: bytes of the longest text that still stands within a row's text
LONGEST_WITHIN = 3_990
_NATIONAL = ("NVARCHAR2", "NCHAR")
_UNMEASURED = ("CLOB", "NCLOB", "LONG")
_STRINGS = ("varchar", "text", "citext", "name")
#: types whose cast to text gives what their output function prints, and is cheaper
_SAME_AS_CAST = (
    "int2",
    "int4",
    "int8",
    "numeric",
    "uuid",
    "json",
    "jsonb",
    "date",
    "timestamp",
    "timestamptz",
)


def as_is(text: FieldText) -> FieldText:
    return text


def of_text(read: Callable[[str], Value]) -> Reader:
    """The reader of a field that is text or NULL; TypeError for bytes."""

    def reader(text: FieldText) -> Value:
        if text is None:
            return None
        if isinstance(text, str):  # in place: this runs for the key of every row
            return read(text)
        raise TypeError("bytes where text was expected")

    return reader


def text_form(
    rule: ColumnRule,
    source: Writer | None = None,
    read_source: Reader = as_is,
    converted: bool = False,
    reduced: Writer | None = None,
) -> Form:
    """The form of a pair whose target is text; ``source`` writes PostgreSQL's text, the column's
    own unless given.
    """
    write = source or own_text(rule)
    longest = longest_text(rule)
    if target_label(rule.target.type) in ("VARCHAR2", "CHAR") and longest <= LONGEST_WITHIN:
        return Form(
            write,
            "{}".format,
            longest,
            read_source,
            as_is,
            counted=True,
            converted=converted,
            reduced=reduced,
        )
    return Form(
        write,
        "{}".format,
        longest,
        read_source,
        as_is,
        converted=converted,
        reduced=reduced,
        pack=_packer(rule),
        measured=target_label(rule.target.type) in ("CLOB", "NCLOB"),
    )


def _packer(rule: ColumnRule) -> Callable[[Value], bytes]:
    if charsets.hides_broken_bytes(rule.target.type.charset):
        return lambda value: utf_8(kept_unconverted(values.of_type(str, value)))
    return lambda value: utf_8(values.of_type(str, value))


def own_text(rule: ColumnRule) -> Writer:
    """What a column is as text in PostgreSQL, blanks included."""
    label = source_label(rule.source.type)
    if label in _STRINGS:
        return "{}".format
    return "{}::text".format if label in _SAME_AS_CAST else printed


def longest_text(rule: ColumnRule) -> int:
    """The longest value of a text column of Oracle in bytes; 0 for a LOB, which has no length to
    speak of.
    """
    kind, label = rule.target.type, target_label(rule.target.type)
    if label in _UNMEASURED:
        return 0
    if label in _NATIONAL:
        return 4 * (kind.length or 2000)
    return min(4000, kind.length * (1 if kind.byte_length else 4)) if kind.length else 4000


def literal(word: str) -> str:
    return "'" + word.replace("'", "''").replace("{", "{{").replace("}", "}}") + "'"


# ------------------------------------------------------------------ bytes


def bytes_form(rule: ColumnRule, source: Writer, converted: bool, read: Reader) -> Form:
    """Bytes: hexadecimal digits within the row's text, or the bytes themselves beside it;
    ``source`` gives a bytea.
    """
    label, length = target_label(rule.target.type), 2 * (rule.target.type.length or 2000)
    if label == "RAW" and length <= LONGEST_WITHIN:
        return Form(
            lambda column: f"upper(encode({source(column)}, 'hex'))",
            "RAWTOHEX({})".format,
            length,
            read,
            read,
            counted=True,
            converted=converted,
        )
    return Form(
        source,
        "{}".format,
        length if label == "RAW" else 0,
        as_is,
        as_is,
        converted=converted,
        pack=lambda value: values.of_type(bytes, value),
        measured=label == "BLOB",
        binary=True,
    )


# ------------------------------------------------------------------ floats


def _single_text(value: float) -> str:
    """The shortest decimal that reads back as the same 32-bit float, as
    PostgreSQL prints a float4.
    """
    for digits in range(6, 10):
        short = float(f"{value:.{digits}g}")
        if short == value or struct.pack("<f", short) == struct.pack("<f", value):
            return values.float_text(short, 6)
    return values.float_text(value, 6)


def float_form(rule: ColumnRule, source: Writer, read_source: Reader) -> Form:
    """A number of any type held against a BINARY_FLOAT or BINARY_DOUBLE."""
    pack: Callable[[float], str]
    if source_label(rule.source.type) != "float4":
        pack = values.float_text
    else:
        single = target_label(rule.target.type) == "BINARY_FLOAT"
        pack = _single_text if single else (lambda value: values.float_text(value, 6))
    return Form(
        source,
        "{}".format,
        24,
        read_source,
        read_float,
        pack=lambda value: pack(values.of_type(float, value)).encode(),
    )


read_float = of_text(float)
read_number = of_text(Decimal)
