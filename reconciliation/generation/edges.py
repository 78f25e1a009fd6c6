"""Named edge values of every type: what replications got wrong before, or may.

U+0000 and surrogates are left out, since PostgreSQL's text cannot hold them.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from reconciliation.canonical import ColumnRule, charsets
from reconciliation.canonical.types import power_of_ten, source_label
from reconciliation.capacity.columns import source_bounds
from reconciliation.generation.bounds import moment_bounds, within
from reconciliation.model import Value

#: longest text made for a column without a length
UNBOUNDED_TEXT = 5000


@dataclass(frozen=True)
class Edge:
    name: str
    value: Value


def edges(rule: ColumnRule) -> list[Edge]:
    """The edges of one column pair that its PostgreSQL column can hold, within the contract's
    bounds.

    Each value stands once; the most telling come first. Whether the legacy column holds a value is
    not asked here.
    """
    make = _BY_TYPE.get(source_label(rule.source.type))
    found: dict[tuple[str, str], Edge] = {}
    for edge in make(rule) if make else ():
        if within(rule, edge.value):
            found.setdefault((type(edge.value).__name__, repr(edge.value)), edge)
    if rule.source.nullable:
        found["NoneType", ""] = Edge("NULL", None)
    return list(found.values())


# ------------------------------------------------------------------ text

_TEXTS = {
    "supplementary plane": "\U0001f6eb\U0001d4b3",
    "empty": "",
    "one blank": " ",
    "trailing blanks": "ab  ",
    "leading blanks": "  ab",
    "single quote": "O'Hare",
    "double quote": 'a"b',
    "backslash": "a\\b",
    "backslash at the end": "ab\\",
    "percent": "100%",
    "newline": "a\nb",
    "carriage return": "a\r\nb",
    "tab": "a\tb",
    "control characters": "\x01\x1f\x7f",
    "combining mark": "e\u0301",
    "precomposed": "\u00e9",
    "decomposed Hangul": unicodedata.normalize("NFD", "한"),
    "Hangul": "서울",
    "one supplementary character": "\U0001f600",
    "zero width": "a\u200bb",
    "byte order mark": "\ufeffab",
    "no-break space": "\u00a0",
    "replacement character": "\ufffd",
    "private use": "\ue000",
    "right to left": "\u05d0\u200f1",
    "joined emoji": "\U0001f468\u200d\U0001f469",
    "sharp s": "ß",
    "dotless i": "ıİ",
    "the word null": "NULL",
    "a null marker": "<null>",
    "placeholder": ":1 ?",
    "dollar": "$1",
    "leading zeros": "007",
    "fraction without zero": ".71",
    "separator": "a|b;,",
    "markup": "<b>&amp;",
    "two blanks": "  ",
}


def _text(rule: ColumnRule) -> Iterator[Edge]:
    return (Edge(name, value) for name, value in _texts(rule))


def _texts(rule: ColumnRule) -> Iterator[tuple[str, str]]:
    longest = rule.source.type.length or UNBOUNDED_TEXT
    yield from ((name, value) for name, value in _TEXTS.items() if len(value) <= longest)
    yield "longest ASCII", "x" * longest
    yield "longest Hangul", "가" * longest
    yield "longest supplementary", "\U0001f600" * longest
    yield "longest, ending in blanks", "x" * max(0, longest - 2) + " " * min(2, longest)
    yield from ((name, value) for name, value in _at_the_limit(rule) if len(value) <= longest)


def _at_the_limit(rule: ColumnRule) -> Iterator[tuple[str, str]]:
    """Text exactly as long as the legacy column, and one more, in characters of ASCII, Hangul and
    beyond U+FFFF.
    """
    limit = rule.target.type.length
    if limit is None:
        return
    for name, character in (("ASCII", "x"), ("Hangul", "가"), ("supplementary", "\U0001f600")):
        width = (
            charsets.size(rule.target.type.charset, character)
            if rule.target.type.byte_length
            else 1
        )
        full = character * (limit // width) + "x" * (limit % width)
        yield f"{name} exactly at the legacy length", full
        yield f"{name} one above the legacy length", full + "x"


def _padded_text(rule: ColumnRule) -> Iterator[Edge]:
    # trailing blanks are no part of a char(n) value
    return (Edge(name, value) for name, value in _texts(rule) if value == value.rstrip(" "))


# ------------------------------------------------------------------ numbers


def _integers(rule: ColumnRule) -> Iterator[Edge]:
    low, high = source_bounds(rule)
    yield Edge("lowest", int(low or 0))
    yield Edge("highest", int(high or 0))
    for value in (
        0,
        1,
        -1,
        10,
        100,
        2**31,
        2**53 - 1,
        2**53,
        2**53 + 1,
        -(2**53) - 1,
        1234567890123,
    ):
        yield Edge(str(value), value)
    precision = rule.target.type.precision
    if precision is not None:
        limit = 10 ** max(0, precision - (rule.target.type.scale or 0))
        yield Edge("highest of the legacy column", limit - 1)
        yield Edge("one above the legacy column", limit)
        yield Edge("one below the legacy column", -limit)


def _numerics(rule: ColumnRule) -> Iterator[Edge]:
    kind = rule.source.type
    scale = 12 if kind.precision is None else (kind.scale or 0)
    texts = [
        "0",
        "0.71",
        "-0.71",
        "1.50",
        "0.1",
        "-1",
        "100",
        "0.05",
        "0.005",
        "-0.005",
        "1234567890123",
    ]
    if kind.precision is None:
        texts += ["0.611111104488373", "12345678901234567890.123456789", "1E-20", "9" * 38]
    for spelled in texts:
        decimals = len(spelled.partition(".")[2])
        if kind.precision is None or decimals <= scale:
            yield Edge(spelled, Decimal(spelled))
    for name, bound in zip(("lowest", "highest"), source_bounds(rule), strict=True):
        if bound is not None:
            yield Edge(name, bound)
    yield Edge("smallest step", power_of_ten(-scale))
    if rule.target.type.precision is not None:
        whole = rule.target.type.precision - (rule.target.type.scale or 0)
        yield Edge("one above the legacy column", power_of_ten(whole))
        if whole + scale > 0:
            yield Edge(
                "one step below the legacy limit", Decimal((0, (9,) * (whole + scale), -scale))
            )
    yield Edge("not a number", Decimal("NaN"))


def _floats(rule: ColumnRule) -> Iterator[Edge]:
    wide = source_label(rule.source.type) == "float8"
    for value in (0.0, 0.1, -0.71, 0.25, 1e15, -1e-10, 3.0e38, 1.5):
        yield Edge(repr(value), value)
    if wide:
        for value in (1 / 3, 2.0**53, 1.7976931348623157e308):
            yield Edge(repr(value), value)
    for spelled in ("nan", "inf", "-inf"):
        yield Edge(spelled, float(spelled))


def _booleans(_rule: ColumnRule) -> Iterator[Edge]:
    yield Edge("true", True)
    yield Edge("false", False)


# ------------------------------------------------------------------ times

_MOMENTS = {
    "start of the epoch": dt.datetime(1970, 1, 1),
    "one microsecond before the epoch": dt.datetime(1969, 12, 31, 23, 59, 59, 999_999),
    "half a millisecond before the epoch": dt.datetime(1969, 12, 31, 23, 59, 59, 999_500),
    "a millisecond before the epoch": dt.datetime(1969, 12, 31, 23, 59, 59, 999_000),
    "microseconds": dt.datetime(2026, 5, 17, 12, 34, 56, 123_456),
    "one microsecond": dt.datetime(2026, 5, 17, 12, 34, 56, 1),
    "rounds up in milliseconds": dt.datetime(2026, 5, 17, 12, 34, 56, 999_500),
    "last microsecond of a day": dt.datetime(2026, 12, 31, 23, 59, 59, 999_999),
    "tenth of a second": dt.datetime(2026, 5, 17, 12, 34, 56, 100_000),
    "leading zeros in the fraction": dt.datetime(2026, 5, 17, 12, 34, 56, 1_000),
    "whole second": dt.datetime(2026, 5, 17, 12, 34, 56),
    "before 1970": dt.datetime(1901, 12, 13, 20, 45, 51, 7),
    "clocks go forward in New York": dt.datetime(2026, 3, 8, 7, 0, 0),
    "clocks go back in New York": dt.datetime(2026, 11, 1, 6, 30, 0),
    "clocks go forward in London": dt.datetime(2026, 3, 29, 1, 30, 0),
    "summer time in Seoul": dt.datetime(1988, 5, 7, 17, 30, 0),
    "local mean time in Seoul": dt.datetime(1907, 6, 1, 0, 0, 0),
    "leap day": dt.datetime(2024, 2, 29, 23, 59, 59, 999_000),
    "no leap year": dt.datetime(1900, 2, 28, 12, 0, 0),
    "end of 32 bits": dt.datetime(2038, 1, 19, 3, 14, 8),
    "end of the Julian calendar": dt.datetime(1582, 10, 4, 12, 0, 0),
    "start of the Gregorian calendar": dt.datetime(1582, 10, 15, 12, 0, 0),
    "year 1": dt.datetime(1, 1, 1),
    "year 1 with microseconds": dt.datetime(1, 1, 1, 0, 0, 0, 123_456),
    "year 9999": dt.datetime(9999, 12, 31, 23, 59, 59),
    "end of the year 9999": dt.datetime(9999, 12, 31, 23, 59, 59, 999_999),
}
_OFFSETS = (
    dt.timedelta(hours=9),
    dt.timedelta(hours=-3, minutes=-30),
    dt.timedelta(hours=5, minutes=45),
    dt.timedelta(hours=14),
    dt.timedelta(hours=-12),
)


def _timestamps(rule: ColumnRule) -> Iterator[Edge]:
    zoned = source_label(rule.source.type) == "timestamptz"
    for name, moment in _MOMENTS.items():
        value = moment.replace(tzinfo=dt.UTC if zoned else None)
        yield Edge(name, to_precision(rule, value))
    if zoned:
        for offset in _OFFSETS:
            zone = dt.timezone(offset)
            value = dt.datetime(2026, 7, 1, 23, 59, 59, 654_321, tzinfo=zone)
            yield Edge(f"offset {zone}", to_precision(rule, value))
    low, high = moment_bounds(rule)
    yield Edge("lowest", to_precision(rule, low))
    yield Edge("highest", to_precision(rule, high))


def to_precision(rule: ColumnRule, value: dt.datetime) -> dt.datetime:
    """Cut to the digits a ``timestamp(n)`` keeps, so that PostgreSQL stores the value as it is."""
    stated = (
        rule.source.type.scale if rule.source.type.precision is None else rule.source.type.precision
    )
    step = 10 ** (6 - (6 if stated is None else stated))
    return value.replace(microsecond=value.microsecond - value.microsecond % step)


def _dates(_rule: ColumnRule) -> Iterator[Edge]:
    for name, moment in _MOMENTS.items():
        yield Edge(name, moment.date())


# ------------------------------------------------------------------ other


def _bytes(rule: ColumnRule) -> Iterator[Edge]:
    yield Edge("every byte", bytes(range(256)))
    yield Edge("empty", b"")
    yield Edge("zero byte", b"\x00")
    yield Edge("not UTF-8", b"\xff\xfe\x80")
    limit = rule.target.type.length
    if limit is not None:
        yield Edge("exactly at the legacy length", b"\x5a" * limit)
        yield Edge("one above the legacy length", b"\x5a" * (limit + 1))
    else:
        yield Edge("long", b"\x00\x5a" * 5000)


def _uuids(_rule: ColumnRule) -> Iterator[Edge]:
    yield Edge("mixed", str(uuid.UUID("0a1b2c3d-4e5f-4a6b-8c7d-9e0fa1b2c3d4")))
    yield Edge("nil", str(uuid.UUID(int=0)))
    yield Edge("highest", str(uuid.UUID(int=2**128 - 1)))


def _documents(_rule: ColumnRule) -> Iterator[Edge]:
    for value in (
        '{"b": 1, "a": [true, null, "\U0001f6eb"]}',
        "{}",
        "[]",
        "null",
        '"text"',
        "12345678901234567890.125",
        '{"a": ""}',
        "0.71",
        '{"서울": "e\u0301"}',
    ):
        yield Edge(value, value)


_BY_TYPE: dict[str, Callable[[ColumnRule], Iterator[Edge]]] = {
    **dict.fromkeys(("varchar", "text", "citext"), _text),
    "bpchar": _padded_text,
    **dict.fromkeys(("int2", "int4", "int8"), _integers),
    "numeric": _numerics,
    **dict.fromkeys(("float4", "float8"), _floats),
    "bool": _booleans,
    **dict.fromkeys(("timestamp", "timestamptz"), _timestamps),
    "date": _dates,
    "bytea": _bytes,
    "uuid": _uuids,
    **dict.fromkeys(("json", "jsonb"), _documents),
}
