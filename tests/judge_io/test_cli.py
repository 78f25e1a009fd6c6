"""The command line: one line and an exit status for everything that can be
wrong before a verdict.
"""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from reconciliation import __main__ as command
from reconciliation.compare.segments.workers import usual_number
from reconciliation.verdict import Verdict

from . import samples


@pytest.fixture(autouse=True)
def _no_lab(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LAB_STATE_DIR", str(tmp_path))


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["run"],
        ["walk"],
        ["run", "--environment"],
        ["run", "--environment", "lab", "--colour"],
        ["drain"],
        ["drain", "--environment", "lab", "--within", "soon"],
    ],
)
def test_wrong_usage_is_4(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        command.main(arguments)
    assert caught.value.code == 4
    assert "usage:" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "--environment", "nope", "--json"],
        ["--environment", "nope", "run", "--json"],
        ["--environment", "nope", "--json", "run"],
        ["--json", "--environment=nope", "run"],
        ["--env", "nope", "run"],
        ["--json", "run", "--environment", "nope"],
        ["--environment", "nope", "repair-check", "x.sql"],
        ["--environment", "nope", "--table", "run", "run"],
    ],
)
def test_options_may_stand_before_the_command_and_behind_it(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.main(arguments) == 4
    assert capsys.readouterr().err.startswith("reconciliation: unknown environment 'nope'; ")


@pytest.mark.parametrize(
    "arguments", [["--version"], ["--version", "run"], ["-h"], ["--help", "run"]]
)
def test_what_only_tells_something_is_0(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        command.main(arguments)
    assert caught.value.code == 0
    told = capsys.readouterr().out
    if arguments[0] == "--version":
        assert told.startswith("reconciliation 1.0, Python 3.")
        assert ", oracledb " in told
        assert told.count("\n") == 1


def test_an_unknown_environment_is_4(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["run", "--environment", "nope"]) == 4
    assert capsys.readouterr().err.startswith(
        "reconciliation: unknown environment 'nope'; known environments: "
    )


@pytest.mark.parametrize("asked", ["run", "drain"])
def test_a_lab_that_is_not_running_is_2_and_says_how_to_start_it(
    asked: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command.main([asked, "--environment", "lab"]) == 2
    line = capsys.readouterr().err
    assert "is not running" in line
    assert "python -m lab up --detach --environment lab" in line
    assert line.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "words"), [("{", "cannot be read"), ("[]", "state.json is no JSON object")]
)
def test_a_broken_state_file_is_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, words: str
) -> None:
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "state.json").write_text(text, encoding="utf-8")
    assert command.main(["check", "--environment", "lab"]) == 2
    assert words in capsys.readouterr().err


def test_a_lab_that_is_gone_is_2_and_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = {
        "aws": {"endpoint_url": "http://127.0.0.1:1", "region": "r"},
        "api": {"base_url": "http://127.0.0.1:1"},
    }
    (tmp_path / "lab").mkdir()
    (tmp_path / "lab" / "state.json").write_text(json.dumps(state), encoding="utf-8")
    assert command.main(["run", "--environment", "lab"]) == 2
    line = capsys.readouterr().err
    assert "reading the secret 'flightspecials/postgresql': no answer" in line
    assert line.count("\n") == 1


@pytest.mark.parametrize(
    ("verdict", "status"), [(Verdict.READY, 0), (Verdict.NOT_READY, 1), (Verdict.NOT_JUDGED, 2)]
)
def test_the_exit_status_is_the_verdict(
    verdict: Verdict,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = replace(samples.report(), verdict=verdict)
    monkeypatch.setattr(
        "reconciliation.session.lab_state.with_running_lab", lambda profile: profile
    )
    monkeypatch.setattr(
        "reconciliation.session.opening.open_session",
        lambda *_: nullcontext(SimpleNamespace(parallel_run=None)),
    )
    seen: list[Any] = []
    monkeypatch.setattr(
        "reconciliation.cli.runs.compare_run", lambda *arguments: seen.append(arguments) or found
    )
    assert (
        command.main(["run", "--environment", "lab", "--json", "--html", str(tmp_path / "out")])
        == status
    )
    assert json.loads(capsys.readouterr().out)["verdict"] == verdict.value
    assert verdict.value in (tmp_path / "out" / "reconciliation.html").read_text(encoding="utf-8")
    ((_, tables, _, workers, mode, _),) = seen
    assert (mode, tables, workers) == ("auto", None, usual_number())
