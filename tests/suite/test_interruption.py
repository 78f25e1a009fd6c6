"""What is interrupted is made good, whatever comes in between; what a task says of it is judged."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.promises.interruptions import check_interrupted, check_slot_missed
from fixtures.run import Run
from fixtures.scenario import interruption
from fixtures.scenario.interruption import Ending, TaskControl, heal, make_good
from reconciliation.errors import Broken, EnvironmentFault, LabFault, Lost, NotJudged
from tests.judge_io import samples


class Surroundings:
    """The task, its slot and the lab; ``done`` is what was asked of them, in order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, status: str = "failed") -> None:
        self.done: list[str] = []
        self.status, self.reason = status, "Replication slot 'mine' does not exist"
        self.slot: Any = None
        monkeypatch.setattr(interruption, "describe_task", lambda _: self.task)
        monkeypatch.setattr(interruption, "slot", lambda _: self.slot)
        for name in ("start_task", "stop_task"):
            monkeypatch.setattr(interruption, name, lambda _, said=name: self._is_asked(said))
        lab = SimpleNamespace(interrupt=lambda action: self.done.append(action))
        self.run: Any = SimpleNamespace(
            task_stopped=False,
            slot_lost=False,
            hit=None,
            lab=lab,
            environment="lab",
            session=SimpleNamespace(parallel_run=None),
        )
        self.control = TaskControl(self.run)

    @property
    def task(self) -> Any:
        return samples.task(status=self.status, last_failure=self.reason)

    def _is_asked(self, name: str) -> Any:
        self.done.append(name)
        self.status = {"start_task": "running", "stop_task": "stopped"}[name]
        return self.task


@pytest.fixture
def around(monkeypatch: pytest.MonkeyPatch) -> Surroundings:
    return Surroundings(monkeypatch)


def is_whole(run: Run) -> bool:
    return not (run.task_stopped or run.slot_lost)


def test_the_slot_is_there_before_the_task_is_started(around: Surroundings) -> None:
    around.control.lose_slot()
    make_good(around.run)
    assert around.done == ["drop-slot", "mend-slot", "start_task"]
    assert is_whole(around.run)
    make_good(around.run)
    assert len(around.done) == 3


@pytest.mark.parametrize("what", ["kill_amid", "cut_oracle"])
def test_a_task_that_runs_all_the_same_is_left_alone(around: Surroundings, what: str) -> None:
    around.status = "running"
    getattr(around.control, what)()
    assert around.run.task_stopped, "it may have ended by the time that is made good"
    make_good(around.run)
    assert len(around.done) == 1
    assert is_whole(around.run)


def test_what_could_not_be_made_good_is_remembered(
    around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    around.control.stop()

    def refuse(_: object) -> None:
        raise EnvironmentFault("throttled")

    monkeypatch.setattr(interruption, "start_task", refuse)
    with pytest.raises(EnvironmentFault, match="throttled"):
        make_good(around.run)
    assert around.run.task_stopped


def test_what_only_a_lab_does_needs_one(around: Surroundings) -> None:
    around.run.lab = None
    with pytest.raises(LabFault, match="only a lab does cut-oracle, and environment 'lab' has non"):
        around.control.cut_oracle()


def test_in_an_outage_nothing_is_asked_for(around: Surroundings) -> None:
    around.control.lose_slot()
    around.run.hit = Lost("PostgreSQL is away")
    heal(around.run)
    assert around.done == ["drop-slot"]
    around.run.hit = None
    heal(around.run)
    assert is_whole(around.run)


# ------------------------------------------------------------------- what the task says


def test_a_task_that_has_ended_says_so_at_once(around: Surroundings) -> None:
    ending = around.control.await_end("it")
    assert ending.has_ended
    assert ending.reason == around.reason
    check_interrupted(ending)


def test_a_task_that_was_not_interrupted_judges_nothing(
    around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(interruption, "END_SECONDS", 0.0)
    around.status = "running"
    ending = around.control.await_end("it")
    with pytest.raises(NotJudged, match=r"was not interrupted: the task .* is running after 0 s"):
        check_interrupted(ending)


def test_a_lost_slot_that_the_task_names_is_no_gap_in_silence(around: Surroundings) -> None:
    around.slot = SimpleNamespace(name="mine", active=True)
    around.control.lose_slot()
    around.slot = None
    around.control.await_end("it")
    check_slot_missed(around.control.endings["it"])


def test_a_task_that_reads_a_new_slot_is_broken_at_once(around: Surroundings) -> None:
    around.slot = SimpleNamespace(name="mine", active=True)
    around.control.lose_slot()
    around.status = "running"
    ending = around.control.await_end("it")
    check_interrupted(ending)
    with pytest.raises(
        Broken, match=r"has lost its replication slot mine: it reads a new slot, an"
    ):
        check_slot_missed(ending)


def test_a_task_that_runs_on_without_its_slot_is_broken(around: Surroundings) -> None:
    around.status = "running"
    with pytest.raises(
        Broken, match=r"after it has lost its replication slot mine: what was writt"
    ):
        check_slot_missed(Ending(around.task, 60.0, "mine"))


def test_a_task_that_ends_for_something_else_has_not_named_its_slot(around: Surroundings) -> None:
    around.reason = ""
    with pytest.raises(Broken, match="does not name its replication slot mine, which it has lost"):
        check_slot_missed(Ending(around.task, 1.0, "mine"))


def test_without_a_lost_slot_nothing_is_judged(around: Surroundings) -> None:
    for ending in (None, Ending(around.task, 1.0)):
        with pytest.raises(NotJudged, match="no replication slot was taken away"):
            check_slot_missed(ending)
