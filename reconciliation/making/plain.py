"""One plain value for every type of PostgreSQL: others from row to row and from column to column,
and harmless to whoever reads them.

Values of types without a class in Python are texts as PostgreSQL prints them.
"""

from __future__ import annotations

import datetime as dt
import itertools
import string
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from decimal import Decimal

from reconciliation.canonical.types import source_label, target_label
from reconciliation.canonical.values import of_type
from reconciliation.generation.bounds import moment_bounds
from reconciliation.generation.edges import to_precision
from reconciliation.making.columns import NUMBERS, Column
from reconciliation.model import ColumnType, Value

#: a moment that is over, with milliseconds
_MOMENT = dt.datetime(2001, 2, 3, 4, 5, 6, 678_000)
DIGITS = string.digits + string.ascii_lowercase
#: numbers below which plain ones stay, the widest first: primes, so that rows differ in each
_MODULI = (9973, 97, 7, 2)
#: values looked at for one that both sides hold
_LOOKED_AT = 40


def plain(column: Column, number: int, mark: str | None = None) -> Iterator[Value]:
    """Values for row ``number`` that both sides can hold, the fittest first; may be none.

    ``mark`` is what the value begins with in the column that carries the run's mark.
    """
    if column.values:
        yield from _turned(column.values, number)
        return
    make = _BY_TYPE.get(column.label)
    if make is None:
        return
    wished = make(column, number)
    if mark is not None and column.label in ("varchar", "text", "citext", "bpchar"):
        marked = (f"{mark} {number}", mark, mark[: column.characters])
        wished = itertools.chain(marked, wished)
    seen: set[str] = set()
    rounded: list[Value] = []
    for value in itertools.islice(wished, _LOOKED_AT):
        if not column.holds(value) or repr(value) in seen:
            continue
        seen.add(repr(value))
        if column.unaltered(value):
            yield value
        else:
            rounded.append(value)
    yield from rounded


def _turned(values: tuple[Value, ...], number: int) -> Iterator[Value]:
    start = number % len(values)
    yield from (*values[start:], *values[:start])


def base36(number: int, width: int) -> str:
    """The last ``width`` digits of a number to the base of 36."""
    written = ""
    for _ in range(width):
        number, digit = divmod(number, 36)
        written = DIGITS[digit] + written
    return written


# ------------------------------------------------------------------ by type


def _texts(column: Column, number: int) -> Iterator[str]:
    yield f"c{column.ordinal} {number}"
    longest = column.characters or 20
    for width in (8, 4, 3, 2, 1):
        if width <= longest:
            yield base36(number + 11 * column.ordinal, width)


def _numbers(column: Column, number: int) -> Iterator[int]:
    """Small ones, and those beside a limit that leaves out all of these."""
    for modulus in _MODULI:
        yield (number * 5 + column.ordinal * 37) % modulus + 1
    yield 0
    if column.label in NUMBERS:
        low, high = (int(bound) for bound in column.bounds)
        for modulus in _MODULI:
            shift = (number * 5 + column.ordinal * 37) % modulus
            yield from (low + 1 + shift, high - shift)


def _whole(column: Column, number: int) -> Iterator[int]:
    return _numbers(column, number)


def _exact(column: Column, number: int) -> Iterator[Decimal]:
    for value in _numbers(column, number):
        yield Decimal(value).scaleb(-min(2, column.scale))
        yield Decimal(value)


def _floats(column: Column, number: int) -> Iterator[float]:
    for value in _numbers(column, number):
        yield value + 0.5
        yield float(value)


def _booleans(column: Column, number: int) -> Iterator[bool]:
    flag = (number + column.ordinal) % 2 == 0
    yield from (flag, not flag)


def _moments(column: Column, number: int) -> Iterator[dt.datetime]:
    zone = dt.UTC if column.label == "timestamptz" else None
    shift = dt.timedelta(days=column.ordinal, minutes=number % 100_000)
    moment = (_MOMENT + shift).replace(tzinfo=zone)
    for rule in column.rules:
        moment = to_precision(rule, moment)
    yield moment
    yield moment.replace(microsecond=0)
    minutes = dt.timedelta(minutes=number % 1000)
    for low, high in _agreed(column):
        yield from (low + minutes, high.replace(microsecond=0) - minutes)


def _dates(column: Column, number: int) -> Iterator[dt.date]:
    day = _MOMENT.date() + dt.timedelta(days=number % 5000 + 31 * column.ordinal)
    yield day
    days = dt.timedelta(days=number % 100)
    for low, high in _agreed(column):
        yield from (low.date() + days, high.date() - days)


def _agreed(column: Column) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    """First and last moments that contracts agreed on."""
    for rule in column.rules:
        if rule.pair.minimum is not None or rule.pair.maximum is not None:
            yield moment_bounds(rule)


def _octets(column: Column, number: int) -> Iterator[bytes]:
    written = bytes([column.ordinal % 256]) + number.to_bytes(7, "big")
    for width in (8, 4, 2, 1):
        yield written[-width:]


