"""Results as whole rows: the store packs each into one value, and numpy makes row data of thousands at once.

``record_send`` gives a row as int32 number of fields, then per field int32 type, int32 length (-1 for NULL) and the
binary value. What the protocol wants instead is never longer than a field with its 8 bytes of type and length, so the
fields are rewritten in place and what is left over is cut out in one go. Without numpy, and for types that are not
provided for here, results go the way of ``results.Cursor`` alone, one value at a time.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence

from lab.oracle.engine import pgcodec
from lab.oracle.engine.numbers import number_of_numeric
from lab.oracle.engine.pgcodec import Converter
from lab.oracle.interface import ColumnarRows

try:
    import numpy as np
except ImportError:
    np = None

_ROW_MARK = 7
#: fewer rows than this are quicker one by one
FEW_ROWS = 64
_LONGEST_SHORT = 252
_LONGEST = 32_767
_MOST_GROUPS = 9
_DAY = 86_400_000_000
#: microseconds from 2000-01-01 to the years 1 and 10000
_FIRST_MICROS = -63_082_281_600_000_000
_END_MICROS = 252_455_616_000_000_000


def packed_sql(sql: str) -> str:
    """A query for the rows of ``sql`` as one column of packed rows."""
    return f"SELECT pg_catalog.record_send(q) FROM ({sql}) AS q"


def can_pack(converters: Sequence[Converter]) -> bool:
    """Whether rows whose columns need these converters may come packed."""
    return np is not None and bool(converters) and all(convert in _WRITERS for convert in converters)


class PackedRows(ColumnarRows):
    """Rows as the store packed them; ``columns`` are unpacked when somebody asks for them."""

    def __init__(self, raws: list[bytes], converters: Sequence[Converter], data: bytes | None = None) -> None:
        super().__init__((), len(raws))
        self._raws = raws
        self._converters = converters
        self._data = data

    @classmethod
    def encoded(cls, raws: list[bytes], converters: Sequence[Converter]) -> PackedRows:
        """The rows with everything converted. Raises OracleError for a value that Oracle's type cannot hold."""
        rows = cls(raws, converters, row_data(raws, converters) if len(raws) >= FEW_ROWS else None)
        if rows._data is None:
            rows.columns = _unpacked(raws, converters)
        return rows

    def __getattr__(self, name: str) -> Sequence[list[bytes | None]]:
        if name != "columns":
            raise AttributeError(name)
        self.columns = _unpacked(self._raws, self._converters)
        return self.columns

    def __getitem__(self, part: slice) -> PackedRows:
        return PackedRows.encoded(self._raws[part], self._converters)

    def row_data(self) -> bytes | None:
        """See ``ColumnarRows.row_data``."""
        return self._data


def _unpacked(raws: list[bytes], converters: Sequence[Converter]) -> list[list[bytes | None]]:
    columns: list[list[bytes | None]] = [[] for _ in converters]
    length = struct.Struct(">i").unpack_from
    pairs = list(zip(columns, converters, strict=True))
    for raw in raws:
        at = 4
        for column, convert in pairs:
            (size,) = length(raw, at + 4)
            at += 8
            if size < 0:
                column.append(None)
                continue
            column.append(convert(raw[at : at + size]))
            at += size
    return columns


# -- many rows at once ------------------------------------------------------------------------------------------


class _Area:
    """Many packed rows behind each other, and which of their bytes stay.

    ``edges`` is 1 where bytes begin to stay and -1 where they end to; parts that stay never touch each other.
    """

    def __init__(self, raws: list[bytes]) -> None:
        data = bytearray().join((*raws, b"\0" * 16))
        self.bytes = np.frombuffer(data, np.uint8)
        self.edges = np.zeros(len(data), np.int8)
        self.int16 = self._unaligned(">i2")
        self.int32 = self._unaligned(">i4")
        self.int64 = self._unaligned(">i8")
        sizes = np.fromiter(map(len, raws), np.int64, len(raws))
        self.starts = np.cumsum(sizes) - sizes

    def _unaligned(self, kind: str) -> np.ndarray:
        """The integer of this kind that begins at every byte."""
        return np.ndarray(len(self.bytes) - np.dtype(kind).itemsize + 1, kind, self.bytes.data, strides=(1,))

    def keep(self, start: np.ndarray, size: np.ndarray | int) -> None:
        self.edges[start] = 1
        self.edges[start + size] = -1

    def kept(self) -> bytes:
        return self.bytes[np.cumsum(self.edges, dtype=np.int8).view(np.bool_)].tobytes()


#: a field's beginning, the length of its value (0 for NULL) and whether it is NULL; False when the general way is needed
Writer = Callable[[_Area, "np.ndarray", "np.ndarray", "np.ndarray"], bool]


def row_data(raws: list[bytes], converters: Sequence[Converter]) -> bytes | None:
    """Packed rows as row data, each row behind its mark; None when a value needs the general way."""
    area = _Area(raws)
    area.bytes[area.starts + 3] = _ROW_MARK
    area.keep(area.starts + 3, 1)
    at = area.starts + 4
    for convert in converters:
        sizes = area.int32[at + 4].astype(np.int64)
        is_null = sizes < 0
        sizes[is_null] = 0
        if not _WRITERS[convert](area, at, sizes, is_null):
            return None
        at = at + 8 + sizes
    return area.kept()


