"""LOB contents of one session behind the locators given to its client.

Every LOB handed out is marked temporary, so the client frees it when its program drops it: contents
live here only as long as someone may still ask for them. Character LOBs are kept and exchanged in
UTF-16BE, and their lengths and offsets count UTF-16 code units, as in a database whose character
set is AL32UTF8 (Oracle Database SecureFiles and Large Objects Developer's Guide, "LOB Offset and
Amount").
"""

from __future__ import annotations

from dataclasses import dataclass

from lab.oracle.interface import LobHome, OracleError, OraType, StoredLob
from lab.oracle.wire.buffer import MAX_CLR, clr, ub

LOCATOR_SIZE = 40
CHUNK_SIZE = 8132
_UTF16 = "utf-16-be"


@dataclass
class Lob:
    """One LOB: bytes of a BLOB or UTF-16BE of a CLOB. Those read from rows cannot be written to."""

    is_char: bool
    data: bytes
    writable: bool
    is_open: bool = False
    #: where the content is kept in the store, for a LOB of a row that the session may change
    home: LobHome | None = None

    @property
    def unit(self) -> int:
        return 2 if self.is_char else 1

    @property
    def length(self) -> int:
        """Characters (UTF-16 code units) or bytes."""
        return len(self.data) // self.unit

    def read(self, offset: int, amount: int) -> bytes:
        """Up to ``amount`` units from the 1-based ``offset``; ORA-22922 when a rollback undid a
        change of them.
        """
        if self.home is not None and self.home.undone:
            raise OracleError(22922, "nonexistent LOB value")
        start = (_checked(offset) - 1) * self.unit
        return self.data[start : start + amount * self.unit]

    def write(self, offset: int, data: bytes) -> None:
        """Overwrites or extends; a gap is filled with spaces (characters) or zeros (bytes)."""
        self._check_writable()
        start = (_checked(offset) - 1) * self.unit
        if start + len(data) > MAX_CLR:
            raise OracleError(3001, f"unimplemented feature: LOBs of more than {MAX_CLR} bytes")
        fill = b"\0 " if self.is_char else b"\0"
        gap = max(0, start - len(self.data)) // self.unit
        self._keep(self.data[:start] + fill * gap + data + self.data[start + len(data) :])

    def trim(self, length: int) -> None:
        """Shortens to ``length`` units."""
        self._check_writable()
        if length > self.length:
            raise OracleError(
                22926,
                f"specified trim length is greater than current LOB value's length ({length})",
            )
        self._keep(self.data[: length * self.unit])

    def _keep(self, data: bytes) -> None:
        if self.home is not None:
            self.home.write(data.decode(_UTF16, "replace").encode() if self.is_char else data)
        self.data = data

    def _check_writable(self) -> None:
        if not self.writable and self.home is None:
            raise OracleError(22920, "row containing the LOB value is not locked")


def _checked(offset: int) -> int:
    if offset < 1:
        raise OracleError(21560, "argument 2 is null, invalid, or out of range")
    return offset


class LobStore:
    """The LOBs of one session by locator."""

    def __init__(self) -> None:
        self._lobs: dict[int, Lob] = {}
        self._last_id = 0

    def __len__(self) -> int:
        return len(self._lobs)

    def create(self, *, is_char: bool, data: bytes = b"", writable: bool = False) -> bytes:
        """Keeps a LOB and returns its locator; ``data`` in the LOB's own form."""
        self._last_id += 1
        self._lobs[self._last_id] = Lob(is_char, data, writable)
        return _locator(self._last_id, is_char=is_char)

    def get(self, locator: bytes) -> Lob:
        """The LOB of a locator; OracleError 22922 when it has been freed or never was."""
        lob = self._lobs.get(_id_of(locator))
        if lob is None:
            raise OracleError(22922, "nonexistent LOB value")
        return lob

    def free(self, locator: bytes) -> None:
        """Forgets a LOB; unknown locators are ignored, as a client may free what a break has
        already undone.
        """
        self._lobs.pop(_id_of(locator), None)

    def content(self, locator: bytes) -> bytes:
        """What the engine gets for a bound locator: UTF-8 text or bytes, which may be empty."""
        lob = self.get(locator)
        return lob.data.decode(_UTF16, "replace").encode() if lob.is_char else lob.data

    def column_value(self, kind: int, content: bytes | None) -> bytes:
        """A LOB as it stands in row data: length of the locator, size, chunk size, locator."""
        if content is None:
            return b"\0"
        is_char = kind == OraType.CLOB
        data = content.decode().encode(_UTF16) if is_char else content
        locator = self.create(is_char=is_char, data=data)
        if isinstance(content, StoredLob):
            self.get(locator).home = content.home
        length = len(data) // 2 if is_char else len(data)
        return ub(len(locator)) + ub(length) + ub(CHUNK_SIZE) + clr(locator)


def _locator(number: int, *, is_char: bool) -> bytes:
    """40 bytes: length, version, flags (BLOB or CLOB; initialised; UTF-16; temporary), number,
    nothing.
    """
    flags = (2, 8, 0x80, 1) if is_char else (1, 8, 0, 1)
    return b"\0\x26\0\x04" + bytes(flags) + number.to_bytes(8, "big") + bytes(LOCATOR_SIZE - 16)


def _id_of(locator: bytes) -> int:
    return int.from_bytes(locator[8:16], "big")
