"""PostgreSQL's rows as bytes: COPY in binary format, read by a thread of its own while the rows before are compared.

The bytes of a row are compared as they come off the wire (a row of texts: the number of fields in 2 bytes, then each
text as a length in 4 bytes and its UTF-8). Source: PostgreSQL documentation, COPY, "Binary Format".
"""

from __future__ import annotations

import queue
import struct
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import psycopg2

from reconciliation.watched import GRACE_SECONDS, cancel, shut_down

#: rows handed over at a time
CHUNK_ROWS = 5_000
#: and bytes, or a single row that is longer
CHUNK_BYTES = 4_000_000
#: chunks that may wait: the memory of one side
_WAITING_CHUNKS = 4
_HEADER = b"PGCOPY\n\xff\r\n\0"
_HEADER_BYTES = len(_HEADER) + 8
_TRAILER = b"\xff\xff"


class Stalled(Exception):  # noqa: N818 - says what the database does
    """No row came within the limit."""


class _Abandoned(Exception):  # noqa: N818 - ends a COPY that nobody reads any more
    pass


class CopiedRows:
    """The rows of one SELECT, in chunks; a context manager.

    ``connection`` is a psycopg2 connection inside a transaction; it is used by nobody else meanwhile. ``patience`` is
    seconds without a row after which Stalled is raised and the statement cancelled. Errors of the statement are
    raised where the chunks are read.
    """

    def __init__(self, connection: Any, select: str, patience: float) -> None:
        self._connection, self._select, self._patience = connection, select, patience
        self._chunks: queue.Queue[list[bytes] | BaseException | None] = queue.Queue(_WAITING_CHUNKS)
        self._rows: list[bytes] = []
        self._bytes = 0
        self._begun = False
        self._abandoned = threading.Event()
        self._thread = threading.Thread(target=self._copy, name="copy from PostgreSQL", daemon=True)

    def __enter__(self) -> CopiedRows:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._abandoned.set()
        if self._thread.is_alive():
            cancel(self._connection)
        end = time.monotonic() + GRACE_SECONDS
        while self._thread.is_alive():
            self._drain()
            self._thread.join(0.05)
            if time.monotonic() > end:  # no answer to the cancelling either
                shut_down(self._connection)

    def __iter__(self) -> Iterator[list[bytes]]:
        while True:
            try:
                chunk = self._chunks.get(timeout=self._patience)
            except queue.Empty:
                raise Stalled(f"no row came within {self._patience:.0f} s") from None
            if chunk is None:
                return
            if isinstance(chunk, BaseException):
                raise chunk
            yield chunk

    # -------------------------------------------------------------- the thread

    def _copy(self) -> None:
        try:
            with self._connection.cursor() as cursor:
                cursor.copy_expert(f"COPY ({self._select}) TO STDOUT (FORMAT binary)", self)
            self._hand_over()
            self._put(None)
        except _Abandoned:
            pass
        except BaseException as error:  # raised again where the rows are read
            if not self._abandoned.is_set():
                self._put(error)

    def write(self, data: bytes) -> None:
        """Called by the driver for every message of the COPY, which is one row but for the first and the last."""
        if not self._begun:
            if not data.startswith(_HEADER):
                raise psycopg2.DataError("PostgreSQL's COPY does not begin with the header of its binary format")
            self._begun = True
            data = data[_HEADER_BYTES:]
            if not data:
                return
        if data == _TRAILER:
            return
        self._rows.append(data)
        self._bytes += len(data)
        if len(self._rows) >= CHUNK_ROWS or self._bytes >= CHUNK_BYTES:
            self._hand_over()

    def _hand_over(self) -> None:
        if self._rows:
            chunk, self._rows, self._bytes = self._rows, [], 0
            self._put(chunk)

    def _put(self, item: list[bytes] | BaseException | None) -> None:
        while not self._abandoned.is_set():
            try:
                self._chunks.put(item, timeout=0.2)
                return
            except queue.Full:
                continue
        raise _Abandoned

    def _drain(self) -> None:
        try:
            while True:
                self._chunks.get_nowait()
        except queue.Empty:
            pass


_LENGTH = struct.Struct("!i")
_NULL = _LENGTH.pack(-1)


def packed(columns: Sequence[str | bytes | None]) -> bytes:
    """The bytes PostgreSQL would send for a row of these texts and bytes."""
    parts = [len(columns).to_bytes(2, "big")]
    for column in columns:
        if column is None:
            parts.append(_NULL)
            continue
        encoded = column.encode() if isinstance(column, str) else column
        parts += (_LENGTH.pack(len(encoded)), encoded)
    return b"".join(parts)


def unpacked(row: bytes) -> list[str]:
    """The texts in the bytes of a row that has nothing beside them; none of them is NULL, ``concat`` never is."""
    return [(column or b"").decode() for column in columns_of(row)]


def columns_of(row: bytes) -> list[bytes | None]:
    """The columns of a row as PostgreSQL sends them: texts in UTF-8, which are never NULL, and what is beside them."""
    columns: list[bytes | None] = []
    position = 2
    for _ in range(int.from_bytes(row[:2], "big")):
        (length,) = _LENGTH.unpack_from(row, position)
        columns.append(None if length < 0 else row[position + 4 : position + 4 + length])
        position += 4 + max(length, 0)
    return columns


def first_text(row: bytes) -> str:
    """The first text of a row, which holds its key."""
    return row[6 : 6 + int.from_bytes(row[2:6], "big")].decode()
