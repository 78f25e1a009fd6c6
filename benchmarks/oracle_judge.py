"""A whole table of PostgreSQL against the Oracle stand-in: what the judge takes itself, and what
the databases take.

The judge is the command people run, as a process of its own in a lab; its processor time is that of
the whole process with its start and its workers.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from benchmarks.labs import RunningLab, running_lab
from benchmarks.oracle_planted import SOURCE, Truth, load, plant
from benchmarks.processes import cpu_seconds, resident_bytes
from benchmarks.timing import progress
from reconciliation.session.opening import open_session

_ROOT = Path(__file__).parents[1]
WANTED_SHARE = 0.25
WANTED_BYTES = 300_000_000
_SAMPLE_SECONDS = 0.1


@dataclass(frozen=True)
class Measured:
    """Seconds of processor time by whose they are, seconds by the clock, bytes resident at the
    most.
    """

    name: str
    seconds: float
    judge: float
    databases: float
    peak: int

    @property
    def share(self) -> float:
        return self.judge / self.databases


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``python -m benchmarks oracle-judge``."""
    parser.add_argument(
        "--rows", type=int, default=1_000_000, metavar="N", help="rows of the table (1,000,000)"
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write the figures to this file as well"
    )


def run(options: argparse.Namespace) -> int:
    """Measures and prints; 0 when all that is wanted was reached, otherwise 1."""
    with running_lab() as lab:
        with open_session(lab.profile) as judge:
            load(lab, judge, options.rows, progress)
        found = [_measured(lab, "identical", options.rows, Truth())]
        truth = plant(lab, options.rows)
        found.append(_measured(lab, "137 differences", options.rows, truth))
    print(as_text(found, options.rows))
    if options.json:
        document = {"rows": options.rows, "runs": [asdict(one) for one in found]}
        options.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return 0 if all(good for _, _, _, good in verdicts(found)) else 1


def _measured(lab: RunningLab, name: str, rows: int, truth: Truth) -> Measured:
    state = json.loads(
        (Path(os.environ["LAB_STATE_DIR"]) / lab.profile.name / "state.json").read_text()
    )
    servers = [state["components"][part]["pid"] for part in ("postgres", "store", "oracle")]
    before = cpu_seconds(servers)
    command = [
        sys.executable,
        "-m",
        "reconciliation",
        "run",
        "--environment",
        lab.profile.name,
        "--table",
        SOURCE,
    ]
    with tempfile.TemporaryFile("w+") as output:
        began = time.perf_counter()
        process = subprocess.Popen([*command, "--json"], cwd=_ROOT, stdout=output)
        peak = _Peak(process.pid)
        peak.start()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        peak.join()
        process.returncode = os.waitstatus_to_exitcode(status)
        databases = cpu_seconds(servers) - before
        output.seek(0)
        check(json.load(output), process.returncode, rows, truth)
    found = Measured(
        name,
        seconds,
        usage.ru_utime + usage.ru_stime,
        databases,
        max(peak.bytes, usage.ru_maxrss * 1024),
    )
    progress(
        f"{name:<16} {seconds:.1f} s, judge {found.judge:.1f} s of CPU, databases {databases:.1f} s"
    )
    return found


class _Peak(threading.Thread):
    """Looks at a process and its descendants until they are gone; the peaks of each would count
    shared memory twice.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid, self.bytes = pid, 0

    def run(self) -> None:
        while now := resident_bytes(self._pid):
            self.bytes = max(self.bytes, now)
            time.sleep(_SAMPLE_SECONDS)


# ------------------------------------------------------------------ what was found


def check(document: Mapping[str, Any], status: int, rows: int, truth: Truth) -> None:
    """The report has to name every planted difference with key, column and both values, and nothing
    else.
    """
    (table,) = document["tables"]
    changed = truth.changed or {}
    if table["source_rows"] < rows or status != (1 if changed else 0):
        raise RuntimeError(
            f"{table['source_rows']} rows, exit {status}: {table['status']}, {table['reason']}"
        )
    found: dict[str, set[int]] = {"missing": set(), "extra": set()}
    cells = {}
    for item in table["differences"]:
        key = int(item["key"][0])
        if item["kind"] == "changed":
            cells[key, item["target_column"]] = (
                _plain(item["source_value"]),
                _plain(item["target_value"]),
            )
        else:
            found[item["kind"]].add(key)
    planted = {place: (_plain(before), _plain(after)) for place, (before, after) in changed.items()}
    if found["missing"] != truth.missing or found["extra"] != truth.extra or cells != planted:
        wrong = set(cells.items()) ^ set(planted.items())
        raise RuntimeError(
            f"the planted differences are not those that were found: {sorted(wrong)[:3]}"
        )


def _plain(value: Any) -> Any:
    """A value of the report, or of Oracle, in the same words: numbers as whole numbers, instants as
    milliseconds.
    """
    if isinstance(value, str):
        try:
            return int(dt.datetime.fromisoformat(value).timestamp() * 1000)
        except ValueError:
            return int(value) if value.isdecimal() else value
    return int(value) if isinstance(value, int | float | Decimal) else value


def verdicts(found: Sequence[Measured]) -> list[tuple[str, float, float, bool]]:
    """What is wanted, what it is, its limit, and whether it is reached."""
    rows = []
    for one in found:
        rows.append(
            (
                f"{one.name}: judge's CPU over the databases', at most",
                one.share,
                WANTED_SHARE,
                one.share < WANTED_SHARE,
            )
        )
        rows.append(
            (
                f"{one.name}: peak MB, at most",
                one.peak / 1e6,
                WANTED_BYTES / 1e6,
                one.peak < WANTED_BYTES,
            )
        )
    return rows


def as_text(found: Sequence[Measured], rows: int) -> str:
    """A table of the runs and what they come to."""
    lines = [
        f"{rows:,} rows, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}",
        "",
        "| | s | rows/s | judge CPU s | databases CPU s | share | peak MB |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {one.name} | {one.seconds:.1f} | {rows / one.seconds:,.0f} | {one.judge:.2f} | "
        f"{one.databases:.2f} "
        f"| {one.share:.1%} | {one.peak / 1e6:.0f} |"
        for one in found
    ]
    lines += [
        "",
        *(
            f"{'reached' if good else 'MISSED':<8} {what} {limit:g}: {value:.2f}"
            for what, value, limit, good in verdicts(found)
        ),
    ]
    return "\n".join(lines)
