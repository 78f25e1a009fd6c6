"""`pytest features` runs the feature files themselves, and refuses what would
silently not be run.
"""

from __future__ import annotations

import pytest

from tests.suite.conftest import Project

pytest_plugins = ("pytester",)

GOOD = "Scenario: It is good\n  Given a little world\n  When something is done\n  Then all is well"
OUTLINE = (
    "Scenario Outline: <left> is <right>\n  Given a little world\n  Then <left> equals <right>\n"
    "  Examples:\n    | left | right |\n    | 1 | 1 |\n    | 2 | 2 |"
)


def test_node_ids_carry_the_path_of_the_feature_file(project: Project) -> None:
    project.feature("01-first/good.feature", GOOD, OUTLINE)
    result = project.run("--collect-only", "-q")
    result.stdout.fnmatch_lines(
        [
            "features/01-first/good.feature::it_is_good",
            "features/01-first/good.feature::left_is_right?1-1?",
            "features/01-first/good.feature::left_is_right?2-2?",
        ]
    )
    assert result.ret == 0


def test_verbose_names_the_feature_file_and_no_python_file(project: Project) -> None:
    project.feature("01-first/good.feature", GOOD)
    text = project.run("-v").stdout.str()
    assert "features/01-first/good.feature::it_is_good PASSED" in text
    assert "scenario.py" not in text


@pytest.mark.parametrize(
    "selection",
    [
        ("features/02-second",),
        ("features/02-second/good.feature",),
        ("features/02-second/good.feature::it_is_good",),
        ("features", "-k", "02-second and good"),
    ],
)
def test_a_path_a_node_id_and_k_select_what_they_name(
    project: Project, selection: tuple[str, ...]
) -> None:
    project.feature("01-first/other.feature", GOOD.replace("good", "other"))
    project.feature("02-second/good.feature", GOOD)
    asked, *rest = selection
    result = project.run(*rest, asked=asked)
    assert result.parseoutcomes()["passed"] == 1
    assert project.verdict["groups"] == {"02-second": {"passed": 1}}


def test_folders_run_in_their_order_whatever_order_they_are_asked_in(project: Project) -> None:
    project.feature("01-first/good.feature", GOOD)
    project.feature("02-second/good.feature", GOOD)
    text = project.run(
        "features/01-first", "--collect-only", "-q", asked="features/02-second"
    ).stdout.str()
    assert text.index("01-first") < text.index("02-second")


