"""How far a comparison has come: rows, rows per second, time left and pieces done, in one line of a
terminal.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO

from reconciliation.process.visible import visible

#: seconds between two lines
_PAUSE_SECONDS = 0.2
#: the rate is that of the last seconds, not that of the whole run
_RATE_SECONDS = 15.0
_ERASE = "\r\x1b[K"


class Meter:
    """A context manager that writes to ``terminal``, or nowhere. Called with a table and its rows
    compared so far.
    """

    def __init__(
        self, terminal: TextIO | None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._terminal, self._clock = terminal, clock
        self._table = ""
        self._expected: int | None = None
        self._segments = self._done = 0
        self._told = float("-inf")
        self._seen: list[tuple[float, int]] = []

    def __enter__(self) -> Meter:
        return self

    def __exit__(self, *_: object) -> None:
        if self._terminal is not None and self._told > float("-inf"):
            print(_ERASE, end="", file=self._terminal, flush=True)

    def begin(self, table: str, rows: int | None, segments: int, done: int = 0) -> None:
        """A table of about ``rows`` rows in ``segments`` pieces, of which ``done`` need not be
        compared again.
        """
        self._table, self._expected, self._segments, self._done = table, rows, segments, done
        self._seen = [(self._clock(), 0)]

    def segment_done(self) -> None:
        """One more piece of the table is compared."""
        self._done += 1

    def __call__(self, table: str, rows: int) -> None:
        now = self._clock()
        if table != self._table:
            self.begin(table, None, 1)
        self._seen.append((now, rows))
        while len(self._seen) > 2 and now - self._seen[1][0] >= _RATE_SECONDS:
            del self._seen[0]
        if self._terminal is not None and now - self._told >= _PAUSE_SECONDS:
            self._told = now
            print(_ERASE + self.line(), end="", file=self._terminal, flush=True)

    def line(self) -> str:
        """``a.b: 1,000 of about 9,000 rows, 500 rows/s, 16 s left, 1 of 9 segments``."""
        (began, before), (now, rows) = self._seen[0], self._seen[-1]
        # the number of rows is an estimate; one that has proved wrong is none
        expected = self._expected if self._expected is not None and self._expected > rows else None
        parts = [
            f"{visible(self._table)}: {rows:,} {f'of about {expected:,} ' if expected else ''}rows"
        ]
        rate = (rows - before) / (now - began) if now > began else 0.0
        if rate > 0:
            parts.append(f"{rate:,.0f} rows/s")
            if expected:
                parts.append(f"{_span((expected - rows) / rate)} left")
        if self._segments > 1:
            parts.append(f"{self._done} of {self._segments} segments")
        return ", ".join(parts)


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
