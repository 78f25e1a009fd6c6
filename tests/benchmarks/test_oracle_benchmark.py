"""The benchmark of the Oracle stand-in runs, counts right and judges right.
Nothing here is timed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import chain
from pathlib import Path

import pytest

from benchmarks.flights import flights, in_batches
from benchmarks.oracle_memory import Memory, sizes
from benchmarks.oracle_speed import (
    CLIENT_SIDE,
    DATA_FRAMES,
    EXECUTE_VALUES,
    EXECUTEMANY,
    NAMED,
    ROWS,
)
from benchmarks.report import Report
from benchmarks.timing import Contestant, Summary, in_turns
from tests.waiting import LONG_SECONDS

ROOT = Path(__file__).parents[2]


def report(
    rows: float = 400, frames: float = 400, insert: float = 90, memory: tuple[int, ...] = ()
) -> Report:
    """psycopg2 fetches 1,000 rows a second at best and inserts 200."""
    fetch = {NAMED: 900, CLIENT_SIDE: 1000, ROWS: rows, DATA_FRAMES: frames}
    inserts = {EXECUTE_VALUES: 200, EXECUTEMANY: insert}
    return Report(
        rows=1234567,
        repeat=3,
        machine={"cores": 2},
        fetch=[Summary(name, (rate / 2, rate, rate * 3)) for name, rate in fetch.items()],
        insert=[Summary(name, (rate,)) for name, rate in inserts.items()],
        batch_sizes={EXECUTE_VALUES: 1000},
        memory=[
            Memory(10**place, size, 5_000_000, 1_000_000) for place, size in enumerate(memory, 5)
        ],
    )


def missed(judged: Report) -> list[str]:
    return [verdict.what for verdict in judged.verdicts() if not verdict.is_reached]


def test_ratios_are_of_medians_and_against_the_faster_cursor() -> None:
    assert [verdict.value for verdict in report().verdicts()] == [0.4, 0.4, 0.45]
    assert missed(report()) == []


def test_each_ratio_can_be_missed() -> None:
    assert missed(report(rows=349)) == ["fetch, oracledb, rows"]
    assert missed(report(frames=349)) == ["fetch, oracledb, fetch_df_batches"]
    assert missed(report(insert=69)) == ["insert, oracledb, executemany"]
    assert missed(report(rows=350, frames=350, insert=70)) == []


def test_memory_has_a_limit_and_may_not_grow() -> None:
    assert missed(report(memory=(200_000_000, 201_000_000))) == []
    assert missed(report(memory=(300_000_001, 300_000_001))) == ["memory of the stand-in, MB"]
    assert missed(report(memory=(100_000_000, 121_000_000))) == ["memory, largest over smallest"]


def test_table_and_json_say_the_same() -> None:
    text, plain = report(memory=(200_000_000,)).as_text(), report(memory=(200_000_000,)).as_json()
    assert "| fetch of 1,234,567 rows, rows/s |" in text
    assert f"| {ROWS}                  | 200 |    400 | 1,200 |" in text
    assert {
        "name": ROWS,
        "rates": [200, 400, 1200],
        "min": 200,
        "median": 400,
        "max": 1200,
    } in plain["fetch"]
    assert "| 100,000 |         200 MB |          5 MB |         1 MB |" in text
    assert plain["memory"] == [
        {
            "rows": 100_000,
            "stand_in": 200_000_000,
            "backend_peak": 5_000_000,
            "backend_own": 1_000_000,
        }
    ]
    assert json.loads(json.dumps(plain)) == plain


def test_contestants_take_turns_and_are_prepared_each_time() -> None:
    order: list[str] = []

    def contestant(name: str) -> Contestant:
        return Contestant(
            name, lambda: order.append(name) or 5, lambda: order.append(f"prepare {name}")
        )

    summaries = in_turns([contestant("a"), contestant("b")], rows=5, repeat=2)

    assert order == ["prepare a", "a", "prepare b", "b", "prepare b", "b", "prepare a", "a"]
    assert [(summary.name, len(summary.rates)) for summary in summaries] == [("a", 2), ("b", 2)]


def test_a_run_that_loses_rows_does_not_count() -> None:
    with pytest.raises(RuntimeError, match="4 rows instead of 5"):
        in_turns([Contestant("a", lambda: 4)], rows=5, repeat=1)


def test_rows_are_the_same_however_they_are_cut() -> None:
    rows = list(flights(100))
    assert list(chain.from_iterable(in_batches(100, 7))) == rows
    assert list(flights(40, first=61)) == rows[60:]
    assert len({row[0] for row in rows}) == len({row[8] for row in rows}) == 100


def test_sizes_grow_tenfold_up_to_the_largest() -> None:
    assert sizes(10_000_000) == [100_000, 1_000_000, 10_000_000]
    assert sizes(300) == [300]


def test_the_whole_benchmark_with_few_rows(tmp_path: Path) -> None:
    """Both drivers insert and read the same rows; at this size only the
    memory has to be as wanted.
    """
    file = tmp_path / "figures.json"
    command = [
        sys.executable,
        "-m",
        "benchmarks",
        "oracle",
        "--rows",
        "700",
        "--repeat",
        "2",
        "--memory-rows",
        "6000",
    ]
    done = subprocess.run(
        [*command, "--json", file], cwd=ROOT, capture_output=True, text=True, timeout=LONG_SECONDS
    )
    assert done.returncode in (0, 1), done.stderr
    found = json.loads(file.read_text())
    assert [(entry["name"], len(entry["rates"])) for entry in found["fetch"]] == [
        (name, 2) for name in (NAMED, CLIENT_SIDE, ROWS, DATA_FRAMES)
    ]
    assert [entry["name"] for entry in found["insert"]] == [EXECUTE_VALUES, EXECUTEMANY]
    (memory,) = found["memory"]
    assert memory["rows"] == 6000
    assert 10_000_000 < memory["stand_in"] < 300_000_000
    assert 1_000_000 < memory["backend_own"] <= memory["backend_peak"]
    assert done.returncode == int(not all(verdict["is_reached"] for verdict in found["verdicts"]))
    assert "fetch of 700 rows" in done.stdout
    assert "oracledb, executemany" in done.stderr
