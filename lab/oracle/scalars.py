"""Oracle's wire scalars: the bytes of one value as they stand inside a CLR, and the Python values
they mean.

Everything here is exact: a NUMBER never passes through a float, a fraction of a second never
through a rounding.
"""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

MAX_DIGITS = 20  # base-100 digits of a NUMBER
MAX_EXPONENT = 62
MIN_EXPONENT = -65

_ZERO = b"\x80"
#: base-100 digits <-> their bytes, for positive and negative numbers; 255 marks what is no digit
_TO_POSITIVE = bytes(digit + 1 if digit < 100 else 255 for digit in range(256))
_FROM_POSITIVE = bytes(byte - 1 if 1 <= byte <= 100 else 255 for byte in range(256))
_TO_NEGATIVE = bytes(101 - digit if digit < 100 else 255 for digit in range(256))
_FROM_NEGATIVE = bytes(101 - byte if 2 <= byte <= 101 else 255 for byte in range(256))


class ScalarError(ValueError):
    """Bytes that are no valid scalar, or a value that the scalar cannot hold."""


# -- NUMBER
# --------------------------------------------------------------------------------------------------


def pack_number(negative: bool, digits: list[int], exponent: int) -> bytes:
    """Base-100 ``digits`` (most significant first; the first has the weight 100**exponent) as a
    NUMBER.

    More than 20 digits are rounded half away from zero, as Oracle keeps no more. Raises ScalarError
    on overflow.
    """
    start = 0
    while start < len(digits) and digits[start] == 0:
        start += 1
    digits = digits[start:]
    exponent -= start
    if len(digits) > MAX_DIGITS:
        digits, exponent = _round_digits(digits, exponent)
    while digits and digits[-1] == 0:
        digits.pop()
    if not digits or exponent < MIN_EXPONENT:
        return _ZERO
    if exponent > MAX_EXPONENT:
        raise ScalarError("number beyond 10**126")
    if negative:
        tail = b"\x66" if len(digits) < MAX_DIGITS else b""
        return bytes((62 - exponent,)) + bytes(digits).translate(_TO_NEGATIVE) + tail
    return bytes((193 + exponent,)) + bytes(digits).translate(_TO_POSITIVE)


def _round_digits(digits: list[int], exponent: int) -> tuple[list[int], int]:
    kept, up = digits[:MAX_DIGITS], digits[MAX_DIGITS] >= 50
    position = MAX_DIGITS - 1
    while up and position >= 0:
        kept[position] += 1
        up = kept[position] == 100
        if up:
            kept[position] = 0
        position -= 1
    return ([1, *kept[:-1]], exponent + 1) if up else (kept, exponent)


def unpack_number(wire: bytes) -> tuple[bool, bytes, int]:
    """A NUMBER as (negative, base-100 digits, exponent of the first digit); zero has no digits."""
    if not wire:
        raise ScalarError("empty NUMBER")
    head = wire[0]
    if wire == _ZERO:
        return False, b"", 0
    if head >= 0x80:  # 1E-130, the smallest, begins with the byte that is zero on its own
        digits, exponent, negative = wire[1:].translate(_FROM_POSITIVE), head - 193, False
    else:
        body = wire[1:-1] if wire[-1] == 0x66 else wire[1:]
        digits, exponent, negative = body.translate(_FROM_NEGATIVE), 62 - head, True
    if not digits or max(digits) > 99 or len(digits) > MAX_DIGITS + 1:
        raise ScalarError("NUMBER with a digit out of range")
    return negative, digits, exponent


