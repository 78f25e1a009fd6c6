"""Comparing two PostgreSQL tables: this project beside reladiff, data-diff and a bare COPY of both
sides at once.

Each contestant is a process of its own, measured as a whole with its start. The peers are installed
by pip into environments of their own, for this benchmark alone.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import time
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import planted, trees
from benchmarks.timing import progress
from tests.clusters import Cluster, binaries, temporary_cluster

_ROOT = Path(__file__).parents[1]
OURS, RELADIFF, DATA_DIFF, BARE = (
    "reconciliation copies",
    "reladiff",
    "data-diff",
    "bare COPY of both sides",
)
#: what each needs beside itself: data-diff 0.11.2 does not run with newer versions of its own
#: dependencies
PEERS: Mapping[str, Sequence[str]] = {
    RELADIFF: ("reladiff==0.6.0", "psycopg2-binary"),
    DATA_DIFF: (
        "data-diff==0.11.2",
        "dbt-core<1.8",
        "pydantic<2",
        "psycopg2-binary",
        "setuptools<81",
    ),
}
_SETTINGS = {
    "shared_buffers": "4GB",
    "full_page_writes": "off",
    "max_wal_size": "16GB",
    "checkpoint_timeout": "1h",
    "autovacuum": "off",
}
#: how much faster than the faster peer, and how much slower than a bare COPY at most
WANTED_IDENTICAL, WANTED_DIFFERENT, WANTED_OF_BARE = 1.6, 4.5, 1.5
WANTED_BYTES = 300_000_000


@dataclass
class Runs:
    """What was measured of one contestant, all its processes together: seconds, seconds of
    processor time, and bytes resident at the most.
    """

    seconds: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    peak: int = 0

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``python -m benchmarks copies``."""
    parser.add_argument(
        "--rows", type=int, default=1_000_000, metavar="N", help="rows of each table (1,000,000)"
    )
    parser.add_argument(
        "--repeat", type=int, default=3, metavar="N", help="runs of every contestant (3)"
    )
    parser.add_argument(
        "--peers",
        type=Path,
        metavar="DIR",
        help="where the peers are or will be installed; "
        "without it only the bare COPY is measured beside ours",
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write the figures to this file as well"
    )


def run(options: argparse.Namespace) -> int:
    """Measures and prints; 0 when all that is wanted was reached, otherwise 1."""
    peers = _installed(options.peers) if options.peers else {}
    with temporary_cluster(settings=_SETTINGS) as cluster:
        truth = planted.plant(cluster, options.rows, progress)
        measured = {
            copy: _race(
                cluster, copy, peers, options.repeat, truth if copy == planted.OTHER else None
            )
            for copy in (planted.SAME, planted.OTHER)
        }
    return _report(measured, options)


def _installed(directory: Path) -> dict[str, Path]:
    found = {}
    for name, packages in PEERS.items():
        program = directory / name / "bin" / name
        if not program.exists():
            progress(f"installing {name}")
            venv.create(directory / name, with_pip=True)
            subprocess.run(
                [str(directory / name / "bin/pip"), "install", "-qq", *packages], check=True
            )
        found[name] = program
    return found


# ------------------------------------------------------------------ running


def _race(
    cluster: Cluster, copy: str, peers: Mapping[str, Path], repeat: int, truth: planted.Truth | None
) -> dict[str, Runs]:
    commands = _commands(cluster, copy, peers)
    measured = {name: Runs() for name in commands}
    for turn in range(repeat):
        for name in list(commands) if turn % 2 == 0 else reversed(list(commands)):
            seconds, processor, peak, output = _timed(commands[name])
            measured[name].seconds.append(seconds)
            measured[name].processor.append(processor)
            measured[name].peak = max(measured[name].peak, peak)
            progress(
                f"{copy:<22} {name:<26} {seconds:8.2f} s {processor:8.2f} s CPU "
                f"{peak / 1e6:6.0f} MB"
            )
            if name == OURS:
                _check(json.loads(output), truth)
            elif name in PEERS:
                _check_peer(name, output, truth)
    return measured


def _commands(cluster: Cluster, copy: str, peers: Mapping[str, Path]) -> dict[str, list[list[str]]]:
    """name -> the commands that run at once."""
    here, there = (
        f"{cluster.host}:{cluster.port}/{name}" for name in (planted.HERE, planted.THERE)
    )
    open_here, open_there = (f"postgresql://{cluster.user}@{place}" for place in (here, there))
    ours = [
        sys.executable,
        "-m",
        "reconciliation",
        "copies",
        "--source",
        open_here,
        "--target",
        open_there,
        "--json",
        "--no-history",
        "--table",
        f"{planted.SCHEMA}.{planted.SOURCE}={planted.SCHEMA}.{copy}",
    ]
    commands = {OURS: [ours], BARE: [_bare(open_here, planted.SOURCE), _bare(open_there, copy)]}
    # the peers want a password in the address; the throw-away server takes any
    known_here, known_there = (
        f"postgresql://{cluster.user}:{cluster.password}@{place}" for place in (here, there)
    )
    columns = [part for column in planted.COLUMNS for part in ("-c", column)]
    tables = [
        known_here,
        f"{planted.SCHEMA}.{planted.SOURCE}",
        known_there,
        f"{planted.SCHEMA}.{copy}",
        "-k",
        "id",
        *columns,
    ]
    if RELADIFF in peers:
        options = [
            "--json",
            "-j",
            "2",
            "--bisection-factor",
            "32",
            "--bisection-threshold",
            "16384",
            "--skip-sort-results",
            "--assume-unique-key",
        ]
        commands[RELADIFF] = [[str(peers[RELADIFF]), *tables, *options]]
    if DATA_DIFF in peers:
        commands[DATA_DIFF] = [[str(peers[DATA_DIFF]), *tables, "--json", "-j", "2"]]
    return commands


