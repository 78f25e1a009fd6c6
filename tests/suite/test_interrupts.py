"""Ctrl-C and SIGTERM, of the runner and of the class that takes both."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from exit_codes import ExitCode
from reconciliation.process.interrupts import Interrupts
from tests.suite.conftest import ROOT, Project

pytest_plugins = ("pytester",)

GOOD = "Scenario: It is good\n  Given a little world\n  Then all is well"
HIT = "Scenario: It is hit\n  Given a little world\n  When the signal is done\n  Then all is well"
BAD = "Scenario: One is two\n  Given a little world\n  Then 1 equals 2"
#: the process signals itself in the scenario that says so, and tells what is swept
SIGNALS_ITSELF = """
import os
from fixtures.life import cleanup

def pytest_bdd_before_step_call(step):
    if step.name == "the signal is done":
        os.kill(os.getpid(), {number})

def pytest_sessionstart():
    cleanup.after = after

def after(run):
    print("swept", flush=True)
    {more}
"""


def in_a_process(project: Project) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "features",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:hypothesispytest",
    ]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, cwd=project.path, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("number", "name"), [(signal.SIGINT, "Ctrl-C"), (signal.SIGTERM, "SIGTERM")]
)
def test_a_signal_sweeps_reports_and_ends_with_130(
    project: Project, number: signal.Signals, name: str
) -> None:
    project.feature("01-first/a.feature", GOOD, HIT, GOOD.replace("good", "never reached"))
    project.plugin(SIGNALS_ITSELF.format(number=int(number), more="pass"))
    done = in_a_process(project)
    assert done.returncode == 130, done.stdout + done.stderr
    assert f"NOT JUDGED: interrupted by {name} after 1 of 3 guarantees" in done.stdout
    assert "swept" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    verdict = project.verdict
    assert (verdict["verdict"], verdict["exit_code"]) == ("NOT JUDGED", 130)
    assert [one["scenario"] for one in verdict["not_held"]] == ["It is hit"]
    assert {one["name"]: one["status"] for one in project.results()} == {
        "It is good": "passed",
        "It is hit": "broken",
    }
    assert "NOT JUDGED" in (project.path / "reports/reconciliation.html").read_text(
        encoding="utf-8"
    )


#: a comparison of whole tables that a signal breaks off behind its first table
BROKEN_OFF = """
import os
from pytest_bdd import then
from reconciliation.process.interrupts import one_by_one
from reconciliation.process.patience import Outage
from reconciliation.model import Status, TableResult

FIRST = TableResult("s.a", "S.A", Status.{status}, 3, 3, 2, 1, 0, 0)

def look(name):
    if name == "s.b":
        os.kill(os.getpid(), {number})
    return FIRST

def compared(parallel_run):
    parallel_run.outage = Outage()
    return one_by_one(["s.a", "s.b"], look, lambda name: TableResult.unjudged(name, "S.B", "interrupted"))

@then("no row of the tables differs")
def no_row_differs(parallel_run, run):
    from fixtures.promises import whole_tables
    from reconciliation.compare import tables

    tables.compare_tables = compared
    whole_tables.attach_reports = lambda run: None
    whole_tables.no_row_differs(whole_tables.compare_once(parallel_run, run))
