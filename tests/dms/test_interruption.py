"""A task that is cut off from its target, that is to die, and whose slot is taken away."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lab.dms import interrupting
from lab.dms.capture.stream import Capture
from lab.dms.directory import interruption as told
from lab.dms.directory.bell import Bell
from lab.dms.directory.interruption import CUT, KILL, Interruption, tell
from lab.dms.directory.state import TaskState
from lab.dms.ground.changes import Transaction
from lab.dms.interrupting import NotPossible
from tests.clusters import Cluster
from tests.dms.replication import Replication, replicating, source_cluster, wait_for
from tests.dms.test_replication import DDL, INSERT
from tests.waiting import LONG_SECONDS


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with source_cluster() as running:
        running.execute(DDL, "dso")
        yield running


@pytest.fixture
def replication(cluster: Cluster, tmp_path: Path) -> Iterator[Replication]:
    cluster.execute("TRUNCATE travelbuddy.flightspecial", "dso")
    with replicating(cluster, tmp_path) as running:
        # as whoever starts the process writes it
        (running.directory / "spec.json").write_text(json.dumps(running.content))
        yield running


def test_what_is_told_is_taken_up_once(tmp_path: Path) -> None:
    tell(tmp_path, "of a process before this one")
    interruption = Interruption(tmp_path)
    assert not interruption.look()
    tell(tmp_path, CUT)
    assert interruption.look()
    assert interruption.cuts_target
    assert not interruption.look()
    assert interruption.cuts_target, "until the process ends"
    assert not Interruption(tmp_path).cuts_target


def test_what_was_committed_before_it_was_told_is_applied_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interruption = Interruption(tmp_path)
    tell(tmp_path, CUT, behind=1000)
    assert not interruption.look()
    assert not interruption.look(999)
    assert not interruption.cuts_target
    assert interruption.look(1000)
    assert interruption.cuts_target
    tell(tmp_path, f"{KILL} 2", behind=1000)
    monkeypatch.setattr(told, "LATEST_SECONDS", 0)
    assert interruption.look()


@pytest.mark.parametrize(
    ("least", "changes", "last"), [(100, 99, None), (100, 100, 50), (0, 1, None), (0, 3, 1)]
)
def test_a_task_dies_in_the_middle_of_a_large_transaction(
    tmp_path: Path, least: int, changes: int, last: int | None
) -> None:
    interruption = Interruption(tmp_path)
    assert interruption.strikes_after(changes) is None
    tell(tmp_path, f"{KILL} {least}")
    interruption.look()
    assert interruption.strikes_after(changes) == last
    assert not interruption.cuts_target


def test_a_task_that_is_cut_off_gives_up_and_applies_everything_once_it_is_resumed(
    replication: Replication, tmp_path: Path
) -> None:
    run = replication.start("start-replication")
    replication.execute(INSERT, 1, "before")
    wait_for(lambda: 1 in replication.rows)
    interrupting.cut_target(tmp_path)
    replication.execute(INSERT, 2, "meanwhile")
    wait_for(lambda: run.failure)
    assert "stopped after 9 recovery attempts: Failed to connect to the target" in str(run.failure)
    assert 2 not in replication.rows
    replication.start()
    wait_for(lambda: 2 in replication.rows)
    assert replication.target.rows("TRAVELBUDDY", "awsdms_apply_exceptions") == []


def test_a_task_that_is_behind_applies_what_was_committed_before_it_is_cut_off(
    replication: Replication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, standing, released = Capture.read, threading.Event(), threading.Event()

    def held(capture: Capture, timeout: float, limit: int) -> list[Transaction]:
        standing.set()
        return read(capture, timeout, limit) if released.wait(0.01) else []

    run = replication.start("start-replication")
    monkeypatch.setattr(Capture, "read", held)
    assert standing.wait(LONG_SECONDS)
    replication.execute(INSERT, 1, "before")
    cutting = threading.Thread(target=interrupting.cut_target, args=[tmp_path])
    cutting.start()
    cutting.join(0.5)
    assert cutting.is_alive(), "it is not in force yet"
    released.set()
    cutting.join(LONG_SECONDS)
    assert 1 in replication.rows
    replication.execute(INSERT, 2, "meanwhile")
    wait_for(lambda: run.failure)
    assert 2 not in replication.rows


def test_a_slot_that_is_taken_away_fails_the_task_by_name_and_is_put_back_where_it_was(
    replication: Replication, tmp_path: Path
) -> None:
    run = replication.start("start-replication")
    slot = run.state.get("slot") or ""
    said = interrupting.drop_slot(tmp_path)
    assert said == f"replication slot {slot} is gone"
    replication.execute(INSERT, 1, "in between")
    wait_for(lambda: run.failure)
    assert str(run.failure) == f"Replication slot '{slot}' does not exist"
    with pytest.raises(NotPossible, match=f"there is no replication slot {slot}"):
        interrupting.drop_slot(tmp_path)
    assert interrupting.mend_slot(tmp_path) == f"replication slot {slot} is there again, " + (
        "where it was"
    )
    assert replication.query("SELECT slot_name FROM pg_replication_slots") == [(slot,)]
    replication.start()
    wait_for(lambda: 1 in replication.rows)
    assert interrupting.mend_slot(tmp_path) == "no replication slot was taken away"


def test_a_task_that_is_resumed_puts_its_slot_back_itself(
    replication: Replication, tmp_path: Path
) -> None:
    run = replication.start("start-replication")
    interrupting.drop_slot(tmp_path)
    replication.execute(INSERT, 1, "in between")
    wait_for(lambda: run.failure)
    replication.start()
    wait_for(lambda: 1 in replication.rows)
    slots = replication.query("SELECT slot_name FROM pg_replication_slots")
    assert slots == [(run.state.get("slot"),)]


def test_a_slot_that_was_made_anew_meanwhile_stays(
    replication: Replication, tmp_path: Path
) -> None:
    run = replication.start("start-replication")
    slot = run.state.get("slot") or ""
    interrupting.drop_slot(tmp_path)
    wait_for(lambda: run.failure)
    replication.execute(f"SELECT pg_create_logical_replication_slot('{slot}', 'pglogical_output')")
    assert "was made anew by somebody, it stays" in interrupting.mend_slot(tmp_path)
    assert replication.query("SELECT slot_name FROM pg_replication_slots") == [(slot,)]


# ------------------------------------------------------------------- refused


@contextmanager
def heard(directory: Path) -> Iterator[None]:
    bell = Bell(directory)
    try:
        yield
    finally:
        bell.close()


def test_nothing_is_interrupted_where_no_task_runs(tmp_path: Path) -> None:
    for act in (interrupting.kill_amid, interrupting.cut_target, interrupting.drop_slot):
        with pytest.raises(NotPossible, match="the lab has 0 tasks that have run; there has to be"):
            act(tmp_path)
    assert interrupting.mend_slot(tmp_path) == "no task has run"
    task = tmp_path / "dms" / "TASK"
    task.mkdir(parents=True)
    TaskState(task).close()
    with pytest.raises(NotPossible, match="task TASK does not run; start it first"):
        interrupting.kill_amid(tmp_path)
    with pytest.raises(NotPossible, match="task TASK has never had a replication slot"):
        interrupting.drop_slot(tmp_path)


def test_a_task_that_does_not_take_it_up_is_not_interrupted_later(
    replication: Replication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interrupting, "WAIT_SECONDS", 0.1)
    task = replication.directory
    TaskState(task).close()
    with heard(task):
        with pytest.raises(NotPossible, match=f"task {task.name} has not taken it up; see its log"):
            interrupting.cut_target(tmp_path)
        interruption = Interruption(task)
        assert not interruption.look()
        monkeypatch.undo()
        taker = threading.Timer(0.1, lambda: wait_for(lambda: interruption.look(1 << 62)))
        taker.start()
        assert "dies in the middle" in interrupting.kill_amid(tmp_path)
        taker.join()
        assert interruption.strikes_after(interrupting.LEAST_CHANGES)
