"""Faults of whole transactions, and of what a task does after a stop: a test is named like its
fault.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.dms.faults.bench import SAMPLE, Bench, inserted
from tests.dms.replication import wait_for


def present(bench: Bench, first: int, count: int) -> list[bool]:
    """Which of the rows that follow an id have arrived."""
    return [bench.row(first + number) is not None for number in range(count)]


def one_by_one(bench: Bench, first: int, count: int) -> list[bool]:
    """Insert rows, each in a transaction of its own, and see which have arrived."""
    bench.write(*(inserted(first + number) for number in range(count)))
    return present(bench, first, count)


def together(bench: Bench, first: int, count: int) -> list[bool]:
    """Insert rows in one transaction, and see which have arrived."""
    bench.write("; ".join(inserted(first + number) for number in range(count)))
    return present(bench, first, count)


def test_transaction_lost_every_nth(bench: Bench) -> None:
    on, off = bench.both(
        "transaction_lost_every_nth", lambda first: one_by_one(bench, first, 4), n=2
    )
    assert on == [True, False, True, False]
    assert off == [True] * 4


def test_transaction_repeated(bench: Bench) -> None:
    def scenario(number: int) -> int:
        bench.write(f"INSERT INTO travelbuddy.keyless VALUES ({number}, 'a')")
        return sum(row["ID"] == number for row in bench.target.committed("TRAVELBUDDY", "KEYLESS"))

    assert bench.both("transaction_repeated", scenario, table="travelbuddy.keyless") == (2, 1)


def test_transaction_half_applied(bench: Bench) -> None:
    on, off = bench.both("transaction_half_applied", lambda first: together(bench, first, 4))
    assert on == [True, True, False, False]
    assert off == [True] * 4


def test_last_change_of_transaction_lost(bench: Bench) -> None:
    on, off = bench.both("last_change_of_transaction_lost", lambda first: together(bench, first, 3))
    assert on == [True, True, False]
    assert off == [True] * 3


def test_transaction_reversed(bench: Bench) -> None:
    def scenario(number: int) -> Any:
        bench.insert(number)
        bench.write(
            "; ".join(
                f"UPDATE {SAMPLE} SET name = '{name}' WHERE id = {number}"
                for name in ("one", "two")
            )
        )
        return bench.value(number, "NAME")

    assert bench.both("transaction_reversed", scenario) == ("one", "two")


def test_transactions_swapped(bench: Bench) -> None:
    def scenario(number: int) -> Any:
        bench.write(
            f"INSERT INTO {SAMPLE} (id) VALUES ({number}); INSERT INTO {SAMPLE} (id) VALUES "
            f"({number + 1})",
            f"UPDATE {SAMPLE} SET name = 'unseen' WHERE id = {number + 1}",
            f"UPDATE {SAMPLE} SET name = 'one' WHERE id = {number}",
            f"UPDATE {SAMPLE} SET name = 'two' WHERE id = {number}",
        )
        return bench.value(number, "NAME"), len(bench.refusals(number + 1))

    # the update that came before its insert found no row
    assert bench.both("transactions_swapped", scenario) == (("one", 1), ("two", 0))


def test_a_transaction_kept_back_arrives_when_the_fault_is_switched_off(bench: Bench) -> None:
    bench.on("transactions_swapped")
    bench.insert(number := bench.new_id())
    assert bench.row(number) is None
    bench.off()
    bench.write()
    assert bench.row(number) is not None


def test_transaction_committed_in_parts(bench: Bench) -> None:
    def scenario(first: int) -> list[int]:
        seen: list[int] = []
        bench.target.after_commit = lambda: seen.append(sum(present(bench, first, 4)))
        try:
            together(bench, first, 4)
        finally:
            bench.target.after_commit = lambda: None
        return sorted(set(seen) - {0})

    assert bench.both("transaction_committed_in_parts", scenario) == ([2, 4], [4])


# ------------------------------------------------------------------- stop and go on


def around_a_stop(
    bench: Bench, start_type: str = "resume-processing"
) -> Callable[[int], list[bool]]:
    """Insert one row while the task is stopped and two after it goes on, and see which have
    arrived.
    """

    def scenario(first: int) -> list[bool]:
        bench.write()
        bench.restart(start_type, inserted(first))
        bench.write(inserted(first + 1), inserted(first + 2))
        return present(bench, first, 3)

    return scenario


def test_first_transaction_lost_on_resume(bench: Bench) -> None:
    on, off = bench.both("first_transaction_lost_on_resume", around_a_stop(bench))
    assert on == [False, True, True]
    assert off == [True, True, True]


def test_several_transactions_lost_on_resume(bench: Bench) -> None:
    bench.on("first_transaction_lost_on_resume", transactions=2)
    assert around_a_stop(bench)(bench.new_id()) == [False, False, True]


def test_first_transaction_lost_on_restart(bench: Bench) -> None:
    on, off = bench.both("first_transaction_lost_on_restart", around_a_stop(bench, "reload-target"))
    # a restart makes a new slot: what was written before it is lost either way
    assert on == [False, False, True]
    assert off == [False, True, True]


def test_slot_recreated_on_resume(bench: Bench) -> None:
    on, off = bench.both("slot_recreated_on_resume", around_a_stop(bench))
    assert on == [False, True, True]
    assert off == [True, True, True]


def test_last_transactions_repeated_on_resume(bench: Bench) -> None:
    def scenario(number: int) -> tuple[int, list[str]]:
        bench.write()
        bench.execute(f"INSERT INTO travelbuddy.keyless VALUES ({number}, 'a'); {inserted(number)}")
        wait_for(lambda: bench.row(number))
        bench.restart("resume-processing")
        bench.write()
        twice = sum(row["ID"] == number for row in bench.target.committed("TRAVELBUDDY", "KEYLESS"))
        return twice, [error[:9] for error in bench.refusals(number)]

    assert bench.both("last_transactions_repeated_on_resume", scenario) == (
        (2, ["ORA-00001"]),
        (1, []),
    )
