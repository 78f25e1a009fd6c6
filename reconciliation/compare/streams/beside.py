"""Columns that Oracle sends next to a row's texts: LOBs, long and national text, floats; and how
many rows at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from reconciliation.compare.streams.form import Form
from reconciliation.compare.streams.source import CHUNK_ROWS
from reconciliation.compare.streams.statement import Statement
from reconciliation.model import Value

if TYPE_CHECKING:
    import oracledb

#: bytes of one fetch: what a side may hold at a time, a single longer row aside
FETCH_BYTES = 8_000_000
#: rows at once that may be chosen, the largest whose worst run of neighbours stays below
#: FETCH_BYTES
_STEPS = (1_000, 100, 10)
#: rows at once for LONG and LONG RAW, whose length no SQL function tells
_UNMEASURED_ROWS = 10
#: a character of a LOB is 4 bytes at most
_CHARACTER_BYTES = 4


@dataclass(frozen=True)
class Beside:
    """``packers`` make bytes of the driver's values; ``runs`` asks for the LOB sizes of all runs of
    rows of _STEPS.
    """

    packers: tuple[Callable[[Value], bytes], ...]
    fixed_bytes: int
    limit: int = CHUNK_ROWS
    runs: Statement | None = None

    def where(self, *conditions: str) -> Beside:
        """The same for the rows that meet the conditions."""
        return replace(self, runs=self.runs.where(*conditions)) if self.runs else self

    def columns(self, texts: Sequence[str], own: Sequence[Value]) -> list[str | bytes | None]:
        """A fetched row as PostgreSQL sends it: its texts, and of the driver's values the bytes."""
        pairs = zip(self.packers, own, strict=True)
        return [*texts, *(None if value is None else pack(value) for pack, value in pairs)]

    def rows_at_once(self, cursor: oracledb.Cursor) -> int:
        """Rows of one fetch so that any such run of them stays within FETCH_BYTES; at least one."""
        rows = min(self.limit, max(1, FETCH_BYTES // max(1, self.fixed_bytes)))
        if self.runs is None:
            return rows
        largest = ", ".join(f"MAX(RUN_{step})" for step in _STEPS)
        cursor.execute(f"SELECT {largest} FROM ({self.runs.sql})")
        return min(rows, self._fitting(cursor.fetchone()))

    def _fitting(self, worst: Sequence[Decimal | None]) -> int:
        for step, size in zip(_STEPS, worst, strict=True):
            if int(size or 0) * _CHARACTER_BYTES + step * self.fixed_bytes <= FETCH_BYTES:
                return step
        return 1


def beside(columns: Sequence[tuple[Form, str]], relation: str, order: str) -> Beside:
    """``columns`` are the forms with the quoted names; ``order`` is what the
    rows are ordered by.
    """
    measured = [name for form, name in columns if form.measured]
    unmeasured = any(not form.measured and not form.longest for form, _ in columns)
    runs = None
    if measured:
        size = " + ".join(f"NVL(DBMS_LOB.GETLENGTH({name}), 0)" for name in measured)
        runs = Statement(
            ", ".join(
                f"SUM({size}) OVER (ORDER BY {order} ROWS BETWEEN {step - 1} PRECEDING AND "
                f"CURRENT ROW) AS RUN_{step}"
                for step in _STEPS
            ),
            relation,
        )
    return Beside(
        tuple(form.pack for form, _ in columns if form.pack),
        sum(form.longest for form, _ in columns),
        _UNMEASURED_ROWS if unmeasured else CHUNK_ROWS,
        runs,
    )
