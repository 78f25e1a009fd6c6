"""Several changes that belong together, and a change that does not belong into the replication at
all.
"""

from __future__ import annotations

from pytest_bdd import given, parsers, then, when

from fixtures.gherkin.cells import value_of
from fixtures.promises.outside import check_stays_out
from fixtures.run import NotConcerned
from fixtures.scenario.plan import planned
from fixtures.scenario.script import Script
from fixtures.scenario.story import Story
from fixtures.scenario.subject import NEW, Subject
from fixtures.scenario.unmapped import unmapped_table
from fixtures.scenario.unmapped_rows import UnmappedRows


@when(parsers.re(r"this happens in (?P<kind>one transaction|a transaction that is rolled back)"))
@planned
def happens_in_a_transaction(kind: str, datatable: list[list[str]], story: Story) -> None:
    script = Script(story)
    for what, label, *wanted in datatable[1:]:
        for subject in story.children_first if what == "delete" else story.standing:
            apply(script, what, story, subject, label, wanted)
    script.plan(f"{len(datatable) - 1} changes in {kind}", roll_back=kind != "one transaction")


def apply(
    script: Script, what: str, story: Story, subject: Subject, label: str, wanted: list[str]
) -> None:
    """One line of the table, for one of the tables. An insert takes ordinary values, other ones
    than the row had that went before; an update other values in all columns, unless the line names
    a column and its value.
    """
    if what == "insert":
        if label == NEW and label not in subject.labels:
            script.insert(subject, script.made(subject, 1))
        else:
            script.replace(subject, subject.own(label))
    elif what == "update":
        own = subject.own(label)
        if any(wanted):
            column, cell = wanted
            kind = subject.source_table.columns[column].type
            script.update(subject, [own.key], {column: value_of(cell, kind)})
        else:
            script.update(subject, [own.key], story.judge.maker.change(own))
    elif what == "delete":
        script.delete(subject, [subject.own(label).key])
    else:
        raise ValueError(f"{what!r} is none of insert, update, delete")


@given("a row in a table that the task does not map", target_fixture="unmapped_rows")
@planned
def row_in_an_unmapped_table(story: Story) -> UnmappedRows:
    table = unmapped_table(story.parallel_run)
    if table is None:
        raise NotConcerned("every table of the source schema is mapped")
    story.about_none()
    rows = UnmappedRows(story, table)
    story.at_the_end(rows.close)
    story.plan.then(rows.write)
    return rows


@when("another row is written there and the first one is deleted")
@planned
def change_the_unmapped_table(unmapped_rows: UnmappedRows, story: Story) -> None:
    story.plan.then(unmapped_rows.change)


@then("nothing of them stands in Oracle")
def nothing_stands_in_oracle(unmapped_rows: UnmappedRows, story: Story) -> None:
    check_stays_out(story, unmapped_rows)
