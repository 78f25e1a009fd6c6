"""A wrong environment is one clear line and an exit code, not a page of red scenarios."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.suite.conftest import Project

pytest_plugins = ("pytester",)

GOOD = "Scenario: It is good\n  Given a little world\n  Then all is well"


def edit(project: Project, name: str, old: str, new: str) -> None:
    path = project.path / name
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{name} does not hold {old!r}"
    path.write_text(text.replace(old, new), encoding="utf-8")


BEFORE_CONNECTING: dict[str, tuple[Callable[[Project], None], tuple[str, ...], str]] = {
    "unknown environment": (
        lambda project: None,
        ("--environment", "prodution"),
        "*unknown environment 'prodution'; known environments: *lab*",
    ),
    "missing key": (
        lambda project: edit(project, "environments/lab.toml", "mutations = true", "# mutations"),
        (),
        "*environments/lab.toml: *mutations is missing*",
    ),
    "unknown key": (
        lambda project: edit(
            project,
            "environments/lab.toml",
            "mutations = true",
            "mutations = true\nmutation = true",
        ),
        (),
        "*environments/lab.toml: *mutation*",
    ),
    "profile that is not TOML": (
        lambda project: edit(project, "environments/lab.toml", "mutations = true", "mutations = "),
        (),
        "*environments/lab.toml is not TOML: *",
    ),
    "contract that is not TOML": (
        lambda project: edit(project, "contracts/flightspecial.toml", "[table]", "[table"),
        (),
        "*flightspecial.toml*",
    ),
    "contract with an unknown key": (
        lambda project: edit(project, "contracts/flightspecial.toml", "mark_column", "mark_colum"),
        (),
        "*flightspecial.toml*mark_colum*",
    ),
}


@pytest.mark.parametrize("name", BEFORE_CONNECTING)
def test_bad_files_are_one_line_and_exit_4(project: Project, name: str) -> None:
    break_it, arguments, line = BEFORE_CONNECTING[name]
    project.feature("01-first/good.feature", GOOD)
    break_it(project)
    result = project.run(*arguments)
    assert result.ret == 4
    text = result.stdout.str() + result.stderr.str()
    assert "Traceback" not in text
    assert "INTERNALERROR" not in text
    assert "passed" not in text
    pytest.LineMatcher(text.splitlines()).fnmatch_lines([line])


@pytest.mark.parametrize(
    "fault",
    [
        "EnvironmentFault:Oracle 127.0.0.1:1521/XE as dmsuser: wrong user name or password",
        "MappingError:the table mapping is not JSON: line 3 column 5",
        (
            "ContractError:contracts/flightspecial.toml: table travelbuddy.flightspecial has no "
            "column 'hedder'"
        ),
        "LabFault:the lab 'lab': port 15432 is taken",
    ],
)
def test_a_fault_while_connecting_is_one_line_and_exit_2(
    project: Project, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setenv("FAKE_FAULT", fault)
    project.feature(
        "01-first/good.feature", *[GOOD.replace("good", f"good {letter}") for letter in "abc"]
    )
    result = project.run()
    assert result.ret == 2
    line = fault.partition(":")[2]
    result.stdout.fnmatch_lines([f"NOT JUDGED: {line.replace('[', '?')}"])
    text = result.stdout.str()
    assert text.count(line) == 1
    assert "Traceback" not in text
    assert "FAILED" not in text
    assert project.verdict["reason"] == line
    assert project.verdict["guarantees"]["run"] == 0


def test_an_unknown_error_while_opening_is_not_hidden(project: Project) -> None:
    """A mistake in the suite must not look like a fault of the environment."""
    project.feature("01-first/good.feature", GOOD)
    project.plugin(
        "from fixtures.life import session\n\n"
        "def broken(run):\n    raise ZeroDivisionError('a mistake')\n\n"
        "def pytest_sessionstart():\n    session.open_judge = broken\n"
    )
    result = project.run()
    assert result.ret == 2
    line = (
        "unforeseen ZeroDivisionError: a mistake (traceback: reports/traceback.txt); this is "
        "a mistake in the suite"
    )
    result.stdout.fnmatch_lines([f"NOT JUDGED: {line}"])
    assert "Traceback" not in result.stdout.str() + result.stderr.str()
    kept = project.path / "reports/traceback.txt"
    assert "in broken" in kept.read_text(encoding="utf-8")
    assert kept.stat().st_mode & 0o777 == 0o600
    assert project.verdict["reason"] == line


def test_a_profile_that_forbids_mutations_deselects_with_a_reason(project: Project) -> None:
    edit(project, "environments/lab.toml", "mutations = true", "mutations = false")
    project.feature("01-first/good.feature", "@nightly\n" + GOOD, GOOD.replace("good", "changing"))
    result = project.run()
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            (
                "not run: 1 guarantees, they change data, and environments/lab.toml says "
                "mutations = "
                "false"
            ),
            "READY: reading only: 1 guarantees hold; not judged in this scope: 01-first (1 of 2)",
        ]
    )
    assert result.parseoutcomes()["passed"] == 1


def test_a_task_that_must_not_be_stopped_is_not_stopped(project: Project) -> None:
    edit(project, "environments/lab.toml", "control_task = true", "control_task = false")
    project.feature(
        "01-first/good.feature", GOOD, "@interruption\n" + GOOD.replace("good", "interrupted")
    )
    result = project.run()
    result.stdout.fnmatch_lines(
        ["not run: 1 guarantees, they stop the task, *control_task = false"]
    )
    assert result.parseoutcomes()["passed"] == 1
    assert result.ret == 0


def test_an_interruption_that_the_profile_does_not_name_is_left_out(project: Project) -> None:
    edit(
        project,
        "environments/lab.toml",
        "control_task = true",
        'interruptions = ["stop", "reboot-source"]\ncontrol_task = true',
    )
    named = "@interruption @interruption:reboot-source\n" + GOOD.replace("good", "named")
    left_out = "@interruption @interruption:restart\n" + GOOD.replace("good", "left out")
    project.feature("01-first/good.feature", GOOD, named, left_out)
    result = project.run()
    words = (
        "they start the task anew from its own position, and environments/lab.toml does not name"
    )
    result.stdout.fnmatch_lines([f"not run: 1 guarantees, {words} 'restart' in interruptions"])
    assert result.parseoutcomes()["passed"] == 2


LIVE = """
from dataclasses import replace
import pytest
from fixtures.run import run_of

