"""Several changes that belong together, and a change that does not belong into the replication at
all.
"""

from __future__ import annotations

import pytest
from pytest_bdd import parsers, when

from fixtures.gherkin.cells import value_of
from fixtures.promises.writes import check_one_row
from fixtures.scenario.rows import ordinary_row, other_row
from fixtures.scenario.source import Source, Transaction
from fixtures.scenario.story import Story
from fixtures.scenario.unmapped import UnmappedRow, legacy_tables, unmapped_table


@when(parsers.re(r"this happens in (?P<kind>one transaction|a transaction that is rolled back)"))
def happens_in_a_transaction(
    kind: str, datatable: list[list[str]], story: Story, source: Source
) -> None:
    with source.transaction(roll_back=kind != "one transaction") as transaction:
        for what, label, column, cell in datatable[1:]:
            apply(transaction, what, story, story.key_of(label), column, cell)
    story.wrote(f"{len(datatable) - 1} changes in {kind}")


def apply(
    transaction: Transaction, what: str, story: Story, key: int, column: str, cell: str
) -> None:
    """One line of the table. An insert takes ordinary values, other ones than the row had that went
    before.
    """
    table = story.contract
    if what == "insert":
        row = (other_row if key in story.keys else ordinary_row)(
            table, story.source_table, key, story.run.mark
        )
        transaction.insert(table.source, [row])
    elif what == "update":
        value = value_of(cell, story.source_table.columns[column].type)
        check_one_row(
            transaction.change(table.source, story.key_column, [key], {column: value}), key
        )
    elif what == "delete":
        check_one_row(transaction.delete(table.source, story.key_column, [key]), key)
    else:
        raise ValueError(f"{what!r} is none of insert, update, delete")


@when("a row is written to a table that the task does not map", target_fixture="unmapped_row")
def write_to_an_unmapped_table(
    story: Story, source: Source, request: pytest.FixtureRequest
) -> UnmappedRow:
    table = unmapped_table(story.parallel_run)
    if table is None:
        pytest.skip(
            "the source schema has no unmapped table with one whole-number key to try this on"
        )
    story.about_any()
    story.remember(*legacy_tables(story.parallel_run))
    row = UnmappedRow(story, source, table)
    request.addfinalizer(row.close)
    row.write()
    return row


@when("the row is deleted from that table")
def delete_from_the_unmapped_table(unmapped_row: UnmappedRow) -> None:
    unmapped_row.remove()
