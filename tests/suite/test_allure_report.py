"""What Allure gets: sentences as steps, one parameter per outline column,
evidence inside its step.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.suite.conftest import Project

pytest_plugins = ("pytester",)

GOOD = "Scenario: It is good\n  Given a little world\n  When something is done\n  Then all is well"
BAD = "Scenario: One is two\n  Given a little world\n  Then 1 equals 2\n  And all is well"


def by_name(project: Project) -> dict[str, Any]:
    return {result["name"]: result for result in project.results()}


def test_every_sentence_is_a_step_with_its_outcome(project: Project) -> None:
    project.feature(
        "04-some-group/mixed.feature", GOOD, BAD, head="Feature: Numbers stay what they are"
    )
    assert project.run().ret == 1
    results = by_name(project)
    steps = [(step["name"], step["status"]) for step in results["One is two"]["steps"]]
    assert steps == [
        ("Given a little world", "passed"),
        ("Then 1 equals 2", "failed"),
        ("And all is well", "skipped"),
    ]
    assert {step["status"] for step in results["It is good"]["steps"]} == {"passed"}
    assert results["One is two"]["status"] == "failed"
    assert results["One is two"]["statusDetails"]["message"].startswith("Broken: 1 differs from 2")


def test_labels_name_group_and_feature(project: Project) -> None:
    project.feature(
        "04-some-group/good.feature",
        GOOD,
        head="Feature: Numbers stay what they are\n  In short: they do.",
    )
    assert project.run().ret == 0
    [result] = project.results()
    labels = {(label["name"], label["value"]) for label in result["labels"]}
    assert {
        ("epic", "04 Some group"),
        ("parentSuite", "04 Some group"),
        ("suite", "Numbers stay what they are"),
        ("feature", "Numbers stay what they are"),
    } <= labels
    assert "In short: they do." in result["description"]
    assert "Then all is well" in result["description"]


def test_one_parameter_per_outline_column_and_the_raw_one_hidden(project: Project) -> None:
    outline = (
        "Scenario Outline: <left> is <right>\n  Given a little world\n  Then <left> equals "
        "<right>\n  And all is well\n"
        "  Examples:\n    | left | right |\n    | 1 | 1 |\n    | 2 | 2 |"
    )
    project.feature("01-first/outline.feature", outline)
    assert project.run().ret == 0
    results = by_name(project)
    assert set(results) == {"1 is 1", "2 is 2"}
    shown = [one for one in results["2 is 2"]["parameters"] if one.get("mode") != "hidden"]
    assert [(one["name"], one["value"].strip("'")) for one in shown] == [
        ("left", "2"),
        ("right", "2"),
    ]
    assert results["1 is 1"]["historyId"] != results["2 is 2"]["historyId"]


def test_attachments_stand_inside_their_step(project: Project) -> None:
    table = GOOD.replace("It is good", "A table").replace(
        "something is done", "these things are done"
    )
    table = table.replace("  Then", "    | a | b |\n    | 1 | 2 |\n  Then")
    project.feature("01-first/mixed.feature", GOOD, table, BAD)
    project.run()
    results = by_name(project)
    [_, done, *_] = results["It is good"]["steps"]
    assert [one["name"] for one in done["attachments"]] == ["what was done"]
    [_, tabled, *_] = results["A table"]["steps"]
    [attachment] = tabled["attachments"]
    content = (project.path / "reports/allure-results" / attachment["source"]).read_text(
        encoding="utf-8"
    )
    assert content.split() == ["a,b", "1,2"]
    failed = results["One is two"]["steps"][1]
    assert "how to repeat this" in [one["name"] for one in failed["attachments"]]


def test_how_to_repeat_names_seed_and_node(project: Project) -> None:
    project.feature("01-first/bad.feature", BAD)
    project.run("--seed", "4711")
    failed = by_name(project)["One is two"]["steps"][1]
    [attachment] = [one for one in failed["attachments"] if one["name"] == "how to repeat this"]
    text = (project.path / "reports/allure-results" / attachment["source"]).read_text(
        encoding="utf-8"
    )
    assert "features/01-first/bad.feature::one_is_two --environment lab --seed 4711" in text


def test_a_skip_inside_a_step_closes_it(project: Project) -> None:
    project.feature(
        "01-first/s.feature",
        "Scenario: S\n  Given a little world\n  Then nothing can be said\n  And all is well",
    )
    project.run()
    steps = by_name(project)["S"]["steps"]
    assert [(step["name"], step["status"]) for step in steps][1:] == [
        ("Then nothing can be said", "skipped"),
        ("And all is well", "skipped"),
    ]


def test_the_environment_is_broken_and_not_failed(project: Project) -> None:
    project.feature(
        "01-first/g.feature", "Scenario: G\n  Given a little world\n  Then the environment is gone"
    )
    project.run()
    assert by_name(project)["G"]["status"] == "broken"


def test_allure_reads_environment_categories_and_executor(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BUILD_URL", "https://ci.example/42")
    project.feature("01-first/good.feature", GOOD)
    project.run("--seed", "4711")
    directory = project.path / "reports/allure-results"
    environment = (directory / "environment.properties").read_text(encoding="utf-8")
    assert "Verdict = READY" in environment
    assert "Seed = 4711" in environment
    names = [
        one["name"]
        for one in json.loads((directory / "categories.json").read_text(encoding="utf-8"))
    ]
    assert names == [
        "Guarantee broken",
        "Not judged: environment or suite",
        "Not concerned, or skipped",
    ]
    assert (
        json.loads((directory / "executor.json").read_text(encoding="utf-8"))["buildUrl"]
        == "https://ci.example/42"
    )


def test_set_up_shows_the_suite_s_fixtures_and_no_machinery(project: Project) -> None:
    project.feature("01-first/good.feature", GOOD)
    project.run()
    containers = (project.path / "reports/allure-results").glob("*-container.json")
    read = [json.loads(path.read_text(encoding="utf-8")) for path in containers]
    names = {one["name"] for container in read for one in container["befores"]}
    assert "judge" in names
    assert not [name for name in names if "pytest" in name]


def test_results_of_the_last_run_do_not_stay(project: Project) -> None:
    project.feature("01-first/good.feature", GOOD, BAD)
    project.run()
    project.run("-k", "it_is_good")
    assert set(by_name(project)) == {"It is good"}
