"""No run leaves a verdict that is not its own: not when it is killed, not on a full disk, not when
it is refused.
"""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.suite.conftest import ROOT, Project

pytest_plugins = ("pytester",)

GOOD = "Scenario: It is good\n  Given a little world\n  Then all is well"
BAD = "Scenario: One is two\n  Given a little world\n  Then 1 equals 2"
WITH_SHIFT = "Scenario: It says {0}\n  Given a little world\n  When {0} is done\n  Then all is well"
#: a process that ends itself in the middle of a scenario, once it is told to
KILLED = """
import os, signal

def pytest_bdd_after_step():
    if "KILL_WITH" in os.environ:
        os.kill(os.getpid(), int(os.environ["KILL_WITH"]))
"""
#: no file grows any more from the hook on; the little project's run gets its disk back when it is
#: over
FULL = """
import contextlib, pytest
from tests.full_disk import full_disk
stack = contextlib.ExitStack()

@pytest.hookimpl(tryfirst=True)
def {hook}:
    stack.enter_context(full_disk())

def pytest_unconfigure():
    stack.close()
"""
#: the other door, with a judge that is killed as soon as it connects
COMMAND = """
import os, sys
from reconciliation import __main__ as command
from reconciliation.session import lab_state, opening

def killed(*arguments, **named):
    os.kill(os.getpid(), int(os.environ["KILL_WITH"]))

lab_state.with_running_lab = lambda profile: profile
opening.open_session = killed
sys.exit(command.main(sys.argv[1:]))
"""


def in_a_process(
    project: Project, *arguments: str, kill_with: int | None = None
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)} | (
        {"KILL_WITH": str(kill_with)} if kill_with else {}
    )
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:hypothesispytest",
            "features",
            *arguments,
        ],
        cwd=project.path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def says_ready(project: Project) -> list[str]:
    """Every file below reports/ with the word in it, but for the history of earlier runs and the
    page's style.
    """
    files = [
        path
        for path in (project.path / "reports").rglob("*")
        if path.is_file() and path.suffix != ".jsonl"
    ]
    texts = {path.name: path.read_text(encoding="utf-8", errors="replace") for path in files}
    return [
        name
        for name, text in texts.items()
        if "READY" in re.sub("<style.*?</style>", "", text, flags=re.DOTALL)
    ]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_run_that_is_killed_leaves_no_earlier_verdict(
    project: Project, how: signal.Signals
) -> None:
    project.feature("01-first/good.feature", GOOD)
    project.plugin(KILLED)
    reports = project.path / "reports"
    assert in_a_process(project, "--no-history").returncode == 0  # the trend would show it, and may
    assert project.verdict["verdict"] == "READY"
    assert "Verdict = READY" in (reports / "allure-results/environment.properties").read_text(
        encoding="utf-8"
    )
    for name in ("allure/index.html", "traceback.txt"):
        project.write(f"reports/{name}", "READY")
    killed = in_a_process(project, "--no-history", kill_with=how)
    assert killed.returncode != 0
    assert project.verdict["verdict"] == "NOT JUDGED"
    assert project.verdict["exit_code"] == (2 if how == signal.SIGKILL else 130)
    assert not says_ready(project)
    assert not [one for one in project.results() if one["status"] == "passed"]
    if how == signal.SIGKILL:
        assert project.verdict["reason"].startswith(
            "this run has not ended, or was killed (process "
        )
        assert {path.name for path in reports.iterdir()} == {
            "verdict.json",
            "allure-results",
            ".lock",
        }
    assert in_a_process(project, "--no-history").returncode == 0


ELSEWHERE = ("--junitxml", "out/j.xml", "--alluredir", "out/a")


