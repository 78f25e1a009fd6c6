"""Writing to a table that is not mapped: noted first, under keys that are nobody else's, removed
however it ends; and what is said when it reaches Oracle.
"""

from __future__ import annotations

import datetime as dt
from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.promises.outside import check_stays_out
from fixtures.run import NotConcerned
from fixtures.scenario import outside, unmapped, unmapped_rows
from fixtures.scenario.outside import Found
from fixtures.scenario.unmapped_rows import UnmappedRows
from reconciliation import replication
from reconciliation.errors import Broken, Lost, NotJudged, Unreadable, Unseen
from reconciliation.making import Insert
from reconciliation.model import CatalogueColumn, CatalogueTable, CheckConstraint, ColumnType
from reconciliation.replication import ApplyException
from reconciliation.session import acts
from reconciliation.session.acts import Acted
from steps import transactions
from tests.suite.at_once import AtOnce

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


class Recorder(AtOnce):
    """Writes down what is asked of the journal and of PostgreSQL; ``raises`` once an insert is
    asked for, ``refused`` is what the table answers with.
    """

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Any] = []
        self.raises: BaseException | None = None
        self.refused: dict[str, str] = {}
        self.told: list[str] = []
        self.since = dt.datetime.now(dt.UTC)
        self.run: Any = SimpleNamespace(hit=None)
        self.parallel_run: Any = SimpleNamespace(
            contract=SimpleNamespace(tables=()),
            target_catalogue={},
            target=SimpleNamespace(connect=nullcontext),
            profile=SimpleNamespace(target=SimpleNamespace(schemas=("S",))),
        )
        self.judge = SimpleNamespace(journal=SimpleNamespace(note=self.note))

    def note(self, table: str, keys: Any) -> None:
        self.asked.append(("note", table, *keys))

    def act(self, judge: Any, changes: Any) -> Acted:
        [one] = changes
        if isinstance(one, Insert):
            self.asked.append(("insert", one.table, one.own.key))
            if self.raises:
                raise self.raises
        else:
            self.asked.append(("delete", one.table, *one.keys))
        return Acted({one.table: 1}, self.refused)

    def wrote(self, what: str) -> None:
        self.told.append(what)

    def settle(self) -> None:
        self.asked.append("wait")

    def about_none(self) -> None:
        """The table whose markers are waited for does not matter here."""


