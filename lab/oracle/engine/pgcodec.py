"""PostgreSQL's binary values <-> Oracle's wire scalars, without passing through Python values.

One function per direction and type; ``Codec`` picks them once per column or bind. The dictionaries
remember what was converted lately: ids, costs and dates repeat a lot.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import date, datetime, timedelta

from lab.oracle.interface import OracleError, OraType
from lab.oracle.scalars import (
    ScalarError,
    decode_clock,
    decode_interval_ym,
    decode_offset,
    encode_interval_ym,
    flip_float,
    pack_interval_ds,
    pack_number,
    pack_offset,
    pack_rowid,
    unflip_float,
    unpack_number,
)

Converter = Callable[[bytes], bytes]

_EPOCH = datetime(2000, 1, 1)
_EPOCH_ORDINAL = date(2000, 1, 1).toordinal()
_DAY = 86_400_000_000
MEMO_LIMIT = 50_000
_MICROSECOND = timedelta(microseconds=1)


def remembering(convert: Converter) -> Converter:
    """The converter with a bounded memory in front of it."""
    memo: dict[bytes, bytes] = {}

    def lookup(raw: bytes) -> bytes:
        found = memo.get(raw)
        if found is None:
            if len(memo) >= MEMO_LIMIT:
                memo.clear()
            found = memo[raw] = convert(raw)
        return found

    return lookup


# -- PostgreSQL -> wire
# --------------------------------------------------------------------------------------


def number_from_numeric(raw: bytes) -> bytes:
    """Binary numeric (base-10000 digits with a weight) as NUMBER. NaN and infinity have none:
    ORA-01722.
    """
    count, weight, sign, _scale = struct.unpack_from(">hhHH", raw)
    if sign & 0xC000 == 0xC000:
        raise OracleError(1722, "invalid number")
    digits: list[int] = []
    for value in struct.unpack_from(f">{count}h", raw, 8):
        digits += divmod(value, 100)
    try:
        return pack_number(sign == 0x4000, digits, 2 * weight + 1)
    except ScalarError:
        raise OracleError(1426, "numeric overflow") from None


def number_from_int(raw: bytes) -> bytes:
    """int2, int4 or int8 as NUMBER."""
    value = int.from_bytes(raw, "big", signed=True)
    rest, digits = abs(value), []
    while rest:
        rest, digit = divmod(rest, 100)
        digits.append(digit)
    digits.reverse()
    return pack_number(value < 0, digits, len(digits) - 1)


def _clock_from_micros(micros: int) -> tuple[bytes, int]:
    days, rest = divmod(micros, _DAY)
    try:
        day = date.fromordinal(_EPOCH_ORDINAL + days)
    except (ValueError, OverflowError):
        raise OracleError(
            1841, "(full) year must be between -4713 and +9999, and not be 0"
        ) from None
    seconds, fraction = divmod(rest, 1_000_000)
    hours, seconds = divmod(seconds, 3600)
    century, year = divmod(day.year, 100)
    minutes, seconds = divmod(seconds, 60)
    return (
        bytes((century + 100, year + 100, day.month, day.day, hours + 1, minutes + 1, seconds + 1)),
        fraction,
    )


def date_from_timestamp(raw: bytes) -> bytes:
    """Binary timestamp (microseconds since 2000) as DATE, 7 bytes."""
    return _clock_from_micros(int.from_bytes(raw, "big", signed=True))[0]


def timestamp_from_timestamp(raw: bytes) -> bytes:
    """Binary timestamp as TIMESTAMP, 11 bytes (7 without a fraction)."""
    clock, fraction = _clock_from_micros(int.from_bytes(raw, "big", signed=True))
    return clock + struct.pack(">I", fraction * 1000) if fraction else clock


def timestamp_from_tsn(raw: bytes) -> bytes:
    """``ora.tsn`` (binary numeric: seconds since 2000 with nine decimals) as TIMESTAMP with
    nanoseconds.
    """
    count, weight, sign, _scale = struct.unpack_from(">hhHH", raw)
    value = 0
    for digit in struct.unpack_from(f">{count}h", raw, 8):
        value = value * 10_000 + digit
    shift = 4 * (weight - count + 1) + 9
    nanos = value * 10**shift if shift >= 0 else value // 10**-shift
    micros, rest = divmod(-nanos if sign == 0x4000 else nanos, 1000)
    clock, fraction = _clock_from_micros(micros)
    return clock + struct.pack(">I", fraction * 1000 + rest) if fraction or rest else clock


def timestamp_tz_from_record(raw: bytes) -> bytes:
    """The composite ``ora.tstz`` (UTC clock, offset in minutes, region) as TIMESTAMP WITH TIME
    ZONE, 13 bytes.
    """
    micros = int.from_bytes(raw[12:20], "big", signed=True)
    offset = int.from_bytes(raw[28:32], "big", signed=True)
    clock, fraction = _clock_from_micros(micros)
    return clock + struct.pack(">I", fraction * 1000) + pack_offset(offset)


def interval_ds_from_interval(raw: bytes) -> bytes:
    """Binary interval without months as INTERVAL DAY TO SECOND."""
    micros, days, months = struct.unpack(">qii", raw)
    if months:
        raise OracleError(3001, "unimplemented feature: an interval of months and days")
    total = days * _DAY + micros
    sign = -1 if total < 0 else 1
    seconds, fraction = divmod(abs(total), 1_000_000)
    whole_days, seconds = divmod(seconds, 86_400)
    return pack_interval_ds(sign * whole_days, sign * seconds, sign * fraction * 1000)


def interval_ym_from_iym(raw: bytes) -> bytes:
    """A number of months as INTERVAL YEAR TO MONTH."""
    return encode_interval_ym(int.from_bytes(raw, "big", signed=True))


def rowid_from_rowid(raw: bytes) -> bytes:
    """``ora.rowid`` (10 bytes: object, file and block, row) as ROWID."""
    data_object, place, row = struct.unpack(">IIH", raw)
    return pack_rowid(data_object, place >> 22, place & 0x3FFFFF, row)


def unchanged(raw: bytes) -> bytes:
    """Text and raw bytes are the same on both sides."""
    return raw


def lob_content(raw: bytes) -> bytes:
    """A LOB's content: unlike text and RAW it may be empty without being NULL."""
    return raw


