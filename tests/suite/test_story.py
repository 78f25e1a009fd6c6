"""A scenario's story: one wait per change, short waits once nothing arrives, and nothing unexpected
overlooked.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.run import Run, now
from fixtures.scenario.snapshot import Change
from fixtures.scenario.story import Story
from fixtures.scenario.waiting import IMPATIENT_SECONDS
from reconciliation import replication
from reconciliation.agreed.profile import load_profile
from reconciliation.errors import Broken, Lost, NotJudged
from reconciliation.model import Contract
from reconciliation.session import position
from tests.suite.test_batch_verdicts import TABLE
from tests.suite.test_helpers import ROOT, SOURCE, TARGET


class Replication:
    """Stands for the real one: says whether a marker arrives, and notes how
    long it was waited for.
    """

    def __init__(self) -> None:
        self.arrives = True
        self.away = False
        self.limits: list[float] = []

    def answers(self) -> None:
        if self.away:
            raise Lost("Oracle does not answer")

    def write_marker(self, judge: Any, table: str, key: int) -> Any:
        return SimpleNamespace(token=f"marker {key}", key=(key,))

    def wait_for(self, run: Any, marker: Any, limit: float) -> Any:
        self.limits.append(limit)
        seconds = 0.7 if self.arrives else limit
        return SimpleNamespace(
            arrived=self.arrives, lag_seconds=seconds, unseen_seconds=seconds, found_key=marker.key
        )


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Replication:
    """A replication that can be told not to deliver."""
    made = Replication()
    monkeypatch.setattr(position, "write_marker", made.write_marker)
    monkeypatch.setattr(position, "wait_for", made.wait_for)
    task = SimpleNamespace(
        identifier="task", status="stopped", last_failure="", stop_reason="STOP_REASON_X"
    )
    monkeypatch.setattr(replication, "describe_task", lambda run: task)
    return made


@pytest.fixture
def story(world: Replication) -> Story:
    """A story about table s.t with the marker of a limit of 30 s."""
    keys = iter(range(900000000, 900000100))
    parallel_run = SimpleNamespace(
        unfit={},
        parties=(world.answers,),
        contract=Contract((TABLE,)),
        source_catalogue={"s.t": SOURCE},
        target_catalogue={"S.T": TARGET},
        profile=SimpleNamespace(replication=SimpleNamespace(arrival_limit_seconds=30.0)),
    )
    reserved = SimpleNamespace(take=lambda count: [next(keys) for _ in range(count)])
    judge = SimpleNamespace(parallel_run=parallel_run, keys=reserved)
    run = Run("lab", ROOT, ROOT / "features", ROOT / "reports", 1, now(), load_profile("lab", ROOT))
    made = Story(judge, run, "a scenario")
    made.about("t")
    return made


def test_one_wait_serves_all_questions_until_something_is_written(
    story: Story, world: Replication
) -> None:
    story.settle()
    story.settle()
    assert len(world.limits) == 1
    story.wrote("something")
    story.settle()
    assert len(world.limits) == 2
    assert [wait.lag.seconds for wait in story.run.waits] == [0.7, 0.7]
    assert story.run.waits[0].lag.what == "a scenario"


def test_what_never_arrives_is_said_and_the_next_waits_are_short(
    story: Story, world: Replication
) -> None:
    world.arrives = False
    with pytest.raises(
        Broken, match=r"nothing arrives in Oracle: .* the task task is stopped .STOP_REASON_X"
    ):
        story.settle()
    story.wrote("something more")
    with pytest.raises(Broken):
        story.settle()
    assert world.limits == [30.0, IMPATIENT_SECONDS]
    assert story.run.lags == []
    world.arrives = True
    story.wrote("and more")
    story.settle()
    story.wrote("and more again")
    story.settle()
    assert world.limits[-1] == 30.0


def test_nothing_can_arrive_where_nobody_answers(story: Story, world: Replication) -> None:
    world.arrives, world.away = False, True
    with pytest.raises(Lost, match="Oracle does not answer"):
        story.settle()


def test_an_entity_without_a_contract_is_named(story: Story) -> None:
    with pytest.raises(
        NotJudged, match=r"no contract names a table for 'train special'; there are s\.t"
    ):
        story.about("train special")


def test_a_table_that_is_not_as_agreed_is_judged_no_further(story: Story) -> None:
    assert story.about_any() == TABLE
    story.parallel_run.unfit["s.t"] = "Oracle's S.T has no column X"
    for ask in (lambda: story.about("t"), story.about_any):
        with pytest.raises(NotJudged, match="has no column X"):
            ask()


def test_labels_name_rows_and_an_unknown_one_is_refused(story: Story) -> None:
    new = story.key_of("new")
    assert story.key_of("new") == new
    assert story.keys == [new]
    with pytest.raises(NotJudged, match="no row is called 'first'"):
        story.key_of("first")


@pytest.mark.parametrize(
    ("change", "unexpected"),
    [
        (Change("S.T", 5, "HEADER", "x", "y"), True),
        (Change("S.T", 7, "HEADER", "x", "y"), False),
        (Change("S.T", 7, "ID", 7, 8), True),
        (Change("S.T", 9, None, None, {"ID": 9}), True),
    ],
)
def test_nothing_else_means_other_rows_and_other_columns(
    story: Story, monkeypatch: pytest.MonkeyPatch, change: Change, unexpected: bool
) -> None:
    story.touch([7])
    story.expect_change(["header"])
    monkeypatch.setattr(story, "changed", lambda side: [change])
    assert (story.unexpected("Oracle") == [change]) is unexpected


def test_markers_of_the_run_itself_are_no_change(story: Story) -> None:
    story.settle()
    marker = Change("S.T", 900000000, None, None, {"ID": 900000000, "HEADER": "marker 900000000"})
    assert story._is_marker(marker)
    assert not story._is_marker(
        Change("S.T", 900000001, None, None, {"ID": 900000001, "HEADER": "other"})
    )
