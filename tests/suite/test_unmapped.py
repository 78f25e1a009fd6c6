"""Writing to a table that is not mapped: noted first, under a key that is nobody else's, removed
however it ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.scenario import unmapped
from fixtures.scenario.unmapped import UnmappedRow
from reconciliation.errors import Lost, Unseen
from reconciliation.model import CatalogueColumn, CatalogueTable, ColumnType
from steps import transactions

TABLE = CatalogueTable(
    "s",
    "other",
    {
        "id": CatalogueColumn("id", ColumnType("int8"), False, "identity"),
        "name": CatalogueColumn("name", ColumnType("varchar", 9), False),
    },
    ("id",),
)


class Recorder:
    """A source that only writes down what it is asked to do; ``taken`` are keys somebody else's
    rows have.
    """

    def __init__(self, taken: set[int]) -> None:
        self.taken = taken
        self.asked: list[Any] = []

    @contextmanager
    def transaction(self) -> Iterator[Recorder]:
        yield self

    def rows(self, table: str, key_column: str, keys: list[int]) -> list[int]:
        return [key for key in keys if key in self.taken]

    def insert(self, table: str, rows: list[Any]) -> None:
        self.asked.append(("insert", table, *rows))

    def delete(self, table: str, key_column: str, keys: list[int]) -> None:
        self.asked.append(("delete", table, key_column, *keys))


class Story:
    """Of a run that an outage may have hit; its table's keys are 100 and on."""

    def __init__(self) -> None:
        keys = iter(range(100, 110))
        reserved = SimpleNamespace(take=lambda count: [next(keys) for _ in range(count)])
        journal = SimpleNamespace(note_unmapped=lambda table, key: self.note(table, key))
        self.judge = SimpleNamespace(keys=reserved, journal=journal)
        self.parallel_run: Any = SimpleNamespace()
        self.run: Any = SimpleNamespace(hit=None)
        self.told: list[str] = []

    def wrote(self, what: str) -> None:
        self.told.append(what)

    def note(self, table: str, key: int) -> None:
        """Into the journal; see ``source``."""


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    made = Recorder({100, 101})
    monkeypatch.setattr(
        Story, "note", lambda _, table, noted: made.asked.append(("note", table, noted))
    )
    return made


@pytest.fixture
def row(source: Recorder) -> UnmappedRow:
    return UnmappedRow(Story(), source, TABLE)


DELETED = ("delete", "s.other", "id", 102)


@pytest.mark.parametrize(("taken", "key"), [(set(), 100), ({100, 101}, 102)])
def test_the_row_is_noted_before_it_is_written_and_nobody_elses_is_touched(
    source: Recorder, taken: set[int], key: int
) -> None:
    source.taken = taken
    row = UnmappedRow(Story(), source, TABLE)
    row.write()
    assert source.asked == [
        ("note", "s.other", key),
        ("insert", "s.other", {"name": "x", "id": key}),
    ]
    row.remove()
    assert source.asked[2:] == [("delete", "s.other", "id", key)]


def test_each_of_its_transactions_has_to_be_waited_for(source: Recorder) -> None:
    story = Story()
    row = UnmappedRow(story, source, TABLE)
    row.write()
    assert story.told == ["row 102 inserted into s.other, which is not mapped"]
    row.remove()
    assert story.told[1:] == ["row 102 deleted from s.other again"]


def test_a_row_that_the_scenario_left_is_removed_once(source: Recorder, row: UnmappedRow) -> None:
    row.close()
    assert source.asked == []
    row.write()
    row.close()
    row.close()
    assert source.asked[2:] == [DELETED]


def test_a_row_whose_insert_was_broken_off_may_be_there(source: Recorder, row: UnmappedRow) -> None:
    def interrupted(table: str, rows: list[Any]) -> None:
        raise KeyboardInterrupt

    source.insert = interrupted
    with pytest.raises(KeyboardInterrupt):
        row.write()
    row.close()
    assert source.asked[1:] == [DELETED]


def test_after_an_outage_the_row_is_left_to_the_sweep(source: Recorder) -> None:
    story = Story()
    row = UnmappedRow(story, source, TABLE)
    row.write()
    story.run.hit = Lost("PostgreSQL does not answer")
    row.close()
    assert DELETED not in source.asked


def test_the_sentence_leaves_the_removal_to_the_end_of_its_scenario(
    source: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    story, at_the_end = Story(), list[Callable[[], None]]()
    story.about_any = lambda: None
    story.remember = lambda *tables: source.asked.append("remembered")
    monkeypatch.setattr(transactions, "unmapped_table", lambda run: TABLE)
    monkeypatch.setattr(transactions, "legacy_tables", lambda run: [])
    transactions.write_to_an_unmapped_table(
        story, source, SimpleNamespace(addfinalizer=at_the_end.append)
    )
    assert [one[0] for one in source.asked[1:]] == ["note", "insert"]
    assert source.asked[0] == "remembered"
    for end in at_the_end:
        end()
    assert source.asked[3:] == [DELETED]


def _parallel_run(*tables: CatalogueTable) -> SimpleNamespace:
    return SimpleNamespace(
        resolved=SimpleNamespace(tables=[SimpleNamespace(source="s.mapped")]),
        source_catalogue={table.full_name: table for table in tables},
        source=SimpleNamespace(connect=nullcontext),
    )


def test_a_table_that_may_not_be_written_to_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    first, mapped = replace(TABLE, name="first"), replace(TABLE, name="mapped")
    closed = {first.full_name: Unseen("GRANT INSERT ON s.first TO nightly")}
    asked = []

    def missing(_: None, table: str, wanted: tuple[str, ...]) -> Unseen | None:
        asked.append((table, wanted))
        return closed.get(table)

    monkeypatch.setattr(unmapped.postgresql, "table_unseen", missing)
    assert unmapped.unmapped_table(_parallel_run(mapped)) is None
    assert unmapped.unmapped_table(_parallel_run(first, mapped, TABLE)) is TABLE
    assert asked == [(table.full_name, ("SELECT", "INSERT", "DELETE")) for table in (first, TABLE)]
    with pytest.raises(
        Unseen, match=r"the suite may write to none: GRANT INSERT ON s\.first TO nightly"
    ):
        unmapped.unmapped_table(_parallel_run(first, mapped))
