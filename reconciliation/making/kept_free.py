"""Values kept free for runs, column by column: a new one for every row.

Whole numbers come from the reserved range, or from the topmost part of what both columns hold;
texts begin with the run's own letters; UUIDs and bytes are drawn; dates lie in a far future that no
application has reached.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from reconciliation.canonical.values import exact
from reconciliation.errors import Unmakeable
from reconciliation.making.columns import MOMENTS, NUMBERS, TEXTS, Column
from reconciliation.making.plain import base36
from reconciliation.making.series import (
    Series,
    drawn_octets,
    drawn_uuids,
    few_values,
    listed,
    moments,
    number_range,
    numbers,
    span,
    texts,
)
from reconciliation.model import Value


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
        return [listed(column.values, "the contract's [values]")]
    return [
        series
        for series in _of_type(column, reserved, tried)
        if series.size and column.keeps(series.at(0))
    ]


def _of_type(column: Column, reserved: Reserved, tried: Sequence[Value]) -> Iterator[Series]:
    if column.label in NUMBERS | {"oid"}:
        yield from numbers(
            column, reserved.first, reserved.last, [exact(v) for v in tried if is_number(v)]
        )
    elif column.label in TEXTS:
        yield from texts(
            column, reserved.letters, [text for text in tried if isinstance(text, str)]
        )
    elif column.label == "uuid":
        yield drawn_uuids()
    elif column.label == "bytea":
        yield drawn_octets(column)
    elif column.label in MOMENTS:
        yield from moments(column, [v for v in tried if isinstance(v, dt.date)])
    else:
        yield from few_values(column)


def is_number(value: Value) -> bool:
    return isinstance(value, (int, Decimal, float)) and not isinstance(value, bool)


# ------------------------------------------------------------------ the contract's own


def _between(column: Column, first: Value, last: Value) -> Series:
    """From the first to the last value the contract reserves; Unmakeable for none of the type."""
    words = "the contract's reserved values"
    if is_number(first) and is_number(last):
        return number_range(column, exact(first), exact(last), words)
    if isinstance(first, dt.date) and isinstance(last, dt.date):
        plain_ends = [
            dt.datetime(v.year, v.month, v.day)
            if not isinstance(v, dt.datetime)
            else (v.astimezone(dt.UTC) if v.tzinfo else v).replace(tzinfo=None)
            for v in (first, last)
        ]
        return span(column, plain_ends[0], plain_ends[1] + dt.timedelta(days=1), words)
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