@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config):
    run = run_of(config)
    run.profile = replace(run.profile, kind="live")
"""


def test_what_only_a_lab_can_do_is_no_guarantee_of_a_live_profile(project: Project) -> None:
    both = ("@nightly\n" + GOOD, "@nightly @lab\n" + GOOD.replace("good", "of a lab"))
    project.feature("06-interruption/a.feature", *both)
    assert project.run().parseoutcomes()["passed"] == 2
    assert project.verdict["scope"] == "reading"
    project.plugin(LIVE)
    result = project.run()
    result.stdout.fnmatch_lines(
        ["not run: 1 guarantees, only a lab can do what they do, and the profile is live"]
    )
    assert result.parseoutcomes()["passed"] == 1
    assert project.verdict["scope"] == "reading"


def test_an_interruption_that_there_is_not_is_refused(project: Project) -> None:
    project.feature("01-first/good.feature", "@interruption:fire\n" + GOOD)
    result = project.run()
    result.stdout.fnmatch_lines(
        ["*unknown tag @interruption:fire; interruptions are stop, restart*"]
    )
    assert result.ret == 4


def test_a_nightly_run_sweeps_nothing(project: Project) -> None:
    project.feature("01-first/good.feature", "@nightly\n" + GOOD, GOOD.replace("good", "changing"))
    assert "fake sweep before" not in project.run("-m", "nightly").stdout.str()
    assert "fake sweep before" in project.run().stdout.str()


@pytest.mark.parametrize(
    ("option", "line"), [((), "fake lab stopped"), (("--keep-lab",), "fake lab kept")]
)
def test_the_lab_is_stopped_unless_it_is_to_be_kept(
    project: Project, option: tuple[str, ...], line: str
) -> None:
    project.feature("01-first/good.feature", GOOD)
    result = project.run(*option)
    assert result.ret == 0
    assert line in result.stdout.str()
