"""Values kept free for runs, column by column: a new one for every row.

Whole numbers come from the reserved range, or from the topmost part of what both columns hold;
texts begin with the run's own letters; UUIDs and bytes are drawn; dates lie in a far future that no
application has reached.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
import secrets
import uuid
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from reconciliation.canonical.values import exact
from reconciliation.errors import Unmakeable
from reconciliation.generation.bounds import moment_bounds
from reconciliation.making.columns import FLOATS, MOMENTS, TEXTS, WHOLE, Column
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


@dataclass(frozen=True)
class Reserved:
    """What a run has for itself: the profile's range without its last number, the contract's own
    by column, and letters made of the run's mark.
    """

    first: int
    last: int
    own: dict[str, tuple[Value, Value]]
    letters: str


def letters_of(mark: str) -> str:
    """``zz`` and four more letters or digits that tell this run from others."""
    return "zz" + base36(zlib.crc32(mark.encode()), 4)


def every_series(column: Column, reserved: Reserved, tried: Sequence[Value] = ()) -> list[Series]:
    """Those of a column, the fittest first; ``tried`` are values that conditions of the column
    speak of. Empty: none of its values can be kept free.
    """
    if column.name in reserved.own:
        return [_between(column, *reserved.own[column.name])]
    if column.values:
        return [_listed(column.values, "the contract's [values]")]
    return [
        series
        for series in _of_type(column, reserved, tried)
        if series.size and column.keeps(series.at(0))
    ]


def _of_type(column: Column, reserved: Reserved, tried: Sequence[Value]) -> Iterator[Series]:
    if column.label in WHOLE | FLOATS | {"numeric", "money", "oid"}:
        yield from _numbers(column, reserved, [exact(v) for v in tried if _is_number(v)])
    elif column.label in TEXTS:
        yield from _texts(column, reserved, [text for text in tried if isinstance(text, str)])
    elif column.label == "uuid":
        yield Series(_UNLIMITED, lambda _: str(uuid.uuid4()), "drawn UUIDs", drawn=True)
    elif column.label == "bytea":
        width = min(16, column.octets or 16)
        size, drawn = 256**width // 2, width >= 12
        yield Series(size, lambda _: secrets.token_bytes(width), "drawn bytes", drawn)
    elif column.label in MOMENTS:
        yield from _moments(column, [v for v in tried if isinstance(v, dt.date)])
    else:
        yield from _few(column)


def _is_number(value: Value) -> bool:
    return isinstance(value, (int, Decimal, float)) and not isinstance(value, bool)


def _listed(values: Sequence[Value], words: str) -> Series:
    return Series(len(values), lambda place: values[place], words)


def _few(column: Column) -> Iterator[Series]:
    """Of a type without a reserved part: the plain values it has."""
    found: dict[str, Value] = {}
    for number in range(1, 2000):
        for value in plain(column, number):
            found.setdefault(repr(value), value)
            break
        if column.label in ("bool", "enum") and number > 2 * len(column.type.labels) + 2:
            break
    if found:
        yield _listed(list(found.values()), f"the plain values of {column.type}")


# ------------------------------------------------------------------ numbers


def _numbers(column: Column, reserved: Reserved, tried: list[Decimal]) -> Iterator[Series]:
    low, high = column.bounds
    if low <= reserved.first and reserved.last <= high and column.scale >= 0:
        yield _range(column, Decimal(reserved.first), Decimal(reserved.last), "the reserved keys")
    step = Decimal(1).scaleb(-min(column.scale, 0)) if column.scale <= 0 else Decimal(1)
    if high < 1 and column.scale > 0:  # nothing before the point
        step = Decimal(1).scaleb(-column.scale)
    top = int(high / step)
    room = max(top // _SHARE, min(top // 2, _LEAST))
    room = min(room, reserved.last - reserved.first + 1, top)
    if room > 0:
        words = "the highest values both columns hold"
        yield _range(column, step * (top - room + 1), step * top, words, step)
    for number in tried:
        words = f"values beside {number}"
        if number < high:
            yield _range(column, number + step, min(high, number + _LEAST * step), words, step)
        if low < number:
            yield _range(column, max(low, number - _LEAST * step), number - step, words, step)
        yield _range(column, number, number, words, step)


def _range(
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


def _texts(column: Column, reserved: Reserved, tried: list[str]) -> Iterator[Series]:
    longest = column.characters
    yield _lettered(reserved.letters, longest)
    yield _lettered(reserved.letters.upper(), longest)
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
        yield _listed(held, "the texts of its condition")


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


def _moments(column: Column, tried: list[dt.date]) -> Iterator[Series]:
    yield _span(column, _FUTURE, _FUTURE + dt.timedelta(days=_DAYS_RESERVED), "the reserved span")
    for rule in column.rules:
        last = moment_bounds(rule)[1].replace(tzinfo=None, microsecond=0)
        yield _span(column, last - dt.timedelta(days=366), last, "the last moments agreed on")
    month = dt.timedelta(days=25)
    for value in tried:
        moment = dt.datetime(value.year, value.month, value.day)
        yield _span(column, moment, moment + month, "moments after that of its condition")
        yield _span(column, moment - month, moment, "moments before that of its condition")


def _span(column: Column, first: dt.datetime, last: dt.datetime, words: str) -> Series:
    told = f"{words} {first:%Y-%m-%d} to {last:%Y-%m-%d}"
    if column.label == "date":
        return Series((last - first).days, lambda n: (first + dt.timedelta(days=n)).date(), told)
    if column.label == "timestamptz":
        first, last = first.replace(tzinfo=dt.UTC), last.replace(tzinfo=dt.UTC)
    seconds = int((last - first).total_seconds())
    return Series(seconds, lambda n: first + dt.timedelta(seconds=n), told)


# ------------------------------------------------------------------ the contract's own


def _between(column: Column, first: Value, last: Value) -> Series:
    """From the first to the last value the contract reserves; Unmakeable for none of the type."""
    words = "the contract's reserved values"
    if _is_number(first) and _is_number(last):
        return _range(column, exact(first), exact(last), words)
    if isinstance(first, dt.date) and isinstance(last, dt.date):
        plain_ends = [
            dt.datetime(v.year, v.month, v.day)
            if not isinstance(v, dt.datetime)
            else (v.astimezone(dt.UTC) if v.tzinfo else v).replace(tzinfo=None)
            for v in (first, last)
        ]
        return _span(column, plain_ends[0], plain_ends[1] + dt.timedelta(days=1), words)
    if isinstance(first, str) and isinstance(last, str):
        return _between_texts(column, first, last)
    raise _unmeant(column, first, last)


def _between_texts(column: Column, first: str, last: str) -> Series:
    alike = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    head = "".join(character for character, _ in alike)
    ends = (first[len(head) :], last[len(head) :])
    if all(re.fullmatch("[0-9]+", end) for end in ends) and len(ends[0]) == len(ends[1]):
        low, width = int(ends[0]), len(ends[0])
        size = int(ends[1]) - low + 1
        return Series(size, lambda n: f"{head}{low + n:0{width}}", f"{first} to {last}")
    upper = last.upper() == last
    if all(re.fullmatch("[0-9A-Za-z]+", end) for end in ends) and len(ends[0]) == len(ends[1]):
        low, width = int(ends[0], 36), len(ends[0])

        def at(place: int) -> Value:
            written = base36(low + place, width)
            return head + (written.upper() if upper else written)

        return Series(int(ends[1], 36) - low + 1, at, f"{first} to {last}")
    raise _unmeant(column, first, last)


def _unmeant(column: Column, first: Value, last: Value) -> Unmakeable:
    return Unmakeable(
        f"column {column.name} {column.type}: [reserved] {first!r} to {last!r} are no first and "
        "last value of one kind; write two numbers, two dates, or two texts of one length that "
        "begin alike"
    )
