"""Contestants measured in turns: a machine that is busy for a while slows all of them, not one."""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

#: one run of a contestant, to be timed; returns the number of rows it handled
Run = Callable[[], int]


@dataclass(frozen=True)
class Summary:
    """Rows per second over several runs of one contestant."""

    name: str
    rates: tuple[float, ...]

    @property
    def slowest(self) -> float:
        return min(self.rates)

    @property
    def median(self) -> float:
        return statistics.median(self.rates)

    @property
    def fastest(self) -> float:
        return max(self.rates)


@dataclass(frozen=True)
class Contestant:
    """What is timed, and what has to be done before each of its runs."""

    name: str
    run: Run
    prepare: Callable[[], None] = lambda: None


def progress(line: str) -> None:
    """Tells the person who waits what is going on."""
    print(line, file=sys.stderr, flush=True)


def timed(contestant: Contestant, rows: int) -> float:
    """One run, in rows per second. Raises RuntimeError when it did not handle as many rows as it
    should.
    """
    contestant.prepare()
    gc.collect()
    start = time.perf_counter()
    handled = contestant.run()
    seconds = time.perf_counter() - start
    if handled != rows:
        raise RuntimeError(f"{contestant.name}: {handled} rows instead of {rows}")
    progress(f"{contestant.name:<42} {rows / seconds:>12,.0f} rows/s")
    return rows / seconds


def in_turns(contestants: Sequence[Contestant], rows: int, repeat: int) -> list[Summary]:
    """Every contestant ``repeat`` times; every other round goes through them backwards."""
    rates: Mapping[str, list[float]] = {contestant.name: [] for contestant in contestants}
    for turn in range(repeat):
        for contestant in contestants if turn % 2 == 0 else reversed(contestants):
            rates[contestant.name].append(timed(contestant, rows))
    return [Summary(name, tuple(values)) for name, values in rates.items()]