def test_a_run_that_writes_elsewhere_leaves_no_earlier_verdict(project: Project) -> None:
    """Killed, or broken; what is somebody else's beside Allure's results stays."""
    project.feature("01-first/good.feature", GOOD)
    project.plugin(KILLED)
    assert in_a_process(project, "--no-history").returncode == 0
    assert {"environment.properties", "junit.xml"} <= set(says_ready(project))
    kept = project.write("reports/allure-results/notes.txt", "somebody's")
    assert (
        in_a_process(project, "--no-history", *ELSEWHERE, kill_with=signal.SIGKILL).returncode != 0
    )
    assert not says_ready(project)
    assert not project.results()
    assert not (project.path / "reports/junit.xml").exists()
    assert kept.is_file()


def test_the_last_line_names_the_files_of_this_run(project: Project) -> None:
    project.feature("01-first/good.feature", GOOD)
    names = "reports/reconciliation.html, {}, {}, reports/verdict.json"
    for arguments, written in (
        ((), ("reports/allure-results", "reports/junit.xml")),
        (ELSEWHERE, ("out/a", "out/j.xml")),
    ):
        result = project.run(*arguments)
        assert f"reports: {names.format(*written)}" in result.outlines


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_command_that_is_killed_leaves_no_earlier_verdict(
    tmp_path: Path, how: signal.Signals
) -> None:
    names = (
        "reconciliation.html",
        "reconciliation.json",
        "differences.csv",
        "junit.xml",
        "all.csv",
        "repair.sql",
    )
    for name in names:
        (tmp_path / name).write_text("READY", encoding="utf-8")
    asked = [
        ("--html", ""),
        ("--junit", "junit.xml"),
        ("--differences", "all.csv"),
        ("--repair", "repair.sql"),
        ("--checkpoints", "checkpoints"),
    ]
    given = [word for option, name in asked for word in (option, str(tmp_path / name))]
    command = [sys.executable, "-c", COMMAND, "run", "--environment", "lab", *given]
    environment = {**os.environ, "KILL_WITH": str(int(how))}
    killed = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)
    assert killed.returncode != 0
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoints"]


@pytest.mark.parametrize(
    "arguments", [("--environment", "nope"), ("--alluredir", __file__), ("--junitxml", "/dev/full")]
)
def test_a_call_that_is_refused_leaves_the_earlier_verdict(
    project: Project, arguments: tuple[str, ...]
) -> None:
    project.feature("01-first/good.feature", GOOD)
    assert project.run().ret == 0
    before = project.everything_written()
    result = project.run(*arguments)
    assert result.ret == 4
    assert project.everything_written() == before
    assert len([line for line in result.errlines if line]) == 1


def test_a_call_refused_behind_the_beginning_says_that_nothing_was_run(project: Project) -> None:
    project.feature("01-first/good.feature", GOOD)
    assert project.run().ret == 0
    assert project.run(asked="features/absent.feature").ret == 4
    assert project.verdict["reason"] == "the call was refused; nothing was run"
    assert not says_ready(project)


@pytest.mark.parametrize(
    "hook", ["pytest_sessionfinish()", "pytest_bdd_after_step()", "pytest_bdd_before_scenario()"]
)
def test_a_disk_that_is_full_is_one_line_and_exit_2(project: Project, hook: str) -> None:
    """While the report is written, and while Allure's results are."""
    project.feature("01-first/good.feature", GOOD, WITH_SHIFT.format("something"))
    assert project.run().ret == 0
    project.plugin(FULL.format(hook=hook))
    result = project.run("-s")
    assert result.ret == 2
    assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()
    [line] = [line for line in result.outlines if "cannot be written" in line]
    assert line.startswith("NOT JUDGED: reports/")
    assert line.endswith("reports/verdict.json cannot be written: File too large")
    assert "Traceback" not in result.stdout.str()
    assert not says_ready(project)
    left = [path.name for path in (project.path / "reports").rglob("*") if path.is_file()]
    assert not [name for name in left if name.endswith((".tmp", ".part"))]


#: something stands where one file alone is to be written in the end
IN_THE_WAY = """
import pytest
from pathlib import Path

@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish():
    Path("reports/{name}").unlink(missing_ok=True)
    Path("reports/{name}/in the way").mkdir(parents=True)
"""