def encode_number(value: int | Decimal) -> bytes:
    """An int or a finite Decimal as NUMBER."""
    sign, decimal_digits, exponent = Decimal(value).as_tuple()
    if not isinstance(exponent, int):
        raise ScalarError(f"{value} is not a finite number")
    if exponent % 2:
        decimal_digits, exponent = (*decimal_digits, 0), exponent - 1
    if len(decimal_digits) % 2:
        decimal_digits = (0, *decimal_digits)
    digits = [
        10 * decimal_digits[i] + decimal_digits[i + 1] for i in range(0, len(decimal_digits), 2)
    ]
    return pack_number(bool(sign), digits, exponent // 2 + len(digits) - 1)


def decode_number(wire: bytes) -> Decimal:
    """A NUMBER as an exact Decimal."""
    negative, digits, exponent = unpack_number(wire)
    decimal_digits = tuple(part for digit in digits for part in divmod(digit, 10))
    return Decimal(
        (int(negative), decimal_digits or (0,), 2 * (exponent - len(digits) + 1) if digits else 0)
    )


# -- DATE, TIMESTAMP, TIMESTAMP WITH TIME ZONE
# ---------------------------------------------------------------


def _clock(value: datetime) -> bytes:
    century, year = divmod(value.year, 100)
    return bytes(
        (
            century + 100,
            year + 100,
            value.month,
            value.day,
            value.hour + 1,
            value.minute + 1,
            value.second + 1,
        )
    )


def encode_date(value: datetime) -> bytes:
    """The clock fields to the second; 7 bytes."""
    return _clock(value)


def encode_timestamp(value: datetime) -> bytes:
    """11 bytes, or 7 when there is no fraction of a second."""
    if not value.microsecond:
        return _clock(value)
    return _clock(value) + struct.pack(">I", value.microsecond * 1000)


def encode_timestamp_tz(value: datetime) -> bytes:
    """An aware datetime: its instant in UTC and its offset; 13 bytes."""
    offset = value.utcoffset()
    if offset is None:
        raise ScalarError("a TIMESTAMP WITH TIME ZONE needs an offset")
    utc = value.astimezone(UTC)
    return (
        _clock(utc)
        + struct.pack(">I", utc.microsecond * 1000)
        + pack_offset(int(offset.total_seconds()) // 60)
    )


def pack_offset(minutes: int) -> bytes:
    """A zone offset in minutes as the two last bytes of a TIMESTAMP WITH TIME ZONE."""
    hours, rest = divmod(abs(minutes), 60)
    sign = -1 if minutes < 0 else 1
    return bytes((20 + sign * hours, 60 + sign * rest))


def decode_clock(wire: bytes) -> tuple[datetime, int]:
    """DATE or TIMESTAMP bytes (7, 11 or 13) as (naive datetime, nanoseconds beyond its
    microsecond).
    """
    if len(wire) not in (7, 11, 13):
        raise ScalarError(f"a date of {len(wire)} bytes")
    year = (wire[0] - 100) * 100 + wire[1] - 100
    nanos = struct.unpack_from(">I", wire, 7)[0] if len(wire) > 7 else 0
    micros, rest = divmod(nanos, 1000)
    try:
        moment = datetime(year, wire[2], wire[3], wire[4] - 1, wire[5] - 1, wire[6] - 1, micros)
    except ValueError as error:
        raise ScalarError(f"no such date: {error}") from None
    return moment, rest


def decode_offset(wire: bytes) -> int:
    """The offset in minutes of a TIMESTAMP WITH TIME ZONE; 0 when it carries none."""
    if len(wire) < 13 or not (wire[11] or wire[12]):
        return 0
    if wire[11] & 0x80:
        raise ScalarError("time zone regions are not supported")
    return (wire[11] - 20) * 60 + wire[12] - 60


def decode_date(wire: bytes) -> datetime:
    """DATE or TIMESTAMP as a naive datetime (nanoseconds cut to microseconds)."""
    return decode_clock(wire)[0]


def decode_timestamp_tz(wire: bytes) -> datetime:
    """TIMESTAMP WITH TIME ZONE as an aware datetime."""
    zone = timezone(timedelta(minutes=decode_offset(wire)))
    return decode_clock(wire)[0].replace(tzinfo=UTC).astimezone(zone)


# -- floating point, intervals
# -------------------------------------------------------------------------------


def flip_float(ieee: bytes) -> bytes:
    """Big-endian IEEE bytes -> the sortable form on the wire."""
    if ieee[0] & 0x80:
        return bytes([byte ^ 0xFF for byte in ieee])
    return bytes([ieee[0] | 0x80]) + ieee[1:]


def unflip_float(wire: bytes) -> bytes:
    """The wire's sortable form -> big-endian IEEE bytes."""
    if wire[0] & 0x80:
        return bytes([wire[0] & 0x7F]) + wire[1:]
    return bytes([byte ^ 0xFF for byte in wire])


def encode_double(value: float) -> bytes:
    """A float as BINARY_DOUBLE (8 bytes)."""
    return flip_float(struct.pack(">d", value))


def decode_double(wire: bytes) -> float:
    """BINARY_DOUBLE or BINARY_FLOAT (by length) as a float."""
    return struct.unpack(">d" if len(wire) == 8 else ">f", unflip_float(wire))[0]


def encode_interval_ds(value: timedelta) -> bytes:
    """A timedelta as INTERVAL DAY TO SECOND; all fields carry the sign."""
    sign = -1 if value < timedelta(0) else 1
    seconds, micros = divmod(abs(value) // timedelta(microseconds=1), 1_000_000)
    days, seconds = divmod(seconds, 86_400)
    return pack_interval_ds(sign * days, sign * seconds, sign * micros * 1000)


def pack_interval_ds(days: int, seconds: int, nanos: int) -> bytes:
    """Days, seconds within the day and nanoseconds, all of one sign, as 11 bytes."""
    sign = -1 if (seconds or days or nanos) < 0 else 1
    hours, rest = divmod(abs(seconds), 3600)
    minutes, rest = divmod(rest, 60)
    clock = (60 + sign * hours, 60 + sign * minutes, 60 + sign * rest)
    return struct.pack(">IBBBI", days + 2**31, *clock, nanos + 2**31)


def decode_interval_ds(wire: bytes) -> timedelta:
    """INTERVAL DAY TO SECOND as a timedelta (nanoseconds cut to microseconds)."""
    days, hours, minutes, seconds, nanos = struct.unpack(">IBBBI", wire)
    micros = int((nanos - 2**31) / 1000)
    return timedelta(
        days - 2**31,
        hours=hours - 60,
        minutes=minutes - 60,
        seconds=seconds - 60,
        microseconds=micros,
    )


def encode_interval_ym(months: int) -> bytes:
    """A number of months as INTERVAL YEAR TO MONTH (5 bytes)."""
    sign = -1 if months < 0 else 1
    years, rest = divmod(abs(months), 12)
    return struct.pack(">IB", sign * years + 2**31, sign * rest + 60)


def decode_interval_ym(wire: bytes) -> int:
    """INTERVAL YEAR TO MONTH as a number of months."""
    years, months = struct.unpack(">IB", wire)
    return (years - 2**31) * 12 + months - 60


# -- ROWID
# --------------------------------------------------------------------------------------------------


def pack_rowid(data_object: int, file: int, block: int, row: int) -> bytes:
    """A ROWID as it stands in rows and error records: integers behind their widths, a zero byte
    after the file.
    """
    parts = [b"\0" if not value else _sized(value) for value in (data_object, file, block, row)]
    return b"".join((*parts[:2], b"\0", *parts[2:]))


def _sized(value: int) -> bytes:
    width = (value.bit_length() + 7) // 8
    return bytes((width,)) + value.to_bytes(width, "big")