def stored_lob(raw: bytes) -> bytes:
    """A LOB with its place: sessions replace this by a converter that knows their transaction."""
    size = struct.unpack_from(">i", raw, 8)[0]
    return raw[12 : 12 + size]


# -- wire -> PostgreSQL
# --------------------------------------------------------------------------------------


def numeric_from_number(wire: bytes) -> bytes:
    """NUMBER as binary numeric."""
    negative, digits, exponent = unpack_number(wire)
    if not digits:
        return b"\x00\x00\x00\x00\x00\x00\x00\x00"
    scale = max(0, 2 * (len(digits) - 1 - exponent) - (digits[-1] % 10 == 0))
    weight, is_high = divmod(exponent, 2)
    values = list(digits) if is_high else [0, *digits]
    if len(values) % 2:
        values.append(0)
    groups = [100 * values[i] + values[i + 1] for i in range(0, len(values), 2)]
    return struct.pack(
        f">hhHH{len(groups)}h", len(groups), weight, 0x4000 if negative else 0, scale, *groups
    )


class NanosecondsError(OracleError):
    """A bound TIMESTAMP finer than a microsecond: its bind needs the type that keeps them."""

    def __init__(self) -> None:
        super().__init__(3001, "unimplemented feature: fractions finer than a microsecond")


