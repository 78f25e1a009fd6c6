"""The suite starts a lab through its command line, uses one that runs, and takes over what a killed
run left.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fixtures.life.lab_life import Lab, ensure_lab
from reconciliation.errors import LabFault

#: a package `lab` that writes down what it was asked and answers from files
FAKE = """
import json, pathlib, sys
here = pathlib.Path(__file__).parents[1]
verb = sys.argv[1]
with (here / "asked").open("a") as asked:
    asked.write(" ".join(sys.argv[1:]) + chr(10))
running = here / "running"
if verb == "up":
    if (here / "broken").exists():
        print("Traceback (most recent call last):", file=sys.stderr)
        print("port 15432 is taken by another process", file=sys.stderr)
        sys.exit(1)
    print("PostgreSQL runs", file=sys.stderr)
    running.touch()
if verb == "down":
    running.unlink()
if verb != "down":
    there = running.exists()
    found = {"aws": {"endpoint_url": "u", "region": "r"}, "postgres": {"password": "s3cret"}, "api": {}}
    print(json.dumps(found if there else {}))
    sys.exit(0 if there else 1)
"""  # noqa: E501


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project root with a lab that only pretends."""
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab/__init__.py").touch()
    (tmp_path / "lab/__main__.py").write_text(FAKE, encoding="utf-8")
    return tmp_path


def asked(root: Path) -> list[str]:
    return (root / "asked").read_text(encoding="utf-8").splitlines()


def test_a_lab_is_started_shown_and_stopped(root: Path) -> None:
    said: list[str] = []
    lab = ensure_lab("lab", root, said.append)
    assert lab.ours
    assert lab.description["aws"]["endpoint_url"] == "u"
    assert said[:2] == ["starting the lab 'lab' ...", "  PostgreSQL runs"]
    lab.stop()
    assert asked(root) == [
        "status --environment lab --json",
        "up --environment lab --detach --json",
        "down --environment lab",
    ]


def test_a_lab_that_runs_is_used_and_left_alone(root: Path) -> None:
    (root / "running").touch()
    lab = ensure_lab("lab", root, lambda line: None)
    lab.stop()
    assert not lab.ours
    assert asked(root) == ["status --environment lab --json"]


def test_the_lab_of_a_killed_run_is_taken_over(root: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (root / "running").touch()
    (root / "reports").mkdir()
    (root / "reports/lab-lab.owner").write_text(str(ended.pid), encoding="utf-8")
    said: list[str] = []
    lab = ensure_lab("lab", root, said.append)
    assert lab.ours
    assert said == ["lab 'lab' is running already, left by a run that was killed"]
    lab.stop()
    assert not (root / "running").exists()


def test_the_lab_of_a_run_that_lives_is_not_taken_over(root: Path) -> None:
    (root / "running").touch()
    (root / "reports").mkdir()
    (root / "reports/lab-lab.owner").write_text(str(os.getppid()), encoding="utf-8")
    assert not ensure_lab("lab", root, lambda line: None).ours


def test_a_lab_that_does_not_start_is_one_line(root: Path) -> None:
    (root / "broken").touch()
    with pytest.raises(LabFault) as caught:
        ensure_lab("lab", root, lambda line: None)
    assert str(caught.value) == "the lab 'lab': port 15432 is taken by another process"


def test_passwords_of_a_lab_are_not_shown() -> None:
    assert "s3cret" not in repr(
        Lab("lab", Path("/"), {"postgres": {"password": "s3cret"}}, ours=True)
    )


def test_reports_that_cannot_be_written_are_named_before_a_lab_is_started(root: Path) -> None:
    (root / "reports").write_text("in the way", encoding="utf-8")
    with pytest.raises(
        LabFault, match=r"lab-lab\.owner cannot be written \((File exists|Not a directory)\)"
    ):
        ensure_lab("lab", root, lambda line: None)
    assert asked(root) == ["status --environment lab --json"]
