"""Rows of values as row data messages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import chain, repeat
from typing import cast

from lab.oracle.interface import Column, ColumnarRows, OraType
from lab.oracle.wire.binds import Descriptor
from lab.oracle.wire.buffer import MAX_SHORT_LENGTH, NULL, clr, sb, ub
from lab.oracle.wire.constants import CSFRM_NCHAR
from lab.oracle.wire.lobs import LobStore
from lab.oracle.wire.replies import ROW_MARK

Value = bytes | None
Encoder = Callable[[Value], bytes]

_LOBS = frozenset({OraType.CLOB, OraType.BLOB})
#: types whose values a receiving bind may be too small for
_CUT = frozenset({OraType.VARCHAR2, OraType.CHAR, OraType.RAW})
_LONGS = frozenset({OraType.LONG, OraType.LONG_RAW})
_CHARACTERS = frozenset({OraType.VARCHAR2, OraType.CHAR, OraType.LONG, OraType.CLOB})
#: What follows a LONG value: null indicator and return code.
_LONG_TRAILER = b"\0\0"
_LENGTH_BYTE = tuple(bytes((n,)) for n in range(MAX_SHORT_LENGTH + 1))


def to_national(value: Value) -> Value:
    """UTF-8 to UTF-16BE, the national character set."""
    return value.decode().encode("utf-16-be") if value else None


def from_national(value: Value) -> Value:
    """UTF-16BE to UTF-8; what is no valid text becomes replacement characters."""
    return value.decode("utf-16-be", "replace").encode() if value else None


def is_national_text(kind: int, csfrm: int) -> bool:
    """Whether values of this type travel in the national character set."""
    return csfrm == CSFRM_NCHAR and kind in _CHARACTERS


def has_lobs(columns: Sequence[Column]) -> bool:
    return any(column.type in _LOBS for column in columns)


def as_before(before: Sequence[Column], columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """The columns as a client reads them that knows the cursor with the columns ``before``.

    Where text has become a CLOB, or RAW a BLOB, a client goes on reading a LONG, in the character
    set it had before.
    """
    if len(before) != len(columns):
        return columns
    return tuple(_still_long(old, new) for old, new in zip(before, columns, strict=True))


def _still_long(old: Column, new: Column) -> Column:
    if new.type == OraType.CLOB and old.type in _CHARACTERS - _LOBS:
        return replace(new, type=OraType.LONG, csfrm=old.csfrm)
    if new.type == OraType.BLOB and old.type in (OraType.RAW, OraType.LONG_RAW):
        return replace(new, type=OraType.LONG_RAW)
    return new


class RowEncoder:
    """Turns rows of wire scalars into row data messages for one result and the client's defines of
    it.
    """

    def __init__(
        self, columns: Sequence[Column], defines: Sequence[Descriptor], lobs: LobStore
    ) -> None:
        self._lobs = lobs
        types = (
            [define.type for define in defines]
            if len(defines) == len(columns)
            else [c.type for c in columns]
        )
        self._encoders = [
            self._encoder(column, kind) for column, kind in zip(columns, types, strict=True)
        ]
        #: values go out as they are, without locators that the session would have to keep
        self.is_plain = all(encoder is clr for encoder in self._encoders)

    def _encoder(self, column: Column, fetched_as: int) -> Encoder:
        if column.type in _LOBS and fetched_as in _LOBS:
            return lambda value: self._lobs.column_value(column.type, value)
        recode = to_national if is_national_text(column.type, column.csfrm) else None
        if fetched_as in _LONGS or column.type in _LONGS:
            return lambda value: clr(recode(value) if recode else value) + _LONG_TRAILER
        if column.size == 0 and column.type not in _LOBS:
            return lambda _: b""
        if recode:
            return lambda value: clr(to_national(value))
        return clr

    def encode(self, rows: Sequence[Sequence[Value]] | ColumnarRows) -> bytes:
        """All rows, each behind its mark."""
        if self.is_plain:
            return _columnar_rows(rows) if isinstance(rows, ColumnarRows) else _plain_rows(rows)
        parts = []
        for row in rows:
            parts.append(ROW_MARK)
            parts += (encode(value) for encode, value in zip(self._encoders, row, strict=True))
        return b"".join(parts)


def _plain_rows(rows: Sequence[Sequence[Value]]) -> bytes:
    """The hot path: no call per value that is NULL or short."""
    parts: list[bytes] = []
    append = parts.append
    lengths = _LENGTH_BYTE
    for row in rows:
        append(ROW_MARK)
        for value in row:
            if value is None:
                append(b"\0")
            elif (size := len(value)) <= MAX_SHORT_LENGTH:
                append(lengths[size])
                append(value)
            else:
                append(clr(value))
    return b"".join(parts)


def _columnar_rows(rows: ColumnarRows) -> bytes:
    """The same by column, where the loop over the values is not in Python."""
    ready = rows.row_data()
    if ready is not None:
        return ready
    pieces: list[Iterable[bytes]] = [repeat(ROW_MARK, len(rows))]
    for column in rows.columns:
        # taken for a column without NULL until ``len`` of one says otherwise
        values = cast("list[bytes]", column)
        try:
            lengths = list(map(_LENGTH_BYTE.__getitem__, map(len, values)))
        except (
            TypeError,
            IndexError,
        ):  # a NULL, or a value that takes more than one byte of length
            pieces.append(_clrs(column))
        else:
            pieces += (lengths, values)
    return b"".join(chain.from_iterable(zip(*pieces, strict=True)))


def _clrs(values: Sequence[Value]) -> list[bytes]:
    lengths = _LENGTH_BYTE
    try:
        return [lengths[len(value)] + value if value else NULL for value in values]
    except IndexError:
        return list(map(clr, values))


def out_value(bind: Descriptor, value: Value, lobs: LobStore) -> bytes:
    """A value for a receiving bind, followed by its truncation indicator."""
    if bind.is_lob:
        return lobs.column_value(bind.type, value) + b"\0"
    is_national = is_national_text(bind.type, bind.csfrm)
    if is_national:
        value = to_national(value)
    if value and bind.type in _CUT and len(value) > bind.size > 0:
        return clr(_cut(value, bind, is_national=is_national)) + sb(len(value))
    return clr(value) + b"\0"


def _cut(value: bytes, bind: Descriptor, *, is_national: bool) -> bytes:
    """As much as the client has room for, in whole characters; the indicator tells it the length
    there was.
    """
    part = value[: bind.size]
    if bind.type == OraType.RAW:
        return part
    charset = "utf-16-be" if is_national else "utf-8"
    return part.decode(charset, "ignore").encode(charset)


def returned_rows(
    binds: Sequence[Descriptor], returned: Sequence[Sequence[Sequence[Value]]], lobs: LobStore
) -> bytes:
    """The values of RETURNING ... INTO: per iteration a row, per receiving bind the number of
    values and the values.
    """
    parts = []
    for iteration in returned:
        parts.append(ROW_MARK)
        for bind, values in zip(binds, iteration, strict=True):
            parts.append(ub(len(values)))
            parts += (out_value(bind, value, lobs) for value in values)
    return b"".join(parts)
