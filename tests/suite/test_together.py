"""The acts of a feature file are carried out together before the first of its scenarios looks, and
what they lead to is told in the scenario and the sentence it belongs to.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.suite.conftest import Project

pytest_plugins = ("pytester",)

ONE = "Scenario: One\n  When a will be done\n  And b will be done\n  Then a is looked at"
TWO = "Scenario: Two\n  When c will be done\n  Then c is looked at\n  And it was given back: {}"
GIVEN_BACK = TWO.format("result of c")
WRONG = (
    "Scenario: Wrong\n  When a will be done\n  And b will be done, but {}\n  And d will be done\n"
    "  Then d is looked at"
)


@pytest.fixture
def acting(project: Project) -> Project:
    """A little project whose sentences act."""
    project.plugin("pytest_plugins += ('tests.suite.acting',)\n")
    return project


def course(project: Project) -> list[str]:
    return (project.path / "course.txt").read_text(encoding="utf-8").splitlines()


def test_all_acts_of_a_file_are_done_before_the_first_look(acting: Project) -> None:
    acting.feature("01-a/a.feature", ONE, GIVEN_BACK)
    acting.feature("01-a/b.feature", "Scenario: B\n  When z will be done\n  Then z is looked at")
    assert acting.run().ret == 0
    assert course(acting) == [
        *("said: a", "said: b", "said: c", "done: a", "done: b", "done: c"),
        *("looked at: a", "looked at: c"),
        *("said: z", "done: z", "looked at: z"),
    ]


def test_a_sentence_gives_what_was_done_for_it(acting: Project) -> None:
    acting.feature("01-a/a.feature", TWO.format("something else"))
    assert acting.run().ret == 1
    assert acting.verdict["not_held"][0]["message"] == "'result of c' was given back"


def test_what_is_said_behind_a_look_is_done_behind_it(acting: Project) -> None:
    acting.feature("01-a/a.feature", ONE + "\n  When c will be done\n  Then c is looked at")
    assert acting.run().ret == 0
    assert course(acting)[4:] == ["looked at: a", "said: c", "done: c", "looked at: c"]


def test_a_table_below_a_sentence_is_what_will_be_done(acting: Project) -> None:
    table = "Given these things will be done\n    | a |\n    | b |"
    acting.feature("01-a/a.feature", f"Scenario: T\n  {table}\n  Then a is looked at")
    assert acting.run().ret == 0
    assert course(acting) == ["said: a", "said: b", "done: a", "done: b", "looked at: a"]


def test_evidence_stands_in_the_sentence_it_belongs_to(acting: Project) -> None:
    acting.feature("01-a/a.feature", ONE, GIVEN_BACK)
    acting.run()
    told = {
        (result["name"], step["name"]): [text(acting, one) for one in step["attachments"]]
        for result in acting.results()
        for step in result["steps"]
        if step.get("attachments")
    }
    assert told == {
        ("One", "When a will be done"): ["a\n"],
        ("One", "And b will be done"): ["b\n"],
        ("Two", "When c will be done"): ["c\n"],
    }


def text(project: Project, attachment: dict[str, str]) -> str:
    path = project.path / "reports/allure-results" / attachment["source"]
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("how", "code", "status"), [("broken", 1, "failed"), ("crash", 2, "broken")]
)
def test_what_ends_an_act_ends_its_scenario_in_its_sentence_and_no_other(
    acting: Project, how: str, code: int, status: str
) -> None:
    acting.feature("01-a/a.feature", WRONG.format(how), GIVEN_BACK)
    assert acting.run().ret == code
    assert "done: d" not in course(acting)
    assert "looked at: c" in course(acting)
    found: dict[str, Any] = {one["name"]: one for one in acting.results()}
    assert [step["status"] for step in found["Wrong"]["steps"]][:3] == ["passed", status, "skipped"]
    assert found["Two"]["status"] == "passed"
    assert "b went wrong" in acting.verdict["not_held"][0]["message"]


def test_after_an_outage_in_an_act_all_of_them_begin_anew(acting: Project) -> None:
    """Nothing of the attempt that was hit stays: its rows are swept."""
    acting.feature("01-a/a.feature", WRONG.format("lost"), GIVEN_BACK)
    assert acting.run("--patience", "0.5").ret == 0
    said = ["said: a", "said: b", "said: d", "said: c"]
    assert course(acting) == [
        *said,
        *("done: a", "done: b"),
        *said,
        *("done: a", "done: b", "done: d", "done: c", "looked at: d", "looked at: c"),
    ]


def test_scenarios_that_are_not_run_do_nothing(acting: Project) -> None:
    acting.feature("01-a/a.feature", ONE, GIVEN_BACK)
    acting.run("-k", "two")
    assert course(acting) == ["said: c", "done: c", "looked at: c"]


def test_the_time_of_each_scenario_begins_behind_the_acts(acting: Project) -> None:
    acting.feature("01-a/a.feature", ONE, GIVEN_BACK)
    assert acting.run().ret == 0
    acted = float((acting.path / "acted.txt").read_text(encoding="utf-8"))
    assert [one["start"] >= int(acted) for one in acting.results()] == [True, True]