def _bare(place: str, table: str) -> list[str]:
    select = f"COPY (SELECT * FROM {planted.SCHEMA}.{table} ORDER BY id) TO STDOUT (FORMAT binary)"
    return [str(binaries() / "psql"), place, "-q", "-c", select, "-o", os.devnull]


def _timed(commands: Sequence[Sequence[str]]) -> tuple[float, float, int, str]:
    """Seconds until the last of the commands has ended, their processor seconds, the most bytes
    they and all their descendants had at once, and the first one's output.
    """
    environment = os.environ | {"COLUMNS": "100000"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    processes = [
        subprocess.Popen(
            command,
            cwd=_ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for command in commands
    ]
    with trees.Peak([process.pid for process in processes]) as peak:
        outputs = [process.communicate()[0] for process in processes]
        seconds = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if any(process.returncode not in (0, 1) for process in processes):
        raise RuntimeError(
            f"{commands[0][0]} ended with {[process.returncode for process in processes]}"
        )
    return seconds, processor, peak.bytes, outputs[0]


# ------------------------------------------------------------------ what was found


def _check(document: Mapping[str, object], truth: planted.Truth | None) -> None:
    """Ours has to find every planted difference with key, column and both
    values, and nothing else.
    """
    (table,) = document["tables"]
    if truth is None:
        if table["status"] != "equal" or table["differences"]:
            raise RuntimeError(f"identical tables are {table['status']}")
        return
    kinds: dict[str, set[int]] = {"missing": set(), "extra": set()}
    changed = {}
    for item in table["differences"]:
        key = int(item["key"][0])
        if item["kind"] == "changed":
            changed[key, item["source_column"]] = (item["source_value"], item["target_value"])
        else:
            kinds[item["kind"]].add(key)
    if (
        kinds["missing"] != truth.missing
        or kinds["extra"] != truth.extra
        or changed.keys() != truth.changed.keys()
    ):
        raise RuntimeError("the planted differences are not those that were found")
    for place, (before, after) in truth.changed.items():
        if changed[place] != (_shown(before), _shown(after)):
            raise RuntimeError(f"{place}: found {changed[place]}, planted {(before, after)}")


def _check_peer(name: str, output: str, truth: planted.Truth | None) -> None:
    """A peer that failed must not be taken for a fast one; both end with 0 or 1 after an error,
    too.
    """
    found = re.findall(r'\["([+-])", \["(\d+)"', output)
    removed, added = ({int(key) for sign, key in found if sign == wanted} for wanted in "-+")
    changed = {key for key, _ in truth.changed} if truth else set()
    missing, extra = (truth.missing, truth.extra) if truth else (set(), set())
    if removed != missing | changed or added != extra | changed:
        raise RuntimeError(
            f"{name} gave {len(removed)} rows of the source and {len(added)} of the copy as "
            f"different, "
            f"not {len(missing | changed)} and {len(extra | changed)}: {output[-300:]}"
        )


def _shown(value: object) -> object:
    """As the report's JSON has it."""
    return value.isoformat() if hasattr(value, "isoformat") else value


def _report(measured: Mapping[str, Mapping[str, Runs]], options: argparse.Namespace) -> int:
    print(
        f"{options.rows:,} rows, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; seconds: "
        f"median (fastest)\n"
    )
    wanted: list[tuple[str, float, float, bool]] = []
    for copy, label, limit in (
        (planted.SAME, "identical", WANTED_IDENTICAL),
        (planted.OTHER, "137 differences", WANTED_DIFFERENT),
    ):
        print(
            f"| {label} | s | CPU s | peak MB | times ours |\n| --- | ---: | ---: | ---: | ---: |"
        )
        runs = measured[copy]
        ours = runs[OURS].median
        for name, found in runs.items():
            print(
                f"| {name} | {found.median:.2f} ({min(found.seconds):.2f}) "
                f"| {statistics.median(found.processor):.2f} | {found.peak / 1e6:.0f} "
                f"| {found.median / ours:.2f} |"
            )
        print()
        faster = [runs[name].median for name in PEERS if name in runs]
        if faster:
            wanted.append(
                (f"{label}: faster peer over ours, at least", min(faster) / ours, limit, True)
            )
        wanted.append(
            (
                f"{label}: ours over bare COPY, at most",
                ours / runs[BARE].median,
                WANTED_OF_BARE,
                False,
            )
        )
        wanted.append(
            (f"{label}: peak MB, at most", runs[OURS].peak / 1e6, WANTED_BYTES / 1e6, False)
        )
    reached = [
        value >= limit if at_least else value <= limit for _, value, limit, at_least in wanted
    ]
    for (what, value, limit, _), good in zip(wanted, reached, strict=True):
        print(f"{'reached' if good else 'MISSED':<8} {what} {limit:g}: {value:.2f}")
    if options.json:
        _write(options.json, measured, options)
    return 0 if all(reached) else 1


def _write(
    path: Path, measured: Mapping[str, Mapping[str, Runs]], options: argparse.Namespace
) -> None:
    document = {
        "rows": options.rows,
        "runs": {
            copy: {name: vars(found) for name, found in runs.items()}
            for copy, runs in measured.items()
        },
    }
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
