"""The files a command writes, its history, and what it refuses before anything connects."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

from exit_codes import ExitCode
from reconciliation import __main__ as command
from reconciliation.cli import output
from reconciliation.errors import CanonicalError, EnvironmentFault, GivenUp, Unwritten
from reconciliation.report import RunReport
from reconciliation.report.history import path_of
from reconciliation.verdict import Verdict
from tests.full_disk import full_disk

from . import samples

SECRET = "her name"
UNFORESEEN = (
    "unforeseen ZeroDivisionError: a mistake (traceback: {}/reports/traceback.txt); "
    "this is a mistake in the suite"
)


def nothing_of_the_project(place: Path) -> Path:
    """A root to run in: the profiles and contracts are the project's, what a run leaves is not."""
    for name in ("environments", "contracts"):
        (place / name).symlink_to(samples.ROOT / name)
    return place


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
        tables=(replace(table, differences=(hidden, *table.differences[1:])),), subject="tables"
    )
    monkeypatch.setattr(
        "reconciliation.session.lab_state.with_running_lab", lambda profile: profile
    )
    monkeypatch.setattr(
        "reconciliation.session.opening.open_session",
        lambda *_: nullcontext(SimpleNamespace(parallel_run=None)),
    )
    monkeypatch.setattr("reconciliation.cli.runs.compare_run", lambda *arguments, **named: found)
    monkeypatch.setattr(
        "reconciliation.cli.runs.check_run",
        lambda *arguments, **named: replace(found, subject="checks"),
    )


