"""Results as whole rows: the store packs each into one value, and numpy makes row data of thousands
at once.

``record_send`` gives a row as int32 number of fields, then per field int32 type, int32 length (-1
for NULL) and the binary value. What the protocol wants instead is never longer than a field with
its 8 bytes of type and length, so the fields are rewritten in place and what is left over is cut
out in one go. Other types go the way of ``results.Cursor`` alone, one value at a time.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from lab.oracle.engine import pgcodec
from lab.oracle.engine.numbers import number_of_numeric
from lab.oracle.engine.pgcodec import Converter
from lab.oracle.interface import Column, ColumnarRows, OraType

_ROW_MARK = 7
_NATIONAL = 2
_CLOCKS = (OraType.DATE, OraType.TIMESTAMP, OraType.TIMESTAMP_LTZ)
_PLAIN = frozenset((OraType.VARCHAR2, OraType.CHAR, OraType.RAW, OraType.NUMBER, *_CLOCKS))
#: fewer rows than this are quicker one by one
FEW_ROWS = 64
#: rewriting takes several times the memory of what is rewritten, so that is done in pieces of about
#: this size
_PIECE_BYTES = 2_000_000
_LONGEST_SHORT = 252
_LONGEST = 32_767
_MOST_GROUPS = 9
_DAY = 86_400_000_000
#: microseconds from 2000-01-01 to the years 1 and 10000
_FIRST_MICROS = -63_082_281_600_000_000
_END_MICROS = 252_455_616_000_000_000


def packed_sql(sql: str) -> str:
    """A query for the rows of ``sql``, in their order, as one column of packed rows."""
    return f"SELECT pg_catalog.record_send(q) FROM ({sql}) AS q"


def can_pack(columns: Sequence[Column], converters: Sequence[Converter]) -> bool:
    """Whether the rows of these columns may come packed: their values go over
    the wire as they are.
    """
    return all(
        column.type in _PLAIN and column.csfrm != _NATIONAL and column.size and convert in _WRITERS
        for column, convert in zip(columns, converters, strict=True)
    )


class PackedRows(ColumnarRows):
    """Rows as the store packed them, converted to row data or, when they are few or special, to
    columns.

    Raises OracleError for a value that Oracle's type cannot hold.
    """

    def __init__(self, raws: list[bytes], converters: Sequence[Converter]) -> None:
        super().__init__((), len(raws))
        self._raws = raws
        self._converters = converters
        self._data = row_data(raws, converters) if len(raws) >= FEW_ROWS else None
        if self._data is None:
            self._columns = _unpacked(raws, converters)

    @property
    def columns(self) -> Sequence[list[bytes | None]]:
        return self._columns or _unpacked(self._raws, self._converters)

    def row_data(self) -> bytes | None:
        """See ``ColumnarRows.row_data``."""
        return self._data

    def __getitem__(self, part: slice) -> PackedRows:
        return PackedRows(self._raws[part], self._converters)


def _unpacked(raws: list[bytes], converters: Sequence[Converter]) -> list[list[bytes | None]]:
    columns: list[list[bytes | None]] = [[] for _ in converters]
    length = struct.Struct(">i").unpack_from
    pairs = list(zip(columns, converters, strict=True))
    for raw in raws:
        at = 4
        for column, convert in pairs:
            (size,) = length(raw, at + 4)
            at += 8
            if size <= 0:  # NULL, or empty text, which is NULL
                column.append(None)
                continue
            column.append(convert(raw[at : at + size]))
            at += size
    return columns


# -- many rows at once
# ------------------------------------------------------------------------------------------


class _Area:
    """Many packed rows behind each other, and which of their bytes stay: all but those that a mask
    of 8 takes out.
    """

    def __init__(self, raws: list[bytes]) -> None:
        data = bytearray().join((*raws, b"\0" * 16))
        self.bytes = np.frombuffer(data, np.uint8)
        self.int16 = self._unaligned(">i2", data)
        self.int32 = self._unaligned(">i4", data)
        self.int64 = self._unaligned(">i8", data)
        staying = bytearray(b"\1" * (len(data) - 16) + b"\0" * 16)
        self._staying = np.frombuffer(staying, np.bool_)
        #: the marks of the 8 bytes from every byte on, to be set at once
        self.mask = self._unaligned("<u8", staying)
        #: bytes that stay although they lie in a field that is written later
        self.late: list[np.ndarray] = []
        sizes = np.fromiter(map(len, raws), np.int64, len(raws))
        self.starts = np.cumsum(sizes) - sizes
        self._unaligned("<u4", staying)[self.starts] = 0x01000000
        self.bytes[self.starts + 3] = _ROW_MARK

    @staticmethod
    def _unaligned(kind: str, data: bytearray) -> np.ndarray:
        """The integer of this kind that begins at every byte."""
        return np.ndarray(len(data) - np.dtype(kind).itemsize + 1, kind, data, strides=(1,))

    def kept(self) -> bytes:
        for places in self.late:
            self._staying[places] = True
        return self.bytes[self._staying].tobytes()


@dataclass(frozen=True)
class _Fields:
    """One column: where its fields begin, their lengths (0 for NULL), and which are NULL (None when
    none is).
    """

    at: np.ndarray
    sizes: np.ndarray
    nulls: np.ndarray | None

    def values(self, view: np.ndarray, offset: int) -> np.ndarray:
        """The integers at this offset of every value, 0 for NULL."""
        found = view[self.at + 8 + offset].astype(np.int64)
        if self.nulls is not None:
            found[self.nulls] = 0
        return found

    def not_null(self, values: np.ndarray) -> np.ndarray:
        return values if self.nulls is None else values[~self.nulls]


#: rewrites a column; False when one of its values needs the general way
Writer = Callable[[_Area, _Fields], bool]
#: marks of 8 bytes of which the first n stay
_FIRST_STAY = [(1 << 8 * count) // 255 if count < 8 else 0x0101010101010101 for count in range(9)]


def row_data(raws: list[bytes], converters: Sequence[Converter]) -> bytes | None:
    """Packed rows as row data, each row behind its mark; None when a value
    needs the general way.
    """
    size = sum(map(len, raws)) // len(raws)
    at_once = max(_PIECE_BYTES // max(size, 1), 1)
    pieces = []
    for start in range(0, len(raws), at_once):
        piece = _piece(raws[start : start + at_once], converters)
        if piece is None:
            return None
        pieces.append(piece)
    return b"".join(pieces)


def _piece(raws: list[bytes], converters: Sequence[Converter]) -> bytes | None:
    area = _Area(raws)
    at = area.starts + 4
    for convert in converters:
        sizes = area.int32[at + 4].astype(np.int64)
        nulls = None
        if sizes.min() < 0:
            nulls = sizes < 0
            sizes[nulls] = 0
        if not _WRITERS[convert](area, _Fields(at, sizes, nulls)):
            return None
        at = at + 8 + sizes
    return area.kept()


def _keep(area: _Area, fields: _Fields, sizes: np.ndarray) -> None:
    """Of every field's 8 bytes and its value stays what was written from the third byte on: a
    length and ``sizes``.
    """
    ends = sizes + 3
    first_stay = np.array(_FIRST_STAY, np.uint64)
    area.mask[fields.at] = first_stay[np.minimum(ends, 8)] & np.uint64(0xFFFFFFFFFFFF0000)
    at, ends, room = (fields.not_null(values) for values in (fields.at, ends, 8 + fields.sizes))
    for offset in range(8, int(room.max(initial=0)), 8):
        # the last 8 may overlap the 8 before, but never the field behind
        begin = np.minimum(offset, room - 8)
        area.mask[at + begin] = first_stay[np.clip(ends - begin, 0, 8)]


def _write_text(area: _Area, fields: _Fields) -> bool:
    """Text stays where it is, behind one byte of length: the last of the 8 before it.

    Longer text is one chunk: a mark and a length in the last 4 of them, and a zero where the next
    field begins.
    """
    at, sizes = fields.at, fields.sizes
    longest = int(sizes.max())
    if longest > _LONGEST:
        return False
    area.bytes[at + 7] = sizes & 0xFF
    area.mask[at] = 0x0100000000000000
    if longest > _LONGEST_SHORT:
        is_long = sizes > _LONGEST_SHORT
        chunks, lengths = at[is_long], sizes[is_long]
        area.bytes[chunks + 4] = 0xFE
        area.bytes[chunks + 5] = 2
        area.bytes[chunks + 6] = lengths >> 8
        area.bytes[chunks + 8 + lengths] = 0
        area.mask[chunks] = 0x0101010100000000
        area.late.append(chunks + 8 + lengths)
    return True


def _write_number(area: _Area, fields: _Fields) -> bool:
    """Base-10000 digits into pairs of base-100 digits, without zeros at either end."""
    groups, weights, signs = (fields.values(area.int16, offset) for offset in (0, 2, 4))
    most = max(int(groups.max()), 1)
    # special values have a sign of their own; 36 digits around the point are neither rounded nor
    # out of range
    if most > _MOST_GROUPS or signs.min() < 0 or abs(weights).max() > _MOST_GROUPS:
        return False
    digits = np.zeros((2 * most + 1, len(groups)), np.uint8)
    for place in range(most):
        group = area.int16[np.minimum(fields.at + 16 + 2 * place, len(area.int16) - 1)].astype(
            np.uint16
        )
        group[groups <= place] = 0
        digits[2 * place], digits[2 * place + 1] = np.divmod(group, np.uint16(100))
    is_short = digits[0] == 0
    digits = np.where(is_short, digits[1:], digits[:-1])
    used = (
        ((digits != 0) * np.arange(1, 2 * most + 1, dtype=np.uint8)[:, None])
        .max(axis=0)
        .astype(np.int64)
    )
    _place_number(area, fields, signs != 0, 2 * weights + 1 - is_short, digits, used)
    return True


def _place_number(
    area: _Area,
    fields: _Fields,
    minus: np.ndarray,
    exponents: np.ndarray,
    digits: np.ndarray,
    used: np.ndarray,
) -> None:
    """Length, exponent and the ``used`` digits; a negative number has them the other way round and
    an end mark.
    """
    at = fields.at + 2
    digits = digits + np.uint8(1)
    heads = 193 + exponents
    heads[used == 0] = 0x80
    sizes = used + 1
    for place in range(len(digits)):
        is_used = used > place
        area.bytes[(at + 2 + place)[is_used]] = np.where(minus, 102 - digits[place], digits[place])[
            is_used
        ]
    if minus.any():
        heads[minus] = 62 - exponents[minus]
        ends = minus & (used < 20)
        area.bytes[at[ends] + 2 + used[ends]] = 102
        sizes = sizes + ends
    if fields.nulls is not None:
        sizes[fields.nulls] = 0
    area.bytes[at + 1] = heads
    area.bytes[at] = sizes
    _keep(area, fields, sizes)


def _write_date(area: _Area, fields: _Fields) -> bool:
    return _write_clock(area, fields, fractions=False)


def _write_timestamp(area: _Area, fields: _Fields) -> bool:
    return _write_clock(area, fields, fractions=True)


def _write_clock(area: _Area, fields: _Fields, *, fractions: bool) -> bool:
    """Microseconds since 2000 as the fields of a clock, with nanoseconds behind them where there
    are some.
    """
    micros = fields.not_null(area.int64[fields.at + 8]).astype(np.int64)
    if ((micros < _FIRST_MICROS) | (micros >= _END_MICROS)).any():
        return False
    at = fields.not_null(fields.at) + 2
    days, rest = np.divmod(micros, _DAY)
    dates = np.datetime64("2000-01-01", "D") + days
    months = dates.astype("M8[M]")
    years, month_numbers = np.divmod(months.astype(np.int64) + 1970 * 12, 12)
    seconds, fraction = np.divmod(rest, 1_000_000)
    clock = (
        years // 100 + 100,
        years % 100 + 100,
        month_numbers + 1,
        (dates - months.astype("M8[D]")).astype(np.int64) + 1,
        seconds // 3600 + 1,
        seconds // 60 % 60 + 1,
        seconds % 60 + 1,
    )
    for place, part in enumerate(clock, 1):
        area.bytes[at + place] = part
    found = np.full(len(at), 7)
    if fractions and fraction.any():
        has_fraction = fraction != 0
        nanos = fraction[has_fraction] * 1000
        for place in range(4):
            area.bytes[at[has_fraction] + 8 + place] = nanos >> (24 - 8 * place) & 0xFF
        found[has_fraction] = 11
    sizes = np.zeros(len(fields.at), np.int64)
    sizes[... if fields.nulls is None else ~fields.nulls] = found
    area.bytes[fields.at + 2] = sizes
    _keep(area, fields, sizes)
    return True


_WRITERS: dict[Converter, Writer] = {
    pgcodec.unchanged: _write_text,
    number_of_numeric: _write_number,
    pgcodec.date_from_timestamp: _write_date,
    pgcodec.timestamp_from_timestamp: _write_timestamp,
}
