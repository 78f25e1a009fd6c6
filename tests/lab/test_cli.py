"""What the command line says when it cannot do what it is asked: one line, a non-zero exit, nothing started."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from lab.__main__ import main
from lab.core.paths import ROOT
from tests.lab.command import processes_of, run_lab


@pytest.mark.parametrize("command", ["up", "down", "status", "fault"])
def test_an_unknown_environment(command: str, state_dir: Path) -> None:
    arguments = (command, "list") if command == "fault" else (command,)
    outcome = run_lab(*arguments, environment="stage", state_dir=state_dir)
    assert outcome.returncode == 1
    assert outcome.stdout == ""
    (line,) = outcome.stderr.splitlines()
    assert line.startswith("unknown environment 'stage'; known environments: ")
    assert list(state_dir.iterdir()) == []


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "environments", tmp_path / "environments")
    return tmp_path


def test_a_broken_profile_starts_nothing(project: Path, state_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "environments/lab.toml").write_text("[environment\n")
    assert main(["up", "--detach", "--state-dir", str(state_dir)], project) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("environments/lab.toml is not valid TOML")
    assert processes_of(state_dir) == []


def test_a_live_environment_is_not_started(project: Path, state_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    profile = project / "environments/lab.toml"
    profile.write_text(profile.read_text().replace('kind = "lab"', 'kind = "live"'))
    assert main(["up", "--detach", "--state-dir", str(state_dir)], project) == 1
    assert "only profiles of kind 'lab' have an embedded lab" in capsys.readouterr().err


def test_a_lab_with_a_broken_profile_can_still_be_stopped(project: Path, state_dir: Path) -> None:
    (project / "environments/lab.toml").write_text("[environment\n")
    assert main(["down", "--state-dir", str(state_dir)], project) == 0


def test_down_and_status_of_a_lab_that_is_not_there(state_dir: Path) -> None:
    assert run_lab("down", state_dir=state_dir).returncode == 0
    outcome = run_lab("status", state_dir=state_dir)
    assert outcome.returncode == 1
    assert outcome.stdout == "the lab 'lab' is not running; start it: python -m lab up\n"
    outcome = run_lab("status", "--json", state_dir=state_dir)
    assert json.loads(outcome.stdout) == {"environment": "lab", "running": False, "components": []}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("on", "nonsense"), "unknown fault 'nonsense'; known faults: "),
        (("on",), "name the fault to switch on; 'list' shows them"),
        (("on", "deletes_ignored"), "the lab 'lab' is not running; start it: python -m lab up --detach"),
    ],
)
def test_faults_that_cannot_be_planted(arguments: tuple[str, ...], message: str, state_dir: Path) -> None:
    outcome = run_lab("fault", *arguments, state_dir=state_dir)
    assert outcome.returncode == 1
    (line,) = outcome.stderr.splitlines()
    assert line.startswith(message)


def test_faults_are_listed_with_their_meaning(state_dir: Path) -> None:
    outcome = run_lab("fault", "list", state_dir=state_dir)
    assert outcome.returncode == 0
    assert "supplementary_character_lost" in outcome.stdout


def test_wrong_usage(state_dir: Path) -> None:
    outcome = run_lab("upp", state_dir=state_dir)
    assert outcome.returncode == 2
    assert "invalid choice: 'upp'" in outcome.stderr
