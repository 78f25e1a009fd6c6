"""Primitives of the wire format: a reader over a buffer that may still grow, and functions that
build bytes.

``ub`` is the protocol's variable-width unsigned integer (one length byte, then big-endian bytes),
``sb`` its signed form (0x80 in the length byte for a negative number), a CLR is bytes behind a
one-byte length or in chunks, a DALC is a ``ub`` length followed, when it is not zero, by a CLR.
"""

from __future__ import annotations

from collections.abc import Callable

NULL = b"\x00"
LONG_LENGTH = 254
ESCAPE = 253
MAX_SHORT_LENGTH = 252
CHUNK_SIZE = 32767
#: A CLR longer than this is taken for garbage (1 GiB; the clients' own limit for a bind is 1 GB).
MAX_CLR = 1 << 30

_LENGTH_BYTE = tuple(bytes((n,)) for n in range(MAX_SHORT_LENGTH + 1))


class NeedMoreError(Exception):
    """The buffer ends before the request does."""


class ProtocolError(Exception):
    """The client sent something that is not in the protocol, or not in the
    part of it spoken here.
    """


def _no_more() -> bytes:
    raise NeedMoreError


class Reader:
    """Reads primitives from ``data``; when it runs out, calls ``more`` for the next piece.

    A request has no end mark and packets cut it anywhere, so the grammar decides when it is
    complete. ``more`` blocks on the socket in the server and raises ``NeedMoreError`` by default.
    What has been read is dropped as the buffer grows, so the cost of a long request stays linear.
    """

    __slots__ = ("_more", "data", "pos")

    def __init__(self, data: bytes = b"", more: Callable[[], bytes] = _no_more) -> None:
        self.data = data
        self.pos = 0
        self._more = more

    @property
    def exhausted(self) -> bool:
        return self.pos >= len(self.data)

    def feed(self, data: bytes) -> None:
        """Appends bytes that have arrived."""
        self.data = self.data[self.pos :] + data if self.pos < len(self.data) else data
        self.pos = 0

    def clear(self) -> None:
        """Forgets what has not been read."""
        self.data = b""
        self.pos = 0

    def raw(self, count: int) -> bytes:
        """Exactly ``count`` bytes."""
        stop = self.pos + count
        if stop > len(self.data):
            pieces = [self.data[self.pos :]]
            have = len(pieces[0])
            while have < count:
                piece = self._more()
                pieces.append(piece)
                have += len(piece)
            self.data = b"".join(pieces)
            self.pos = 0
            stop = count
        value = self.data[self.pos : stop]
        self.pos = stop
        return value

    def u8(self) -> int:
        if self.pos >= len(self.data):
            return self.raw(1)[0]
        value = self.data[self.pos]
        self.pos += 1
        return value

    def peek(self) -> int:
        """The next byte, left in place."""
        value = self.u8()
        self.pos -= 1
        return value

    def u16(self) -> int:
        return int.from_bytes(self.raw(2), "big")

    def ub(self) -> int:
        """An unsigned integer of up to 8 bytes."""
        size = self.u8()
        if size == 0:
            return 0
        if size > 8:
            raise ProtocolError(f"integer of {size} bytes")
        return int.from_bytes(self.raw(size), "big")

    def sb(self) -> int:
        """A signed integer of up to 8 bytes."""
        size = self.u8()
        if size & 0x7F > 8:
            raise ProtocolError(f"integer of {size & 0x7F} bytes")
        value = int.from_bytes(self.raw(size & 0x7F), "big")
        return -value if size & 0x80 else value

    def clr(self) -> bytes | None:
        """Bytes behind their length; None for NULL, which is also what an empty value is."""
        size = self.u8()
        if size in (0, 255):
            return None
        if size == ESCAPE:
            self.u8()
            return None
        if size == LONG_LENGTH:
            return self._chunks()
        return self.raw(size)

    def _chunks(self) -> bytes:
        chunks = []
        total = 0
        while size := self.ub():
            total += size
            if total > MAX_CLR:
                raise ProtocolError(f"value of more than {MAX_CLR} bytes")
            chunks.append(self.raw(size))
        return b"".join(chunks)

    def dalc(self) -> bytes | None:
        """Bytes whose length is sent twice; None when there are none."""
        return self.clr() if self.ub() else None

    def skip(self, fields: str) -> None:
        """Passes over fields: ``p`` a pointer or single byte, ``i`` an integer."""
        for field in fields:
            if field == "p":
                self.u8()
            else:
                self.ub()


def ub(value: int) -> bytes:
    """An unsigned integer in 1, 2, 4 or 8 bytes behind its width; ValueError
    when it does not fit.
    """
    if value == 0:
        return NULL
    if value < 0x100:
        return bytes((1, value))
    if value < 0x10000:
        return b"\x02" + value.to_bytes(2, "big")
    if value < 0x100000000:
        return b"\x04" + value.to_bytes(4, "big")
    if value >= 1 << 64:
        raise ValueError(f"{value} does not fit into 8 bytes")
    return b"\x08" + value.to_bytes(8, "big")


def sb(value: int) -> bytes:
    """A signed integer behind its width; the sign is the top bit of the width."""
    if value >= 0:
        return ub(value)
    encoded = ub(-value)
    return bytes((encoded[0] | 0x80,)) + encoded[1:]


def clr(value: bytes | None) -> bytes:
    """Bytes behind their length, in chunks when there are more than 252; NULL and empty are the
    same byte.
    """
    if not value:
        return NULL
    size = len(value)
    if size <= MAX_SHORT_LENGTH:
        return _LENGTH_BYTE[size] + value
    pieces = [b"\xfe"]
    for start in range(0, size, CHUNK_SIZE):
        piece = value[start : start + CHUNK_SIZE]
        pieces.append(ub(len(piece)))
        pieces.append(piece)
    pieces.append(NULL)
    return b"".join(pieces)


def dalc(value: bytes | None) -> bytes:
    """Bytes with their length sent twice."""
    return ub(len(value)) + clr(value) if value else NULL


def text(value: str) -> bytes:
    """A string as DALC in UTF-8."""
    return dalc(value.encode())
