"""What the command line says when it cannot do what it is asked: one line, a non-zero exit, nothing
started.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from exit_codes import ExitCode
from lab.__main__ import main
from lab.core.paths import ROOT
from tests.lab.command import lab_command, processes_of, run_lab


@pytest.mark.parametrize("command", ["up", "down", "status", "fault"])
def test_an_unknown_environment(command: str, state_dir: Path) -> None:
    arguments = (command, "list") if command == "fault" else (command,)
    outcome = run_lab(*arguments, environment="stage", state_dir=state_dir)
    assert outcome.returncode == ExitCode.USAGE
    assert outcome.stdout == ""
    (line,) = outcome.stderr.splitlines()
    assert line.startswith("unknown environment 'stage'; known environments: ")
    assert list(state_dir.iterdir()) == []


@pytest.fixture
def project(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "environments", tmp_path / "environments")
    return tmp_path


def test_a_broken_profile_starts_nothing(
    project: Path, state_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "environments/lab.toml").write_text("[environment\n")
    assert main(["up", "--detach", "--state-dir", str(state_dir)], project) == ExitCode.USAGE
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("environments/lab.toml is not valid TOML")
    assert processes_of(state_dir) == []


def test_a_live_environment_is_not_started(
    project: Path, state_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    profile = project / "environments/lab.toml"
    profile.write_text(profile.read_text().replace('kind = "lab"', 'kind = "live"'))
    assert main(["up", "--detach", "--state-dir", str(state_dir)], project) == ExitCode.USAGE
    assert "only profiles of kind 'lab' have an embedded lab" in capsys.readouterr().err


def test_a_lab_with_a_broken_profile_can_still_be_stopped(project: Path, state_dir: Path) -> None:
    (project / "environments/lab.toml").write_text("[environment\n")
    assert main(["down", "--state-dir", str(state_dir)], project) == 0


def test_down_and_status_of_a_lab_that_is_not_there(state_dir: Path) -> None:
    assert run_lab("down", state_dir=state_dir).returncode == 0
    outcome = run_lab("status", state_dir=state_dir)
    assert outcome.returncode == ExitCode.NOT_JUDGED
    assert outcome.stdout == "the lab 'lab' is not running; start it: python -m lab up\n"
    outcome = run_lab("status", "--json", state_dir=state_dir)
    assert json.loads(outcome.stdout) == {"environment": "lab", "running": False, "components": []}


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (
            ("on", "nonsense"),
            ExitCode.USAGE,
            "unknown fault 'nonsense'; python -m lab fault list shows what there is",
        ),
        (("on",), ExitCode.USAGE, "name the fault to switch on; 'list' shows them"),
        (
            ("on", "mojibake"),
            ExitCode.NOT_JUDGED,
            "the lab 'lab' is not running; start it: python -m lab up --detach",
        ),
    ],
)
def test_faults_that_cannot_be_planted(
    arguments: tuple[str, ...], code: ExitCode, message: str, state_dir: Path
) -> None:
    outcome = run_lab("fault", *arguments, state_dir=state_dir)
    assert outcome.returncode == code
    (line,) = outcome.stderr.splitlines()
    assert line.startswith(message)


def test_faults_are_listed_with_their_meaning(state_dir: Path) -> None:
    outcome = run_lab("fault", "list", state_dir=state_dir)
    assert outcome.returncode == 0
    assert "supplementary_character_lost" in outcome.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "python -m lab: the following arguments are required: COMMAND"),
        (("upp",), "python -m lab: argument COMMAND: invalid choice: 'upp'"),
        (("fault", "onn"), "python -m lab fault: argument ACTION: invalid choice: 'onn'"),
        (("up", "--dettach"), "python -m lab: unknown option --dettach; did you mean '--detach'?"),
        (("down", "--json"), "python -m lab: --json does not belong to this command"),
        (("status", "more"), "python -m lab: more does not belong to this command"),
        (
            ("fault", "off", "mojibake", "--table", "a.b"),
            "python -m lab: --table a.b does not belong to this command",
        ),
        (
            ("fault", "on", "mojibake", "--wait", "soon"),
            "python -m lab fault on: argument --wait: 'soon' is no number",
        ),
        (("status", "--environment", "labb"), "unknown environment 'labb'; did you mean 'lab'?"),
        (
            ("oracle", "--prot", "0"),
            "python -m lab oracle: unknown option --prot; did you mean '--port'?",
        ),
        (
            ("oracle", "--port", "65536", "--user", "a"),
            "--port has to be a port number (0: a free one), not 65536",
        ),
    ],
)
def test_wrong_usage_is_one_line(
    arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main(arguments)
    except SystemExit as ended:
        code = ended.code
    assert code == ExitCode.USAGE
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(words)


@pytest.mark.parametrize(
    "arguments",
    [
        ("fault", "off", "mojibake", "--environment", "stage"),
        ("fault", "off", "--environment", "stage", "mojibake"),
        ("fault", "--environment", "stage", "off", "mojibake"),
        ("--environment", "stage", "fault", "off", "mojibake"),
        ("--wait", "3", "fault", "off", "--environment=stage", "mojibake"),
        ("--environment", "stage", "--json", "status"),
    ],
)
def test_options_may_stand_anywhere(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == ExitCode.USAGE
    assert capsys.readouterr().err.startswith("unknown environment 'stage'; known environments: ")


def test_what_nobody_foresaw_is_one_line_and_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("two\nlines")

    monkeypatch.setattr("lab.core.commands.status", fail)
    assert main(["status", "--state-dir", str(tmp_path / "labs")]) == ExitCode.NOT_JUDGED
    file = tmp_path / "labs" / "lab.traceback"
    (line,) = capsys.readouterr().err.splitlines()
    assert line == f"ZeroDivisionError: two lines; nobody foresaw that, the traceback is in {file}"
    assert file.read_text().startswith("Traceback (most recent call last):")
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("command", [("fault", "list", "--json"), ("status", "--json")])
def test_who_has_read_enough_ends_the_command_in_order(
    command: tuple[str, ...], tmp_path: Path
) -> None:
    reader, writer = os.pipe()
    # before there is anything to read: closed later, it might come behind the last line
    os.close(reader)
    try:
        asked = subprocess.run(
            lab_command(*command, state_dir=tmp_path),
            cwd=ROOT,
            stdout=writer,
            stderr=subprocess.PIPE,
            text=True,
        )
    finally:
        os.close(writer)
    assert (asked.returncode, asked.stderr) == (ExitCode.DONE, "")


def test_a_place_that_cannot_be_written_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["down", "--state-dir", "/proc/nowhere"]) == ExitCode.NOT_JUDGED
    assert capsys.readouterr().err == (
        "/proc/nowhere/lab.lock cannot be written: No such file or directory; choose another "
        "place, for a lab with "
        "--state-dir DIR\n"
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_command(
    number: signal.Signals,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    monkeypatch.setattr("lab.core.commands.status", lambda *_, **__: os.kill(os.getpid(), number))
    # SIGHUP under nohup, and then it would be left alone
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, signal.SIG_DFL)
        request.addfinalizer(lambda: signal.signal(number, signal.SIG_IGN))
    before = [signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    assert main(["status", "--state-dir", str(tmp_path)]) == ExitCode.INTERRUPTED
    assert capsys.readouterr().err == "interrupted\n"
    assert [
        signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    ] == before
