"""Long series of values that differ, by kind of column."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from reconciliation.generation.bounds import moment_bounds
from reconciliation.making.columns import FLOATS, WHOLE, Column
from reconciliation.making.patterns import room_of, texts_of
from reconciliation.making.plain import base36, plain
from reconciliation.model import Value

#: the share of a narrow column's values that runs may use, and how many of them at least
_SHARE, _LEAST = 10, 1000
#: where reserved dates and times begin
_FUTURE = dt.datetime(2900, 1, 1)
_DAYS_RESERVED = 36_500
_UNLIMITED = 10**9


@dataclass(frozen=True)
class Series:
    """``at(0)`` to ``at(size - 1)`` differ; ``words`` tell what they are. ``drawn`` values
    differ by chance, which is as good as certain.
    """

    size: int
    at: Callable[[int], Value]
    words: str
    drawn: bool = False


def listed(values: Sequence[Value], words: str) -> Series:
    return Series(len(values), lambda place: values[place], words)


def few_values(column: Column) -> Iterator[Series]:
    """Of a type without a reserved part: the plain values it has."""
    found: dict[str, Value] = {}
    for number in range(1, 2000):
        for value in plain(column, number):
            found.setdefault(repr(value), value)
            break
        if column.label in ("bool", "enum") and number > 2 * len(column.type.labels) + 2:
            break
    if found:
        yield listed(list(found.values()), f"the plain values of {column.type}")


# ------------------------------------------------------------------ numbers


def numbers(column: Column, first: int, last: int, tried: Sequence[Decimal]) -> Iterator[Series]:
    """The reserved range from ``first`` to ``last``, or what a column holds instead."""
    low, high = column.bounds
    if low <= first and last <= high and column.scale >= 0:
        yield number_range(column, Decimal(first), Decimal(last), "the reserved keys")
    step = Decimal(1).scaleb(-min(column.scale, 0)) if column.scale <= 0 else Decimal(1)
    if high < 1 and column.scale > 0:  # nothing before the point
        step = Decimal(1).scaleb(-column.scale)
    top = int(high / step)
    room = max(top // _SHARE, min(top // 2, _LEAST))
    room = min(room, last - first + 1, top)
    if room > 0:
        words = "the highest values both columns hold"
        yield number_range(column, step * (top - room + 1), step * top, words, step)
    finest = Decimal(1).scaleb(-column.scale)
    for near in dict.fromkeys((step, finest)):
        for number in tried:
            words = "the values"
            if number <= high:
                yield number_range(column, number, min(high, number + _LEAST * near), words, near)
            if low < number:
                yield number_range(
                    column, number - near, max(low, number - _LEAST * near), words, -near
                )


def number_range(
    column: Column, first: Decimal, last: Decimal, words: str, step: Decimal = Decimal(1)
) -> Series:
    def at(place: int) -> Value:
        number = first + step * place
        if column.label in WHOLE or column.label == "oid":
            return int(number)
        return float(number) if column.label in FLOATS else number

    size = max(0, int((last - first) / step) + 1)
    return Series(size, at, f"{words} {first} to {last}")


# ------------------------------------------------------------------ texts


def texts(column: Column, letters: str, tried: Sequence[str]) -> Iterator[Series]:
    """Texts that begin with a run's letters, or of the kind that a condition asks for."""
    longest = column.characters
    yield _lettered(letters, longest)
    yield _lettered(letters.upper(), longest)
    for text in tried:  # beginnings that a condition may ask for
        if len(text) + 2 <= (longest or 64):
            for upper in (False, True):
                yield _lettered(text + "zz", longest, upper=upper, kept=len(text))
    for text in tried:  # those a pattern asks for
        if texts_of(text, 0) not in (None, text):
            yield Series(room_of(text), _pattern(text), f"texts that match {text}")
    widths = range(1, min(longest or 12, 12) + 1)
    for width in sorted(widths, reverse=True):
        yield _of_alphabet("ZYXWVUTSRQPONMLKJIHGFEDCBA", width)
        yield _of_alphabet("zyxwvutsrqponmlkjihgfedcba", width)
        yield _of_alphabet("9876543210", width)
    held = [text for text in dict.fromkeys(tried) if text and column.holds(text)]
    if held:
        yield listed(held, "the texts of its condition")


def _lettered(
    beginning: str, longest: int | None, *, upper: bool | None = None, kept: int = 1
) -> Series:
    """A beginning and a number to the base of 36; a short column cuts the beginning."""
    width = 6 if longest is None else max(1, min(6, (longest + 2) // 3 if longest > 3 else longest))
    if longest is not None and longest in (2, 3):
        width = longest - 1
    head = beginning if longest is None else beginning[: max(0, longest - width)]
    upper = beginning.isupper() if upper is None else upper
    size = 36**width
    # a run of its own beginning in a column too short for the run's letters
    start = zlib.crc32(beginning.encode()) % size if len(head) < len(beginning) else 0

    def at(place: int) -> Value:
        number = base36((start + place) % size, width)
        return head + (number.upper() if upper else number)

    return Series(size, at, f"texts that begin with {head!r}" if head else "short texts")


def _pattern(pattern: str) -> Callable[[int], Value]:
    return lambda place: texts_of(pattern, place)


def _of_alphabet(alphabet: str, width: int) -> Series:
    base = len(alphabet)

    def at(place: int) -> Value:
        written = ""
        for _ in range(width):
            place, digit = divmod(place, base)
            written = alphabet[digit] + written
        return written

    return Series(base**width, at, f"texts of {width} out of {alphabet[-1]} to {alphabet[0]}")


# ------------------------------------------------------------------ moments


def moments(column: Column, tried: Sequence[dt.date]) -> Iterator[Series]:
    """A far future, or what the contract or a condition lets pass."""
    yield span(column, _FUTURE, _FUTURE + dt.timedelta(days=_DAYS_RESERVED), "the reserved span")
    for rule in column.rules:
        last = moment_bounds(rule)[1].replace(tzinfo=None, microsecond=0)
        yield span(column, last - dt.timedelta(days=366), last, "the last moments agreed on")
    month = dt.timedelta(days=25)
    for value in tried:
        moment = dt.datetime(value.year, value.month, value.day)
        yield span(column, moment, moment + month, "moments after that of its condition")
        yield span(column, moment - month, moment, "moments before that of its condition")


def span(column: Column, first: dt.datetime, last: dt.datetime, words: str) -> Series:
    told = f"{words} {first:%Y-%m-%d} to {last:%Y-%m-%d}"
    if column.label == "date":
        return Series((last - first).days, lambda n: (first + dt.timedelta(days=n)).date(), told)
    if column.label == "timestamptz":
        first, last = first.replace(tzinfo=dt.UTC), last.replace(tzinfo=dt.UTC)
    seconds = int((last - first).total_seconds())
    return Series(seconds, lambda n: first + dt.timedelta(seconds=n), told)


# ------------------------------------------------------------------ drawn


def drawn_uuids() -> Series:
    return Series(_UNLIMITED, lambda _: str(uuid.uuid4()), "drawn UUIDs", drawn=True)


def drawn_octets(column: Column) -> Series:
    width = min(16, column.octets or 16)
    size, certain = 256**width // 2, width >= 12
    return Series(size, lambda _: secrets.token_bytes(width), "drawn bytes", certain)
