"""What was measured, judged and as a table or as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from benchmarks.oracle_memory import Memory
from benchmarks.oracle_speed import (
    CLIENT_SIDE,
    DATA_FRAMES,
    EXECUTE_VALUES,
    EXECUTEMANY,
    NAMED,
    ROWS,
)
from benchmarks.timing import Summary

WANTED_RATIO = 0.35
WANTED_BYTES = 300_000_000
#: "flat": the peak at the largest size over the peak at the smallest
WANTED_GROWTH = 1.2


@dataclass(frozen=True)
class Verdict:
    """One thing that is wanted, and what it is."""

    what: str
    value: float
    limit: float
    is_reached: bool


@dataclass(frozen=True)
class Report:
    """Everything one run of the benchmark found out."""

    rows: int
    repeat: int
    machine: dict[str, object]
    fetch: Sequence[Summary]
    insert: Sequence[Summary]
    batch_sizes: dict[str, int]
    memory: Sequence[Memory] = field(default_factory=tuple)

    def verdicts(self) -> list[Verdict]:
        """The ratios against psycopg2's faster way, and the memory."""
        rates = {summary.name: summary.median for summary in (*self.fetch, *self.insert)}
        best = max(rates[NAMED], rates[CLIENT_SIDE])
        found = [
            at_least(f"fetch, {ROWS}", rates[ROWS] / best, WANTED_RATIO),
            at_least(f"fetch, {DATA_FRAMES}", rates[DATA_FRAMES] / best, WANTED_RATIO),
            at_least(
                f"insert, {EXECUTEMANY}", rates[EXECUTEMANY] / rates[EXECUTE_VALUES], WANTED_RATIO
            ),
        ]
        if self.memory:
            peak = max(memory.stand_in for memory in self.memory)
            found.append(at_most("memory of the stand-in, MB", peak / 1e6, WANTED_BYTES / 1e6))
        if len(self.memory) > 1:
            growth = self.memory[-1].stand_in / self.memory[0].stand_in
            found.append(at_most("memory, largest over smallest", growth, WANTED_GROWTH))
        return found

    def as_json(self) -> dict[str, Any]:
        """Plain values; rates are in rows per second, memory in bytes."""
        return {
            "rows": self.rows,
            "repeat": self.repeat,
            "machine": self.machine,
            "fetch": [_summary(summary) for summary in self.fetch],
            "insert": [_summary(summary) for summary in self.insert],
            "rows_per_statement": self.batch_sizes,
            "memory": [asdict(memory) for memory in self.memory],
            "verdicts": [asdict(verdict) for verdict in self.verdicts()],
        }

    def as_text(self) -> str:
        """Tables for the terminal, which are Markdown at the same time."""
        races = (("fetch", self.fetch), ("insert", self.insert))
        parts = [_speeds(f"{name} of {self.rows:,} rows", summaries) for name, summaries in races]
        sizes = ", ".join(f"{name} {size:,}" for name, size in self.batch_sizes.items())
        parts.append(f"rows per statement of the inserts: {sizes}")
        if self.memory:
            parts.append(
                table(
                    ("rows", "stand-in, peak", "backend, peak", "backend, own"),
                    _memory_rows(self.memory),
                )
            )
        parts.append(
            table(
                ("wanted", "found", "limit", ""),
                [verdict_row(verdict) for verdict in self.verdicts()],
            )
        )
        return "\n\n".join(parts)


def at_least(what: str, value: float, limit: float) -> Verdict:
    """Reached by ``limit`` and more."""
    return Verdict(what, value, limit, value >= limit)


def at_most(what: str, value: float, limit: float) -> Verdict:
    """Reached by ``limit`` and less."""
    return Verdict(what, value, limit, value <= limit)


def _summary(summary: Summary) -> dict[str, Any]:
    return {
        "name": summary.name,
        "rates": list(summary.rates),
        "min": summary.slowest,
        "median": summary.median,
        "max": summary.fastest,
    }


def _speeds(title: str, summaries: Sequence[Summary]) -> str:
    rows = [
        (s.name, f"{s.slowest:,.0f}", f"{s.median:,.0f}", f"{s.fastest:,.0f}") for s in summaries
    ]
    return table((f"{title}, rows/s", "min", "median", "max"), rows)


def _memory_rows(memory: Sequence[Memory]) -> list[tuple[str, ...]]:
    return [
        (
            f"{m.rows:,}",
            *(f"{size / 1e6:.0f} MB" for size in (m.stand_in, m.backend_peak, m.backend_own)),
        )
        for m in memory
    ]


def verdict_row(verdict: Verdict) -> tuple[str, ...]:
    """A line of the table that says what was wanted."""
    return (
        verdict.what,
        f"{verdict.value:.2f}",
        f"{verdict.limit:.2f}",
        "reached" if verdict.is_reached else "MISSED",
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns padded to one width; the first is left-aligned, the others right-aligned."""
    widths = [max(len(row[place]) for row in (head, *rows)) for place in range(len(head))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]

    def line(cells: Sequence[str]) -> str:
        first = cells[0].ljust(widths[0])
        return (
            "| "
            + " | ".join([first, *(c.rjust(w) for c, w in zip(cells[1:], widths[1:], strict=True))])
            + " |"
        )

    return "\n".join([line(head), line(rule), *(line(row) for row in rows)])
