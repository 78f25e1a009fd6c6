"""A change in Oracle is told unless PostgreSQL explains it."""

from __future__ import annotations

import itertools
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
        self.profile = SimpleNamespace(replication=SimpleNamespace(agreed_lag_seconds=5.0))
        self.wrong, self.asked = wrong, []

    def table(self, name: str) -> Any:
        return TABLE


@pytest.fixture(autouse=True)
def _compared(monkeypatch: pytest.MonkeyPatch) -> None:
    def compare_tables(run: Any, wanted: Any) -> Any:
        return {table: compared(run, keys) for table, keys in wanted.items()}

    def compared(run: Any, keys: Any) -> Any:
        run.asked += keys
        return SimpleNamespace(
            differences=[SimpleNamespace(key=key) for key in keys if key[0] in run.wrong]
        )

    monkeypatch.setattr(by_key, "compare_tables", compare_tables)


def looked_at(run: Any, changes: list[Change], known: set[str] | None = None) -> list[Change]:
    """With a clock that goes on by a second a look."""
    clock = itertools.count()
    return unexplained(
        run,
        changes,
        set() if known is None else known,
        clock=lambda: float(next(clock)),
        sleep=lambda seconds: None,
    )


def changed(key: int, column: str | None = COLUMN, table: str = TABLE.target) -> Change:
    return Change(table, (key,), column, "before", "after")


def test_a_row_that_both_sides_agree_on_has_not_changed() -> None:
    assert looked_at(ParallelRun(), [changed(1), changed(2, None)]) == []


def test_a_row_that_differs_now_has() -> None:
    found = [changed(1), changed(2), changed(3, None)]
    assert looked_at(ParallelRun(2, 3), found) == found[1:]


@pytest.mark.parametrize("other", [changed(1, "NOBODYS"), changed(1, table="S.UNMAPPED")])
def test_what_the_contract_does_not_compare_is_never_explained(other: Change) -> None:
    run = ParallelRun()
    assert looked_at(run, [other]) == [other]
    assert run.asked == []


def test_so_many_changes_are_no_misreading() -> None:
    found = [changed(key) for key in range(MOST + 1)]
    run = ParallelRun()
    assert looked_at(run, found) == found
    assert run.asked == []


def test_what_somebody_else_changes_gets_the_time_to_arrive() -> None:
    run = ParallelRun(1)
    looks = itertools.count()

    def arrives(_: float) -> None:
        if next(looks) == 1:
            run.wrong = ()

    known = {TABLE.target}  # also where something was unexplained before
    found = unexplained(run, [changed(1)], known, clock=lambda: 0.0, sleep=arrives)
    assert found == []
    assert len(run.asked) == 3


def test_a_table_with_an_unexplained_change_gets_less_time_for_the_next_one() -> None:
    run, known = ParallelRun(1), set[str]()
    assert looked_at(run, [changed(1)], known) == [changed(1)]
    assert known == {TABLE.target}
    first = len(run.asked)
    assert looked_at(run, [changed(1)], known) == [changed(1)]
    assert len(run.asked) - first < first
    mixed = [changed(1), changed(1, table="S.UNMAPPED")]
    run.asked.clear()
    assert looked_at(run, mixed, known) == mixed  # the other one gets all of it
    assert len(run.asked) == first


def test_a_row_whose_key_is_no_key_of_the_table_is_never_explained() -> None:
    again = Change(TABLE.target, (1, "once more"), None, None, {})
    assert looked_at(ParallelRun(), [again]) == [again]
