"""The groups are run in their order and counted as they are run, whatever pytest's own options do
to either.
"""

from __future__ import annotations

import os

import pytest

from tests.suite.conftest import Project

pytest_plugins = ("pytester",)

GOOD = "Scenario: It is good\n  Given a little world\n  Then all is well"
BAD = "Scenario: One is two\n  Given a little world\n  Then 1 equals 2"
DECLARED = "@declaration\n" + GOOD.replace("good", "declared")


def remembering(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """A run with pytest's cache, which the other little projects go without."""
    return pytester.runpytest_inprocess(*arguments, "-p", "no:hypothesispytest")


def order(result: pytest.RunResult) -> list[str]:
    """The node ids of ``--collect-only -q`` below features/, in the order they would be run in."""
    return [
        line.removeprefix("features/") for line in result.outlines if line.startswith("features/")
    ]


def test_the_newest_file_is_not_run_before_its_turn(
    project: Project, pytester: pytest.Pytester
) -> None:
    first = project.feature("01-first/a.feature", GOOD)
    last = project.feature("02-last/b.feature", DECLARED)
    for path, moment in ((first, 1_000_000), (last, 2_000_000)):
        os.utime(path, (moment, moment))
    shown = remembering(pytester, "features", "--nf", "--collect-only", "-q")
    assert order(shown) == ["01-first/a.feature::it_is_good", "02-last/b.feature::it_is_declared"]
    assert remembering(pytester, "features", "--nf").ret == 0
    assert project.verdict["guarantees"] == {"there_are": 2, "run": 2, "passed": 2}


def test_what_failed_is_not_run_before_its_turn(
    project: Project, pytester: pytest.Pytester
) -> None:
    project.feature("01-first/a.feature", GOOD)
    project.feature("02-second/b.feature", GOOD, BAD)
    assert remembering(pytester, "features").ret == 1
    shown = remembering(pytester, "features", "--ff", "--collect-only", "-q")
    groups = [name.split("/")[0] for name in order(shown)]
    assert groups == ["01-first", "02-second", "02-second"]


@pytest.mark.parametrize("asked", ["features", "features/01-first/a.feature"])
def test_what_failed_is_counted_as_it_is_run(
    project: Project, pytester: pytest.Pytester, asked: str
) -> None:
    project.feature("01-first/a.feature", GOOD, BAD)
    project.feature("02-last/b.feature", DECLARED)
    for options in ((), ("--lf",)):
        assert remembering(pytester, asked, *options).ret == 1
    verdict = project.verdict
    assert (verdict["scope"], verdict["guarantees"]) == (
        "partial",
        {"there_are": 3, "run": 1, "failed": 1},
    )
    assert verdict["reason"] == "1 of 1 guarantees are broken"
    assert verdict["out_of_scope"] == ["01-first (1 of 2)", "02-last"]


def test_the_declaration_that_failed_is_not_run_alone(
    project: Project, pytester: pytest.Pytester
) -> None:
    project.feature("01-first/a.feature", GOOD)
    project.feature("02-last/b.feature", "@declaration\n" + BAD)
    assert remembering(pytester, "features").ret == 1
    result = remembering(pytester, "features", "--lf")
    assert result.ret == 2
    result.stdout.fnmatch_lines(
        [
            "collected * deselected / 0 selected",
            "not run: 1 guarantees, it speaks about every guarantee, and 0 of 1 are run",
        ]
    )


def test_a_collection_that_is_interrupted_has_chosen_nothing(project: Project) -> None:
    project.feature("01-first/a.feature", GOOD, BAD)
    project.plugin(
        "def pytest_itemcollected(item):\n    if item.name == 'one_is_two':\n        raise "
        "KeyboardInterrupt\n"
    )
    assert project.run().ret == 130
    assert project.verdict["reason"] == "interrupted after 0 of 0 guarantees"


API = "@api\n" + GOOD.replace("good", "the service's")
WITH_API, REST = "\n[api]\n", "\n[replication]\n"


def without_api(project: Project) -> None:
    profile = project.path / "environments/lab.toml"
    before, after = profile.read_text(encoding="utf-8").split(WITH_API)
    profile.write_text(before + REST + after.split(REST)[1], encoding="utf-8")


def test_what_belongs_to_a_service_is_no_guarantee_where_there_is_none(project: Project) -> None:
    project.feature("01-first/a.feature", GOOD, API)
    project.feature("02-service/b.feature", GOOD.replace("good", "fine"), head="@api\nFeature: A")
    assert project.run().ret == 0
    assert project.verdict["guarantees"] == {"there_are": 3, "run": 3, "passed": 3}
    without_api(project)
    result = project.run()
    assert result.ret == 0
    result.stdout.fnmatch_lines(["not run: 2 guarantees, the profile has no [[]api[]]"])
    verdict = project.verdict
    assert (verdict["verdict"], verdict["scope"]) == ("READY", "full")
    assert verdict["guarantees"] == {"there_are": 1, "run": 1, "passed": 1}
    assert verdict["out_of_scope"] == []


def test_where_there_is_only_a_service_nothing_is_ready_without_one(project: Project) -> None:
    project.feature("01-first/a.feature", API)
    without_api(project)
    assert project.run().ret != 0
    assert project.verdict["verdict"] == "NOT JUDGED"
