"""Columns that Oracle sends next to a row's texts: LOBs, long and national text, floats; and how many rows at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from reconciliation.streams.form import Form
from reconciliation.streams.source import CHUNK_ROWS

#: bytes of one fetch: what a side may hold at a time, a single longer row aside
FETCH_BYTES = 8_000_000
#: rows at once that may be chosen, the largest whose worst run of neighbours stays below FETCH_BYTES
_STEPS = (1_000, 100, 10)
#: rows at once for LONG and LONG RAW, whose length no SQL function tells
_UNMEASURED_ROWS = 10
#: a character of a LOB is 4 bytes at most
_CHARACTER_BYTES = 4


@dataclass(frozen=True)
class Beside:
    """``packers`` make bytes of the driver's values; ``sizes_sql`` asks for the worst run of rows of each _STEPS."""

    packers: tuple[Callable[[Any], bytes], ...]
    fixed_bytes: int
    limit: int = CHUNK_ROWS
    sizes_sql: str | None = None
    _rows: dict[str, int] = field(default_factory=dict, compare=False, repr=False)

    def columns(self, row: Sequence[Any]) -> list[Any]:
        """A fetched row with the driver's values as the bytes PostgreSQL sends."""
        texts = len(row) - len(self.packers)
        own = zip(self.packers, row[texts:], strict=True)
        return [*row[:texts], *(None if value is None else pack(value) for pack, value in own)]

    def rows_at_once(self, cursor: Any) -> int:
        """Rows of one fetch so that any such run of them stays within FETCH_BYTES; at least one.

        Asked once per table: the whole table's worst run bounds those of its parts as well.
        """
        if "rows" not in self._rows:
            rows = min(self.limit, max(1, FETCH_BYTES // max(1, self.fixed_bytes)))
            if self.sizes_sql is not None:
                cursor.execute(self.sizes_sql)
                rows = min(rows, self._fitting(cursor.fetchone()))
            self._rows["rows"] = rows
        return self._rows["rows"]

    def _fitting(self, worst: Sequence[Any]) -> int:
        for step, size in zip(_STEPS, worst, strict=True):
            if int(size or 0) * _CHARACTER_BYTES + step * self.fixed_bytes <= FETCH_BYTES:
                return step
        return 1


def beside(columns: Sequence[tuple[Form, str]], relation: str, order: str) -> Beside:
    """``columns`` are the forms with the quoted names; ``order`` is the ORDER BY the rows are read in."""
    measured = [name for form, name in columns if form.measured]
    unmeasured = any(not form.measured and not form.longest for form, _ in columns)
    sizes = None
    if measured:
        size = " + ".join(f"NVL(DBMS_LOB.GETLENGTH({name}), 0)" for name in measured)
        runs = ", ".join(
            f"SUM({size}) OVER ({order.strip()} ROWS BETWEEN {step - 1} PRECEDING AND CURRENT ROW) AS RUN_{step}"
            for step in _STEPS
        )
        largest = ", ".join(f"MAX(RUN_{step})" for step in _STEPS)
        sizes = f"SELECT {largest} FROM (SELECT {runs} FROM {relation})"
    return Beside(
        tuple(form.pack for form, _ in columns if form.pack),
        sum(form.longest for form, _ in columns),
        _UNMEASURED_ROWS if unmeasured else CHUNK_ROWS,
        sizes,
    )
