"""A change in Oracle is told unless PostgreSQL explains it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.scenario.explained import MOST, unexplained
from fixtures.scenario.snapshot import Change
from reconciliation.compare import by_key
from reconciliation.model import Contract
from tests.suite.test_batch_verdicts import TABLE

COLUMN = TABLE.pairs[1].target


class ParallelRun:
    """Knows which keys differ now, and is asked for keys."""

    def __init__(self, *wrong: int) -> None:
        self.contract = Contract((TABLE,))
        self.wrong, self.asked = wrong, []


@pytest.fixture(autouse=True)
def _compared(monkeypatch: pytest.MonkeyPatch) -> None:
    def compare_keys(run: Any, table: str, keys: Any) -> Any:
        run.asked += keys
        return SimpleNamespace(
            differences=[SimpleNamespace(key=key) for key in keys if key[0] in run.wrong]
        )

    monkeypatch.setattr(by_key, "compare_keys", compare_keys)


def changed(key: int, column: str | None = COLUMN, table: str = TABLE.target) -> Change:
    return Change(table, key, column, "before", "after")


def test_a_row_that_both_sides_agree_on_has_not_changed() -> None:
    assert unexplained(ParallelRun(), [changed(1), changed(2, None)]) == []


def test_a_row_that_differs_now_has() -> None:
    found = [changed(1), changed(2), changed(3, None)]
    assert unexplained(ParallelRun(2, 3), found) == found[1:]


@pytest.mark.parametrize("other", [changed(1, "NOBODYS"), changed(1, table="S.UNMAPPED")])
def test_what_the_contract_does_not_compare_is_never_explained(other: Change) -> None:
    run = ParallelRun()
    assert unexplained(run, [other]) == [other]
    assert run.asked == []


def test_so_many_changes_are_no_misreading() -> None:
    found = [changed(key) for key in range(MOST + 1)]
    run = ParallelRun()
    assert unexplained(run, found) == found
    assert run.asked == []
