"""The history of an environment: one line a run, counts only, whatever happens to the file; and its
trend.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from reconciliation.cli import output
from reconciliation.model import Status
from reconciliation.report import RunReport, render_html, render_json
from reconciliation.report.history import append, directory, entry, path_of, read
from reconciliation.report.model import PastRun, PastTable
from reconciliation.report.trend import trend

from .samples import HOSTILE, NOW, TABLE, report


def at(hours: int, **changes: object) -> RunReport:
    return replace(
        report(), run_id=f"run-{hours}", started=NOW + dt.timedelta(hours=hours), **changes
    )


def test_a_run_comes_back_as_its_counts(tmp_path: Path) -> None:
    append(at(0), tmp_path)
    (run,) = read("lab", tmp_path).runs
    assert run == PastRun(
        "run-0",
        NOW,
        "NOT READY",
        6.5,
        {
            TABLE.source: PastTable(Status.DIVERGENT, 2, 1, 1, 9.0),
            "travelbuddy.hotelspecial": PastTable(Status.NOT_JUDGED, 0, 0, 0, None),
        },
    )


def test_the_line_holds_no_value_and_no_key(tmp_path: Path) -> None:
    table = report().tables[0]
    values = tuple(
        replace(item, key=("customer 4711",), source_value="her name") for item in table.differences
    )
    append(at(0, tables=(replace(table, differences=values),)), tmp_path)
    (line,) = path_of("lab", tmp_path).read_text(encoding="utf-8").splitlines()
    for secret in ("4711", "her name", HOSTILE, "header", "seed"):
        assert secret not in line
    assert set(json.loads(line)) == {
        "version",
        "run_id",
        "time",
        "subject",
        "scope",
        "verdict",
        "seconds",
        "lag",
        "tables",
    }
    assert entry(at(0, lags=()))["lag"] is None


def test_only_the_last_runs_are_shown_the_oldest_first(tmp_path: Path) -> None:
    for hours in (3, 1, 2, 0):
        append(at(hours), tmp_path)
    assert [run.run_id for run in read("lab", tmp_path, last=3).runs] == ["run-1", "run-2", "run-3"]
    assert read("other", tmp_path).runs == ()
    assert read("lab", tmp_path / "nowhere").runs == ()


@pytest.mark.parametrize(
    "damage",
    [
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"\xff\xfe\x00",
        b'{"run_id": 1}',
        b"[" * 100_000,
        b"{}" * 10,
        b'{"run_id":"x","time":"2026-01-01","verdict":"v","lag":null,"tables":{}}',
        b'{"run_id":"x","time":"2026-01-01T00:00:00+00:00","verdict":"v","lag":null,"tables":{"t":{"status":"equal",'
        b'"differing":-1,"missing":0,"extra":0,"rows_per_second":null}}}',
    ],
)
def test_a_damaged_line_costs_itself_only(tmp_path: Path, damage: bytes) -> None:
    append(at(0), tmp_path)
    with path_of("lab", tmp_path).open("ab") as file:
        file.write(damage)  # and no line end: the run died
    append(at(1), tmp_path)
    found = read("lab", tmp_path)
    assert [run.run_id for run in found.runs] == ["run-0", "run-1"]
    assert found.damaged == 1


def test_runs_at_once_lose_nothing(tmp_path: Path) -> None:
    def append_many(first: int) -> None:
        for number in range(first, first + 25):
            # a descriptor and a lock of its own each time, as in another process
            append(at(number), tmp_path)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(append_many, (0, 25, 50, 75)))
    found = read("lab", tmp_path, last=200)
    assert [run.run_id for run in found.runs] == [f"run-{number}" for number in range(100)]
    assert found.damaged == 0


@pytest.mark.parametrize(
    "name", ["lab", "a/b", "../x", "h:5432/db and h2:1/db", "", ".", "서울", "a b", "x" * 300]
)
def test_every_environment_has_a_file_of_its_own_in_the_directory(
    tmp_path: Path, name: str
) -> None:
    path = path_of(name, tmp_path)
    assert path.parent == tmp_path
    assert len(path.name) < 120
    assert path != path_of(name + "_", tmp_path) != path_of(name.replace("/", "_") + " ", tmp_path)
    append(at(0, environment=name), tmp_path)
    assert len(read(name, tmp_path).runs) == 1


def test_the_environment_variable_moves_or_stops_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("RECONCILIATION_HISTORY")
    assert directory(tmp_path) == tmp_path / "history"
    monkeypatch.setenv("RECONCILIATION_HISTORY", "/elsewhere")
    assert directory(tmp_path) == Path("/elsewhere")
    monkeypatch.setenv("RECONCILIATION_HISTORY", "")
    assert directory(tmp_path) is None
    assert output.with_history(report(), tmp_path).history == ()
    assert output.remember(report(), tmp_path) is None


def test_a_history_that_cannot_be_kept_is_a_note_and_no_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    monkeypatch.setenv("RECONCILIATION_HISTORY", str(tmp_path / "file"))
    assert [run.run_id for run in output.with_history(report(), tmp_path).history] == [
        report().run_id
    ]
    assert "could not be added to the history" in (output.remember(report(), tmp_path) or "")


def test_a_report_shows_its_own_run_before_it_is_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RECONCILIATION_HISTORY", str(tmp_path))
    append(at(1), tmp_path)
    shown = output.with_history(at(2), tmp_path).history
    assert read(at(1).environment, tmp_path).runs == shown[:1]
    assert output.remember(at(2), tmp_path) is None
    assert read(at(1).environment, tmp_path).runs == shown


# ------------------------------------------------------------------ the trend


def runs(count: int) -> tuple[PastRun, ...]:
    tables = {TABLE.source: PastTable(Status.DIVERGENT, 5, 3, 2, 1000.0)}
    return tuple(
        PastRun(f"r{number}", NOW + dt.timedelta(days=number), "DIFFERENT", 1.5, tables)
        for number in range(count)
    )


def test_one_run_has_no_trend_and_says_so() -> None:
    page = render_html(report(history=runs(1)))
    assert "This is the first run of this environment that was remembered" in page
    assert '<svg class="trend"' not in page
    assert "Trend over" not in render_html(report())


@pytest.mark.parametrize("count", [2, 21, 60])
def test_a_trend_has_a_column_for_every_run(count: int) -> None:
    found = trend(report(history=runs(count)))
    assert found is not None
    flights = found.wrong[0].chart
    assert flights.count("<g>") == count
    assert flights.count('<rect class="bad"') == flights.count('<rect class="odd"') == count
    edges = [float(edge) for edge in re.findall(r' x="([0-9.]+)"', flights)]
    assert len(edges) == 3 * count
    assert max(edges) < 100
    assert found.lag is not None
    assert f"exceeded in 0 of {count} runs" in found.lag.words
    page = render_html(report(history=runs(count)))
    assert f"Trend over {count} runs" in page
    assert "10 rows wrong now, 10 the time before, 10 at most" in page


def test_what_was_not_judged_is_not_drawn_as_right() -> None:
    past = list(runs(3))
    past[1] = replace(past[1], tables={TABLE.source: PastTable(Status.NOT_JUDGED, 0, 0, 0, None)})
    past[2] = replace(past[2], tables={TABLE.source: PastTable(Status.EQUAL, 0, 0, 0, 500.0)})
    found = trend(report(history=tuple(past)))
    assert found is not None
    chart = found.wrong[0].chart
    assert (chart.count('class="unknown"'), chart.count('class="good"')) == (1, 1)
    assert "not judged</title>" in chart
    assert found.wrong[0].words == "0 rows wrong now, 10 the time before, 10 at most"


def test_the_json_report_carries_the_runs() -> None:
    document = json.loads(render_json(report(history=runs(2))))
    assert document["history"][1]["tables"][TABLE.source]["missing"] == 3
