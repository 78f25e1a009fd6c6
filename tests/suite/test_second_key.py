"""A run that changes rows of a live system needs its name twice; nothing else does."""

from __future__ import annotations

import re

import pytest

from tests.suite.conftest import Project
from tests.suite.test_one_line_errors import GOOD, edit

pytest_plugins = ("pytester",)

NIGHTLY, CHANGING = "@nightly\n" + GOOD, GOOD.replace("good", "changing")
LIVE = ("--environment", "aws-example")
#: raised by the fake judge when it is opened: whatever does not tell it has not connected
CONNECTED = "EnvironmentFault:somebody connected"


@pytest.fixture
def live(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A live profile that may be written to; opening it is a fault of its own."""
    edit(project, "environments/aws-example.toml", "mutations = false", "mutations = true")
    project.feature("01-first/a.feature", NIGHTLY)
    project.feature("02-second/b.feature", CHANGING)
    monkeypatch.setenv("FAKE_FAULT", CONNECTED)
    return project


def _told(result: pytest.RunResult) -> str:
    return result.stdout.str() + result.stderr.str()


def test_without_the_second_key_nothing_connects(live: Project) -> None:
    result = live.run(*LIVE)
    assert result.ret == 4
    text = _told(result)
    assert "somebody connected" not in text
    assert (
        "NOT JUDGED: environment 'aws-example' is live, and this run would write to it; nothing "
        "was written. Type its name again, --writes-to aws-example, or run what only reads: "
        "-m nightly" in text
    )
    assert live.verdict["verdict"] == "NOT JUDGED"
    assert live.verdict["may_be_declared"] is False


@pytest.mark.parametrize("more", [("--writes-to", "aws-example"), ("-m", "nightly")])
def test_the_name_typed_twice_or_a_reading_run_goes_on(
    live: Project, more: tuple[str, ...]
) -> None:
    result = live.run(*LIVE, *more)
    assert result.ret == 2
    assert "NOT JUDGED: somebody connected" in _told(result)


def test_where_the_rows_are_told_is_said_before_they_are_written(
    live: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FAKE_FAULT")
    result = live.run(*LIVE, "--writes-to", "aws-example")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            "this run writes to aws-example, tables: 1; its rows, as long as they stand: python "
            "-m reconciliation rows --environment aws-example [[]--sql]",
            "fake sweep before",
        ]
    )
    reading = live.run(*LIVE, "-m", "nightly")
    assert reading.ret == 0
    assert "this run writes to" not in _told(reading)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            (*LIVE, "--writes-to", "aws-exampel"),
            "--writes-to aws-exampel names another environment than this run's, aws-example; "
            "nothing was connected to. Type the same name twice",
        ),
        (
            ("--writes-to", "aws-example"),
            "--writes-to aws-example names another environment than this run's, lab; nothing was "
            "connected to. Type the same name twice",
        ),
    ],
)
def test_another_name_is_refused_by_name(
    live: Project, arguments: tuple[str, ...], line: str
) -> None:
    result = live.run(*arguments)
    assert result.ret == 4
    assert line in _told(result)
    assert not (live.path / "reports").exists()


def test_the_key_to_what_may_not_be_written_to_is_refused_by_name(project: Project) -> None:
    project.feature("01-first/a.feature", NIGHTLY)
    result = project.run(*LIVE, "--writes-to", "aws-example")
    assert result.ret == 4
    assert re.search(
        r"--writes-to aws-example: environments/aws-example\.toml says mutations = false",
        _told(result),
    )
    assert not (project.path / "reports").exists()


def test_a_lab_needs_no_second_key_and_takes_one(project: Project) -> None:
    project.feature("02-second/b.feature", CHANGING)
    assert project.run().ret == 0
    assert project.run("--writes-to", "lab").ret == 0


def test_what_nobody_has_decided_about_is_told_by_a_run_that_changes_rows(project: Project) -> None:
    edit(project, "contracts/flightspecial.toml", "[table]", "[table]\nwrite = false")
    project.feature("02-second/b.feature", NIGHTLY, CHANGING)
    line = "*flightspecial.toml: write = false, and nobody has decided: remove it where runs may *"
    project.run().stdout.fnmatch_lines([line])
    said = (project.path / "reports/reconciliation.json").read_text(encoding="utf-8")
    assert "nobody has decided" in said
    assert "nobody has decided" not in _told(project.run("-m", "nightly"))
