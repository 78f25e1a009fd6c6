"""A value that went wrong is made simpler in a few waits, whatever the number of candidates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.promises.batch_verdicts import check
from fixtures.scenario.batch import Batch
from fixtures.scenario.shrinking import ROUNDS, shrink
from reconciliation.errors import Broken, EnvironmentFault, Lost, NotJudged, TooSlow
from reconciliation.model import Difference, DifferenceKind
from tests.suite.test_batch_verdicts import CHANGED, GOOD, SAME, TABLE, row
from tests.suite.test_helpers import SOURCE, TARGET


class LossyWorld:
    """Loses every character beyond the basic plane; counts the waits."""

    contract, source_table, target_table = TABLE, SOURCE, TARGET
    run = SimpleNamespace(mark="mark")

    def __init__(self) -> None:
        self.rows: dict[int, Mapping[str, Any]] = {}
        self.waits = 0
        keys = SimpleNamespace(
            take=lambda count: list(range(len(self.rows), len(self.rows) + count))
        )
        self.judge = SimpleNamespace(keys=keys)

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        yield self

    def insert(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        self.rows |= {one["id"]: one for one in rows}

    def wrote(self, what: str) -> None:
        self.waits += 1

    def compare(self, keys: Sequence[int]) -> Any:
        texts = {key: self.rows[key]["header"] for key in keys}
        lost = {key: "".join(c for c in text if ord(c) < 0x10000) for key, text in texts.items()}
        return SimpleNamespace(
            differences=[
                Difference(
                    "s.t",
                    "S.T",
                    (key,),
                    DifferenceKind.CHANGED,
                    "header",
                    "HEADER",
                    text,
                    lost[key],
                )
                for key, text in texts.items()
                if lost[key] != text
            ]
        )


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> LossyWorld:
    """A replication with a planted fault, and a legacy schema that can hold everything."""
    monkeypatch.setattr("reconciliation.capacity.refusals", lambda *arguments: ())
    return LossyWorld()


def test_a_long_text_shrinks_to_the_one_character_that_is_lost(world: LossyWorld) -> None:
    text = "서울에서 런던까지 " * 5 + "🛫" + " and back again" * 3
    bad = row(
        target={"ID": 7}, differences=[replace(CHANGED, source_value=text, target_value="...")]
    )
    found = shrink(bad, world, world)  # type: ignore[arg-type]
    assert found is not None
    assert found.value == "🛫"
    assert found.arrived == ""
    assert world.waits <= ROUNDS


def test_a_row_that_is_missing_cannot_be_made_simpler(world: LossyWorld) -> None:
    assert shrink(row(), world, world) is None  # type: ignore[arg-type]
    assert world.waits == 0


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
    def fails(bad: Any) -> Any:
        raise error

    bad = row(target={"ID": 7}, differences=[CHANGED])
    story = SimpleNamespace(contract=TABLE, run=SimpleNamespace(hit=None))
    with pytest.raises(Broken, match=f"could not be made simpler: {error}") as caught:
        check(SAME, Batch("s.t", 1, rows=[replace(GOOD, key=6), bad]), story, fails)
    assert "header -> HEADER" in str(caught.value)
    assert (story.run.hit is error) is hit
