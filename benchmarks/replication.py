"""From a commit in PostgreSQL to a commit in Oracle: how much, how late, and in how much memory.

All of it shares one machine: the writer, both PostgreSQL servers, the Oracle stand-in and the task.
The task runs with DMS's settings but for the switch ``commit_when_idle``: it commits when nothing
more is to be read instead of waiting out CommitTimeout, which is at least a second and would be
most of the lag.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.oracle import not_negative, positive
from benchmarks.replicated import Replicated, running_replication
from benchmarks.replication_load import (
    CHANGES_OF_TEN,
    Arrival,
    Memory,
    prepare,
    write_bulk,
    write_single,
)
from benchmarks.report import Verdict, at_least, at_most, table, verdict_row
from benchmarks.servers import machine
from benchmarks.timing import progress
from tests.dms.replication import wait_for

WANTED_RATE = 2000.0
WANTED_LAG_SECONDS = 0.5
WANTED_GROWTH = 1.1
_WARM_UP = 2000
_IN_ONE = 1000
_TEN = sum(CHANGES_OF_TEN.values())


@dataclass(frozen=True)
class Measured:
    """``cpu`` is seconds of the processor per 1,000 single-row transactions, by part; memory in
    bytes.
    """

    machine: Mapping[str, object]
    singles: Arrival
    cpu: Mapping[str, float]
    paced: Arrival
    paced_rate: float
    bulk: Arrival | None
    memory: Sequence[int]
    growth: float | None

    def verdicts(self) -> list[Verdict]:
        """What is wanted, and what was found."""
        found = [
            at_least("single-row transactions, changes/s", self.singles.rate, WANTED_RATE),
            at_most(
                f"lag p99 at {self.paced_rate:,.0f} changes/s, ms",
                self.paced.lag(0.99) * 1000,
                WANTED_LAG_SECONDS * 1000,
            ),
            at_least(
                "written at that rate, share of it",
                self.paced.changes / self.paced.writing_seconds / self.paced_rate,
                0.95,
            ),
        ]
        if self.growth is not None:
            found.append(
                at_most("memory of the task, second half over first", self.growth, WANTED_GROWTH)
            )
        return found

    def as_text(self) -> str:
        """Tables for the terminal, which are Markdown at the same time."""
        phases = [
            ("single-row transactions", self.singles),
            (f"the same at {self.paced_rate:,.0f}/s", self.paced),
        ]
        if self.bulk is not None:
            phases.append((f"rows in transactions of {_IN_ONE:,}", self.bulk))
        rows = [
            (
                name,
                f"{one.changes:,}",
                f"{one.seconds:.1f}",
                f"{one.rate:,.0f}",
                *(f"{one.lag(share) * 1000:,.0f}" for share in (0.5, 0.99)),
            )
            for name, one in phases
        ]
        head = ("from commit to commit", "changes", "s", "changes/s", "lag p50 ms", "p99")
        parts = [table(head, rows)]
        parts.append(
            table(
                ("processor s per 1,000 of the first", ""),
                [(n, f"{s:.3f}") for n, s in self.cpu.items()],
            )
        )
        if self.memory:
            megabytes = [size / 1e6 for size in self.memory]
            parts.append(f"memory of the task: {min(megabytes):.0f} to {max(megabytes):.0f} MB")
        parts.append(
            table(("wanted", "found", "limit", ""), [verdict_row(one) for one in self.verdicts()])
        )
        return "\n\n".join(parts)

    def as_json(self) -> dict[str, object]:
        """Plain values; rates are per second, lags in seconds, memory in bytes."""
        phases = {"single": self.singles, "paced": self.paced, "bulk": self.bulk}
        return {
            "machine": dict(self.machine),
            **{
                name: {
                    "changes": one.changes,
                    "seconds": one.seconds,
                    "rate": one.rate,
                    "lag_p50": one.lag(0.5),
                    "lag_p99": one.lag(0.99),
                }
                for name, one in phases.items()
                if one is not None
            },
            "cpu_per_1000": dict(self.cpu),
            "memory": list(self.memory),
            "verdicts": [asdict(verdict) for verdict in self.verdicts()],
        }


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``python -m benchmarks replication``."""
    parser.add_argument(
        "--singles",
        type=positive,
        default=200_000,
        metavar="N",
        help="single-row transactions as fast as they go (200,000)",
    )
    parser.add_argument(
        "--rate",
        type=positive,
        default=1000,
        metavar="N",
        help="changes/s while the lag is measured (1,000)",
    )
    parser.add_argument(
        "--seconds", type=positive, default=60, metavar="N", help="how long that is (60)"
    )
    parser.add_argument(
        "--bulk",
        type=not_negative,
        default=1_000_000,
        metavar="N",
        help="rows in bulk while the memory is watched (1,000,000); 0: none",
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write the figures to this file as well"
    )


def run(options: argparse.Namespace) -> int:
    """Measures and prints; 0 when all that is wanted was reached, otherwise 1."""
    with running_replication() as replicated:
        measured = measure(replicated, options.singles, options.rate, options.seconds, options.bulk)
    print(measured.as_text())
    if options.json:
        options.json.write_text(json.dumps(measured.as_json(), indent=2) + "\n", encoding="utf-8")
    return 0 if all(verdict.is_reached for verdict in measured.verdicts()) else 1


def measure(replicated: Replicated, singles: int, rate: int, seconds: int, bulk: int) -> Measured:
    """All phases, one after the other; raises RuntimeError when what arrived is not what was
    written.
    """
    prepare(replicated)
    sizes = [_tens(_WARM_UP), _tens(singles), _tens(rate * seconds)]
    begins = [sum(sizes[:place]) for place in range(len(sizes) + 1)]
    write_single(replicated, begins[0], sizes[0])
    before = replicated.cpu()
    fast = write_single(replicated, begins[1], sizes[1])
    cpu = {
        part: (taken - before[part]) / fast.changes * 1000
        for part, taken in replicated.cpu().items()
    }
    progress(f"{fast.changes:,} single-row transactions: {fast.rate:,.0f}/s")
    paced = write_single(replicated, begins[2], sizes[2], rate)
    progress(f"at {rate:,}/s: lag p99 {paced.lag(0.99) * 1000:.0f} ms")
    memory = Memory(replicated.pid)
    bulky = None
    if bulk:
        with memory:
            bulky = write_bulk(replicated, begins[3], bulk, _IN_ONE)
        progress(f"{bulk:,} rows in bulk: {bulky.rate:,.0f}/s")
    _check(replicated, sum(sizes), bulk)
    return Measured(
        machine(), fast, cpu, paced, rate, bulky, memory.bytes, memory.growth if bulk else None
    )


def _tens(changes: int) -> int:
    return -(-changes // _TEN) * _TEN


def _check(replicated: Replicated, singles: int, bulk: int) -> None:
    """Everything has arrived, and is counted: ``special`` exactly, probes besides."""
    wanted = Counter({name: singles // _TEN * share for name, share in CHANGES_OF_TEN.items()})
    for name in ("updates", "deletes"):
        wait_for(lambda name=name: replicated.applied()[name] == wanted[name], 60)
    written, arrived = replicated.rows()
    if written != arrived or written != wanted["inserts"] - wanted["deletes"] + bulk:
        raise RuntimeError(f"{written:,} rows in PostgreSQL, {arrived:,} in Oracle")
