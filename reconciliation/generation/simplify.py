"""One-step simplifications of a failing value, so that a whole round can be tried in one batch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import TypeVar

from reconciliation.model import Value

T = TypeVar("T")

#: characters of a text that are dropped or replaced one by one in a round
_POSITIONS = 24


def simplify(value: Value) -> list[Value]:
    """Values simpler than ``value``, the simplest first; empty when there is none.

    Every one is strictly simpler (shorter, closer to zero or to 2000-01-01, or of plainer
    characters), so repeating with any of them ends.
    """
    if value is None or isinstance(value, bool):
        return []
    if isinstance(value, str):
        return _distinct(value, _texts(value))
    if isinstance(value, (bytes, bytearray, memoryview)):
        return _distinct(bytes(value), _octets(bytes(value)))
    if isinstance(value, dt.datetime):
        return _distinct(value, _moments(value))
    if isinstance(value, dt.date):
        return _distinct(value, iter([dt.date(2000, 1, 1)])) if value != dt.date(2000, 1, 1) else []
    if isinstance(value, (int, float, Decimal)):
        return _distinct(value, _numbers(value))
    return []


def _distinct(value: object, candidates: Iterator[T]) -> list[T]:
    seen = {repr(value)}
    kept = []
    for candidate in candidates:
        if repr(candidate) not in seen:
            seen.add(repr(candidate))
            kept.append(candidate)
    return kept


def _texts(value: str) -> Iterator[str]:
    if not value:
        return
    yield ""
    yield value[0]
    yield value[-1]
    half = len(value) // 2
    yield value[:half]
    yield value[half:]
    places = range(0, len(value), max(1, len(value) // _POSITIONS))
    yield from (value[:place] + value[place + 1 :] for place in places)
    yield from (value[:place] + "a" + value[place + 1 :] for place in places if value[place] > "a")


def _octets(value: bytes) -> Iterator[bytes]:
    if not value:
        return
    yield b""
    yield value[:1]
    half = len(value) // 2
    yield value[:half]
    yield value[half:]
    if any(value):
        yield bytes(len(value))


def _numbers(value: float | Decimal) -> Iterator[float | Decimal]:
    kind = type(value)
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if exact == 0:
        return
    yield kind(0)
    if not exact.is_finite():
        return
    whole = int(exact)
    if whole != exact:
        yield kind(whole)
    for divisor in (10**9, 1000, 10, 2):
        quotient = abs(whole) // divisor
        if quotient:
            yield kind(quotient if whole > 0 else -quotient)
    if exact < 0:
        yield -value


def _moments(value: dt.datetime) -> Iterator[dt.datetime]:
    plain = dt.datetime(2000, 1, 1, tzinfo=None if value.tzinfo is None else dt.UTC)
    if value != plain or value.utcoffset() != plain.utcoffset():
        yield plain
    if value.microsecond:
        yield value.replace(microsecond=0)
        if value.microsecond % 1000:
            yield value.replace(microsecond=value.microsecond // 1000 * 1000)
    if value.hour or value.minute or value.second:
        yield value.replace(hour=0, minute=0, second=0)
    if (value.month, value.day) != (1, 1):
        yield value.replace(month=1, day=1)
    if value.utcoffset():
        yield value.replace(tzinfo=dt.UTC)
