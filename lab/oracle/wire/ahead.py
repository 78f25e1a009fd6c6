"""Rows prepared before they are asked for: the server encodes the next batch while its client takes
in the last one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lab.oracle.interface import ColumnarRows, EngineSession, Execution
from lab.oracle.wire.rows import RowEncoder

Rows = Sequence[Sequence[bytes | None]] | ColumnarRows


@dataclass
class Batch:
    """Rows taken from the engine, and their encoding."""

    rows: Rows
    body: bytes
    exhausted: bool


class Supply:
    """The rows of one open result, in batches as the client asks for them."""

    def __init__(self, engine: EngineSession, execution: Execution, encoder: RowEncoder) -> None:
        self._engine = engine
        self._execution = execution
        self._encoder = encoder
        self._ahead: Batch | None = None
        self._failure: Exception | None = None
        #: how many rows the client asked for last; 0 when nothing more is to be expected
        self._wanted = 0

    def use_encoder(self, encoder: RowEncoder) -> None:
        """Encodes from now on as the client has just asked for, also the rows that are prepared."""
        self._encoder = encoder
        if self._ahead is not None:
            self._ahead.body = encoder.encode(self._ahead.rows)

    def take(self, count: int) -> tuple[int, bytes, bool]:
        """The next rows: how many (at most ``count``), their encoding, and whether they are the
        last.
        """
        failure, self._failure = self._failure, None
        if failure is not None:
            raise failure
        batch, self._ahead = self._ahead, None
        if batch is None:
            batch = self._fetch(count)
        elif len(batch.rows) > count:
            first, rest = batch.rows[:count], batch.rows[count:]
            self._ahead = Batch(rest, self._encoder.encode(rest), batch.exhausted)
            batch = Batch(first, self._encoder.encode(first), False)
        elif len(batch.rows) < count and not batch.exhausted:
            more = self._fetch(count - len(batch.rows))
            self._wanted = 0 if more.exhausted else count
            return len(batch.rows) + len(more.rows), batch.body + more.body, more.exhausted
        self._wanted = 0 if batch.exhausted else count
        return len(batch.rows), batch.body, batch.exhausted

    def work_ahead(self) -> None:
        """Prepares as many rows as were taken last, unless the client says something before they
        can be had.

        An error is kept until the rows are asked for. Values that leave something behind in the
        session, as locators do, are not prepared.
        """
        if (
            not self._wanted
            or self._ahead is not None
            or self._failure is not None
            or not self._encoder.is_plain
        ):
            return
        try:
            if self._engine.await_rows(self._execution, self._wanted):
                self._ahead = self._fetch(self._wanted)
        except Exception as error:
            self._failure = error

    def _fetch(self, count: int) -> Batch:
        rows, exhausted = self._engine.fetch(self._execution, count)
        return Batch(rows, self._encoder.encode(rows) if len(rows) else b"", exhausted)
