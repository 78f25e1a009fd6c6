"""How a scenario over several tables ends in a run: its tables are answered, whatever its last
sentence was.
"""

from __future__ import annotations

import pytest

from tests.suite.conftest import Project

pytest_plugins = ("pytester",)

#: writes down what the run knows of tables
TELLING = """
def pytest_sessionfinish(session):
    import json
    from fixtures.run import run_of
    run = run_of(session.config)
    told = {table: cell.judged.value for cells in run.answers.values() for table, cell in cells.items()}
    (session.config.rootpath / "answers.json").write_text(json.dumps(told))
"""  # noqa: E501
BROKEN = "1 of 2 tables broken: s.u: 1 of 1 rows differ"


def ended(project: Project, *sentences: str) -> tuple[int, str]:
    """The exit code of a scenario of these sentences, and what is known of its tables."""
    project.plugin(TELLING)
    project.feature(
        "01-a/a.feature",
        "\n  ".join(["Scenario: Two", "Given a story about two tables", *sentences]),
    )
    result = project.run()
    return int(result.ret), (project.path / "answers.json").read_text(encoding="utf-8")


def test_tables_that_nothing_stands_against_hold(project: Project) -> None:
    assert ended(project, "Then something else holds")[1] == '{"s.t": "holds", "s.u": "holds"}'


@pytest.mark.parametrize("last", ["Then the first is asked for", "Then something else holds"])
def test_a_broken_table_breaks_the_scenario_behind_its_last_sentence(
    project: Project, last: str
) -> None:
    code, answers = ended(project, "When the second is found to be broken", last)
    assert code == 1
    [broken] = project.verdict["not_held"]
    assert broken["message"] == BROKEN
    assert answers == '{"s.u": "broken", "s.t": "holds"}'


def test_what_ends_a_scenario_early_is_said_of_the_tables_that_stood(project: Project) -> None:
    _, answers = ended(
        project, "When the second is found to be broken", "Then the suite itself breaks"
    )
    assert answers == '{"s.u": "broken", "s.t": "not judged"}'


def test_a_scenario_that_is_skipped_has_judged_nothing(project: Project) -> None:
    _, answers = ended(project, "Then nothing can be said")
    assert answers == '{"s.t": "not judged", "s.u": "not judged"}'
