"""`.ci/run`: every part runs, its exit code tells, and nothing of a stopped one stays."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from lab.core.paths import ROOT
from tests.lab.test_make import program

LABS = ("lab", "lab-travelbuddy", "lab-payments")
FEATURES = [f"make features ENVIRONMENT={name}" for name in LABS]
WAITS = "@trap 'echo cleaned; exit 1' TERM; echo waits; while :; do sleep 0.1; done"


#: read by bash before the script: it halts before whatever comes next once something was started
HALTS = """
set -T
seen=
trap 'job=$(jobs -rp); [ "$job" = "$seen" ] || { seen=$job; [ -z "$job" ] || sleep 2; }' DEBUG
"""


def _started(project: Path, test: str, features: str, **environ: str) -> subprocess.Popen[str]:
    """The check around a Makefile with these two recipes."""
    (project / ".ci").mkdir()
    shutil.copy(ROOT / ".ci/run", project / ".ci")
    (project / "Makefile").write_text(f"test:\n\t{test}\nfeatures:\n\t{features}\n")
    program(project / ".venv/bin/python", 'echo "called: $*"')
    return subprocess.Popen(
        [project / ".ci/run"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | environ,
    )


@pytest.mark.parametrize(
    ("test", "features", "failed"),
    [
        ("@true", "@true", []),
        ("@exit 1", "@true", ["make test"]),
        ("@exit 1", "@exit 2", ["make test", *FEATURES]),
        ("@true", '@[ "$(ENVIRONMENT)" != lab-payments ]', FEATURES[2:]),
    ],
)
def test_every_part_runs_whatever_the_first_ends_with(
    tmp_path: Path, test: str, features: str, failed: list[str]
) -> None:
    check = _started(tmp_path, test, features)
    lines = check.communicate()[0].splitlines()
    assert check.returncode == bool(failed)
    assert [line.partition(":")[0] for line in lines if "exit code" in line] == [
        "== make test",
        *(f"== {part}" for part in FEATURES),
    ]
    assert lines[-max(len(failed), 1) :] == (
        [f"== failed: {name}" for name in failed] or ["== passed"]
    )


@pytest.mark.parametrize("halts", [HALTS, ""])
def test_a_stopped_check_stops_what_it_has_started(tmp_path: Path, halts: str) -> None:
    """Also one that is stopped before it has so much as noted what it started."""
    (tmp_path / "reports").mkdir()
    for name in LABS[1:]:
        (tmp_path / f"reports/lab-{name}.owner").touch()
    (tmp_path / "halts").write_text(halts)
    check = _started(tmp_path, "@true", WAITS, BASH_ENV=str(tmp_path / "halts"))
    while (line := check.stdout.readline()) != "waits\n":
        assert line
    check.send_signal(signal.SIGTERM)
    lines = check.communicate()[0].splitlines()
    assert check.returncode == 130
    # the notes say that labs were left behind
    called = [f"called: -m lab down --environment {name}" for name in LABS[1:]]
    assert lines == ["== stopped", "cleaned", *called]


def test_a_stopped_check_stops_what_timeout_has_left(tmp_path: Path) -> None:
    """It does so where it has just started its command: it does not know the command's number."""
    (tmp_path / "reports").mkdir()
    left = 'shift 2; [ "$2" = test ] && exec "$@"; "$@" & exec sleep 600'
    program(tmp_path / "bin/timeout", left)
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    check = _started(tmp_path, "@true", WAITS, PATH=path)
    while (line := check.stdout.readline()) != "waits\n":
        assert line
    check.send_signal(signal.SIGTERM)
    lines = check.communicate()[0].splitlines()
    assert check.returncode == 130
    assert lines == ["== stopped", "cleaned"]
