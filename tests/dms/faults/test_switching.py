"""When a switch returns: not before the task that runs says that it acts by it, and not later than
it was told to.
"""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab.dms.databases.target import TargetError
from lab.dms.directory.bell import Bell, is_heard
from lab.dms.directory.process import take_lock
from lab.dms.faults import (
    FAULTS,
    FaultBoard,
    NotInForce,
    Surroundings,
    active_faults,
    set_fault,
    switch_all_off,
    switch_off,
    switch_on,
)
from lab.dms.faults import switchboard as board_file
from lab.dms.faults.planted import Strangers
from lab.dms.faults.surroundings import Stranger
from lab.dms.faults.taken import read_taken
from lab.dms.ground.errors import Recoverable
from tests.dms.fake_target import FakeDatabase, FakeTarget


@pytest.fixture
def task(tmp_path: Path) -> Path:
    directory = tmp_path / "dms" / "TASK"
    directory.mkdir(parents=True)
    return directory


@pytest.fixture
def bell(task: Path) -> Iterator[Bell]:
    made = Bell(task)
    yield made
    made.close()


@contextmanager
def visiting(board: FaultBoard, bell: Bell) -> Iterator[None]:
    """A task that visits its board whenever the bell rings."""
    ended = threading.Event()

    def run() -> None:
        while not ended.is_set():
            board.visit()
            select.select([bell], [], [])
            os.read(bell.fileno(), 4096)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        bell.ring()
        thread.join()


def test_without_a_task_the_switch_is_for_the_next_one(tmp_path: Path) -> None:
    switched = switch_on(tmp_path, "mojibake")
    assert (switched.names, switched.in_force) == (("mojibake",), False)
    assert list(active_faults(tmp_path)) == ["mojibake"]
    assert switch_all_off(tmp_path).names == ("mojibake",)
    assert not switch_off(tmp_path, "mojibake").in_force


def test_a_task_that_does_not_look_is_told_when_the_time_is_over(
    tmp_path: Path, bell: Bell
) -> None:
    with pytest.raises(NotInForce) as caught:
        switch_on(tmp_path, "mojibake", wait=0)
    assert str(caught.value) == (
        "mojibake: switched on, but not in force after 0.0 s: task TASK has not looked at it, it "
        "may be waiting for a "
        "database; wait longer with --wait SECONDS"
    )
    assert list(active_faults(tmp_path)) == ["mojibake"]


def test_a_process_that_has_not_begun_to_look_is_waited_for(tmp_path: Path, task: Path) -> None:
    with take_lock(task), pytest.raises(NotInForce, match="task TASK has not looked at it"):
        switch_on(tmp_path, "mojibake", wait=0)


def test_a_task_that_looks_when_it_is_rung_up(tmp_path: Path, task: Path, bell: Bell) -> None:
    board = FaultBoard(tmp_path / "dms" / "faults.json", Surroundings(task))
    with visiting(board, bell):
        for _ in range(20):
            assert switch_on(tmp_path, "replication_stalled").in_force
            assert board.stalled
            assert switch_off(tmp_path, "replication_stalled").in_force
            assert not board.stalled


def test_what_an_earlier_task_has_said_does_not_count(
    tmp_path: Path, task: Path, bell: Bell
) -> None:
    FaultBoard(tmp_path / "dms" / "faults.json", Surroundings(task)).visit()
    assert read_taken(task) is not None
    FaultBoard(tmp_path / "dms" / "faults.json", Surroundings(task))
    assert read_taken(task) is None


def test_a_bell_nobody_holds_is_not_heard(task: Path) -> None:
    assert not is_heard(task)
    bell = Bell(task)
    assert is_heard(task)
    bell.close()
    assert not is_heard(task)


def test_a_bell_that_is_rung_once_it_is_closed_writes_nowhere(task: Path) -> None:
    bell = Bell(task)
    handle = bell.fileno()
    bell.close()
    with (task / "next").open("wb", buffering=0) as file:
        assert file.fileno() == handle
        bell.ring()
    assert (task / "next").read_bytes() == b""


def test_two_who_switch_at_once_lose_nothing(tmp_path: Path) -> None:
    names = [
        name
        for name, fault in FAULTS.items()
        if not any(option.required for option in fault.options.values())
    ]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: set_fault(tmp_path, name), names))
    assert set(active_faults(tmp_path)) == set(names)


def test_every_version_has_a_higher_number_than_the_last(tmp_path: Path) -> None:
    path = board_file.switchboard(tmp_path)
    seen = [board_file.version(path)]
    for name in ("mojibake", "deletes_ignored", "mojibake", "deletes_ignored"):
        set_fault(tmp_path, name)
        seen.append(board_file.version(path))
    assert seen == sorted(set(seen))


class Frail(FakeTarget):
    """A session that is lost as often as ``losses`` says, refuses ``refused``, and notes what it
    has done.
    """

    losses = 0
    refused = ""
    done: list[str] = []  # noqa: RUF012 - shared by the sessions of one test, which resets it

    def execute(self, sql: str, *_: object) -> int:
        if Frail.losses:
            Frail.losses -= 1
            raise Recoverable("the target is gone")
        if sql == Frail.refused:
            raise TargetError(955, "ORA-00955: name is already used by an existing object")
        Frail.done.append(sql)
        return 0


@pytest.fixture
def strangers(task: Path, monkeypatch: pytest.MonkeyPatch) -> Strangers:
    """With sessions that are Frail, one fault that is on, and nothing done yet."""
    monkeypatch.setattr(Surroundings, "session", lambda *_: Frail(FakeDatabase()))
    monkeypatch.setattr(Frail, "done", [])
    monkeypatch.setattr(Frail, "losses", 0)
    monkeypatch.setattr(Frail, "refused", "")
    made = Strangers(Surroundings(task, connect=lambda _: Frail(FakeDatabase())))
    made.set_active({"mojibake": (Stranger(prepare=lambda _: (["ONE", "TWO"], ["UNDO"])), {})})
    return made


@pytest.mark.parametrize(("refused", "done"), [("TWO", ["ONE", "UNDO"]), ("ONE", [])])
def test_what_is_planted_by_halves_is_taken_back(
    strangers: Strangers, refused: str, done: list[str]
) -> None:
    Frail.refused = refused
    strangers.visit()
    strangers.visit()
    assert Frail.done == done
    assert strangers.refused == {
        "mojibake": "ORA-00955: name is already used by an existing object"
    }
    strangers.set_active({})
    strangers.visit()
    assert (Frail.done, strangers.refused, strangers.on) == (done, {}, False)


@pytest.mark.parametrize("losses", [1, 2])
def test_what_a_lost_connection_kept_from_being_done_is_done_at_a_later_visit(
    strangers: Strangers, losses: int
) -> None:
    Frail.losses = losses
    for _ in range(losses):
        strangers.visit()
        assert strangers.delayed == {"mojibake": "the target is gone"}
    strangers.visit()
    assert (strangers.delayed, Frail.done[-1]) == ({}, "TWO")

    strangers.set_active({})
    Frail.losses = losses
    for _ in range(losses):
        strangers.visit()
        assert strangers.delayed == {"mojibake": "the target is gone"}
    strangers.visit()
    assert (strangers.delayed, strangers.on, Frail.done[-1]) == ({}, False, "UNDO")
