"""What a run cannot print changes its exit code and its files alike, and is never told as a broken
guarantee.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.dead_ends import FULL, UNREAD, output_that
from tests.suite.conftest import ROOT, Project
from tests.suite.test_nothing_false_left import BAD, GOOD, WITH_SHIFT

pytest_plugins = ("pytester",)

#: standard output takes nothing more from the hook on
FULL_FROM = """
import os, pytest

@pytest.hookimpl(tryfirst=True)
def {hook}():
    os.dup2(os.open("/dev/full", os.O_WRONLY), 1)
"""
#: Ctrl-C in the middle of a scenario; what reads the output of the run has ended by it as well
INTERRUPTED = """
import os, signal

def pytest_bdd_after_step():
    os.kill(os.getpid(), signal.SIGINT)
"""
#: a mistake behind everything that was written and said
MISTAKE = """
import pytest

@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary():
    yield
    raise ZeroDivisionError("a mistake")
"""


def run(
    project: Project,
    *arguments: str,
    stdout: int,
    stderr: int = subprocess.PIPE,
    unbuffered: bool = False,
    asked: str = "features",
) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1" if unbuffered else "",
    }
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:hypothesispytest",
            asked,
            *arguments,
        ],
        cwd=project.path,
        env=environment,
        stdout=stdout,
        stderr=stderr,
        text=True,
        check=False,
    )


def verdicts(project: Project) -> list[str]:
    """What the files of a run say, and the history, in which a run stands once."""
    reports = project.path / "reports"
    page = json.loads((reports / "reconciliation.json").read_text(encoding="utf-8"))
    allure = (reports / "allure-results/environment.properties").read_text(encoding="utf-8")
    [past] = (reports / "history/lab.jsonl").read_text(encoding="utf-8").splitlines()
    return [
        project.verdict["verdict"],
        page["verdict"],
        allure.partition("Verdict = ")[2].partition("\n")[0],
        json.loads(past)["verdict"],
    ]


@pytest.mark.parametrize("unbuffered", [False, True])
@pytest.mark.parametrize("why", [FULL, UNREAD])
def test_a_run_that_cannot_be_printed_is_not_judged(
    project: Project, why: str, unbuffered: bool
) -> None:
    project.feature("01-first/good.feature", GOOD)
    with output_that(why) as nowhere:
        done = run(project, stdout=nowhere, unbuffered=unbuffered)
    line = f"standard output cannot be written: {why}"
    assert (done.returncode, done.stderr) == (2, f"NOT JUDGED: {line}\n")
    assert (project.verdict["exit_code"], project.verdict["reason"]) == (2, line)
    assert project.verdict["guarantees"]["passed"] == 1
    assert verdicts(project) == ["NOT JUDGED"] * 4


@pytest.mark.parametrize("why", [FULL, UNREAD])
def test_what_is_broken_stays_broken_when_it_cannot_be_printed(project: Project, why: str) -> None:
    project.feature("01-first/mixed.feature", GOOD, BAD)
    with output_that(why) as nowhere:
        done = run(project, stdout=nowhere)
    told = f"NOT READY: 1 of 2 guarantees are broken; standard output cannot be written: {why}\n"
    assert (done.returncode, done.stderr) == (1, told)
    assert (project.verdict["exit_code"], verdicts(project)) == (1, ["NOT READY"] * 4)


@pytest.mark.parametrize(
    "hook",
    [
        "pytest_bdd_after_step",
        "pytest_sessionfinish",
        "pytest_terminal_summary",
        "pytest_unconfigure",
    ],
)
@pytest.mark.parametrize(
    ("last", "word"), [(WITH_SHIFT.format("something"), "NOT JUDGED"), (BAD, "NOT READY")]
)
def test_what_was_settled_is_settled_again(
    project: Project, hook: str, last: str, word: str
) -> None:
    """Full in the middle of the run, before the verdict is settled, and behind it."""
    project.feature("01-first/mixed.feature", GOOD, last)
    project.plugin(FULL_FROM.format(hook=hook))
    if hook == "pytest_unconfigure":  # all was printed by then
        word = "READY" if word == "NOT JUDGED" else word
    with (project.path / "printed.txt").open("w") as printed:
        done = run(project, "-s", stdout=printed.fileno())
    code = {"READY": 0, "NOT READY": 1, "NOT JUDGED": 2}[word]
    assert (done.returncode, project.verdict["verdict"], project.verdict["exit_code"]) == (
        code,
        word,
        code,
    )
    assert done.stderr.count("\n") == (0 if hook == "pytest_unconfigure" else 1)
    assert verdicts(project) == [word] * 4


def test_a_run_that_was_interrupted_with_its_reader_says_so(project: Project) -> None:
    project.feature("01-first/good.feature", GOOD)
    project.plugin(INTERRUPTED)
    with output_that(UNREAD) as nowhere:
        done = run(project, stdout=nowhere)
    assert (done.returncode, project.verdict["exit_code"]) == (130, 130)
    assert done.stderr == (
        "NOT JUDGED: standard output cannot be written: Broken pipe; "
        "interrupted by Ctrl-C after 0 of 1 guarantees\n"
    )
    assert verdicts(project) == ["NOT JUDGED"] * 4


def test_a_run_that_can_say_nothing_at_all_still_ends_as_it_was_settled(project: Project) -> None:
    project.feature("01-first/mixed.feature", GOOD, BAD)
    with output_that(FULL) as nowhere:
        assert run(project, stdout=nowhere, stderr=nowhere).returncode == 1
        assert run(project, "-k", "good", stdout=nowhere, stderr=nowhere).returncode == 2


@pytest.mark.parametrize("why", [FULL, UNREAD])
@pytest.mark.parametrize("option", ["--collect-only", "--markers"])
def test_what_is_only_to_be_shown_and_cannot_be_is_no_broken_guarantee(
    project: Project, option: str, why: str
) -> None:
    project.feature("01-first/good.feature", GOOD)
    with output_that(why) as nowhere:
        done = run(project, option, stdout=nowhere)
    assert (done.returncode, done.stderr) == (2, f"standard output cannot be written: {why}\n")


def test_a_call_that_is_refused_is_refused_without_standard_output(project: Project) -> None:
    project.feature("01-first/good.feature", GOOD)
    with output_that(FULL) as nowhere:
        assert run(project, "--environment", "nope", stdout=nowhere).returncode == 4
        assert run(project, stdout=nowhere, asked="features/absent.feature").returncode == 4


@pytest.mark.parametrize(
    ("last", "word", "code"),
    [(GOOD.replace("good", "fine"), "NOT JUDGED", 2), (BAD, "NOT READY", 1)],
)
def test_a_mistake_behind_the_verdict_is_in_the_verdict(
    project: Project, last: str, word: str, code: int
) -> None:
    project.feature("01-first/mixed.feature", GOOD, last)
    project.plugin(MISTAKE)
    result = project.run()
    assert (result.ret, project.verdict["verdict"], project.verdict["exit_code"]) == (
        code,
        word,
        code,
    )
    [line] = [line for line in result.outlines if "unforeseen ZeroDivisionError: a mistake" in line]
    assert line.startswith(f"{word}: ")
    assert verdicts(project) == [word] * 4
