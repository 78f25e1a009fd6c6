"""Writing to a table that is not mapped: noted first, under a key that is nobody else's, removed
however it ends.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.run import NotConcerned
from fixtures.scenario import unmapped
from fixtures.scenario.unmapped import UnmappedRow
from reconciliation.errors import Lost, NotJudged, Unseen
from reconciliation.making import Insert
from reconciliation.model import CatalogueColumn, CatalogueTable, CheckConstraint, ColumnType
from reconciliation.session import acts
from reconciliation.session.acts import Acted
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


KEY = 900000007


class Recorder:
    """Writes down what is asked of the journal and of PostgreSQL; ``raises`` once an insert is
    asked for, ``refused`` is what the table answers with.
    """

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.raises: BaseException | None = None
        self.refused: dict[str, str] = {}
        self.told: list[str] = []
        self.run: Any = SimpleNamespace(hit=None)
        self.parallel_run: Any = SimpleNamespace()
        self.judge = SimpleNamespace(journal=SimpleNamespace(note=self.note))
        self.before = SimpleNamespace(remember_legacy=lambda tables: self.asked.append("read"))

    def note(self, table: str, keys: Any) -> None:
        self.asked.append(("note", table, *keys))

    def act(self, judge: Any, changes: Any) -> Acted:
        [one] = changes
        if isinstance(one, Insert):
            self.asked.append(("insert", one.table, one.own.row))
            if self.raises:
                raise self.raises
        else:
            self.asked.append(("delete", one.table, *one.keys))
        return Acted({one.table: 1}, self.refused)

    def wrote(self, what: str) -> None:
        self.told.append(what)

    def about_none(self) -> None:
        """The table whose markers are waited for does not matter here."""


@pytest.fixture
def story(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    made = Recorder()
    monkeypatch.setattr(acts, "act", made.act)
    monkeypatch.setattr(unmapped, "_free_number", lambda run, table, column: KEY)
    return made


@pytest.fixture
def row(story: Recorder) -> UnmappedRow:
    return UnmappedRow(story, TABLE)  # type: ignore[arg-type]


DELETED = ("delete", "s.other", (KEY,))


def test_the_row_is_noted_before_it_is_written(story: Recorder, row: UnmappedRow) -> None:
    row.write()
    assert story.asked == [
        ("note", "s.other", (KEY,)),
        ("insert", "s.other", {"id": KEY, "name": "c2 1"}),
    ]
    row.remove()
    assert story.asked[2:] == [DELETED]


def test_each_of_its_transactions_has_to_be_waited_for(story: Recorder, row: UnmappedRow) -> None:
    row.write()
    assert story.told == ["a row inserted into s.other, which is not mapped"]
    row.remove()
    assert story.told[1:] == ["the row deleted from s.other again"]


def test_a_row_that_the_scenario_left_is_removed_once(story: Recorder, row: UnmappedRow) -> None:
    row.close()
    assert story.asked == []
    row.write()
    row.close()
    row.close()
    assert story.asked[2:] == [DELETED]


def test_a_row_whose_insert_was_broken_off_may_be_there(story: Recorder, row: UnmappedRow) -> None:
    story.raises = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        row.write()
    row.close()
    assert story.asked[2:] == [DELETED]


def test_a_row_that_the_table_refuses_is_not_there(story: Recorder, row: UnmappedRow) -> None:
    story.refused = {"s.other": "s.other: a trigger says no"}
    with pytest.raises(Unseen, match=r"no row could be written to s\.other: .* trigger says no"):
        row.write()
    row.close()
    assert DELETED not in story.asked


def test_after_an_outage_the_row_is_left_to_the_sweep(story: Recorder, row: UnmappedRow) -> None:
    row.write()
    story.run.hit = Lost("PostgreSQL does not answer")
    row.close()
    assert DELETED not in story.asked


@pytest.mark.parametrize("kind", ["uuid", "text", "varchar"])
def test_a_key_may_be_a_text_or_a_uuid(story: Recorder, kind: str) -> None:
    id_ = replace(TABLE.columns["id"], type=ColumnType(kind, 20 if kind == "varchar" else None))
    table = replace(TABLE, columns={**TABLE.columns, "id": id_})
    UnmappedRow(story, table).write()  # type: ignore[arg-type]
    key = story.asked[0][2][0]
    assert len(key) == (36 if kind == "uuid" else 20)


def test_the_sentence_leaves_the_removal_to_the_end_of_its_scenario(
    story: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_the_end = list[Callable[[], None]]()
    request: Any = SimpleNamespace(addfinalizer=at_the_end.append)
    monkeypatch.setattr(transactions, "unmapped_table", lambda run: TABLE)
    monkeypatch.setattr(transactions, "legacy_tables", lambda run: [])
    transactions.write_to_an_unmapped_table(story, request)  # type: ignore[arg-type]
    assert [one[0] for one in story.asked[1:]] == ["note", "insert"]
    assert story.asked[0] == "read"
    for end in at_the_end:
        end()
    assert story.asked[3:] == [DELETED]


def test_where_every_table_is_mapped_the_guarantee_is_not_concerned(
    story: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "unmapped_table", lambda run: None)
    with pytest.raises(NotConcerned, match="every table of the source schema is mapped"):
        transactions.write_to_an_unmapped_table(story, None)  # type: ignore[arg-type]
    assert story.asked == []


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


def test_a_table_whose_rows_are_bound_is_no_place_for_a_plain_one() -> None:
    bound = replace(TABLE, checks=(CheckConstraint("c", "name <> 'x'", ("name",)),))
    part = replace(TABLE, name="part", partition_of="s.mapped")
    assert unmapped.unmapped_table(_parallel_run(part)) is None
    with pytest.raises(NotJudged, match=r"no plain row can be written to any .* \(s\.other\)"):
        unmapped.unmapped_table(_parallel_run(bound, part))


def _beside(kind: ColumnType) -> CatalogueTable:
    return replace(TABLE, columns=TABLE.columns | {"more": CatalogueColumn("more", kind, False)})


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (ColumnType("enum", labels=("open", "settled")), "settled"),
        (ColumnType("inet"), "192.0.17.1"),
        (ColumnType("bpchar", 2), "0y"),
        (ColumnType("_int4"), "{117}"),
    ],
    ids=lambda one: one.name if isinstance(one, ColumnType) else None,
)
def test_a_column_of_any_type_has_a_plain_value(
    story: Recorder, monkeypatch: pytest.MonkeyPatch, kind: ColumnType, value: str
) -> None:
    table = _beside(kind)
    monkeypatch.setattr(unmapped.postgresql, "table_unseen", lambda *_: None)
    assert unmapped.unmapped_table(_parallel_run(table)) is table  # type: ignore[arg-type]
    UnmappedRow(story, table).write()  # type: ignore[arg-type]
    assert story.asked[-1][2]["more"] == value


def test_a_table_with_a_column_of_an_unknown_type_takes_no_plain_row() -> None:
    with pytest.raises(NotJudged, match=r"\(s\.other\): .* columns of known types"):
        unmapped.unmapped_table(_parallel_run(_beside(ColumnType("geometry"))))
