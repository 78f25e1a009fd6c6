"""What a run beside a writer has to come to: READY without a fault, and with one NOT READY, its
table named and no other table broken.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.live_features_report import as_text
from benchmarks.live_features_run import Run, wrong
from tests.waiting import LONG_SECONDS

ROOT = Path(__file__).parents[2]


def verdict(word: str, *broken: str, first: str = "") -> dict[str, Any]:
    """Of a run in which these tables are broken."""
    guarantee = {"scenario": "A row arrives"}
    message = first or f"tables broken: {', '.join(broken)}"
    told = {"scenario": "A row arrives", "outcome": "failed", "message": f"{message}\nmore"}
    return {
        "verdict": word,
        "reason": "so it is",
        "matrix": [
            {"table": one, "judged": "broken", "guarantee": guarantee, "words": "lost\nmore"}
            for one in broken
        ],
        "not_held": [told] if broken else [],
    }


@pytest.mark.parametrize(
    ("given", "exit_code", "table", "partial", "lines"),
    [
        (verdict("READY"), 0, None, False, []),
        (verdict("NOT JUDGED"), 0, None, True, []),
        (verdict("NOT JUDGED"), 0, None, False, ["NOT JUDGED: so it is"]),
        (verdict("READY"), 2, None, False, ["READY: so it is"]),
        (
            verdict("NOT READY", "s.a"),
            1,
            None,
            False,
            ["failed: A row arrives: tables broken: s.a"],
        ),
        ({}, None, None, False, ["no verdict: "]),
        (verdict("NOT READY", "s.a"), 1, "s.a", False, []),
        (verdict("READY"), 0, "s.a", False, ["the fault was not found: READY: so it is"]),
        (
            verdict("NOT READY", "s.a", first="a row differs"),
            1,
            "s.a",
            False,
            ["no first line of evidence names s.a"],
        ),
        (
            verdict("NOT READY", "s.a", "s.ab"),
            1,
            "s.a",
            False,
            ["s.ab broken: A row arrives: lost"],
        ),
    ],
)
def test_what_is_wrong_with_a_run_is_told(
    given: dict[str, Any], exit_code: int | None, table: str | None, partial: bool, lines: list[str]
) -> None:
    assert list(wrong(given, exit_code, table, partial)) == lines


def test_runs_that_came_out_as_they_have_to_are_counted() -> None:
    good = Run("2026-03-01T00:00:00", "", "READY", 0, 60.0, 21, 1.0, 2.0, 6000, 0, 10**8, ())
    bad = Run("2026-03-01T00:00:00", "f t", "READY", 0, 60.0, 21, 1.0, 2.0, 6000, 0, 10**8, ("w",))
    text = as_text([good, good, bad])
    assert "reached  2 of 2 runs READY" in text
    assert "MISSED   0 of 1 runs NOT READY" in text
    assert "run 3: w" in text


def test_a_fault_without_a_table_is_refused_in_one_line() -> None:
    command = [sys.executable, "-m", "benchmarks", "live-features", "--fault", "rows_deleted"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=LONG_SECONDS, check=False
    )
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith("1 --fault and 0 --table: each fault takes one")


def test_the_benchmark_with_one_short_run(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    command = [sys.executable, "-m", "benchmarks", "live-features", "--runs", "1"]
    command += ["--faulty-runs", "0", "--json", str(file), "--", "features/03-column-mapping"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=2 * LONG_SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    [run] = json.loads(file.read_text(encoding="utf-8"))["runs"]
    assert (run["exit_code"], run["wrong"]) == (0, [])
    assert run["changes"] > 0
    assert run["peak_bytes"] > 10**7