def _labels(column: Column, number: int) -> Iterator[str]:
    if column.type.labels:
        yield from (of_type(str, label) for label in _turned(column.type.labels, number))


def _arrays(column: Column, number: int) -> Iterator[str]:
    """One element, of a type that is known; otherwise none."""
    element = source_label(ColumnType(column.type.name.removeprefix("_").removesuffix("[]")))
    make = _BY_TYPE.get(element)
    if make is not None and element not in ("array", "enum", "bytea"):
        alone = replace(column, source=replace(column.source, type=ColumnType(element)), rules=())
        for value in make(alone, number):
            written = str(value).replace("\\", "\\\\").replace('"', '\\"')
            yield f"{{{written}}}" if written.isalnum() else f'{{"{written}"}}'
    yield "{}"


def _bits(column: Column, number: int) -> Iterator[str]:
    width = column.type.length or (1 if column.label == "bit" else 8)
    yield format(number % 2 ** min(width, 16), "b").zfill(width)


def _intervals(column: Column, number: int) -> Iterator[str]:
    targets = {target_label(rule.target.type) for rule in column.rules}
    if "INTERVAL YEAR TO MONTH" in targets:
        yield f"{number % 11 + 1} mons"
    minutes, seconds = divmod(number % 3600, 60)
    yield f"01:{minutes:02}:{seconds:02}"


def _time_of_day(number: int) -> str:
    hours, rest = divmod(number % 86_400, 3600)
    return f"{hours:02}:{rest // 60:02}:{rest % 60:02}"


def _day(number: int) -> dt.date:
    return _MOMENT.date() + dt.timedelta(days=number % 5000)


def _written(spell: Callable[[int], str]) -> Callable[[Column, int], Iterator[str]]:
    """Of a type whose values are texts made of a small number."""

    def make(column: Column, number: int) -> Iterator[str]:
        for value in _numbers(column, number):
            yield spell(value)

    return make


def _identifiers(column: Column, number: int) -> Iterable[str]:
    yield str(uuid.UUID(int=(column.ordinal << 64) + number))


_BY_TYPE: dict[str, Callable[[Column, int], Iterable[Value]]] = {
    **dict.fromkeys(("varchar", "text", "citext", "bpchar", "name"), _texts),
    **dict.fromkeys(("int2", "int4", "int8", "oid"), _whole),
    **dict.fromkeys(("numeric", "money"), _exact),
    **dict.fromkeys(("float4", "float8"), _floats),
    "bool": _booleans,
    **dict.fromkeys(("timestamp", "timestamptz"), _moments),
    "date": _dates,
    "bytea": _octets,
    "uuid": _identifiers,
    "enum": _labels,
    "array": _arrays,
    **dict.fromkeys(("bit", "varbit"), _bits),
    "interval": _intervals,
    "time": _written(_time_of_day),
    "timetz": _written(lambda n: f"{_time_of_day(n)}+00"),
    **dict.fromkeys(("json", "jsonb"), _written(lambda n: f'{{"n": {n}}}')),
    "jsonpath": _written(lambda n: f'$."n{n}"'),
    "xml": _written(lambda n: f"<n>{n}</n>"),
    "inet": _written(lambda n: f"192.0.{n % 100}.{n // 100 % 100}"),
    "cidr": _written(lambda n: f"192.0.{n % 100}.0/24"),
    "macaddr": _written(lambda n: f"02:00:00:00:{n // 100 % 100:02}:{n % 100:02}"),
    "macaddr8": _written(lambda n: f"02:00:00:00:00:00:{n // 100 % 100:02}:{n % 100:02}"),
    "point": _written(lambda n: f"({n},2)"),
    "line": _written(lambda n: f"{{1,2,{n}}}"),
    "lseg": _written(lambda n: f"[(0,0),({n},1)]"),
    "box": _written(lambda n: f"({n},1),(0,0)"),
    "circle": _written(lambda n: f"<(0,0),{n}>"),
    "path": _written(lambda n: f"[(0,0),({n},1)]"),
    "polygon": _written(lambda n: f"((0,0),({n},1),(2,0))"),
    **dict.fromkeys(("int4range", "int8range"), _written(lambda n: f"[{n},{n + 1})")),
    "numrange": _written(lambda n: f"[{n}.5,{n + 1})"),
    "daterange": _written(lambda n: f"[{_day(n)},{_day(n) + dt.timedelta(days=1)})"),
    "tsrange": _written(lambda n: f'["{_day(n)} 00:00:00","{_day(n)} 12:00:00")'),
    "tstzrange": _written(lambda n: f'["{_day(n)} 00:00:00+00","{_day(n)} 12:00:00+00")'),
    "tsvector": _written(lambda n: f"'n{n}'"),
    "tsquery": _written(lambda n: f"'n{n}'"),
    "hstore": _written(lambda n: f'"n"=>"{n}"'),
    "pg_lsn": _written(lambda n: f"0/{n:X}"),
}
