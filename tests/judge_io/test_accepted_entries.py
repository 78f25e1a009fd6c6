"""Accepted differences of a run: how often each occurred, and which of them somebody has to tidy
up.
"""

from __future__ import annotations

from typing import Any

import pytest

from reconciliation.compare import by_key
from reconciliation.compare.rows import CompareError
from reconciliation.errors import CanonicalError, EnvironmentFault, Locked, Lost, UnreadableValue

from .box import Box


@pytest.fixture(params=["by texts", "by values"])
def notes(box: Box, request: pytest.FixtureRequest) -> Box:
    """Three rows with '' here and NULL there, one of them different elsewhere; two rows Oracle
    refuses.
    """
    key = "id int8 PRIMARY KEY" if request.param == "by texts" else "id int8 UNIQUE NOT NULL"
    box.table(
        "t",
        f"{key}, head varchar(20), note text",
        "id NUMBER(19) PRIMARY KEY, head VARCHAR2(10 BYTE) NOT NULL, note VARCHAR2(100)",
        [
            ("1, 'a', ''", "1, 'a', NULL"),
            ("2, 'b', ''", "2, 'b', NULL"),
            ("3, 'c', ''", "3, 'C', NULL"),
            ("4, '', 'x'", ""),
            ("5, '서울서울', ''", ""),
            ("6, 'd', 'd'", "6, 'd', 'd'"),
        ],
    )
    box.contract("t", ["id", "head", "note"])
    box.accept("t", '["note"]', "empty_string_is_null")
    box.accept("t", '["head"]', "refused_empty_string")
    return box


def _entries(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["difference"]["rule"]: one for one in report["accepted"]}


def test_each_is_counted_wherever_it_occurs(notes: Box) -> None:
    table = notes.run().table("t")
    assert (
        table["status"],
        table["differing_rows"],
        table["missing_rows"],
        table["equal_rows"],
    ) == ("divergent", 1, 1, 4)
    assert table["accepted_values"] == {
        "note: empty_string_is_null": 3,
        "head: refused_empty_string": 1,
    }
    notes.accept("t", '["head"]', "refused_byte_length")
    notes.there("UPDATE t SET head = 'c' WHERE id = 3")
    outcome = notes.run()
    assert outcome.status == 0, outcome.out
    assert _entries(outcome.report)["refused_byte_length"]["occurred"] == 1
    assert {one["words"] for one in outcome.report["accepted"]} == {
        "occurred 3 times",
        "occurred 1 times",
    }
    assert "tidied" not in notes.run(json_report=False).out


def _failing(box: Box, error: Exception, times: int) -> None:
    """What is accepted is counted in rows that cannot be had the first ``times``."""
    read, errors = by_key.compare_keys, [error] * times

    def compare_keys(run: Any, table: str, keys: Any) -> Any:
        if errors:
            raise errors.pop()
        return read(run, table, keys)

    box.monkeypatch.setattr(by_key, "compare_keys", compare_keys)


def test_an_outage_while_they_are_counted_is_waited_for(notes: Box) -> None:
    _failing(notes, Lost("Oracle: the connection was lost"), times=2)
    table = notes.run().table("t")
    assert table["accepted_values"] == {
        "note: empty_string_is_null": 3,
        "head: refused_empty_string": 1,
    }
    assert [note for note in table["notes"] if "t, what was accepted, was read again after" in note]


@pytest.mark.parametrize(
    "error",
    [
        Locked("somebody holds t"),
        UnreadableValue("a value cannot be read"),
        EnvironmentFault("the disk is full"),
        CanonicalError("no rule reads this"),
        CompareError("two rows have this key"),
    ],
)
def test_a_divergent_table_stays_so_where_they_cannot_be_counted(
    notes: Box, error: Exception
) -> None:
    _failing(notes, error, times=99)
    outcome = notes.run()
    table = outcome.table("t")
    assert (outcome.status, table["status"], table["differing_rows"]) == (1, "divergent", 1)
    assert [
        note
        for note in table["notes"]
        if note.endswith(f"read by their keys is not counted: {error}")
    ]


def test_a_divergent_table_stays_so_whatever_nobody_foresaw_while_they_are_counted(
    notes: Box,
) -> None:
    _failing(notes, ZeroDivisionError("a mistake"), times=99)
    outcome = notes.run()
    assert (outcome.status, outcome.table("t")["status"]) == (1, "divergent")
    kept = notes.root / "reports/traceback.txt"
    assert outcome.table("t")["notes"][-1].endswith(
        f"is not counted: unforeseen ZeroDivisionError: a mistake (traceback: {kept}); this is a "
        f"mistake in the suite"
    )


def test_an_outage_that_lasts_is_waited_for_once(notes: Box) -> None:
    _failing(notes, Lost("Oracle: the connection was lost"), times=99)
    outcome = notes.run()
    assert (outcome.status, outcome.table("t")["status"]) == (1, "divergent")
    assert "was given up after 5 attempts" in outcome.table("t")["notes"][-1]


def test_what_is_expired_or_lost_its_column_is_to_be_tidied_up(box: Box) -> None:
    box.table(
        "t",
        "id int8 PRIMARY KEY, note text",
        "id NUMBER(19) PRIMARY KEY, note VARCHAR2(100)",
        [("1, ''", "1, NULL")],
    )
    box.contract("t", ["id", "note"])
    box.accept("t", '["note"]', "empty_string_is_null", expires="2001-12-31")
    box.accept("t", '["id"]', "rounded_to_scale")
    box.accept("t", '["old"]', "refused_null")
    outcome = box.run("--html", str(box.root / "out"))
    assert outcome.status == 0, outcome.out
    entries = _entries(outcome.report)
    assert {rule: (one["words"], one["to_be_tidied"]) for rule, one in entries.items()} == {
        "empty_string_is_null": ("expired: its date has passed", True),
        "rounded_to_scale": ("did not occur in the rows there are", False),
        "refused_null": ("names old, which the contract does not compare", True),
    }
    assert [entries[rule]["occurred"] for rule in ("empty_string_is_null", "rounded_to_scale")] == [
        1,
        0,
    ]
    told = box.run(json_report=False).out
    assert "accepted differences to be tidied up; the verdict is not about them:" in told
    assert (
        f"  {box.schema}.t note: empty_string_is_null, until 2001-12-31, somebody: expired: its "
        f"date has" in told
    )
    assert (
        f"  {box.schema}.t old: refused_null, until 2099-12-31, somebody: names old, which" in told
    )
    assert "EQUAL" in told
    html = (box.root / "out" / "reconciliation.html").read_text(encoding="utf-8")
    assert html.count("to be tidied up") == 2
    assert "did not occur in the rows there are" in html


def test_nobody_is_sent_to_tidy_up_after_a_table_that_was_not_judged(box: Box) -> None:
    box.table(
        "t", "id int8 PRIMARY KEY, note text", "id NUMBER(19) PRIMARY KEY, note VARCHAR2(100)"
    )
    box.contract("t", ["id", "note"])
    box.accept("t", '["note"]', "empty_string_is_null")
    outcome = box.run()
    assert outcome.status == 2
    (entry,) = outcome.report["accepted"]
    assert (entry["occurred"], entry["words"]) == (None, "not looked for in this run")