def tsn_from_clock(wire: bytes) -> bytes:
    """DATE or TIMESTAMP bytes as ``ora.tsn``."""
    moment, rest = decode_clock(wire)
    value = ((moment - _EPOCH) // _MICROSECOND * 1000 + rest) * 1000
    left, groups = abs(value), []
    while left:
        left, group = divmod(left, 10_000)
        groups.append(group)
    groups.reverse()
    return struct.pack(
        f">hhHH{len(groups)}h", len(groups), len(groups) - 4, 0x4000 if value < 0 else 0, 9, *groups
    )


def timestamp_from_clock(wire: bytes) -> bytes:
    """DATE or TIMESTAMP bytes as binary timestamp. Raises NanosecondsError for what that cannot
    keep.
    """
    moment, nanos = decode_clock(wire)
    if nanos:
        raise NanosecondsError
    return ((moment - _EPOCH) // _MICROSECOND).to_bytes(8, "big", signed=True)


def date_from_clock(wire: bytes) -> bytes:
    """DATE or TIMESTAMP bytes as binary timestamp to the second."""
    return timestamp_from_clock(wire[:7])


def record_from_timestamp_tz(wire: bytes) -> bytes:
    """TIMESTAMP WITH TIME ZONE as the binary composite ``ora.tstz``."""
    utc = timestamp_from_clock(wire)
    return (
        struct.pack(">iii", 3, 1114, 8)
        + utc
        + struct.pack(">iiiii", 23, 4, decode_offset(wire), 25, 0)
    )


def interval_from_interval_ds(wire: bytes) -> bytes:
    """INTERVAL DAY TO SECOND as binary interval; nanoseconds are refused like
    those of a timestamp.
    """
    days, hours, minutes, seconds, nanos = struct.unpack(">IBBBI", wire)
    micros, rest = divmod(abs(nanos - 2**31), 1000)
    if rest:
        raise OracleError(3001, "unimplemented feature: fractions finer than a microsecond")
    clock = (hours - 60) * 3600 + (minutes - 60) * 60 + seconds - 60
    sign = -1 if nanos < 2**31 else 1
    return struct.pack(">qii", clock * 1_000_000 + sign * micros, days - 2**31, 0)


def iym_from_interval_ym(wire: bytes) -> bytes:
    """INTERVAL YEAR TO MONTH as a number of months."""
    return decode_interval_ym(wire).to_bytes(4, "big", signed=True)


#: bind type -> (name of the PostgreSQL type, converter)
BIND_TYPES: dict[OraType, tuple[str, Converter]] = {
    OraType.VARCHAR2: ("text", unchanged),
    OraType.CHAR: ("ora.fixed", unchanged),
    OraType.LONG: ("text", unchanged),
    OraType.NUMBER: ("numeric", remembering(numeric_from_number)),
    OraType.BINARY_INTEGER: ("numeric", remembering(numeric_from_number)),
    OraType.DATE: ("ora.date", remembering(date_from_clock)),
    OraType.TIMESTAMP: ("timestamp", timestamp_from_clock),
    OraType.TIMESTAMP_TZ: ("ora.tstz", record_from_timestamp_tz),
    OraType.TIMESTAMP_LTZ: ("ora.tstz", record_from_timestamp_tz),
    OraType.RAW: ("bytea", unchanged),
    OraType.LONG_RAW: ("bytea", unchanged),
    OraType.CLOB: ("ora.clob", unchanged),
    OraType.BLOB: ("ora.blob", unchanged),
    OraType.BINARY_DOUBLE: ("float8", unflip_float),
    OraType.BINARY_FLOAT: ("float4", unflip_float),
    OraType.INTERVAL_DS: ("interval", interval_from_interval_ds),
    OraType.INTERVAL_YM: ("ora.iym", iym_from_interval_ym),
}


def double_from_float(raw: bytes) -> bytes:
    """Binary float8 or float4 as BINARY_DOUBLE or BINARY_FLOAT; Oracle knows no negative zero."""
    return flip_float(b"\x00" * len(raw) if raw == b"\x80" + b"\x00" * (len(raw) - 1) else raw)


_LENGTHS = tuple(length.to_bytes(4, "big") for length in range(256))


def pg_array(element_oid: int, values: list[bytes | None]) -> bytes:
    """A one-dimensional PostgreSQL array in binary."""
    parts = [struct.pack(">iiIii", 1, 1 if None in values else 0, element_oid, len(values), 1)]
    append, lengths = parts.append, _LENGTHS
    for value in values:
        if value is None:
            append(b"\xff\xff\xff\xff")
        else:
            size = len(value)
            append(lengths[size] if size < 256 else size.to_bytes(4, "big"))
            append(value)
    return b"".join(parts)
