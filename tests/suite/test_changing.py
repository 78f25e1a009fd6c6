"""How rows of every table are changed: what one statement may give to several rows, what a table
has nothing of, and what happens in which order.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fixtures.scenario.changing import (
    change_all,
    change_alone,
    change_by_one_statement,
    change_several_times,
    empty,
    shared_columns,
)
from fixtures.scenario.story import Story
from fixtures.scenario.subject import Subject
from reconciliation.making import Delete, Insert, Update
from reconciliation.model import CatalogueTable, CheckConstraint, ColumnPair, ColumnType
from reconciliation.verdict import Judged
from steps.changes import delete
from steps.interruption import FEWEST, change_and_delete, insert_shared_out
from steps.transactions import happens_in_a_transaction
from tests.judge.catalogues import table
from tests.suite.many_tables import TABLE, World, world

__all__ = ["world"]

COLUMNS = {name: ColumnType("int4") for name in ("id", "code", "low", "high", "free", "kept")}
NAMES = tuple(COLUMNS)


def bound(**more: Any) -> CatalogueTable:
    return replace(table("s.t", COLUMNS, key=("id",)), **more)


def subject(here: CatalogueTable, there: CatalogueTable | None = None) -> Subject:
    pairs = tuple(ColumnPair(name, name.upper()) for name in NAMES)
    target = table("S.T", {name.upper(): kind for name, kind in COLUMNS.items()}, key=("ID",))
    return Subject(replace(TABLE, pairs=pairs), here, there or target)


@pytest.mark.parametrize(
    ("here", "left_out"),
    [
        (bound(), set()),
        (bound(unique_keys=(("code",), ("low", "id"))), {"code", "low"}),
        (bound(checks=(CheckConstraint("c", "low < high", ("low", "high")),)), set()),
        (bound(checks=(CheckConstraint("c", "low < kept", ("low", "kept")),)), {"low"}),
    ],
    ids=["free", "unique", "a check over changed columns", "a check with a column that stays"],
)
def test_several_rows_get_the_same_value_only_where_they_may(
    here: CatalogueTable, left_out: set[str]
) -> None:
    changeable = ("code", "low", "high", "free")
    assert set(changeable) - set(shared_columns(subject(here), changeable)) == left_out


def test_what_is_unique_in_oracle_alone_is_unique() -> None:
    there = table("S.T", {name.upper(): kind for name, kind in COLUMNS.items()}, key=("ID",))
    found = shared_columns(subject(bound(), replace(there, unique_keys=(("CODE",),))), NAMES[1:])
    assert "code" not in found


# ------------------------------------------------------------------ over all tables


def standing(world: World, rows: int = 2) -> Story:
    """A story about both tables with rows that are there."""
    story = world.story()
    for one in story.about("rows of every mapped table"):
        one.take(world.maker.rows(one.table, rows))
    return story


@pytest.mark.parametrize("change", [change_alone, change_all, change_by_one_statement])
def test_a_table_in_which_nothing_can_be_changed_is_not_concerned(
    world: World, change: Any
) -> None:
    world.maker.fixed.add("s.u")
    story = standing(world)
    story.do(lambda: change(story))
    assert story.answers.cells["s.u"].judged is Judged.NOT_CONCERNED
    assert {one.table for one in world.done[0]} == {"s.t"}
    assert [one.table for one in story.standing] == ["s.t"]


def test_where_no_column_may_be_empty_nothing_is_emptied(world: World) -> None:
    story = standing(world)
    story.do(lambda: empty(story))
    assert {cell.judged for cell in story.answers.cells.values()} == {Judged.NOT_CONCERNED}
    story.answers.conclude(last=True)


def test_a_row_that_is_changed_again_is_changed_in_a_transaction_of_its_own(world: World) -> None:
    story = standing(world, rows=1)
    story.do(lambda: change_several_times(story, 3))
    assert [len(one) for one in world.done] == [2, 2, 2]
    values = [one.values["header"] for done in world.done for one in done if one.table == "s.t"]
    assert len(set(values)) == 3
    [row] = story.subjects["s.t"].rows.values()
    assert row.row["header"] == values[-1]


def test_only_the_columns_that_were_changed_may_have_changed(world: World) -> None:
    story = standing(world)
    story.do(lambda: change_by_one_statement(story))
    for one in story.standing:
        assert one.expected == {key: {"header", "HEADER"} for key in one.keys}


def test_rows_come_parents_first_and_go_children_first(world: World) -> None:
    story = standing(world)
    datatable = [["what", "row"], ["insert", "new"], ["update", "first"], ["delete", "second"]]
    happens_in_a_transaction("one transaction", datatable, story)
    assert [(type(one), one.table) for one in world.done[0]] == [
        (Insert, "s.t"),
        (Insert, "s.u"),
        (Update, "s.t"),
        (Update, "s.u"),
        (Delete, "s.u"),
        (Delete, "s.t"),
    ]
    delete(story)
    assert [one.table for one in world.done[1]] == ["s.u", "s.t"]


def test_a_row_comes_again_under_its_key_with_other_values(world: World) -> None:
    story = standing(world, rows=1)
    before = dict(story.subjects["s.t"].rows)
    happens_in_a_transaction(
        "one transaction", [["what", "row"], ["delete", "first"], ["insert", "first"]], story
    )
    assert story.subjects["s.t"].rows.keys() == before.keys()
    assert story.subjects["s.t"].rows != before


def test_rows_are_shared_out_among_tables_and_each_gets_some(world: World) -> None:
    for count, each in ((500, 250), (4, FEWEST)):
        story = world.story()
        story.about("rows of every mapped table")
        insert_shared_out(count, story)
        assert [len(one.inserted) for one in story.standing] == [each, each]
        change_and_delete(story)
        changed, deleted = world.done[-2:]
        assert len(changed) == 2 * (each * 2 // 5)
        assert [len(one.keys) for one in deleted] == [each - each * 2 // 5] * 2


def test_a_value_of_a_single_table_is_written_as_it_stands(world: World) -> None:
    story = world.story()
    [one] = story.about("t")
    one.take(world.maker.rows("s.t", 1))
    datatable = [["what", "t", "column", "value"], ["update", "first", "header", "3 x a"]]
    happens_in_a_transaction("one transaction", datatable, story)
    assert world.done[0][0].values == {"header": "aaa"}
