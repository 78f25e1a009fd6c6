"""The literals of a condition, as values worth trying."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterator
from decimal import Decimal

from reconciliation.making.columns import FLOATS, MOMENTS, TEXTS, WHOLE, Column
from reconciliation.making.patterns import texts_of
from reconciliation.model import Value

_TEXT = re.compile(r"'((?:[^']|'')*)'")
_NUMBER = re.compile(r"(?<![\w.\"'])-?\d+(?:\.\d+)?(?![\w\"'])")
_NAME = re.compile(r'"((?:[^"]|"")+)"|([A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)')


def names(expression: str) -> frozenset[str]:
    """Whatever may be the name of a column in a condition of PostgreSQL's."""
    outside = _TEXT.sub("''", expression)
    return frozenset(
        quoted.replace('""', '"') if quoted else plain.lower()
        for quoted, plain in _NAME.findall(outside)
    )


def texts(expression: str) -> list[str]:
    found = [text.replace("''", "'") for text in _TEXT.findall(expression)]
    return list(dict.fromkeys(_array_members(found)))


def _array_members(found: list[str]) -> Iterator[str]:
    """``'{a,b}'`` is how PostgreSQL may write the list of an IN."""
    for text in found:
        yield text
        if text.startswith("{") and text.endswith("}"):
            yield from (part.strip('"') for part in text[1:-1].split(","))


def numbers(expression: str) -> list[Decimal]:
    outside = _NUMBER.findall(_TEXT.sub("''", expression))
    inside = [text for text in texts(expression) if _NUMBER.fullmatch(text)]
    return list(dict.fromkeys(Decimal(written) for written in (*outside, *inside)))


#: how far beside a literal values are tried, in steps, units or days
_BESIDE = (0, 1, -1, 2, -2, 10, -10, 40, -40)


def tried(column: Column, expression: str) -> Iterator[Value]:
    """Values of the column's type on, above and below each literal of a condition."""
    if column.label in WHOLE:
        for number in numbers(expression):
            yield from (int(number) + beside for beside in _BESIDE)
    elif column.label in ("numeric", "money"):
        step = Decimal(1).scaleb(-column.scale)
        for number in numbers(expression):
            yield from (number + step * beside for beside in _BESIDE)
            yield from (number + beside for beside in _BESIDE)
    elif column.label in FLOATS:
        for number in numbers(expression):
            yield from (float(number) + beside for beside in _BESIDE)
    elif column.label in MOMENTS:
        for text in texts(expression):
            yield from _moments(column, text)
    else:
        found = texts(expression)
        yield from found
        if column.label in TEXTS:
            yield from _shapes(found, numbers(expression))


def _moments(column: Column, text: str) -> Iterator[dt.date]:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return
    if column.label == "timestamptz":
        moment = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    else:
        moment = moment.replace(tzinfo=None)
    hours = () if column.label == "date" else (1, -1, 9)
    for beside in (*(24 * days for days in _BESIDE), *hours):
        try:
            near = moment + dt.timedelta(hours=beside)
        except OverflowError:
            continue
        yield near.date() if column.label == "date" else near


def _shapes(found: list[str], lengths: list[Decimal]) -> Iterator[str]:
    """Texts of the kinds that LIKE, patterns and lengths ask for."""
    for text in found:
        if asked := {texts_of(text, number) for number in (0, 1, 12)} - {None, text}:
            yield from sorted(filter(None, asked))
        bare = text.strip("%")
        yield from (bare, f"{bare}a", f"a{bare}", f"{bare}1", f"{bare}A", f"a{bare}a")
        yield text.replace("%", "").replace("_", "a")
    for length in [int(number) for number in lengths if 0 < number <= 64] or [3]:
        for letter in "Aa1":
            yield letter * length
    for length in range(1, 12):
        for letter in "Aa1":
            yield letter * length
    yield from ("a@b.example", "http://a.example", "+1000000")


def beside(column: Column, value: Value) -> Iterator[Value]:
    """Values that compare as equal to another column's value, as more, and as less."""
    yield value
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, (int, float, Decimal)):
        yield from (value + 1, value - 1)
    elif isinstance(value, dt.date):
        step = dt.timedelta(days=1)
        yield from (value + step, value - step)
    elif isinstance(value, bytes):
        yield from (value + b"\x01", value[:-1])
    elif column.label == "uuid":
        number = uuid.UUID(str(value)).int
        yield from (str(uuid.UUID(int=near)) for near in (number | 15, number >> 1))
    elif isinstance(value, str) and column.label in TEXTS:
        yield from (f"{value}z", f"{value[:-1]}zz"[: len(value)], value[:-1])
