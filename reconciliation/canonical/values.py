"""From driver values to canonical values. Exact: no binary float arithmetic, no rounding, no
trimming.

NULL is always ``None`` and nothing else, so no text can be taken for it. Functions raise ValueError
or TypeError for a value that does not belong to the type they are for.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import struct
import uuid
from decimal import Decimal
from fractions import Fraction
from typing import NoReturn, TypeVar

from reconciliation.canonical.unusual import Unusual
from reconciliation.model import Value

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)

NOT_A_NUMBER = "NaN"
INFINITE = {1: "Infinity", -1: "-Infinity"}

T = TypeVar("T")


def of_type(kind: type[T], value: Value) -> T:
    """The value, which has to be of this type; TypeError, without the value, when it is not."""
    if isinstance(value, kind):
        return value
    raise TypeError(f"{type(value).__name__} where {kind.__name__} was expected")


def _number(value: Value) -> float | Decimal:
    if isinstance(value, (Decimal, float)):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise TypeError(f"{type(value).__name__} is not a number")


def exact(value: Value) -> Decimal:
    """A number, none of its digits lost; a float is the shortest decimal that reads back as it."""
    if isinstance(value, Decimal):
        return value
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(_number(value))


def number(value: Value) -> int | Decimal | str | None:
    """An int when integral, otherwise a Decimal; NaN and the infinities as their names.

    Spelling and trailing zeros do not matter (1.50 is 1.5), every digit does. A float stands for
    the shortest decimal that reads back as the same float, which is also how PostgreSQL prints it.
    """
    if value is None or type(value) is int:
        return value
    decimal = exact(value)
    if decimal.is_nan():
        return NOT_A_NUMBER
    if decimal.is_infinite():
        return INFINITE[1 if decimal > 0 else -1]
    if decimal == decimal.to_integral_value():
        return int(decimal)
    return decimal


def number_from_text(value: Value) -> Value:
    """A number that is kept as text: ``.71``, ``0.71`` and ``0.710`` are one number; other text
    stays text.
    """
    if not isinstance(value, str):
        return number(value)
    try:
        return number(Decimal(value.strip(" ")))
    except (ArithmeticError, ValueError):
        return ("not a number", value)


def float_text(value: float, digits: int = 15) -> str:
    """A float as PostgreSQL prints it: its shortest decimal, with an exponent below 1e-4 and from
    1e``digits`` on (15 for float8, 6 for float4).
    """
    if not math.isfinite(value):
        return str(_float(value))
    sign, figures, exponent = Decimal(repr(value)).normalize().as_tuple()
    first = len(figures) - 1 + int(exponent)
    if -4 <= first < digits or not value:
        return format(Decimal(repr(value)).normalize(), "f")
    mantissa = "".join(map(str, figures))
    point = f".{mantissa[1:]}" if mantissa[1:] else ""
    return f"{'-' * sign}{mantissa[0]}{point}e{'-' if first < 0 else '+'}{abs(first):02}"


def spellings(value: Value) -> tuple[str, ...]:
    """How PostgreSQL prints a number; the driver's float does not say which of the two float types
    it was.
    """
    if isinstance(value, float):
        return float_text(value), float_text(value, 6)
    if isinstance(value, Decimal):
        return (format(value, "f"),)
    return (str(value),)


def double(value: Value) -> float | str | None:
    """The nearest 64-bit float; -0.0 is 0."""
    if value is None:
        return None
    return _float(value if isinstance(value, float) else float(_number(value)))


def single(value: Value) -> float | str | None:
    """The nearest 32-bit float, rounded once from the exact value and not by way of a double."""
    if value is None:
        return None
    given = _number(value)
    wide = float(given)
    if not math.isfinite(wide):
        return _float(wide)
    exactly = Fraction(given)
    try:
        near = struct.unpack("<f", struct.pack("<f", wide))[0]
    except OverflowError:
        return INFINITE[1 if wide > 0 else -1]
    candidates = [near, *(_single_neighbour(near, step) for step in (-1, 1))]
    finite = [candidate for candidate in candidates if math.isfinite(candidate)]
    return _float(
        min(
            finite,
            key=lambda candidate: (abs(Fraction(candidate) - exactly), _single_bits(candidate) & 1),
        )
    )


def _single_bits(value: float) -> int:
    bits: int = struct.unpack("<I", struct.pack("<f", value))[0]
    return bits


def _single_neighbour(value: float, step: int) -> float:
    if value == 0:
        return _single_of(1) * step
    return _single_of(_single_bits(value) + (step if value > 0 else -step))


def _single_of(bits: int) -> float:
    value: float = struct.unpack("<f", struct.pack("<I", bits))[0]
    return value


def _float(value: float) -> float | str:
    if math.isnan(value):
        return NOT_A_NUMBER
    if math.isinf(value):
        return INFINITE[1 if value > 0 else -1]
    return value + 0.0 if value else 0.0


def text(value: Value) -> str | None:
    """Text by code points: no case, blank or Unicode normal form is changed."""
    if value is None or isinstance(value, str):
        return value
    raise TypeError(f"{type(value).__name__} is not text")


def printed(value: Value) -> str | None:
    """A value as PostgreSQL's output function prints it, in UTC; a float is none: it does not say
    which type it was.
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, (int, Decimal)):
        return spellings(value)[0]
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, (bytes, memoryview)):
        return "\\x" + bytes(value).hex()
    if not isinstance(value, dt.date):
        raise TypeError(f"{type(value).__name__} is not text")
    if not isinstance(value, dt.datetime):
        return value.isoformat()
    utc = value if value.tzinfo is None else value.astimezone(dt.UTC).replace(tzinfo=None)
    whole, point, fraction = utc.isoformat(sep=" ").partition(".")
    return whole + point + fraction.rstrip("0") + ("" if value.tzinfo is None else "+00")


