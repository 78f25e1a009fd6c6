"""Row filters: what lies outside on both sides is not compared, what lies outside on one side only
differs.
"""

from __future__ import annotations

import pytest

from .box import Box

FILTERS = """key = ["id"]
source_filter = "id >= 10 AND note::text <> ':x'"
target_filter = "ID >= 10 AND NOTE <> ':x'"
"""


@pytest.fixture(params=["by texts", "by values"])
def notes(box: Box, request: pytest.FixtureRequest) -> Box:
    """Rows 1 (outside), 10 and 11 (inside, equal); read in both ways."""
    key = "id int8 PRIMARY KEY" if request.param == "by texts" else "id int8 UNIQUE NOT NULL"
    box.table(
        "notes",
        f"{key}, note text",
        "id NUMBER(19) PRIMARY KEY, note VARCHAR2(100)",
        [
            ("1, 'a'", "1, 'another'"),
            ("10, 'b'", "10, 'b'"),
            ("11, 'c'", "11, 'c'"),
            ("12, ':x'", ""),
        ],
    )
    box.contract("notes", ["id", "note"], FILTERS)
    return box


def test_what_lies_outside_on_both_sides_is_not_compared(notes: Box) -> None:
    outcome = notes.run()
    assert outcome.status == 0, outcome.out + outcome.err
    table = outcome.table("notes")
    assert (table["status"], table["source_rows"], table["target_rows"]) == ("equal", 2, 2)
    notes.contract("notes", ["id", "note"])
    table = notes.run().table("notes")
    assert (table["status"], table["differing_rows"], table["missing_rows"]) == ("divergent", 1, 1)


def test_a_row_that_left_the_filter_on_one_side_is_missing_or_extra(notes: Box) -> None:
    notes.here(
        "UPDATE {s}.notes SET id = 9 WHERE id = 10", "UPDATE {s}.notes SET id = 10 WHERE id = 1"
    )
    notes.there("UPDATE notes SET id = 9 WHERE id = 11")
    outcome = notes.run()
    table = outcome.table("notes")
    assert outcome.status == 1
    found = {(one["kind"], one["key"][0]) for one in table["differences"]}
    assert found == {("changed", 10), ("missing", 11)}


def test_the_report_says_which_rows_were_compared(notes: Box) -> None:
    out = notes.run("--html", str(notes.root / "out"), json_report=False).out
    html = (notes.root / "out" / "reconciliation.html").read_text(encoding="utf-8")
    table = notes.run().table("notes")
    assert table["filters"] == ["id >= 10 AND note::text <> ':x'", "ID >= 10 AND NOTE <> ':x'"]
    assert "compared were only rows with id >= 10 AND note::text <> ':x' in PostgreSQL" in out
    assert "ID &gt;= 10 AND NOTE" in html


def test_a_filter_the_database_does_not_understand_is_no_verdict(notes: Box) -> None:
    notes.contract("notes", ["id", "note"], FILTERS.replace("ID >= 10", "NOBODY >= 10"))
    outcome = notes.run()
    assert outcome.status == 2
    assert "NOBODY" in outcome.table("notes")["reason"]


@pytest.mark.parametrize("how", [(), ("--segment-rows", "2")])
@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("note::int > 5", "(22P02: invalid input syntax for type integer: "),
        ("1 / (id - 10) < 5", "(22012: division by zero"),
    ],
)
def test_a_filter_that_fails_on_a_row_is_no_verdict_however_large_the_table_is(
    notes: Box, condition: str, words: str, how: tuple[str, ...]
) -> None:
    notes.contract("notes", ["id", "note"], FILTERS.replace("note::text <> ':x'", condition))
    outcome = notes.run(*how)
    assert (outcome.status, outcome.err) == (2, "")
    reason = outcome.table("notes")["reason"]
    assert "the database refused a statement " + words in reason
    assert "unforeseen" not in reason