REFUSED = {
    "two scenarios of one name": (
        (GOOD, GOOD),
        (
            'features/01-first/bad.feature:8: the scenario "It is good" is named like "It is good" '
            "of line 3;*"
        ),
    ),
    "two names that make one node id": (
        (GOOD, GOOD.replace("It is good", "It is, good!")),
        "*is named like*",
    ),
    "a missing step": (
        (GOOD.replace("all is well", "pigs fly"),),
        'features/01-first/bad.feature:6: no step definition for "Then pigs fly"',
    ),
    "a missing step in one example only": (
        (
            (
                "Scenario Outline: A\n  Then <what>\n  Examples:\n    | what |\n    | all is well "
                "|\n    | pigs fly |"
            ),
        ),
        '*:4: no step definition for "Then pigs fly"',
    ),
    "an ambiguous step": (
        (GOOD.replace("all is well", "this is said twice"),),
        '*:6: 2 step definitions match "Then this is said twice": said_again, said_twice; keep one',
    ),
    "no Then": (
        ("Scenario: Nothing\n  Given a little world",),
        '*:3: the scenario "Nothing" has no Then: *',
    ),
    "no step at all": (("Scenario: Nothing",), '*:3: the scenario "Nothing" has no Then: *'),
    "an async step": (
        (GOOD.replace("all is well", "this never runs"),),
        "*is async: it would pass without running",
    ),
    "a feature without a scenario": (
        (),
        "features/01-first/bad.feature: the feature has no scenario",
    ),
    "a table that is missing": (
        (GOOD.replace("something is", "these things are"),),
        '*:5: the step "When these things are done" needs a table below it',
    ),
    "a table nobody reads": (
        (GOOD + "\n    | a |\n    | 1 |",),
        '*:6: the table below "Then all is well" would be ignored: the step takes none',
    ),
    "an outline without examples": (
        ("Scenario Outline: A\n  Then all is well",),
        '*:3: the outline "A" has no Examples',
    ),
    "examples without a row": (
        ("Scenario Outline: A\n  Then all is well\n  Examples:\n    | what |",),
        '*:3: an Examples table of "A" has no row',
    ),
    "a column the examples do not have": (
        ("Scenario Outline: A\n  Then <wat>\n  Examples:\n    | what |\n    | all is well |",),
        "*:4: <wat> is no column of the Examples; there are what",
    ),
    "an unknown tag": (
        ("@nighly\n" + GOOD,),
        "*unknown tag @nighly; pytest.ini names the tags there are",
    ),
    "an unknown kind of tag": (
        ("@ticket:MIG-1\n" + GOOD,),
        "*unknown tag @ticket:MIG-1; kinds are @issue:*",
    ),
    "an unknown severity": (
        ("@severity:huge\n" + GOOD,),
        "*unknown tag @severity:huge; severities are blocker,*",
    ),
    "an unknown tag on examples": (
        (OUTLINE.replace("  Examples", "  @sometimes\n  Examples"),),
        "*unknown tag @sometimes on Examples",
    ),
    "no Gherkin": (
        ("Scenario: A\n  Then all is well\n  but no keyword",),
        "features/01-first/bad.feature:5: *",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_feature_file_is_refused_in_one_line_before_anything_runs(
    project: Project, name: str
) -> None:
    scenarios, line = REFUSED[name]
    project.feature("01-first/bad.feature", *scenarios)
    project.feature("02-second/good.feature", GOOD)
    result = project.run()
    assert result.ret == 4
    result.stdout.fnmatch_lines([line])
    text = result.stdout.str()
    assert "Traceback" not in text
    assert "INTERNALERROR" not in text
    assert "PASSED" not in text
    assert "passed" not in result.parseoutcomes()
    result.stdout.fnmatch_lines(["NOT JUDGED: *"])


def test_an_empty_file_is_refused(project: Project) -> None:
    project.write("features/01-first/empty.feature", "\n")
    result = project.run()
    assert result.ret == 4
    result.stdout.fnmatch_lines(["features/01-first/empty.feature: the file is empty; *"])


def test_a_good_file_beside_a_refused_one_can_be_run_alone(project: Project) -> None:
    project.feature("01-first/bad.feature", GOOD, GOOD)
    project.feature("02-second/good.feature", GOOD)
    assert project.run(asked="features/02-second").ret == 0


def test_known_tags_become_labels_and_links(project: Project) -> None:
    project.feature(
        "01-first/good.feature", "@issue:MIG-101 @owner:legacy @severity:critical\n" + GOOD
    )
    assert project.run().ret == 0
    [result] = project.results()
    labels = {(label["name"], label["value"]) for label in result["labels"]}
    assert {("owner", "legacy"), ("severity", "critical")} <= labels
    assert [link["name"] for link in result["links"]] == ["MIG-101"]


def test_steps_and_features_of_this_project_are_all_accepted(pytestconfig: pytest.Config) -> None:
    """The real features, collected by the real steps: what is refused here would be refused at
    every run.
    """
    import subprocess
    import sys

    command = [
        sys.executable,
        "-m",
        "pytest",
        "features",
        "--collect-only",
        "-q",
        "-p",
        "no:cacheprovider",
    ]
    done = subprocess.run(
        command, cwd=pytestconfig.rootpath, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(done.stdout.strip().splitlines()[-1].split()[0]) >= 30