@pytest.mark.usefixtures("_found")
def test_every_file_is_written_and_none_holds_a_sensitive_value(
    tmp_path: Path, history: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "deep"
    status = command.main(
        [
            "run",
            "--environment",
            "lab",
            "--html",
            str(out),
            "--junit",
            str(out / "junit.xml"),
            "--differences",
            str(out / "all.csv"),
        ]
    )
    assert status == 1
    names = [
        "all.csv",
        "differences.csv",
        "junit.xml",
        "reconciliation.html",
        "reconciliation.json",
    ]
    assert sorted(path.name for path in out.iterdir()) == names
    told = capsys.readouterr()
    assert [f"written: {out / name}" in told.err for name in names] == [True] * 5
    ElementTree.parse(out / "junit.xml")
    for text in (
        told.out,
        told.err,
        history.read_text(encoding="utf-8"),
        *((out / name).read_text(encoding="utf-8") for name in names),
    ):
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
@pytest.mark.parametrize(
    ("verdict", "status"), [(Verdict.READY, 2), (Verdict.NOT_READY, 1), (Verdict.NOT_JUDGED, 2)]
)
def test_a_disk_that_is_full_at_the_end_is_one_line_and_never_ready(
    verdict: Verdict,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = samples.report(verdict=verdict)
    monkeypatch.setattr("reconciliation.cli.runs.compare_run", lambda *arguments, **named: found)
    page, cases, everything = tmp_path / "page", tmp_path / "junit.xml", tmp_path / "all.csv"
    with full_disk():
        ended = command.main(
            [
                "run",
                "--environment",
                "lab",
                "--no-history",
                "--html",
                str(page),
                "--junit",
                str(cases),
                "--differences",
                str(everything),
            ]
        )
    told = capsys.readouterr()
    assert ended == status
    missing = (page / "reconciliation.html", cases, everything)
    assert (
        told.err
        == f"reconciliation: {', '.join(map(str, missing))} cannot be written: File too large\n"
    )
    assert told.out.splitlines()[-1] != "READY"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.usefixtures("_found")
def test_a_page_that_says_ready_does_not_outlive_a_report_that_is_not_whole(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    history: Path,
) -> None:
    found = samples.report(verdict=Verdict.READY)
    monkeypatch.setattr("reconciliation.cli.runs.compare_run", lambda *arguments, **named: found)
    written = tmp_path / "page" / "reconciliation.html"
    seen: list[bool] = []

    def no_room(path: Path, text: str) -> None:
        seen.append(written.exists())
        raise Unwritten(path, "No space left on device")

    monkeypatch.setattr("reconciliation.report.as_junit.write_text", no_room)
    assert (
        command.main(
            [
                "run",
                "--environment",
                "lab",
                "--html",
                str(tmp_path / "page"),
                "--junit",
                str(tmp_path / "j.xml"),
            ]
        )
        == 2
    )
    assert (seen, written.exists()) == ([True], False)
    assert "NOT JUDGED" in capsys.readouterr().out
    assert [
        json.loads(line)["verdict"] for line in history.read_text(encoding="utf-8").splitlines()
    ] == ["NOT JUDGED"]


@pytest.mark.usefixtures("_found")
def test_what_an_earlier_run_left_is_gone_before_anything_connects(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked = [
        "--html",
        str(tmp_path),
        "--junit",
        str(tmp_path / "j.xml"),
        "--differences",
        str(tmp_path / "d.csv"),
        "--repair",
        str(tmp_path / "repair.sql"),
    ]
    names = {
        "reconciliation.html",
        "reconciliation.json",
        "differences.csv",
        "j.xml",
        "d.csv",
        "repair.sql",
    }
    for name in (*names, "somebody's.txt"):
        (tmp_path / name).write_text("READY", encoding="utf-8")
    left: list[set[str]] = []

    def open_session(*_: object) -> None:
        left.append({path.name for path in tmp_path.iterdir() if path.is_file()})
        raise EnvironmentFault("it is down")

    monkeypatch.setattr("reconciliation.session.opening.open_session", open_session)
    assert command.main(["run", "--environment", "nope", *asked]) == 4
    assert {path.name for path in tmp_path.iterdir() if path.is_file()} >= names
    assert command.main(["run", "--environment", "lab", *asked]) == 2
    assert left == [{"somebody's.txt"}]


@pytest.mark.usefixtures("_found")
@pytest.mark.parametrize("verdict", list(Verdict))
def test_the_files_do_not_change_the_exit_status(
    verdict: Verdict, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = samples.report(verdict=verdict)
    monkeypatch.setattr("reconciliation.cli.runs.compare_run", lambda *arguments, **named: found)
    plain = command.main(["run", "--environment", "lab"])
    assert (
        command.main(["run", "--environment", "lab", "--junit", str(tmp_path / "j.xml")]) == plain
    )
    assert plain == {"READY": 0, "NOT READY": 1, "NOT JUDGED": 2}[verdict.value]


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--differences", "d.xlsx", "ends with neither .csv nor .parquet"),
        ("--differences", "d", "ends with neither .csv nor .parquet"),
        ("--differences", ".", "--differences . is a directory; name a file"),
        ("--junit", ".", "--junit . is a directory; name a file"),
        ("--html", __file__, "is a file; name a directory"),
        ("--html", f"{__file__}/page", f"{__file__} is no directory; name another place"),
        ("--junit", f"{__file__}/j.xml", f"{__file__} is no directory; name another place"),
        ("--junit", "/dev/full", "--junit /dev/full is a device or a pipe"),
        ("--differences", f"{__file__}/d.csv", f"{__file__} is no directory; name another place"),
        ("--checkpoints", f"{__file__}/c", f"{__file__} is no directory; name another place"),
        ("--checkpoints", __file__, "is a file; name a directory"),
        ("--repair", f"{__file__}/r.sql", f"{__file__} is no directory; name another place"),
    ],
)
def test_what_cannot_be_written_is_refused_before_anything_connects(
    option: str,
    value: str,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(command, "load_profile", lambda *arguments: pytest.fail("it went on"))
    assert command.main(["run", "--environment", "lab", option, value]) == 4
    line = capsys.readouterr().err
    assert message in line
    assert line.count("\n") == 1


@pytest.mark.parametrize(
    "option", ["--html", "--junit", "--differences", "--checkpoints", "--repair"]
)
def test_a_place_without_the_right_to_write_is_refused_before_anything_connects(
    option: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "load_profile", lambda *arguments: pytest.fail("it went on"))
    monkeypatch.setattr("os.access", lambda path, rights: Path(path) != tmp_path)
    assert command.main(["run", "--environment", "lab", option, str(tmp_path / "new.csv")]) == 4
    assert capsys.readouterr().err == (
        f"reconciliation: {option} {tmp_path / 'new.csv'} cannot be written: this user "
        f"may not write in {tmp_path}; name another place\n"
    )


def test_parquet_without_its_package_is_refused_before_anything_connects(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setattr(command, "load_profile", lambda *arguments: pytest.fail("it went on"))
    assert command.main(["run", "--environment", "lab", "--differences", "d.parquet"]) == 4
    assert "a .parquet file needs the package pyarrow" in capsys.readouterr().err


@pytest.mark.usefixtures("_found")
@pytest.mark.parametrize(
    ("error", "why"),
    [
        (
            Unwritten("repair.sql", "No space left on device"),
            "repair.sql cannot be written: No space left on device",
        ),
        (GivenUp("Oracle: no answer"), "Oracle: no answer"),
        (CanonicalError("no rule"), "no rule"),
        (ZeroDivisionError("a mistake"), UNFORESEEN),
        (KeyboardInterrupt(), "the run was interrupted"),
    ],
)
@pytest.mark.parametrize("verdict", [Verdict.NOT_READY, Verdict.READY])
def test_what_differs_is_told_without_its_repair_script(
    verdict: Verdict,
    error: BaseException,
    why: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = samples.report(subject="tables", verdict=verdict)
    monkeypatch.setattr("reconciliation.cli.runs.compare_run", lambda *arguments, **named: found)
    monkeypatch.setattr(command, "ROOT", nothing_of_the_project(tmp_path))
    why = why.format(tmp_path)

    def write_script(*_: object) -> RunReport:
        raise error

    monkeypatch.setattr("reconciliation.cli.repair.write_script", write_script)
    status = command.main(
        ["run", "--environment", "lab", "--json", "--repair", str(tmp_path / "repair.sql")]
    )
    unjudged = ExitCode.INTERRUPTED if isinstance(error, KeyboardInterrupt) else ExitCode.NOT_JUDGED
    assert status == (ExitCode.BROKEN if verdict is Verdict.NOT_READY else unjudged)
    told = capsys.readouterr()
    report = json.loads(told.out)
    assert report["notes"][-1] == f"no repair script was written: {why}"
    assert report["verdict"] == ("DIFFERENT" if verdict is Verdict.NOT_READY else "NOT JUDGED")
    assert report["notes"][-1] in told.err


@pytest.mark.usefixtures("_found")
@pytest.mark.parametrize(("verdict", "status"), [(Verdict.NOT_READY, 1), (Verdict.READY, 2)])
@pytest.mark.parametrize(
    ("renderer", "lost"),
    [
        ("reconciliation.cli.output.write", "page"),
        ("reconciliation.report.as_junit.write_junit", "j.xml"),
        ("reconciliation.cli.output.write_differences", "d.csv"),
        ("reconciliation.report.render_terminal", "standard output"),
    ],
)
def test_a_mistake_in_one_output_takes_nothing_from_the_others(
    renderer: str,
    lost: str,
    verdict: Verdict,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    history: Path,
) -> None:
    found = samples.report(subject="tables", verdict=verdict)
    monkeypatch.setattr("reconciliation.cli.runs.compare_run", lambda *arguments, **named: found)
    monkeypatch.setattr(command, "ROOT", nothing_of_the_project(tmp_path))

    def mistaken(*_: object) -> None:
        raise ZeroDivisionError("a mistake")

    monkeypatch.setattr(renderer, mistaken)
    files = {"page": tmp_path / "page", "j.xml": tmp_path / "j.xml", "d.csv": tmp_path / "d.csv"}
    assert (
        command.main(
            [
                "run",
                "--environment",
                "lab",
                "--html",
                str(files["page"]),
                "--junit",
                str(files["j.xml"]),
                "--differences",
                str(files["d.csv"]),
            ]
        )
        == status
    )
    told = capsys.readouterr()
    line = f"{files.get(lost, lost)} cannot be written: {UNFORESEEN.format(tmp_path)}"
    assert told.err.splitlines()[-1] == f"reconciliation: {line}"
    kept = [
        json.loads(text)["verdict"] for text in history.read_text(encoding="utf-8").splitlines()
    ]
    assert kept == ["DIFFERENT" if status == 1 else "NOT JUDGED"]
    written = {name for name in files if f"written: {files[name]}" in told.err}
    assert written == {*files} - {lost}
    there = {
        "page": (files["page"] / "reconciliation.html").exists(),
        "j.xml": files["j.xml"].exists(),
    }
    assert there == {name: status == 1 and name != lost for name in there}
    assert lost == "standard output" or kept[0] in told.out


@pytest.mark.usefixtures("_found")
@pytest.mark.parametrize("when", ["the connections are closed", "the report is written"])
def test_an_interruption_at_the_end_takes_nothing_away(
    when: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deliver = output.deliver

    def hit(now: str) -> None:
        if now == when:
            os.kill(os.getpid(), signal.SIGINT)

    @contextmanager
    def session(*_: object) -> Iterator[SimpleNamespace]:
        yield SimpleNamespace(parallel_run=None)
        hit("the connections are closed")

    monkeypatch.setattr("reconciliation.session.opening.open_session", session)
    monkeypatch.setattr(
        output, "deliver", lambda *all_of_it: (hit("the report is written"), deliver(*all_of_it))[1]
    )
    assert command.main(["run", "--environment", "lab", "--json"]) == ExitCode.BROKEN
    told = capsys.readouterr()
    assert json.loads(told.out)["verdict"] == "DIFFERENT"
    assert "interrupted by Ctrl-C; reported is what was judged before" in told.err
