"""The benchmarks of the judge judge right. Nothing here is timed, and nothing is started but one
small process.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest

from benchmarks.live import Run, as_text, is_reached
from benchmarks.oracle_judge import Measured, check, verdicts
from benchmarks.oracle_judge import as_text as as_table
from benchmarks.oracle_planted import Truth
from benchmarks.processes import cpu_seconds, resident_bytes, tree

RUN = Run(1, 0, "equal", 1000, 0, 0, 120, 0.5, 2.0, 500.0)
MEASURED = Measured("identical", 10.0, 2.0, 10.0, 120_000_000)


def test_a_wrong_run_or_a_slow_writer_misses() -> None:
    runs = [RUN, replace(RUN, number=2), replace(RUN, number=0, rate=0.0)]
    assert is_reached(runs, 500)
    assert not is_reached([*runs, replace(RUN, number=3, wrong="divergent: nothing reported")], 500)
    assert not is_reached([replace(RUN, rate=449.0)], 500)
    text = as_text([*runs, replace(RUN, number=3, wrong="divergent: extra (5,)")], 500)
    assert "MISSED   nothing reported but what was corrupted" in text
    assert "run 3: divergent: extra (5,)" in text
    assert "| at rest | 0 | equal | 1,000 |" in text


def test_share_and_memory_have_limits() -> None:
    def reached(**changes: Any) -> list[bool]:
        return [good for _, _, _, good in verdicts([replace(MEASURED, **changes)])]

    assert reached() == [True, True]
    assert reached(judge=2.5) == [False, True]
    assert reached(peak=300_000_000) == [True, False]
    assert "| identical | 10.0 | 100,000 | 2.00 | 10.00 | 20.0% | 120 |" in as_table(
        [MEASURED], 1_000_000
    )


def _document(*differences: dict[str, Any]) -> dict[str, Any]:
    table = {
        "source_rows": 100,
        "status": "divergent",
        "reason": None,
        "differences": list(differences),
    }
    return {"tables": [table]}


def _changed(key: str, column: str, before: Any, after: Any) -> dict[str, Any]:
    return {
        "kind": "changed",
        "key": [key],
        "target_column": column,
        "source_value": before,
        "target_value": after,
    }


def test_exactly_the_planted_differences_will_do() -> None:
    truth = Truth(
        frozenset({5}),
        frozenset({7}),
        {(11, "HEADER"): ("a", "a "), (12, "EXPIRYDATE"): (1000, 1001)},
    )
    found = [
        {"kind": "missing", "key": [5]},
        {"kind": "extra", "key": [7]},
        _changed("11", "HEADER", "a", "a "),
        _changed("12", "EXPIRYDATE", "1970-01-01T00:00:01+00:00", "1001"),
    ]
    check(_document(*found), 1, 100, truth)
    check(_document(), 0, 100, Truth())
    for wrong, status in (
        (found[1:], 1),
        (found[:3], 1),
        ([*found, {"kind": "extra", "key": [8]}], 1),
        (found, 0),
        ([*found[:2], _changed("11", "HEADER", "a", "a"), found[3]], 1),
    ):
        with pytest.raises(RuntimeError):
            check(_document(*wrong), status, 100, truth)


#: burns a little, has a child burn a little and waits for it, and then stays
_BURNING = """
import subprocess, sys
burn = "import time\\nend = time.process_time() + 0.2\\nwhile time.process_time() < end: pass"
subprocess.run([sys.executable, "-c", burn])
print("done", flush=True)
sys.stdin.read()
"""


def test_a_tree_counts_children_that_have_ended() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _BURNING], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == b"done\n"
    assert tree(process.pid) == [process.pid]
    assert cpu_seconds([process.pid]) >= 0.2
    assert resident_bytes(process.pid) > 1_000_000
    process.stdin.close()
    process.wait()
    process.stdout.close()
    assert (cpu_seconds([process.pid]), resident_bytes(process.pid)) == (0, 0)
