"""A value that went wrong is made simpler in a few waits, whatever the number of candidates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.promises.batch_verdicts import check
from fixtures.scenario.batch_rows import Batch, BatchRow
from fixtures.scenario.shrinking import ROUNDS, Shrunk, shrink
from reconciliation.compare import by_key
from reconciliation.errors import Broken, EnvironmentFault, Lost, NotJudged, TooSlow
from reconciliation.model import Difference, DifferenceKind
from reconciliation.session import acts, markers
from tests.suite.many_tables import World, world
from tests.suite.test_batch_verdicts import CHANGED, GOOD, SAME, SUBJECT, row

__all__ = ["world"]


class LossyWorld(World):
    """Loses every character beyond the basic plane; counts the waits."""

    def __init__(self) -> None:
        super().__init__()
        self.headers: dict[Any, str] = {}

    def act(self, judge: Any, changes: Sequence[Any], roll_back: bool = False) -> Any:
        self.headers |= {one.own.key: one.own.row["header"] for one in changes}
        return super().act(judge, changes, roll_back)

    def compare_keys(self, run: Any, table: str, keys: Any) -> Any:
        texts = {key: self.headers[key] for key in keys}
        lost = {key: "".join(c for c in text if ord(c) < 0x10000) for key, text in texts.items()}
        return SimpleNamespace(
            differences=[
                Difference(
                    "s.t", "S.T", key, DifferenceKind.CHANGED, "header", "HEADER", text, lost[key]
                )
                for key, text in texts.items()
                if lost[key] != text
            ]
        )


@pytest.fixture
def lossy(world: World, monkeypatch: pytest.MonkeyPatch) -> LossyWorld:
    """A replication with a planted fault, and a legacy schema that can hold everything."""
    made = LossyWorld()
    monkeypatch.setattr("reconciliation.capacity.refusals", lambda *arguments: ())
    monkeypatch.setattr(acts, "act", made.act)
    monkeypatch.setattr(markers, "write", made.write)
    monkeypatch.setattr(markers, "wait", made.wait)
    monkeypatch.setattr(by_key, "compare_keys", made.compare_keys)
    monkeypatch.setattr(by_key, "compare_tables", made.compare_tables)
    return made


def shrunk(lossy: LossyWorld, bad: BatchRow) -> Shrunk | None:
    story = lossy.story()
    [subject] = story.about("t")
    return shrink(bad, story, subject)


def test_a_long_text_shrinks_to_the_one_character_that_is_lost(lossy: LossyWorld) -> None:
    text = "서울에서 런던까지 " * 5 + "🛫" + " and back again" * 3
    bad = row(
        target={"ID": 7}, differences=[replace(CHANGED, source_value=text, target_value="...")]
    )
    found = shrunk(lossy, bad)
    assert found is not None
    assert found.value == "🛫"
    assert found.arrived == ""
    assert len(lossy.limits) <= ROUNDS


def test_a_row_that_is_missing_cannot_be_made_simpler(lossy: LossyWorld) -> None:
    assert shrunk(lossy, row()) is None
    assert lossy.limits == []


@pytest.mark.parametrize(
    ("error", "hit"),
    [
        (Broken("nothing arrives in Oracle"), False),
        (EnvironmentFault("the reserved keys are used up"), False),
        (TooSlow("Oracle: no answer within 60 s"), False),
        (NotJudged("nothing to insert"), False),
        (Lost("Oracle does not answer"), True),
    ],
)
def test_the_rows_are_told_even_if_the_value_cannot_be_made_simpler(
    error: Exception, hit: bool
) -> None:
    def fails(bad: Any, subject: Any) -> Any:
        raise error

    bad = row(target={"ID": 7}, differences=[CHANGED])
    story = SimpleNamespace(run=SimpleNamespace(hit=None))
    with pytest.raises(Broken, match=f"could not be made simpler: {error}") as caught:
        check(SAME, Batch("s.t", 1, rows=[replace(GOOD, key=(6,)), bad]), story, SUBJECT, fails)
    assert "header -> HEADER" in str(caught.value)
    assert (story.run.hit is error) is hit
