"""Bind and define descriptors, and the rows of values that follow them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lab.oracle.interface import OraType
from lab.oracle.wire.buffer import ESCAPE, ProtocolError, Reader
from lab.oracle.wire.constants import BIND_ARRAY, MAX_STRING_SIZE, Message

Value = bytes | None
Row = list[Value]

_OBJECT = 109
_JSON = 119
_VECTOR = 127
_LOBS = frozenset({OraType.CLOB, OraType.BLOB})
_SCALARS = frozenset(OraType) - _LOBS - {OraType.CURSOR}
_MAX_DESCRIPTORS = 65535


@dataclass(frozen=True)
class Descriptor:
    """One bind or define as the client declares it; ``type`` is Oracle's
    number, ``size`` in bytes.
    """

    type: int
    size: int
    csfrm: int
    is_array: bool = False

    @property
    def is_lob(self) -> bool:
        return self.type in _LOBS

    @property
    def is_scalar(self) -> bool:
        return self.type in _SCALARS and not self.is_array


def parse_descriptors(reader: Reader, count: int) -> tuple[Descriptor, ...]:
    """``count`` descriptors of binds or defines."""
    if count > _MAX_DESCRIPTORS:
        raise ProtocolError(f"{count} binds")
    return tuple(_parse_descriptor(reader) for _ in range(count))


def _parse_descriptor(reader: Reader) -> Descriptor:
    kind = reader.u8()
    flags = reader.u8()
    reader.raw(2)
    size = reader.ub()
    reader.skip("ii")
    reader.dalc()
    reader.skip("ii")
    csfrm = reader.u8()
    reader.skip("ii")
    return Descriptor(kind, size, csfrm, bool(flags & BIND_ARRAY))


def wire_order(
    binds: Sequence[Descriptor], returning: Sequence[bool], *, plsql: bool
) -> tuple[int, ...]:
    """Indexes of the binds in the order in which a row carries their values.

    Binds that only receive are left out; in SQL, those declared longer than a string may be come
    last.
    """
    sent = [i for i in range(len(binds)) if not (i < len(returning) and returning[i])]
    if plsql:
        return tuple(sent)
    return tuple(sorted(sent, key=lambda i: binds[i].size > MAX_STRING_SIZE))


def parse_rows(
    reader: Reader, binds: Sequence[Descriptor], order: Sequence[int], count: int
) -> list[Row]:
    """``count`` rows of bind values, one item per bind (None for those without a value).

    A LOB's item is its locator. Nothing is read when no bind carries a value: the rows are then one
    and the same list, since a few bytes of request ask for any number of them.
    """
    if not order:
        return [[None] * len(binds)] * count
    in_place = tuple(order) == tuple(range(len(binds)))
    if all(binds[i].is_scalar for i in order):
        rows = _scalar_rows(reader, len(order), count)
    else:
        rows = [_row(reader, binds, order) for _ in range(count)]
    return rows if in_place else [_arrange(row, order, len(binds)) for row in rows]


def _arrange(values: Row, order: Sequence[int], width: int) -> Row:
    row: Row = [None] * width
    for index, value in zip(order, values, strict=True):
        row[index] = value
    return row


def _row_mark(reader: Reader) -> None:
    mark = reader.u8()
    if mark != Message.ROW_DATA:
        raise ProtocolError(f"a row of binds begins with {mark}")


def _scalar_rows(reader: Reader, width: int, count: int) -> list[Row]:
    """The hot path: short values are cut out of the buffer without a call per value."""
    rows = []
    data, pos = reader.data, reader.pos
    columns = range(width)
    for _ in range(count):
        reader.pos = pos
        _row_mark(reader)
        data, pos = reader.data, reader.pos
        row: Row = []
        append = row.append
        end = len(data)
        for _ in columns:
            size = data[pos] if pos < end else 255
            stop = pos + 1 + size
            if 0 < size < ESCAPE and stop <= end:
                append(data[pos + 1 : stop])
                pos = stop
            elif size == 0:
                append(None)
                pos += 1
            else:
                reader.pos = pos
                append(reader.clr())
                data, pos = reader.data, reader.pos
                end = len(data)
        rows.append(row)
    reader.pos = pos
    return rows


def _row(reader: Reader, binds: Sequence[Descriptor], order: Sequence[int]) -> Row:
    _row_mark(reader)
    row = []
    for index in order:
        bind = binds[index]
        if bind.is_array:
            values = [_value(reader, bind.type) for _ in range(reader.ub())]
            row.append(values[0] if values else None)
        else:
            row.append(_value(reader, bind.type))
    return row


def _value(reader: Reader, kind: int) -> Value:
    """One value of a type whose form on the wire is not always a plain CLR."""
    if kind in _LOBS:
        return reader.dalc()
    if kind == OraType.CURSOR:
        if reader.ub():
            reader.ub()
        return None
    if kind in (_JSON, _VECTOR):
        return _quasi_lob(reader)
    if kind == _OBJECT:
        return _object(reader)
    if kind not in _SCALARS:
        raise ProtocolError(f"bind of unknown type {kind}")
    return reader.clr()


def _quasi_lob(reader: Reader) -> Value:
    """JSON and VECTOR: a value-based locator of 40 bytes, then the encoded value."""
    if not reader.ub():
        return None
    reader.clr()
    return reader.clr()


def _object(reader: Reader) -> Value:
    reader.dalc()
    reader.dalc()
    reader.skip("ii")
    size = reader.ub()
    reader.ub()
    return reader.clr() if size else None