@pytest.mark.parametrize("name", ["reconciliation.html", "junit.xml", "verdict.json"])
def test_a_run_that_misses_one_file_leaves_none_that_says_ready(
    project: Project, name: str
) -> None:
    project.feature("01-first/good.feature", GOOD)
    project.plugin(IN_THE_WAY.format(name=name))
    result = project.run()
    assert result.ret == 2
    kept = (project.path / "reports/history/lab.jsonl").read_text(encoding="utf-8")
    assert [json.loads(line)["verdict"] for line in kept.splitlines()] == ["NOT JUDGED"]
    result.stdout.fnmatch_lines([f"NOT JUDGED: reports/{name} cannot be written: *"])
    assert not says_ready(project)
    made = (project.path / "reports/allure-results/environment.properties").read_text(
        encoding="utf-8"
    )
    assert "Verdict = NOT JUDGED" in made


def test_a_disk_that_is_full_before_the_beginning_ends_the_run_there(project: Project) -> None:
    project.feature("01-first/good.feature", GOOD)
    assert project.run().ret == 0
    project.plugin(
        FULL.format(hook="pytest_load_initial_conftests()").replace(
            "@pytest", "stack.enter_context(full_disk(1))\n\n@pytest"
        )
    )
    result = project.run("-s")
    assert result.ret == 2
    assert "NOT JUDGED: " in result.stderr.str() + result.stdout.str()
    assert not says_ready(project)


def test_what_was_broken_stays_broken_on_a_full_disk(project: Project) -> None:
    project.feature("01-first/mixed.feature", GOOD, BAD)
    project.plugin(FULL.format(hook="pytest_sessionfinish()"))
    result = project.run("-s")
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        [
            "NOT READY: 1 of 2 guarantees are broken",
            (
                "not written: reports/reconciliation.html, reports/allure-results, "
                "reports/junit.xml, reports/verdict.json *"
            ),
        ]
    )


def test_everything_a_run_leaves_is_its_owners_alone(project: Project) -> None:
    project.feature("01-first/good.feature", WITH_SHIFT.format("something"))
    reports = project.path / "reports"
    reports.mkdir(mode=0o755)
    old = os.umask(0o022)
    try:
        assert project.run().ret == 0
    finally:
        os.umask(old)
    modes = {
        str(path.relative_to(project.path)): stat.S_IMODE(path.stat().st_mode)
        for path in (reports, *reports.rglob("*"))
    }
    assert len(modes) > 10
    assert {name: oct(mode) for name, mode in modes.items() if mode & 0o077} == {}


def test_results_of_an_earlier_run_are_not_mixed_with_this_ones(project: Project) -> None:
    project.feature("01-first/good.feature", GOOD)
    kept = project.write("elsewhere/history/trend.json", "somebody's")
    for _ in range(2):
        assert project.run("--alluredir", "elsewhere").ret == 0
        assert len(list((project.path / "elsewhere").glob("*-result.json"))) == 1
    assert kept.is_file()


def test_junit_is_never_green_for_what_was_not_judged(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.feature("01-first/mixed.feature", GOOD, BAD)
    assert project.run("--junitxml", "deep/j.xml").ret == 1
    suite = ElementTree.parse(project.path / "deep/j.xml").getroot()[0]
    assert [suite.get(name) for name in ("tests", "failures", "errors")] == ["2", "1", "0"]
    failure = suite.find(".//failure")
    assert failure is not None
    assert failure.get("message") == "1 differs from 2"
    monkeypatch.setenv("FAKE_FAULT", "EnvironmentFault:it is down")
    assert project.run("--junitxml", "deep/j.xml").ret == 2
    suite = ElementTree.parse(project.path / "deep/j.xml").getroot()[0]
    assert [suite.get(name) for name in ("tests", "failures", "errors")] == ["1", "0", "1"]
    assert (
        json.dumps([one.get("message") for one in suite.iter("error")])
        == '["NOT JUDGED: it is down"]'
    )
