"""Scrollable cursors: the rows of a result in memory, and a position in it
that the client moves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import IntFlag

from lab.oracle.interface import ColumnarRows

Rows = list[Sequence[bytes | None]]

_BATCH = 1000


class Orientation(IntFlag):
    """Where a fetch begins, as the thin clients' sources name it."""

    CURRENT = 0x01
    NEXT = 0x02
    FIRST = 0x04
    LAST = 0x08
    PRIOR = 0x10
    ABSOLUTE = 0x20
    RELATIVE = 0x40


class ScrolledRows:
    """All rows read so far of one execution; ``fetch(count)`` gives further ones and whether they
    were the last.

    ``position`` is the number of the row last given, 0 before the first one.
    """

    def __init__(self, fetch: Callable[[int], tuple[Rows | ColumnarRows, bool]]) -> None:
        self._fetch = fetch
        self._rows: Rows = []
        self._exhausted = False
        self.position = 0

    def move(self, orientation: int, row: int) -> None:
        """Moves in front of a row (numbered from 1); clients send the number of the row for
        relative moves as well.
        """
        if orientation & (Orientation.ABSOLUTE | Orientation.RELATIVE):
            self._read(row)
            self.position = row - 1 if 1 <= row <= len(self._rows) else len(self._rows)
        elif orientation & Orientation.FIRST:
            self.position = 0
        elif orientation & Orientation.LAST:
            self._read(None)
            self.position = max(len(self._rows) - 1, 0)

    def take(self, count: int) -> tuple[Rows, bool]:
        """Up to ``count`` rows from the position on, and whether they were the last."""
        self._read(self.position + count)
        rows = self._rows[self.position : self.position + count]
        self.position += len(rows)
        return rows, self._exhausted and self.position >= len(self._rows)

    def _read(self, count: int | None) -> None:
        """Reads until there are ``count`` rows; all of them with None."""
        while not self._exhausted and (count is None or len(self._rows) < count):
            rows, self._exhausted = self._fetch(
                _BATCH if count is None else max(count - len(self._rows), 1)
            )
            self._rows += rows