"""  # noqa: E501


@pytest.mark.parametrize(
    ("status", "code", "verdict", "outcome"),
    [
        ("EQUAL", 130, "NOT JUDGED", "error"),
        ("DIVERGENT", 1, "NOT READY", "failed"),
    ],
)
def test_a_comparison_that_is_broken_off_keeps_what_was_proven(
    project: Project, status: str, code: int, verdict: str, outcome: str
) -> None:
    hit = "Scenario: It is hit\n  Given a little world\n  Then no row of the tables differs"
    project.feature("01-first/a.feature", hit, GOOD.replace("good", "never reached"))
    project.plugin(BROKEN_OFF.format(status=status, number=int(signal.SIGTERM)))
    done = in_a_process(project)
    assert done.returncode == code, done.stdout + done.stderr
    assert "interrupted by SIGTERM after " in done.stdout
    assert project.verdict["verdict"] == verdict
    assert [(one["scenario"], one["outcome"]) for one in project.verdict["not_held"]] == [
        ("It is hit", outcome)
    ]
    assert project.verdict["guarantees"]["run"] == 1
    tables = json.loads((project.path / "reports/reconciliation.json").read_text(encoding="utf-8"))[
        "tables"
    ]
    assert [one["table"] for one in tables] == ["s.a", "s.b"]


@pytest.mark.parametrize("hook", ["pytest_runtest_call", "pytest_runtest_teardown"])
def test_a_run_that_is_quit_was_interrupted(project: Project, hook: str) -> None:
    """As from a debugger: it is no mistake in the suite, and never READY."""
    project.feature("01-first/a.feature", GOOD, GOOD.replace("good", "hit"))
    project.plugin(
        f"import pytest\n\ndef {hook}(item):\n    if 'hit' in item.name:\n        "
        f"pytest.exit('enough')\n"
    )
    result = project.run()
    assert result.ret == 130
    assert project.verdict["reason"].startswith("interrupted after ")
    assert "mistake in the suite" not in result.stdout.str()


def test_what_is_broken_stays_broken_when_a_signal_comes(project: Project) -> None:
    project.feature("01-first/a.feature", BAD, HIT)
    project.plugin(SIGNALS_ITSELF.format(number=int(signal.SIGTERM), more="pass"))
    done = in_a_process(project)
    assert done.returncode == 1
    words = (
        "1 of 2 guarantees are broken; and not fully judged: interrupted by SIGTERM after 1 "
        "of 2 guarantees"
    )
    assert f"NOT READY: {words}" in done.stdout


def test_a_second_signal_ends_at_once(project: Project) -> None:
    project.feature("01-first/a.feature", HIT)
    again = f"os.kill(os.getpid(), {int(signal.SIGTERM)}); print('went on')"
    project.plugin(SIGNALS_ITSELF.format(number=int(signal.SIGTERM), more=again))
    done = in_a_process(project)
    assert done.returncode == 130
    assert "SIGTERM again: ended at once, without cleaning up" in done.stderr
    assert "went on" not in done.stdout
    assert project.verdict["reason"].startswith("this run has not ended, or was killed")


def test_a_first_signal_while_ending_lets_it_end(project: Project) -> None:
    project.feature("01-first/a.feature", GOOD, GOOD.replace("good", "changing"))
    once = f"os.kill(os.getpid(), {int(signal.SIGTERM)}); run.dirty = False; print('went on')"
    project.plugin(SIGNALS_ITSELF.format(number=int(signal.SIGTERM), more=once))
    done = in_a_process(project)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "SIGTERM: it is ending already; again ends it at once" in done.stderr
    assert "READY: all 2 guarantees hold" in done.stdout


def test_the_handlers_from_before_come_back() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with Interrupts() as interrupts, pytest.raises(KeyboardInterrupt, match="SIGTERM"):
        os.kill(os.getpid(), signal.SIGTERM)
    assert interrupts.received == "SIGTERM"
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_a_signal_that_is_ignored_stays_ignored() -> None:
    """As Ctrl-C is for a job that a script runs in the background."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Interrupts():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
            assert signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL
    finally:
        signal.signal(signal.SIGINT, before)


WITHOUT_A_JUDGE = """
import os, sys
from reconciliation import __main__ as command
from reconciliation.session import lab_state, opening
from pathlib import Path

command.ROOT = Path(os.environ["PLACE"])
lab_state.with_running_lab = lambda profile: profile

def opened(*arguments, **named):
    {what}

opening.open_session = opened
sys.exit(command.main(["run", "--environment", "lab"]))
"""


def _command(project: Project, what: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PLACE": str(project.path)}
    return subprocess.run(
        [sys.executable, "-c", WITHOUT_A_JUDGE.format(what=what)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("number", "name"), [(signal.SIGINT, "Ctrl-C"), (signal.SIGTERM, "SIGTERM")]
)
def test_the_other_door_ends_with_130_and_one_line(
    project: Project, number: signal.Signals, name: str
) -> None:
    done = _command(project, f"os.kill(os.getpid(), {int(number)})")
    assert (done.returncode, done.stdout) == (ExitCode.INTERRUPTED, "")
    assert done.stderr == f"reconciliation: interrupted by {name}; nothing was judged\n"


def test_an_unforeseen_error_of_the_other_door_is_one_line_and_2(project: Project) -> None:
    done = _command(project, "raise ZeroDivisionError('a mistake' + chr(10) + 'with more lines')")
    assert done.returncode == ExitCode.NOT_JUDGED
    kept = project.path / "reports/traceback.txt"
    assert done.stderr == (
        f"reconciliation: unforeseen ZeroDivisionError: a mistake (traceback: {kept}); "
        "this is a mistake in the suite\n"
    )
    assert "in opened" in kept.read_text(encoding="utf-8")
    assert kept.stat().st_mode & 0o777 == 0o600


def test_a_traceback_that_cannot_be_kept_is_told_to_be_lost(project: Project) -> None:
    Path(project.path / "reports").write_text("a file", encoding="utf-8")
    done = _command(project, "raise ZeroDivisionError('a mistake')")
    assert done.returncode == ExitCode.NOT_JUDGED
    assert (
        "unforeseen ZeroDivisionError: a mistake (its traceback could not be kept: " in done.stderr
    )
