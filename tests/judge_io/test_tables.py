"""Whole tables: what makes a table equal, divergent, in flight or not judged. Rows come from
memory.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from reconciliation.canonical import rules_for
from reconciliation.compare import by_key, by_values, contracted, tables, tally
from reconciliation.compare.rows import compare_rows
from reconciliation.compare.streams.layout import NoTexts
from reconciliation.errors import Lost, Unreadable
from reconciliation.model import DifferenceKind, Key, Row, Status, TableResult
from reconciliation.parallel_run import ParallelRun

from . import samples
from .samples import SOURCE_TABLE, TABLE, TARGET_TABLE


class Memory:
    """Two databases that are dicts; ``repair`` runs
    before every second look.
    """

    def __init__(self, source: dict[int, Row], target: dict[int, Row], repair: Any = None) -> None:
        self.rows = {"source": source, "target": target}
        self.repair = repair
        self.resolved = SimpleNamespace(tables=(SimpleNamespace(source=TABLE.source),))
        self.broken: Exception | None = None

    @property
    def run(self) -> ParallelRun:
        """The run between them."""
        profile = samples.lab_profile()
        replication = replace(profile.replication, arrival_limit_seconds=0.2)
        return samples.parallel_run(
            profile=replace(profile, replication=replication, root=Path(os.devnull)),
            resolved=self.resolved,
            source=SimpleNamespace(connect=lambda: self._connect("source"), memory=self),
            target=SimpleNamespace(connect=lambda: self._connect("target")),
        )

    def _connect(self, side: str) -> Any:
        @contextmanager
        def connection() -> Iterator[Any]:
            if self.broken and side == "target":
                raise self.broken
            yield self.rows[side]

        made = connection()
        made.execution_options = lambda **_: made
        return made

    def look(self, table: str, keys: Sequence[Key]) -> Any:
        if self.repair:
            self.repair(self.rows)
        chosen = [
            {(key,): row for key, row in self.rows[side].items() if (key,) in set(keys)}
            for side in ("source", "target")
        ]
        found = compare_rows(TABLE, rules_for(TABLE, SOURCE_TABLE, TARGET_TABLE), *chosen)
        return found.differences, {key: (chosen[0].get(key), chosen[1].get(key)) for key in keys}


@pytest.fixture(autouse=True)
def _rows_from_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def batches(rows: dict[int, Row], side: Any, size: int = 3) -> Iterator[list[tuple[Key, Row]]]:
        ordered = [((key,), rows[key]) for key in sorted(rows)]
        yield from (ordered[start : start + size] for start in range(0, len(ordered), size))

    def no_texts(*_: Any) -> Any:
        raise NoTexts("these tables are dicts")

    def look(run: Any, table: str, keys: Sequence[Key]) -> Any:
        return run.source.memory.look(table, keys)

    monkeypatch.setattr(by_key, "reread", look)
    monkeypatch.setattr(contracted, "layout", no_texts)
    monkeypatch.setattr(by_values, "batches", batches)
    monkeypatch.setattr(by_values, "write_position", lambda connection: "0/ABC")
    monkeypatch.setattr(
        contracted, "Delivery", lambda *_: SimpleNamespace(behind=lambda anew: None)
    )


def _source(key: int, **changes: Any) -> Row:
    return {"id": key, "header": f"h{key}", "cost": 1, "origin": None} | changes


def _target(key: int, **changes: Any) -> Row:
    return {"ID": key, "HEADER": f"h{key}", "COST": 1, "ORIGIN": None} | changes


def _compare(memory: Any, names: Sequence[str] | None = None) -> list[TableResult]:
    return tables.compare_tables(memory.run, names)


def _ten() -> tuple[dict[int, Row], dict[int, Row]]:
    return {key: _source(key) for key in range(10)}, {key: _target(key) for key in range(10)}


def test_equal_tables_are_equal_and_say_up_to_where() -> None:
    seen: list[tuple[str, int]] = []
    (result,) = tables.compare_tables(Memory(*_ten()).run, progress=lambda *item: seen.append(item))
    assert result.status is Status.EQUAL
    assert (result.source_rows, result.target_rows, result.equal_rows, result.rechecked_rows) == (
        10,
        10,
        10,
        0,
    )
    assert result.watermark == "0/ABC"
    assert result.rules["header -> HEADER"]
    assert seen[-1] == (TABLE.source, 10)


def test_one_wrong_character_is_divergent() -> None:
    source, target = _ten()
    target[7] = _target(7, HEADER="h7 ")
    (result,) = _compare(Memory(source, target))
    assert result.status is Status.DIVERGENT
    assert (result.differing_rows, result.equal_rows, result.rechecked_rows) == (1, 9, 1)
    assert [(item.key, item.target_column) for item in result.differences] == [((7,), "HEADER")]
    assert result.groups[0].rows == 1


def test_missing_and_extra_rows_are_counted_apart() -> None:
    source, target = _ten()
    del source[0], target[5], target[6]
    target[99] = _target(99)
    (result,) = _compare(Memory(source, target))
    assert result.status is Status.DIVERGENT
    assert (result.missing_rows, result.extra_rows, result.differing_rows, result.equal_rows) == (
        2,
        2,
        0,
        7,
    )
    assert {item.kind for item in result.differences} == {
        DifferenceKind.MISSING,
        DifferenceKind.EXTRA,
    }


def test_one_empty_side_is_divergent_two_are_not_judged() -> None:
    assert _compare(Memory(_ten()[0], {}))[0].status is Status.DIVERGENT
    (result,) = _compare(Memory({}, {}))
    assert result.status is Status.NOT_JUDGED
    assert result.reason == "no rows on either side"


def test_rows_that_arrive_late_are_equal() -> None:
    source, target = _ten()
    del target[3]
    (result,) = _compare(
        Memory(source, target, lambda rows: rows["target"].update({3: _target(3)}))
    )
    assert result.status is Status.EQUAL
    assert (result.equal_rows, result.rechecked_rows, result.missing_rows) == (10, 1, 0)


def test_a_row_that_arrives_behind_an_outage_is_equal() -> None:
    """The first look again takes longer than the arrival limit, because an
    outage was waited for.
    """

    class Away(Memory):
        looks, was_away = 0, False

        def look(self, table: str, keys: Sequence[Key]) -> Any:
            if self.looks == 1 and not self.was_away:
                self.was_away = True
                raise Lost("Oracle: no answer")
            self.looks += 1
            if self.looks == 3:
                self.rows["target"][3] = _target(3)
            return super().look(table, keys)

    source, target = _ten()
    del target[3]
    (result,) = _compare(Away(source, target))
    (note,) = result.notes
    assert "rows that differed, was read again after" in note
    assert (result.status, result.outages) == (Status.EQUAL, (note,))


def test_a_row_that_keeps_changing_is_in_flight() -> None:
    source, target = _ten()
    counter = iter(range(10**9))

    def churn(rows: dict[str, dict[int, Row]]) -> None:
        rows["source"][3] = _source(3, header=f"new {next(counter)}")

    target[3] = _target(3, HEADER="old")
    (result,) = _compare(Memory(source, target, churn))
    assert result.status is Status.IN_FLIGHT
    assert (result.in_flight_rows, result.differing_rows, result.equal_rows) == (1, 0, 9)


def test_an_unreadable_table_is_not_judged_with_the_reason() -> None:
    memory = Memory(*_ten())
    memory.broken = Unreadable("Oracle h:1/XE as u: a table does not exist")
    (result,) = _compare(memory)
    assert result.status is Status.NOT_JUDGED
    assert "a table does not exist" in result.reason


def test_a_value_no_rule_can_read_is_not_judged() -> None:
    source, target = _ten()
    source[3] = _source(3, cost=object())
    (result,) = _compare(Memory(source, target))
    assert result.status is Status.NOT_JUDGED
    assert "cost" in result.reason


def test_tables_without_contract_or_mapping_are_not_judged() -> None:
    memory = Memory(*_ten())
    memory.resolved = SimpleNamespace(tables=(SimpleNamespace(source="travelbuddy.hotelspecial"),))
    results = {result.table: result for result in _compare(memory)}
    assert "does not select it" in results[TABLE.source].reason
    assert "there is no contract" in results["travelbuddy.hotelspecial"].reason
    assert {result.status for result in results.values()} == {Status.NOT_JUDGED}
    assert [result.table for result in _compare(memory, [TABLE.source])] == [TABLE.source]


def test_more_differences_than_can_be_looked_at_again_are_never_called_equal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tally, "RECHECKED_ROWS", 2)
    monkeypatch.setattr(tally, "SUSPECT_ROWS", 0)
    source, target = _ten()
    for key in (1, 2, 3, 4):
        del target[key]
    whole = {key: _target(key) for key in range(10)}
    (result,) = _compare(Memory(source, target, lambda rows: rows["target"].update(whole)))
    assert result.status is Status.NOT_JUDGED
    assert "2 more rows differed" in result.reason
    (stuck,) = _compare(Memory(source, {0: _target(0)}))
    assert stuck.status is Status.DIVERGENT
    assert "only 2 were looked at again" in stuck.reason


def test_the_result_keeps_some_differences_and_counts_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "KEPT_DIFFERENCES", 3)
    (result,) = _compare(Memory(_ten()[0], {0: _target(0)}))
    assert len(result.differences) == 3
    assert result.groups[0].rows == result.missing_rows == 9


def test_a_frequent_difference_leaves_a_rare_one_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "KEPT_DIFFERENCES", 4)
    source, target = _ten()
    for key in range(9):
        target[key] = _target(key, HEADER=f"H{key}")
    target[9] = _target(9, COST=None)
    (result,) = _compare(Memory(source, target))
    assert [(group.source_column, group.rows) for group in result.groups] == [
        ("header", 9),
        ("cost", 1),
    ]
    assert [(item.key, item.source_column) for item in result.differences] == [
        ((0,), "header"),
        ((1,), "header"),
        ((2,), "header"),
        ((9,), "cost"),
    ]


def test_a_constant_is_found_by_the_comparison_of_a_table() -> None:
    source, target = _ten()
    for key in (2, 5):
        target[key] = _target(key, COST=10)
    (result,) = _compare(Memory(source, target))
    assert [(group.cause, group.detail, group.rows) for group in result.groups] == [
        ("shifted", "by +9", 2)
    ]
    assert {item.cause for item in result.differences} == {"shifted"}
    assert {item.canonical for item in result.differences} == {None}