@pytest.fixture
def story(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    made = Recorder()
    monkeypatch.setattr(acts, "act", made.act)
    monkeypatch.setattr(unmapped_rows, "_free_number", lambda run, outside: KEY)
    monkeypatch.setattr(outside.oracle, "require_seen", lambda engine, table: None)
    monkeypatch.setattr(replication, "apply_exceptions", lambda run, since: [])
    return made


def rows_of(story: Recorder, table: CatalogueTable = TABLE) -> UnmappedRows:
    return UnmappedRows(story, table)  # type: ignore[arg-type]


@pytest.fixture
def rows(story: Recorder) -> UnmappedRows:
    return rows_of(story)


FIRST = [("note", "s.other", (KEY,)), ("insert", "s.other", (KEY,))]
SECOND = [("note", "s.other", (KEY + 1,)), ("insert", "s.other", (KEY + 1,))]


def deleted(key: int) -> tuple[Any, ...]:
    return ("delete", "s.other", (key,))


def test_each_row_is_noted_before_it_is_written(story: Recorder, rows: UnmappedRows) -> None:
    rows.write()
    assert story.asked == FIRST
    rows.change()
    assert story.asked[2:] == [*SECOND, deleted(KEY)]


def test_each_of_its_transactions_has_to_be_waited_for(story: Recorder, rows: UnmappedRows) -> None:
    rows.write()
    rows.change()
    came = "a row inserted into s.other, which is not mapped"
    assert story.told == [came, came, "a row deleted from s.other again"]


def test_what_the_scenario_left_is_removed_once(story: Recorder, rows: UnmappedRows) -> None:
    rows.close()
    assert story.asked == []
    rows.write()
    rows.close()
    assert story.asked[2:] == [deleted(KEY)]
    rows.write()
    rows.change()
    rows.close()
    rows.close()
    assert story.asked[-1] == deleted(KEY + 1)
    assert story.asked.count(deleted(KEY + 1)) == 1


def test_a_row_whose_insert_was_broken_off_may_be_there(
    story: Recorder, rows: UnmappedRows
) -> None:
    story.raises = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        rows.write()
    rows.close()
    assert story.asked[2:] == [deleted(KEY)]


def test_a_row_that_the_table_refuses_is_not_there(story: Recorder, rows: UnmappedRows) -> None:
    story.refused = {"s.other": "s.other: a trigger says no"}
    with pytest.raises(Unseen, match=r"no row could be written to s\.other: .* trigger says no"):
        rows.write()
    rows.close()
    assert deleted(KEY) not in story.asked


def test_after_an_outage_the_row_is_left_to_the_sweep(story: Recorder, rows: UnmappedRows) -> None:
    rows.write()
    story.run.hit = Lost("PostgreSQL does not answer")
    rows.close()
    assert deleted(KEY) not in story.asked


def test_where_oracle_may_not_be_looked_at_nothing_is_written(
    story: Recorder, rows: UnmappedRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hidden(engine: Any, table: str) -> None:
        raise Unseen(f"GRANT SELECT ON {table}")

    monkeypatch.setattr(outside.oracle, "require_seen", hidden)
    with pytest.raises(Unseen, match=r"GRANT SELECT ON S\.OTHER"):
        rows.write()
    assert story.asked == []


@pytest.mark.parametrize("kind", ["uuid", "text", "varchar"])
def test_a_key_may_be_a_text_or_a_uuid(story: Recorder, kind: str) -> None:
    id_ = replace(TABLE.columns["id"], type=ColumnType(kind, 20 if kind == "varchar" else None))
    rows = rows_of(story, replace(TABLE, columns={**TABLE.columns, "id": id_}))
    first, second = (one.key for one in rows.sought())
    assert len(str(first)) == len(str(second)) == (36 if kind == "uuid" else 20)
    assert first != second
    assert [one.texts for one in rows.sought()] == [(first,), (second,)]


@pytest.mark.parametrize(("length", "written"), [(None, 32), (200, 32), (12, 12), (11, 0)])
def test_a_row_has_a_text_of_its_own_where_a_column_has_room(
    story: Recorder, length: int | None, written: int
) -> None:
    wide = CatalogueColumn("wide", ColumnType("varchar", length), True)
    rows = rows_of(story, replace(TABLE, columns={**TABLE.columns, "wide": wide}))
    first, second = (one.texts for one in rows.sought())
    assert [len(one) for one in first] == [written] * bool(written)
    assert first != second or not written


def test_the_sentence_leaves_the_removal_to_the_end_of_its_scenario(
    story: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "unmapped_table", lambda run: TABLE)
    transactions.row_in_an_unmapped_table(story)  # type: ignore[arg-type]
    assert story.asked == FIRST
    for end in story.ends:
        end()
    assert story.asked[2:] == [deleted(KEY)]


def test_where_every_table_is_mapped_the_guarantee_is_not_concerned(
    story: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "unmapped_table", lambda run: None)
    with pytest.raises(NotConcerned, match="every table of the source schema is mapped"):
        transactions.row_in_an_unmapped_table(story)  # type: ignore[arg-type]
    assert story.asked == []


# ------------------------------------------------------------------ what is said of it


def test_one_wait_is_enough_for_all_of_it(story: Recorder, rows: UnmappedRows) -> None:
    rows.write()
    rows.change()
    check_stays_out(story, rows)  # type: ignore[arg-type]
    assert story.asked == [*FIRST, *SECOND, deleted(KEY), "wait"]


def test_a_row_that_stands_in_oracle_is_broken(
    story: Recorder, rows: UnmappedRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Found(standing=[(1, "S.OTHER"), (1, "S.OTHER"), (0, "S.COPY")])
    monkeypatch.setattr(rows.outside, "search", lambda sought: found)
    with pytest.raises(Broken) as caught:
        check_stays_out(story, rows)  # type: ignore[arg-type]
    assert str(caught.value).splitlines() == [
        "s.other is not mapped, and its changes reach Oracle:",
        f"2 x the row that was written, s.other {KEY + 1}, stands in S.OTHER",
        f"1 x the row that was deleted, s.other {KEY}, stands in S.COPY",
    ]


def test_a_change_that_the_replication_could_not_apply_is_broken(
    story: Recorder, rows: UnmappedRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = ApplyException("t", "S", "OTHER", story.since, "DELETE FROM S.OTHER", "0 rows")
    others = replace(tried, table_name="MAPPED")
    monkeypatch.setattr(replication, "apply_exceptions", lambda run, since: [others, tried])
    with pytest.raises(Broken) as caught:
        check_stays_out(story, rows)  # type: ignore[arg-type]
    assert str(caught.value).splitlines()[1:] == [
        "the replication tried: DELETE FROM S.OTHER: 0 rows"
    ]


def test_a_table_that_could_not_be_read_is_not_passed_over(
    story: Recorder, rows: UnmappedRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = Found(trouble=Unreadable("S.COPY cannot be read"))
    monkeypatch.setattr(rows.outside, "search", lambda sought: found)
    with pytest.raises(Unreadable, match=r"S\.COPY cannot be read"):
        check_stays_out(story, rows)  # type: ignore[arg-type]


# ------------------------------------------------------------------ which table


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
    first = rows_of(story, table).first
    assert first.row["more"] == value


def test_a_table_with_a_column_of_an_unknown_type_takes_no_plain_row() -> None:
    with pytest.raises(NotJudged, match=r"\(s\.other\): .* columns of known types"):
        unmapped.unmapped_table(_parallel_run(_beside(ColumnType("geometry"))))
