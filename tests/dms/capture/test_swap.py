"""Transactions that do not fit into memory: in a file, read as often as needed, gone afterwards."""

from __future__ import annotations

import tracemalloc
from decimal import Decimal
from pathlib import Path

from lab.dms.capture.spill import Collector, SwappedChanges
from lab.dms.ground.changes import Change


def change(number: int) -> Change:
    return Change("I", "s", "t", {"id": number, "n": Decimal("1.50"), "a": "x" * 50})


def test_a_small_transaction_stays_in_memory(tmp_path: Path) -> None:
    collector = Collector(tmp_path, 1000)
    collector.append(change(1), 100)
    assert len(collector) == 1
    assert collector.take() == (change(1),)
    assert collector.take() == ()


def test_a_large_one_is_read_in_order_as_often_as_wanted(tmp_path: Path) -> None:
    told: list[str] = []
    collector = Collector(tmp_path, 10_000, lambda: told.append("swapping"))
    for number in range(1000):
        collector.append(change(number), 100)
    found = collector.take()
    assert isinstance(found, SwappedChanges)
    assert told == ["swapping"]
    assert len(found) == 1000
    first, second = iter(found), iter(found)  # at the same time, as by an apply that is tried again
    assert [next(first).new["id"] for _ in range(300)] == list(range(300))
    assert list(second) == [change(number) for number in range(1000)]
    assert next(first) == change(300)
    assert (found[999], found[-1], found[:2]) == (change(999), change(999), (change(0), change(1)))
    assert list(tmp_path.iterdir()) == []  # no name: nothing is left by a killed process


def test_memory_stays_flat_whatever_the_size(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        collector = Collector(tmp_path, 100_000)
        for number in range(count):
            collector.append(change(number), 100)
        assert sum(1 for _ in collector.take()) == count
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    small = peak(3000)
    assert peak(15000) < 1.3 * small
