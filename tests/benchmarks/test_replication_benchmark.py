"""The benchmark of the replication judges right, and refuses figures of a run
that lost something.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.replication import Measured
from benchmarks.replication_load import Arrival, Memory
from tests.waiting import LONG_SECONDS

ROOT = Path(__file__).parents[2]
LAGS = [place / 1000 for place in range(1, 101)]


def measured(
    seconds: float = 4.0, lags: Sequence[float] = LAGS, growth: float | None = 1.0
) -> Measured:
    """10,000 changes in 4 seconds, 1 to 100 ms late."""
    return Measured(
        machine={"cores": 2},
        singles=Arrival(10_000, seconds, 2.0, LAGS),
        cpu={"task": 0.2},
        paced=Arrival(10_000, 10.1, 10.0, lags),
        paced_rate=1000,
        bulk=Arrival(1_000_000, 50.0, 20.0, [25.0]),
        memory=[40_000_000, 44_000_000],
        growth=growth,
    )


def missed(found: Measured) -> list[str]:
    return [verdict.what for verdict in found.verdicts() if not verdict.is_reached]


def test_each_of_what_is_wanted_can_be_missed() -> None:
    assert missed(measured()) == []
    assert missed(measured(seconds=5.01)) == ["single-row transactions, changes/s"]
    assert missed(measured(lags=[0.1] * 97 + [0.501] * 3)) == ["lag p99 at 1,000 changes/s, ms"]
    assert missed(measured(lags=[0.1] * 99 + [0.501])) == ["lag p99 at 1,000 changes/s, ms"]
    assert missed(measured(lags=[0.1] * 199 + [0.501])) == []
    assert missed(measured(growth=1.11)) == ["memory of the task, second half over first"]
    slow = measured()
    slow = replace(slow, paced=replace(slow.paced, writing_seconds=11.0))
    assert missed(slow) == ["written at that rate, share of it"]


def test_memory_is_flat_when_its_second_half_is_no_higher() -> None:
    memory = Memory(1)
    memory.bytes = [10, 50, 50, 20, 60, 55]
    assert memory.growth == pytest.approx(1.2)


def test_table_and_json_say_the_same() -> None:
    text, plain = measured().as_text(), json.loads(json.dumps(measured().as_json()))
    assert (
        "| single-row transactions       |    10,000 |  4.0 |     2,500 |         51 |    100 |"
        in text
    )
    assert plain["single"]["rate"] == 2500
    assert plain["single"]["lag_p99"] == pytest.approx(0.1)
    assert "MISSED" not in text
    assert "MISSED" in measured(seconds=9).as_text()


def test_the_whole_benchmark_with_few_changes(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    sizes = ["--singles", "200", "--rate", "200", "--seconds", "1", "--bulk", "2000"]
    command = [sys.executable, "-m", "benchmarks", "replication", *sizes, "--json", str(file)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=LONG_SECONDS, check=False
    )
    # how fast it is depends on what else the machine does; that all has arrived was checked
    assert file.exists(), done.stderr
    assert done.returncode in (0, 1)
    figures = json.loads(file.read_text("utf-8"))
    assert figures["single"]["changes"] == 200 + 11
    assert figures["bulk"]["changes"] == 2000
    assert set(figures["cpu_per_1000"]) == {
        "source (with the writer)",
        "task",
        "Oracle stand-in",
        "its store",
    }
    assert len(figures["verdicts"]) == 4
