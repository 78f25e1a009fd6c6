"""``python -m lab fault``: what it lists, plants, mends and refuses."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from exit_codes import ExitCode
from lab.__main__ import main
from lab.dms.faults import FAULTS, active_faults

LATER = "; no task runs, the next one takes it up when it starts"


@pytest.fixture
def state_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The parent of the state of a lab that runs, as far as the command can tell."""
    monkeypatch.setattr("lab.core.faults.running_state", lambda paths: {"supervisor": 1})
    return tmp_path


def fault(state_dir: Path, *arguments: str) -> int:
    return main(["fault", *arguments, "--state-dir", str(state_dir)])


def test_a_fault_is_planted_with_its_scope_and_options(
    state_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    planted = (
        "on",
        "timestamps_shifted",
        "--table",
        "a.b",
        "--column",
        "c",
        "--every",
        "3",
        "--option",
        "hours=-5",
    )
    assert fault(state_dir, *planted) == 0
    assert capsys.readouterr().out == f"timestamps_shifted: on{LATER}\n"
    given = {"table": "a.b", "column": "c", "every": 3, "hours": -5}
    assert active_faults(state_dir / "lab") == {"timestamps_shifted": given}
    assert fault(state_dir, "off", "timestamps_shifted") == 0
    assert active_faults(state_dir / "lab") == {}


def test_probability_and_seed(state_dir: Path) -> None:
    assert fault(state_dir, "on", "changes_lost", "--probability", "0.01", "--seed", "7") == 0
    assert active_faults(state_dir / "lab") == {"changes_lost": {"probability": 0.01, "seed": 7}}


def test_all_faults_are_mended_at_once(state_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("mojibake", "deletes_ignored"):
        assert fault(state_dir, "on", name) == 0
    capsys.readouterr()
    assert fault(state_dir, "off", "--all") == 0
    assert capsys.readouterr().out == f"deletes_ignored: off{LATER}\nmojibake: off{LATER}\n"
    assert fault(state_dir, "off", "--all") == 0
    assert capsys.readouterr().out == "no fault was on\n"
    assert active_faults(state_dir / "lab") == {}


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ("on", "deletes_ignored", "--column", "x"),
            "fault deletes_ignored has no option 'column'; it has: table, ",
        ),
        (
            ("on", "deletes_ignored", "--option", "n=2"),
            "fault deletes_ignored has no option 'n'; it has: table, every",
        ),
        (
            ("on", "deletes_ignored", "--every", "0"),
            "option every of fault deletes_ignored is '0'; it must be a whole",
        ),
        (("on", "deletes_ignored", "--option", "x"), "--option 'x' is not KEY=VALUE"),
        (
            ("on", "deletes_ignored", "--every", "2", "--option", "every=3"),
            "option 'every' is given twice",
        ),
        (
            ("on", "touch_trigger"),
            "fault touch_trigger needs the option table: the table, as the target names it",
        ),
        (("on",), "name the fault to switch on; 'list' shows them"),
        (("off",), "name the fault to switch off, or all with --all; 'list' shows them"),
        (
            ("off", "mojibake", "--all"),
            "name the fault to switch off, or all with --all; 'list' shows them",
        ),
        (
            ("off", "gremlins"),
            "unknown fault 'gremlins'; python -m lab fault list shows what there is",
        ),
        (
            ("on", "delete_ignored"),
            "unknown fault 'delete_ignored'; did you mean 'deletes_ignored'?",
        ),
        (
            ("on", "mojibake", "--option", "tabel=a.b"),
            "fault mojibake has no option 'tabel'; did you mean 'table'?",
        ),
    ],
)
def test_what_does_not_fit_is_one_line(
    state_dir: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], line: str
) -> None:
    assert fault(state_dir, *arguments) == ExitCode.USAGE
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith(line)
    assert active_faults(state_dir / "lab") == {}


def test_options_are_refused_also_when_the_lab_is_down(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fault(tmp_path, "on", "deletes_ignored", "--column", "x") == ExitCode.USAGE
    assert capsys.readouterr().err.startswith("fault deletes_ignored has no option 'column'")


def test_the_table_shows_every_fault_and_marks_what_is_on(
    state_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fault(state_dir, "on", "mojibake")
    capsys.readouterr()
    assert fault(state_dir, "list") == 0
    rows = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if line.strip()}
    assert set(FAULTS) <= set(rows)
    assert " mojibake * " in rows["mojibake"]
    assert "deletes_ignored *" not in rows["deletes_ignored"]
    shown = ("2, 8, 29", "--table schema.table, --every 1", "rows deleted in PostgreSQL stay in")
    for words in shown:
        assert words in rows["deletes_ignored"]


@pytest.mark.parametrize("name", FAULTS)
def test_options_are_shown_as_they_are_typed(state_dir: Path, name: str) -> None:
    options = FAULTS[name].options
    typed = FAULTS[name].shown_options.replace(" (required)", "").replace(", ", " ")
    assert fault(state_dir, "on", name, *shlex.split(typed)) == 0
    taken = active_faults(state_dir / "lab")[name]
    assert set(taken) == set(options)
    defaults = {
        key: option.default for key, option in options.items() if option.default is not None
    }
    assert defaults.items() <= taken.items()


def test_the_list_as_json(state_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fault(state_dir, "on", "timestamps_shifted", "--option", "hours=-5")
    capsys.readouterr()
    assert fault(state_dir, "list", "--json") == 0
    listed = json.loads(capsys.readouterr().out)
    assert set(listed) == set(FAULTS)
    shifted = listed["timestamps_shifted"]
    assert (shifted["defects"], shifted["on"]) == ([41, 63], {"hours": -5})
    assert shifted["options"]["hours"] == {
        "default": 9,
        "required": False,
        "says": "by how many hours, also negative",
    }
    assert listed["mojibake"]["on"] is None