def _write_text(area: _Area, at: np.ndarray, sizes: np.ndarray, is_null: np.ndarray) -> bool:
    """Text stays where it is, behind one byte of length: the last of the 8 before it.

    Longer text is one chunk: a mark and a length in the last 4 of them, and a zero where the next field begins.
    """
    longest = int(sizes.max())
    if longest > _LONGEST:
        return False
    if longest <= _LONGEST_SHORT:
        area.bytes[at + 7] = sizes
        area.keep(at + 7, sizes + 1)
        return True
    is_long = sizes > _LONGEST_SHORT
    chunks, lengths = at[is_long], sizes[is_long]
    area.bytes[at + 7] = sizes & 0xFF
    area.bytes[chunks + 4] = 0xFE
    area.bytes[chunks + 5] = 2
    area.bytes[chunks + 6] = lengths >> 8
    area.bytes[chunks + 8 + lengths] = 0
    area.keep(at + 7 - 3 * is_long, sizes + 1 + 4 * is_long)
    return True


def _write_number(area: _Area, at: np.ndarray, sizes: np.ndarray, is_null: np.ndarray) -> bool:
    """Base-10000 digits into pairs of base-100 digits, without zeros at either end."""
    groups = np.where(is_null, 0, area.int16[at + 8]).astype(np.int64)
    weights = np.where(is_null, 0, area.int16[at + 10]).astype(np.int64)
    signs = np.where(is_null, 0, area.int16[at + 12]).astype(np.int64)
    most = max(int(groups.max()), 1)
    # special values have a sign of their own; NUMBERs of 36 digits below 10**36 are neither rounded nor out of range
    if most > _MOST_GROUPS or (signs & 0x8000).any() or (abs(weights) > _MOST_GROUPS).any():
        return False
    places = np.arange(most)
    spots = np.minimum(at[:, None] + 16 + 2 * places, len(area.int16) - 1)
    values = np.where(places < groups[:, None], area.int16[spots], 0).astype(np.int16)
    digits = np.empty((len(at), 2 * most + 1), np.uint8)
    digits[:, 0:-1:2] = values // 100
    digits[:, 1::2] = values % 100
    digits[:, -1] = 0
    is_short = digits[:, 0] == 0
    digits = np.where(is_short[:, None], digits[:, 1:], digits[:, :-1])
    used = 2 * most - np.argmax(digits[:, ::-1] != 0, axis=1)
    used[groups == 0] = 0
    _place_digits(area, at + 2, _Number(signs == 0x4000, 2 * weights + 1 - is_short, digits, used), is_null)
    return True


class _Number:
    """Numbers by column: sign, exponent of the first base-100 digit, the digits, and how many of them count."""

    def __init__(self, negative: np.ndarray, exponents: np.ndarray, digits: np.ndarray, used: np.ndarray) -> None:
        self.negative = negative
        self.exponents = exponents
        self.digits = digits
        self.used = used


def _place_digits(area: _Area, at: np.ndarray, number: _Number, is_null: np.ndarray) -> None:
    """Length, exponent and digits; a negative number has all of them the other way round and an end mark."""
    digits = number.digits + np.uint8(1)
    heads = 193 + number.exponents
    sizes = np.where(is_null, 0, number.used + 1)
    if number.negative.any():
        minus = number.negative
        digits[minus] = 102 - digits[minus]
        heads[minus] = 62 - number.exponents[minus]
        ends = minus & (number.used < 20)
        area.bytes[at[ends] + 2 + number.used[ends]] = 102
        sizes = sizes + ends
    heads[number.used == 0] = 0x80
    area.bytes[at + 1] = heads
    area.bytes[at] = sizes
    places = np.arange(digits.shape[1])
    counts = places < number.used[:, None]
    area.bytes[(at[:, None] + 2 + places)[counts]] = digits[counts]
    area.keep(at, sizes + 1)


def _write_date(area: _Area, at: np.ndarray, sizes: np.ndarray, is_null: np.ndarray) -> bool:
    return _write_clock(area, at, is_null, fractions=False)


def _write_timestamp(area: _Area, at: np.ndarray, sizes: np.ndarray, is_null: np.ndarray) -> bool:
    return _write_clock(area, at, is_null, fractions=True)


def _write_clock(area: _Area, at: np.ndarray, is_null: np.ndarray, *, fractions: bool) -> bool:
    """Microseconds since 2000 as the fields of a clock, with nanoseconds behind them where there are some."""
    micros = np.where(is_null, 0, area.int64[np.minimum(at + 8, len(area.int64) - 1)]).astype(np.int64)
    if ((micros < _FIRST_MICROS) | (micros >= _END_MICROS)).any():
        return False
    days, rest = np.divmod(micros, _DAY)
    dates = np.datetime64("2000-01-01", "D") + days
    months = dates.astype("M8[M]")
    month_numbers = months.astype(np.int64) + 1970 * 12
    seconds, fraction = np.divmod(rest, 1_000_000)
    years = month_numbers // 12
    clock = (
        years // 100 + 100,
        years % 100 + 100,
        month_numbers % 12 + 1,
        (dates - months.astype("M8[D]")).astype(np.int64) + 1,
        seconds // 3600 + 1,
        seconds // 60 % 60 + 1,
        seconds % 60 + 1,
    )
    # a NULL has room for its length only: the others' bytes are written
    some = ~is_null
    spots = at[some] + 2
    for place, part in enumerate(clock, 1):
        area.bytes[spots + place] = part[some]
    sizes = np.where(is_null, 0, 7)
    if fractions and fraction.any():
        has_fraction = fraction != 0
        nanos = fraction[has_fraction] * 1000
        for place in range(4):
            area.bytes[at[has_fraction] + 10 + place] = nanos >> (24 - 8 * place) & 0xFF
        sizes = sizes + 4 * has_fraction
    area.bytes[at + 2] = sizes
    area.keep(at + 2, sizes + 1)
    return True


_WRITERS: dict[Converter, Writer] = {
    pgcodec.unchanged: _write_text,
    number_of_numeric: _write_number,
    pgcodec.date_from_timestamp: _write_date,
    pgcodec.timestamp_from_timestamp: _write_timestamp,
}
