"""VARCHAR2, CHAR, NVARCHAR2, NCHAR, RAW and the LOBs.

Sources: Oracle Database SQL Language Reference, "Character Data Types" (byte and character
semantics, blank padding, national character types in AL16UTF16), "Nulls" (a string of length zero
is null); Error Messages, ORA-12899. The database character set is AL32UTF8.
"""

from __future__ import annotations

from tests.oracle.semantics import Refusal

_CHAR_BYTES, _VARCHAR_BYTES = 2000, 4000


def octets(value: str) -> int:
    """LENGTHB in AL32UTF8."""
    return len(value.encode())


def units(value: str) -> int:
    """Length in AL16UTF16: characters beyond the basic plane count two."""
    return len(value.encode("utf-16-be")) // 2


def _fits(actual: int, maximum: int) -> None:
    if actual > maximum:
        raise Refusal(12899, actual, maximum)


def varchar_bytes(value: str | None, size: int) -> str | None:
    """VARCHAR2(n BYTE)."""
    _fits(octets(value or ""), size)
    return value or None


def varchar_chars(value: str | None, size: int) -> str | None:
    """VARCHAR2(n CHAR)."""
    _fits(len(value or ""), size)
    return value or None


def char_bytes(value: str | None, size: int) -> str | None:
    """CHAR(n BYTE): blanks up to n bytes."""
    _fits(octets(value or ""), size)
    return value + " " * (size - octets(value)) if value else None


def char_chars(value: str | None, size: int) -> str | None:
    """CHAR(n CHAR): blanks up to n characters."""
    _fits(len(value or ""), size)
    return value.ljust(size) if value else None


def nvarchar(value: str | None, size: int) -> str | None:
    """NVARCHAR2(n)."""
    _fits(units(value or ""), size)
    return value or None


def nchar(value: str | None, size: int) -> str | None:
    """NCHAR(n): blanks up to n code units."""
    _fits(units(value or ""), size)
    return value + " " * (size - units(value)) if value else None


def raw(value: bytes | None, size: int) -> bytes | None:
    """RAW(n)."""
    _fits(len(value or b""), size)
    return value or None


def lob(value: str | bytes | None) -> str | bytes | None:
    """A LOB or LONG bound as text or bytes: of length zero it is null."""
    return value or None


_BASE_64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def rowid(value: str | None) -> str | None:
    """ROWID: 6 characters for 32 bits of data object, 3 for 10 of file, 6 for 22 of block, 3 for 16
    of row.

    Source: SQL Language Reference, "ROWID Data Type", and Error Messages, ORA-01410.
    """
    if not value:
        return None
    if len(value) != 18 or not set(value) <= set(_BASE_64):
        raise Refusal(1410)
    for start, end, bits in ((0, 6, 32), (6, 9, 10), (9, 15, 22), (15, 18, 16)):
        number = 0
        for letter in value[start:end]:
            number = number * 64 + _BASE_64.index(letter)
        if number >= 1 << bits:
            raise Refusal(1410)
    return value


def rowid_of(data_object: int, file: int, block: int, row: int) -> str:
    """The text of a ROWID."""
    parts = ((data_object, 6), (file, 3), (block, 6), (row, 3))
    return "".join(
        _BASE_64[number >> 6 * place & 63]
        for number, size in parts
        for place in reversed(range(size))
    )
