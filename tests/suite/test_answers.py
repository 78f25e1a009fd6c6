"""What is said of tables: the worst counts, and a table that is broken keeps no other from being
judged.
"""

from __future__ import annotations

import pytest

from fixtures.scenario.answers import Answers
from reconciliation.errors import Broken, NotJudged
from reconciliation.verdict import Cell, Judged

EXCUSED = Cell(Judged.EXCUSED, "no key (payments, until 2027-01-01)")


def about(*tables: str, **aside: Cell) -> Answers:
    answers = Answers()
    answers.about(tables, aside)
    return answers


def test_nothing_is_raised_before_the_last_sentence_while_a_table_stands() -> None:
    answers = about("a", "b")
    answers.record("a", Judged.BROKEN, "1 of 2 rows differ")
    answers.conclude(last=False)
    assert answers.standing == ["b"]
    with pytest.raises(Broken, match=r"^1 of 2 tables broken: a: 1 of 2 rows differ$"):
        answers.conclude(last=True)


def test_a_scenario_ends_where_no_table_is_left() -> None:
    answers = about("a", "b")
    answers.record("a", Judged.NOT_JUDGED, "locked")
    answers.record("b", Judged.BROKEN, "gone")
    with pytest.raises(Broken, match=r"^1 of 2 tables broken: b: gone$"):
        answers.conclude(last=False)


def test_several_broken_tables_are_named_in_the_first_line() -> None:
    answers = about("a", "b", "c")
    for table in "ab":
        answers.record(table, Judged.BROKEN, f"{table} is wrong:\nline")
    with pytest.raises(Broken) as caught:
        answers.conclude(last=True)
    assert str(caught.value).splitlines() == [
        "2 of 3 tables broken: a, b",
        "a: a is wrong:",
        "line",
        "b: b is wrong:",
        "line",
    ]


def test_a_table_that_its_words_name_is_named_once() -> None:
    answers = about("s.a", "s.b")
    answers.record("s.a", Judged.NOT_JUDGED, "s.a: PostgreSQL refuses the change")
    with pytest.raises(NotJudged, match=r"^1 of 2 tables could not be judged: s\.a: PostgreSQL"):
        answers.conclude(last=True)


def test_of_a_single_table_the_words_stand_alone() -> None:
    answers = about("a")
    answers.record("a", Judged.BROKEN, "1 of 1 rows differ")
    with pytest.raises(Broken, match=r"^1 of 1 rows differ$"):
        answers.conclude(last=True)


def test_the_worst_of_what_was_said_stays() -> None:
    answers = about("a")
    answers.record("a", Judged.NOT_JUDGED, "locked")
    answers.record("a", Judged.BROKEN, "wrong")
    answers.record("a", Judged.NOT_JUDGED, "locked again")
    assert answers.cells == {"a": Cell(Judged.BROKEN, "wrong")}


def test_an_excuse_is_no_matter_of_the_scenario() -> None:
    answers = about("a", b=EXCUSED)
    answers.record("b", Judged.BROKEN, "nobody looked")
    answers.conclude(last=True)
    answers.end(None)
    assert answers.cells == {"a": Cell(Judged.HOLDS), "b": EXCUSED}


def test_where_every_table_is_excused_nothing_was_judged() -> None:
    with pytest.raises(NotJudged, match="no row of any table may be written: b: no key"):
        about(b=EXCUSED).conclude(last=False)


def test_a_table_that_is_not_concerned_keeps_nothing_from_holding() -> None:
    answers = about("a", "b")
    answers.record("a", Judged.NOT_CONCERNED, "no column can be changed")
    assert answers.standing == ["b"]
    answers.record("b", Judged.NOT_CONCERNED, "no column can be changed")
    answers.conclude(last=True)


def test_what_ends_a_scenario_at_once_is_said_of_every_table_that_stood() -> None:
    answers = about("a", "b")
    answers.record("a", Judged.NOT_JUDGED, "locked")
    answers.end(Broken("nothing arrives"))
    assert answers.cells["a"].judged is Judged.NOT_JUDGED
    assert answers.cells["b"] == Cell(Judged.BROKEN, "nothing arrives")


def test_tables_that_stood_to_the_end_hold_though_another_is_broken() -> None:
    answers = about("a", "b")
    answers.record("a", Judged.BROKEN, "wrong")
    with pytest.raises(Broken) as caught:
        answers.conclude(last=True)
    answers.end(caught.value)
    assert answers.cells["b"] == Cell(Judged.HOLDS)


def test_a_scenario_about_no_table_answers_for_none() -> None:
    answers = Answers()
    answers.conclude(last=True)
    answers.end(None)
    assert answers.cells == {}
