"""Rows that are there, that come, that change and that go - written in PostgreSQL as an application
would.
"""

from __future__ import annotations

from pytest_bdd import given, parsers, when

from fixtures.gherkin.cells import value_of
from fixtures.promises.writes import check_every_row
from fixtures.scenario.rows import bare_row, ordinary_row
from fixtures.scenario.source import Source
from fixtures.scenario.stock import Stock
from fixtures.scenario.story import Story
from reconciliation.model import Row

ORDINALS = (
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
)
COUNTED = r"(?P<count>a|\d+) (?P<entity>[a-z ]+?)s?"
HOW = r"(?P<bare> with NULL wherever both schemas allow it)?(?: in one transaction)?"


def number(count: str) -> int:
    return 1 if count == "a" else int(count)


@given(parsers.re(rf"{COUNTED} that both databases hold"), converters={"count": number})
def existing_rows(count: int, entity: str, story: Story, stock: Stock) -> None:
    story.about(entity)
    story.touch(stock.take(story, count))
    story.labels = dict(zip(ORDINALS, story.keys, strict=False))
    story.remember()


@when(parsers.re(rf"{COUNTED} (?:is|are) inserted{HOW}"), converters={"count": number})
def insert(count: int, entity: str, bare: str | None, story: Story, source: Source) -> None:
    table = story.about(entity)
    story.remember()
    keys = story.new_keys(count)
    mark, here, there = story.run.mark, story.source_table, story.target_table
    rows = [
        bare_row(table, here, there, key, mark) if bare else ordinary_row(table, here, key, mark)
        for key in keys
    ]
    with source.transaction() as transaction:
        transaction.insert(table.source, rows)
    story.wrote(f"{count} rows inserted: {keys[0]} to {keys[-1]}")


@when(parsers.re(r"(?:its|their) (?P<column>\w+) is changed to (?P<value>.+)"))
def change_column(column: str, value: str, story: Story, source: Source) -> None:
    _change(story, source, {column: value_of(value, story.source_table.columns[column].type)})


@when("these columns of it are changed")
def change_columns(datatable: list[list[str]], story: Story, source: Source) -> None:
    columns = story.source_table.columns
    _change(
        story, source, {name: value_of(cell, columns[name].type) for name, cell in datatable[1:]}
    )


def _change(story: Story, source: Source, values: Row) -> None:
    with source.transaction() as transaction:
        changed = transaction.change(story.contract.source, story.key_column, story.keys, values)
    check_every_row("changed", changed, story)
    story.expect_change(values)
    story.wrote(f"{changed} rows changed in {', '.join(values)}")


@when(parsers.re(r"(?:it is|they are) deleted"))
def delete(story: Story, source: Source) -> None:
    with source.transaction() as transaction:
        deleted = transaction.delete(story.contract.source, story.key_column, story.keys)
    check_every_row("deleted", deleted, story)
    story.wrote(f"{deleted} rows deleted")
