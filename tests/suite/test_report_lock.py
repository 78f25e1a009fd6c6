"""Two runs from one checkout: the second one is told so in one line and leaves the first one's
reports alone.
"""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fixtures.life.report_lock import NAME, ReportLock, ReportsTaken
from tests.suite.conftest import ROOT, Project

pytest_plugins = ("pytester",)

GOOD = "Scenario: It is good\n  Given a little world\n  Then all is well"
SINCE = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)
HOLDER = """
import datetime, pathlib, sys, time
from fixtures.life.report_lock import ReportLock
lock = ReportLock(pathlib.Path(sys.argv[1]), "lab", datetime.datetime.now(datetime.UTC))
print("held", flush=True)
time.sleep(60)
"""


def contents(directory: Path) -> dict[str, bytes]:
    """Every file below a directory but the lock itself."""
    files = [path for path in directory.rglob("*") if path.is_file() and path.name != NAME]
    return {str(path.relative_to(directory)): path.read_bytes() for path in files}


def test_a_second_run_is_one_line_and_touches_nothing(project: Project) -> None:
    project.feature("01-first/good.feature", GOOD)
    assert project.run().ret == 0
    reports = project.path / "reports"
    before = contents(reports)
    assert {"verdict.json", "junit.xml"} < set(before)
    assert any(name.startswith("allure-results/") for name in before)
    first = ReportLock(reports, "lab", SINCE)
    try:
        result = project.run("--environment", "lab-as-documented")
    finally:
        first.release()
    assert result.ret == 2
    [line] = [line for line in [*result.outlines, *result.errlines] if line]
    assert line == (
        f"Exit: NOT JUDGED: another run writes reports/ already (process {os.getpid()}, "
        f"environment 'lab', "
        "since 2026-03-01 12:00:00 UTC); wait for it, or run from another clone"
    )
    assert contents(reports) == before
    assert project.run().ret == 0


def test_a_run_holds_its_reports_to_the_end_and_then_no_longer(project: Project) -> None:
    project.feature("01-first/good.feature", GOOD)
    project.plugin(
        "import datetime as dt, pathlib\n"
        "from fixtures.life.report_lock import ReportLock, ReportsTaken\n\n"
        "def pytest_sessionfinish(session):\n"
        "    try:\n"
        "        ReportLock(session.config.rootpath / 'reports', 'other', dt.datetime.now())\n"
        "    except ReportsTaken as taken:\n"
        "        print('refused:', taken)\n"
    )
    result = project.run()
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [f"*refused: another run writes reports/ already (process {os.getpid()}, *"]
    )
    ReportLock(project.path / "reports", "lab", SINCE).release()


@pytest.mark.parametrize("option", ["--collect-only", "--help", "--markers", "--fixtures"])
def test_what_only_shows_something_needs_no_lock_and_clears_nothing(
    project: Project, option: str
) -> None:
    project.feature("01-first/good.feature", GOOD)
    assert project.run().ret == 0
    reports = project.path / "reports"
    before = contents(reports)
    assert project.run(option).ret == 0
    assert contents(reports) == before
    first = ReportLock(reports, "lab", SINCE)
    try:
        result = project.run(option)
    finally:
        first.release()
    assert result.ret == 0
    assert "another run" not in result.stdout.str() + result.stderr.str()


def test_a_killed_run_is_not_in_the_way(tmp_path: Path) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "reports")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(ReportsTaken, match=rf"process {holder.pid}, environment 'lab', since \d+-"):
        ReportLock(tmp_path / "reports", "lab", SINCE)
    holder.kill()
    holder.wait()
    holder.stdout.close()
    ReportLock(tmp_path / "reports", "lab", SINCE).release()


def test_a_child_that_outlives_the_run_does_not_keep_the_lock(tmp_path: Path) -> None:
    lock = ReportLock(tmp_path, "lab", SINCE)
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], close_fds=False)
    try:
        lock.release()
        ReportLock(tmp_path, "lab", SINCE).release()
    finally:
        child.kill()
        child.wait()


def test_reports_that_cannot_be_written_are_one_line_and_exit_4(project: Project) -> None:
    project.feature("01-first/good.feature", GOOD)
    project.write("reports", "a file where the directory should be")
    result = project.run()
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: reports/: */reports is a file; name a directory"])