def unpadded(value: Value) -> str | None:
    """The value of a blank-padded type, whose trailing blanks carry no meaning."""
    kept = text(value)
    return None if kept is None else kept.rstrip(" ")


def octets(value: Value) -> bytes | None:
    if value is None:
        return None
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    raise TypeError(f"{type(value).__name__} is not bytes")


def boolean(value: Value) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    raise TypeError(f"{value!r} is not a boolean")


def microseconds(value: dt.datetime) -> int:
    """Microseconds since 1970-01-01T00:00:00Z; a value without zone is taken as UTC."""
    aware = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
    return (aware - EPOCH) // _MICROSECOND


def instant(value: Value) -> dt.datetime | tuple[str, str | int] | None:
    """A point in time as an aware datetime in UTC; also beyond the year range of datetime, then by
    name.
    """
    if value is None:
        return None
    if isinstance(value, Unusual):
        return ("unusual", str(value))
    moment = at_midnight(value)
    count = microseconds(moment)
    try:
        return EPOCH + dt.timedelta(microseconds=count)
    except OverflowError:
        return ("microseconds since 1970", count)


def wall_clock(value: Value) -> dt.datetime | tuple[str, str] | None:
    """A date and time of day without zone."""
    if value is None:
        return None
    if isinstance(value, Unusual):
        return ("unusual", str(value))
    moment = at_midnight(value)
    if moment.tzinfo is not None:
        raise TypeError("a time with a zone where one without was expected")
    return moment


def at_midnight(value: Value) -> dt.datetime:
    if isinstance(value, dt.datetime):
        return value
    if isinstance(value, dt.date):
        return dt.datetime(value.year, value.month, value.day)
    raise TypeError(f"{type(value).__name__} is not a date or time")


def unique(value: Value) -> uuid.UUID | None:
    """A UUID, from the text the driver gives, or as it is."""
    if value is None or isinstance(value, uuid.UUID):
        return value
    return uuid.UUID(of_type(str, value))


def identifier(value: Value) -> str | None:
    """A UUID in PostgreSQL's spelling."""
    found = unique(value)
    return None if found is None else str(found)


def document(value: Value) -> Value:
    """JSON by content: white space and the order of an object's keys do not matter, every digit of
    a number does.

    ``value`` is JSON text, or an object or list that the driver has already parsed.
    """
    if value is None:
        return None
    if isinstance(value, str):
        try:
            value = json.loads(
                value, parse_float=Decimal, parse_int=Decimal, parse_constant=_refuse_constant
            )
        except ValueError:
            return ("not JSON", value)
    return _frozen(value)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _frozen(value: Value) -> Value:
    """Hashable, and true to JSON's own types: true is not 1, and an empty object is not an empty
    list.
    """
    if isinstance(value, dict):
        return ("object", tuple(sorted((key, _frozen(member)) for key, member in value.items())))
    if isinstance(value, (list, tuple)):
        return ("list", tuple(_frozen(member) for member in value))
    if value is None or isinstance(value, bool):
        return ("constant", str(value))
    if isinstance(value, str):
        return ("text", value)
    return ("number", number(value))
