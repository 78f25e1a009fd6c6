"""The files a command writes, the history it keeps, and what it refuses before anything connects."""

from __future__ import annotations

import json
import sys
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

from reconciliation import __main__ as command
from reconciliation.report import RunReport
from reconciliation.report.history import path_of
from reconciliation.verdict import Verdict

from . import samples

SECRET = "her name"


@pytest.fixture
def history(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("RECONCILIATION_HISTORY", str(tmp_path / "history"))
    return path_of("lab", tmp_path / "history")


@pytest.fixture
def _found(monkeypatch: pytest.MonkeyPatch, history: Path) -> None:
    """Every command finds the same: a report in which one value is sensitive."""
    table = samples.report().tables[0]
    hidden = replace(table.differences[0], source_value=SECRET, sensitive=("header",))
    found: RunReport = samples.report(
        tables=(replace(table, differences=(hidden, *table.differences[1:])),), scope="tables"
    )
    monkeypatch.setattr("reconciliation.lab_state.with_running_lab", lambda profile: profile)
    monkeypatch.setattr("reconciliation.judge.Judge.open", lambda profile, **_: nullcontext(SimpleNamespace()))
    monkeypatch.setattr("reconciliation.runs.compare_run", lambda *arguments, **named: found)
    monkeypatch.setattr("reconciliation.runs.check_run", lambda *arguments, **named: replace(found, scope="checks"))


@pytest.mark.usefixtures("_found")
def test_every_file_is_written_and_none_holds_a_sensitive_value(
    tmp_path: Path, history: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "deep"
    status = command.main(["run", "--environment", "lab", "--html", str(out), "--junit", str(out / "junit.xml"),
                           "--differences", str(out / "all.csv")])  # fmt: skip
    assert status == 1
    names = ["all.csv", "differences.csv", "junit.xml", "reconciliation.html", "reconciliation.json"]
    assert sorted(path.name for path in out.iterdir()) == names
    told = capsys.readouterr()
    assert [f"written: {out / name}" in told.err for name in names] == [True] * 5
    ElementTree.parse(out / "junit.xml")
    for text in (told.out, told.err, history.read_text(encoding="utf-8"),
                 *((out / name).read_text(encoding="utf-8") for name in names)):  # fmt: skip
        assert SECRET not in text


@pytest.mark.usefixtures("_found")
def test_runs_are_remembered_and_shown(history: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for expected in (1, 2):
        command.main(["run", "--environment", "lab", "--json"])
        assert len(json.loads(capsys.readouterr().out)["history"]) == expected
    command.main(["run", "--environment", "lab", "--json", "--no-history"])
    assert json.loads(capsys.readouterr().out)["history"] == []
    command.main(["check", "--environment", "lab"])
    assert len(history.read_text(encoding="utf-8").splitlines()) == 2


@pytest.mark.usefixtures("_found")
def test_a_report_that_cannot_be_written_is_one_line_and_no_verdict(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    status = command.main(["run", "--environment", "lab", "--junit", str(tmp_path / "file" / "junit.xml")])
    assert status == 2
    line = capsys.readouterr().err
    assert "cannot be written" in line
    assert line.count("\n") == 1


@pytest.mark.usefixtures("_found")
@pytest.mark.parametrize("verdict", list(Verdict))
def test_the_files_do_not_change_the_exit_status(
    verdict: Verdict, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = samples.report(verdict=verdict)
    monkeypatch.setattr("reconciliation.runs.compare_run", lambda *arguments, **named: found)
    plain = command.main(["run", "--environment", "lab"])
    assert command.main(["run", "--environment", "lab", "--junit", str(tmp_path / "j.xml")]) == plain
    assert plain == {"READY": 0, "NOT READY": 1, "NOT JUDGED": 2}[verdict.value]


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--differences", "d.xlsx", "ends with neither .csv nor .parquet"),
        ("--differences", "d", "ends with neither .csv nor .parquet"),
        ("--differences", ".", "--differences . is a directory; name a file"),
        ("--junit", ".", "--junit . is a directory; name a file"),
        ("--html", __file__, "is a file; name a directory"),
    ],
)
def test_what_cannot_be_written_is_refused_before_anything_connects(
    option: str, value: str, message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "load_profile", lambda *arguments: pytest.fail("it went on"))
    assert command.main(["run", "--environment", "lab", option, value]) == 4
    line = capsys.readouterr().err
    assert message in line
    assert line.count("\n") == 1


def test_parquet_without_its_package_is_refused_before_anything_connects(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setattr(command, "load_profile", lambda *arguments: pytest.fail("it went on"))
    assert command.main(["run", "--environment", "lab", "--differences", "d.parquet"]) == 4
    assert "a .parquet file needs the package pyarrow" in capsys.readouterr().err
