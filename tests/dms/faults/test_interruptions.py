"""Faults around an interruption that is no stop and resume: the name of a test is the name of its
fault.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from lab.dms.directory.bell import ring
from lab.dms.directory.interruption import KILL, Interruption, is_taken, tell
from lab.dms.ground.errors import TargetLost
from lab.dms.ground.lsn import format_lsn
from tests.dms.faults.bench import Bench, inserted
from tests.waiting import LONG_SECONDS, wait_for


def present(bench: Bench, first: int, count: int) -> list[bool]:
    return [bench.row(number) is not None for number in range(first, first + count)]


# ------------------------------------------------------------------- started anew


@contextmanager
def at_its_own_position(bench: Bench) -> Iterator[None]:
    """A stopped task that is started anew reads its slot on from where it was."""
    [(slot,)] = bench.query("SELECT slot_name FROM pg_replication_slots")
    before = dict(bench.content["source"].get("attributes", {}))
    bench.content["source"]["attributes"] = before | {"SlotName": slot}
    bench.content["cdc_start_position"] = format_lsn(bench.confirmed())
    try:
        yield
    finally:
        bench.content["source"]["attributes"] = before
        bench.content["cdc_start_position"] = None


def started_anew(bench: Bench) -> Callable[[int], list[bool]]:
    """Insert a row while the task is stopped and one after it began anew, and see which arrived."""

    def scenario(first: int) -> list[bool]:
        bench.write()
        bench.run.stop()
        bench.execute(inserted(first))
        with at_its_own_position(bench):
            bench.start("start-replication")
        bench.write(inserted(first + 1))
        return present(bench, first, 2)

    return scenario


def test_slot_recreated_on_restart(bench: Bench) -> None:
    on, off = bench.both("slot_recreated_on_restart", started_anew(bench))
    assert on == [False, True]
    assert off == [True, True]


def test_last_transactions_repeated_on_restart(bench: Bench) -> None:
    def scenario(number: int) -> tuple[int, list[str]]:
        bench.write()
        bench.execute(f"INSERT INTO travelbuddy.keyless VALUES ({number}, 'a'); {inserted(number)}")
        wait_for(lambda: bench.row(number))
        bench.run.stop()
        with at_its_own_position(bench):
            bench.start("start-replication")
        bench.write()
        twice = sum(row["ID"] == number for row in bench.target.committed("TRAVELBUDDY", "KEYLESS"))
        return twice, [error[:9] for error in bench.refusals(number)]

    assert bench.both("last_transactions_repeated_on_restart", scenario) == (
        (2, ["ORA-00001"]),
        (1, []),
    )


# ------------------------------------------------------------------- connected again


def reader_of(bench: Bench) -> int | None:
    found = bench.query("SELECT active_pid FROM pg_replication_slots WHERE active")
    return found[0][0] if found else None


def test_first_transaction_lost_on_reconnect(bench: Bench) -> None:
    def scenario(first: int) -> list[bool]:
        bench.write()
        before = reader_of(bench)
        bench.execute(f"SELECT pg_terminate_backend({before})")
        wait_for(lambda: reader_of(bench) not in (None, before))
        bench.write(inserted(first), inserted(first + 1))
        return present(bench, first, 2)

    on, off = bench.both("first_transaction_lost_on_reconnect", scenario)
    assert on == [False, True]
    assert off == [True, True]


def test_slot_recreated_when_lost(bench: Bench) -> None:
    """The slot is dropped below the running task; the row written while there was none is lost."""

    def scenario(first: int) -> tuple[str, list[bool]]:
        bench.write()
        [(slot, reader)] = bench.query("SELECT slot_name, active_pid FROM pg_replication_slots")
        hold = bench.run.task._reader.open  # it is back faster than a slot is dropped
        dropped = threading.Event()

        def opened(name: str) -> None:
            assert dropped.wait(LONG_SECONDS)
            hold(name)

        bench.run.task._reader.open = opened  # type: ignore[method-assign]
        bench.execute(f"SELECT pg_terminate_backend({reader})")
        wait_for(lambda: reader_of(bench) is None)
        bench.execute(f"SELECT pg_drop_replication_slot('{slot}')")
        bench.execute(inserted(first))
        dropped.set()
        wait_for(lambda: bench.run.failure or reader_of(bench) not in (None, reader))
        if bench.run.failure:
            return str(bench.run.failure), []
        bench.write(inserted(first + 1))
        return "", present(bench, first, 2)

    try:
        on, off = bench.both("slot_recreated_when_lost", scenario)
    finally:
        bench.run.thread.join(LONG_SECONDS)
        bench.start("reload-target")
    assert on == ("", [False, True])
    assert "does not exist" in off[0]


# ------------------------------------------------------------------- Oracle lost


def test_changes_lost_with_connection(bench: Bench) -> None:
    def scenario(first: int) -> list[bool]:
        lost = iter((True, False))

        def refuse() -> None:
            if next(lost, False):
                raise TargetLost("DPY-4011: the database or network closed the connection")

        bench.write()
        bench.target.before_commit = refuse
        bench.write(inserted(first))
        bench.target.before_commit = lambda: None
        bench.write(inserted(first + 1))
        return present(bench, first, 2)

    on, off = bench.both("changes_lost_with_connection", scenario)
    assert on == [False, True]
    assert off == [True, True]


# ------------------------------------------------------------------- killed


class Killed(Exception):  # noqa: N818 - a process that dies gives no error
    """In place of the end of this process."""


def test_killed_transaction_half_committed(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def strike(_: Interruption) -> None:
        raise Killed

    monkeypatch.setattr(Interruption, "strike", strike)

    def scenario(first: int) -> tuple[list[bool], list[str]]:
        bench.write()
        tell(bench.directory, f"{KILL} 4")
        ring(bench.directory)
        wait_for(lambda: is_taken(bench.directory))
        bench.execute("; ".join(inserted(first + more) for more in range(4)))
        wait_for(lambda: bench.run.failure)
        assert isinstance(bench.run.failure, Killed)
        bench.run.thread.join(LONG_SECONDS)
        bench.start("resume-processing")
        bench.write()
        return present(bench, first, 4), [error[:9] for error in bench.refusals(first)]

    on, off = bench.both("killed_transaction_half_committed", scenario)
    assert on == ([True, True, False, False], [])
    assert off == ([True] * 4, [])
    again, _ = bench.both("killed_transaction_half_committed", scenario, then="repeated")
    assert again == ([True] * 4, ["ORA-00001"])
