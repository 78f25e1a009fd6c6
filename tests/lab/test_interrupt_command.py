"""``python -m lab interrupt``: what it does is the stand-in's; here what it says and refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from exit_codes import ExitCode
from lab.__main__ import main
from lab.core.interruptions import ACTIONS
from lab.dms import interrupting


def interrupt(state_dir: Path, action: str) -> int:
    return main(["interrupt", action, "--state-dir", str(state_dir)])


@pytest.mark.parametrize("action", ACTIONS)
def test_a_lab_that_does_not_run_is_not_interrupted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], action: str
) -> None:
    assert interrupt(tmp_path, action) == ExitCode.NOT_JUDGED
    told = capsys.readouterr().err
    assert "the lab 'lab' is not running; start it: python -m lab up --detach" in told


def test_what_was_done_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lab.core.interruptions.running_state", lambda paths: {"supervisor": 1})
    asked: list[Path] = []
    monkeypatch.setattr(interrupting, "drop_slot", lambda where: asked.append(where) or "gone")
    assert interrupt(tmp_path, "drop-slot") == ExitCode.DONE
    assert capsys.readouterr().out == "gone\n"
    assert asked == [tmp_path / "lab"]
    assert interrupt(tmp_path, "cut-oracle") == ExitCode.NOT_JUDGED
    assert "the lab has 0 tasks that have run; there has to be one" in capsys.readouterr().err


def test_an_action_that_there_is_not_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        interrupt(tmp_path, "explode")
    assert ended.value.code == ExitCode.USAGE
    assert "explode" in capsys.readouterr().err
