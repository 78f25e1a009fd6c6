"""Rows that are there, that come, that change and that go - written in PostgreSQL as an application
would, in every table that a sentence speaks of.
"""

from __future__ import annotations

from collections.abc import Callable

from pytest_bdd import given, parsers, when

from fixtures.gherkin.cells import value_of
from fixtures.scenario.changing import (
    change_all,
    change_alone,
    change_by_one_statement,
    change_several_times,
    empty,
)
from fixtures.scenario.plan import planned
from fixtures.scenario.script import Script
from fixtures.scenario.stock import Stock
from fixtures.scenario.story import Story
from fixtures.scenario.tables import WHO
from reconciliation.model import Row
from steps.inspection import any_of

COUNTED = rf"(?P<count>an?|\d+) {WHO}"
HOW = r"(?P<bare> with NULL wherever both schemas allow it)?(?: in one transaction)?"
#: what happens to every row the scenario is about
CHANGES: dict[str, Callable[[Story], None]] = {
    "in each of them another column is changed": change_alone,
    "every column that may be empty is emptied": empty,
    "all its columns are changed by one statement": change_all,
    "they are changed by one statement": change_by_one_statement,
    "it is changed three times, in a transaction each": lambda story: change_several_times(
        story, 3
    ),
}


def number(count: str) -> int:
    return 1 if count in ("a", "an") else int(count)


@given(parsers.re(rf"{COUNTED} that both databases hold"), converters={"count": number})
@planned
def existing_rows(count: int, who: str, story: Story, stock: Stock) -> None:
    story.about(who)
    stock.take(story, lambda subject: count)


@given(parsers.re(rf"for each column that can be changed a {WHO} that both databases hold"))
@planned
def a_row_for_each_column(who: str, story: Story, stock: Stock) -> None:
    story.about(who)
    stock.take(story, lambda subject: len(story.judge.maker.changeable(subject.table)))


@when(parsers.re(rf"{COUNTED} (?:is|are) inserted{HOW}"), converters={"count": number})
@planned
def insert(count: int, who: str, bare: str | None, story: Story) -> None:
    story.about(who)
    script = Script(story)
    for subject in story.standing:
        script.insert(subject, script.made(subject, count, bare=bool(bare)))
    script.plan(f"{count} rows of each table inserted")


@when(parsers.re(rf"(?P<change>{any_of(tuple(CHANGES))})"))
@planned
def change_what_is_there(change: str, story: Story) -> None:
    CHANGES[change](story)


@when(parsers.re(r"(?:its|their) (?P<column>\w+) is changed to (?P<value>.+)"))
@planned
def change_column(column: str, value: str, story: Story) -> None:
    kind = story.one.source_table.columns[column].type
    _change(story, {column: value_of(value, kind)})


@when("these columns of it are changed")
@planned
def change_columns(datatable: list[list[str]], story: Story) -> None:
    columns = story.one.source_table.columns
    _change(story, {name: value_of(cell, columns[name].type) for name, cell in datatable[1:]})


def _change(story: Story, values: Row) -> None:
    script = Script(story)
    script.update(story.one, story.one.keys, values)
    script.plan(f"changed in {', '.join(values)}")


@when(parsers.re(r"(?:it is|they are) deleted"))
@planned
def delete(story: Story) -> None:
    script = Script(story)
    for subject in story.children_first:
        script.delete(subject, subject.keys)
    script.plan("the rows deleted")
