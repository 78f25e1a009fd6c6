"""PostgreSQL's rows as bytes: COPY in binary format, read by a thread of its own while the rows
before are compared.

The bytes of a row are compared as they come off the wire (a row of texts: the number of fields in 2
bytes, then each text as a length in 4 bytes and its UTF-8). Source: PostgreSQL documentation, COPY,
"Binary Format".
"""

from __future__ import annotations

import queue
import struct
import threading
import time
from collections.abc import Callable, Iterator, Sequence

import psycopg2
from psycopg2 import extensions

from reconciliation.databases.fetching import kept_text, utf_8
from reconciliation.databases.watched import GRACE_SECONDS, cancel, received, shut_down
from reconciliation.process import pulse

#: rows handed over at a time, at the most
CHUNK_ROWS = 5_000
#: and bytes, or a single row that is longer
CHUNK_BYTES = 4_000_000
#: a row takes at least as much of a chunk's bytes, which keeps its rows below CHUNK_ROWS
_ROOM_OF_A_ROW = CHUNK_BYTES // CHUNK_ROWS
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

    ``connection`` is a psycopg2 connection inside a transaction; it is used by nobody else
    meanwhile. ``answer_timeout`` is seconds without a row after which Stalled is raised and the
    statement cancelled. Errors of the statement are raised where the chunks are read.
    """

    def __init__(
        self, connection: extensions.connection, select: str, answer_timeout: float
    ) -> None:
        self._connection, self._select, self._answer_timeout = connection, select, answer_timeout
        self._chunks: queue.Queue[list[bytes] | BaseException | None] = queue.Queue(_WAITING_CHUNKS)
        self._abandoned = threading.Event()
        self._rows = _Rows(self._put)
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
            chunk = self._next()
            if chunk is None:
                return
            if isinstance(chunk, BaseException):
                raise chunk
            yield chunk

    def _next(self) -> list[bytes] | BaseException | None:
        """The next chunk; a line that carries a few bytes at a time is waited for as long as it
        carries any.
        """
        seen = self._progress()
        while True:
            try:
                return self._chunks.get(timeout=self._answer_timeout)
            except queue.Empty:
                before, seen = seen, self._progress()
                if before == seen:
                    raise Stalled(f"no row came within {self._answer_timeout:.0f} s") from None
                pulse.beat()

    def _progress(self) -> tuple[int | None, int]:
        """Bytes that have come for the next row, and how much room is left
        for rows in the chunk.
        """
        return received(self._connection), self._rows.room()

    # -------------------------------------------------------------- the thread

    def _copy(self) -> None:
        rows = self._rows
        try:
            with self._connection.cursor() as cursor:
                cursor.copy_expert(f"COPY ({self._select}) TO STDOUT (FORMAT binary)", rows)
            rows.finish()
            self._put(None)
        except _Abandoned:
            pass
        except BaseException as error:  # raised again where the rows are read
            if not self._abandoned.is_set():
                self._put(error)

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


class _Rows:
    """Where the driver writes every message of a COPY, which is one row but for the first and the
    last.

    ``write`` runs for every row of every table, so it is a closure that does next to nothing:
    header and trailer are taken off the chunks, not looked for in each message, and one count
    stands for both limits of a chunk.
    """

    def __init__(self, put: Callable[[list[bytes]], None]) -> None:
        self._put, self._begun = put, False
        rows: list[bytes] = []
        room = CHUNK_BYTES

        def write(data: bytes) -> None:
            nonlocal rows, room
            rows.append(data)
            room -= len(data) + _ROOM_OF_A_ROW
            if room <= 0:
                # the message that fills a chunk may be the trailer: it begins the next one
                chunk, rows, room = rows[:-1], [data], CHUNK_BYTES - len(data) - _ROOM_OF_A_ROW
                if chunk:
                    self._put(self._begin(chunk))

        def rest() -> list[bytes]:
            return rows

        def room_left() -> int:
            return room

        self.write = write
        self._rest, self.room = rest, room_left

    def finish(self) -> None:
        """Hand over what is left; the last message was the trailer."""
        rest = self._begin(self._rest())
        if rest and rest[-1] == _TRAILER:
            del rest[-1]
        if rest:
            self._put(rest)

    def _begin(self, chunk: list[bytes]) -> list[bytes]:
        """The chunk without the header, which the first one begins with."""
        if self._begun:
            return chunk
        if not chunk or not chunk[0].startswith(_HEADER):
            raise psycopg2.DataError(
                "PostgreSQL's COPY does not begin with the header of its binary format"
            )
        self._begun = True
        first = chunk[0][_HEADER_BYTES:]
        return [first, *chunk[1:]] if first else chunk[1:]


_LENGTH = struct.Struct("!i")
_NULL = _LENGTH.pack(-1)


def packed(columns: Sequence[str | bytes | None]) -> bytes:
    """The bytes PostgreSQL would send for a row of these texts and bytes."""
    parts = [len(columns).to_bytes(2, "big")]
    for column in columns:
        if column is None:
            parts.append(_NULL)
            continue
        encoded = utf_8(column) if isinstance(column, str) else column
        parts += (_LENGTH.pack(len(encoded)), encoded)
    return b"".join(parts)


def columns_of(row: bytes) -> list[bytes | None]:
    """The columns of a row as PostgreSQL sends them: texts in UTF-8, which are never NULL, and what
    is beside them.
    """
    columns: list[bytes | None] = []
    position = 2
    for _ in range(int.from_bytes(row[:2], "big")):
        (length,) = _LENGTH.unpack_from(row, position)
        columns.append(None if length < 0 else row[position + 4 : position + 4 + length])
        position += 4 + max(length, 0)
    return columns


def first_text(row: bytes) -> str:
    """The first text of a row, which holds its key; other columns in it may hold bytes that are no
    text.
    """
    return kept_text(row[6 : 6 + int.from_bytes(row[2:6], "big")])
