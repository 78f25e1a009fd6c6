"""One run of the guarantees beside a writer, and whether it came out as it has to."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.clones import command, surroundings
from benchmarks.traffic_keys import contracts
from benchmarks.writer import Writer

_LIMIT_SECONDS = 1800
_POLL_SECONDS = 0.2
#: between two interrupts; the second one ends a clean-up
_INTERRUPTED_SECONDS = 60
#: nobody waits for the outcome any more
STOPPED = threading.Event()
#: how many lines of evidence are told of a run that is wrong
_TOLD = 8


@dataclass(frozen=True)
class Fault:
    """``words`` are those that ``python -m lab fault on`` takes; ``table`` as that names it."""

    words: str
    table: str


@dataclass(frozen=True)
class Run:
    """``exit_code`` is None for a run that had to be killed. ``changes`` were written by others
    meanwhile, ``refused`` of their transactions were not let through; lags in seconds.
    """

    began: str
    fault: str
    verdict: str
    exit_code: int | None
    seconds: float
    waits: int
    lag_median: float
    lag_longest: float
    changes: int
    refused: int
    peak_bytes: int
    wrong: tuple[str, ...]


def run_once(
    place: Path, environment: str, writer: Writer, fault: Fault | None, only: Sequence[str]
) -> Run:
    """The suite in a copy of the project whose lab is up; a fault is on meanwhile."""
    if fault is not None:
        words = shlex.split(fault.words)
        command(place, "lab", "fault", "on", *words, "--table", fault.table, *_lab(environment))
    began, written, refused = dt.datetime.now(dt.UTC), writer.rows, writer.refused
    try:
        exit_code, seconds, peak = _pytest(place, [*(only or ["features"]), *_lab(environment)])
    finally:
        if fault is not None:
            command(place, "lab", "fault", "off", "--all", *_lab(environment))
    path = place / "reports/verdict.json"
    verdict = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    lag = verdict.get("lag_seconds") or {}
    table = _source_name(place, environment, fault.table) if fault else None
    return Run(
        f"{began:%Y-%m-%dT%H:%M:%S}",
        f"{fault.words} {fault.table}" if fault else "",
        verdict.get("verdict", "none"),
        exit_code,
        round(seconds, 1),
        lag.get("waits", 0),
        lag.get("median", 0.0),
        lag.get("longest", 0.0),
        writer.rows - written,
        writer.refused - refused,
        peak,
        tuple(wrong(verdict, exit_code, table, bool(only)))[:_TOLD],
    )


def _lab(environment: str) -> list[str]:
    return ["--environment", environment]


def _pytest(place: Path, words: Sequence[str]) -> tuple[int | None, float, int]:
    """Exit code, seconds, and the largest resident memory in bytes of its largest process."""
    began, code = time.monotonic(), None
    (place / "reports").mkdir(exist_ok=True)
    with (place / "reports/printed.txt").open("wb") as printed:
        process = subprocess.Popen(
            [sys.executable, "-m", "pytest", *words, "-p", "no:cacheprovider"],
            cwd=place,
            env=surroundings(place),
            stdout=printed,
            stderr=subprocess.STDOUT,
        )
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if STOPPED.is_set():
                process.send_signal(signal.SIGINT)  # it cleans up
                time.sleep(_INTERRUPTED_SECONDS)
            if time.monotonic() - began > _LIMIT_SECONDS:
                process.kill()
            time.sleep(_POLL_SECONDS)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode >= 0:
        code = process.returncode
    return code, time.monotonic() - began, usage.ru_maxrss * 1024


def unequal_at_rest(place: Path, environment: str) -> list[str]:
    """What whole tables say once nobody writes any more: the runs must have damaged nothing."""
    try:
        command(place, "reconciliation", "run", *_lab(environment))
    except RuntimeError as error:
        return [f"at rest: {line}" for line in str(error).splitlines()[:_TOLD]]
    return []


# ------------------------------------------------------------------ what it has to come to


def wrong(
    verdict: Mapping[str, Any], exit_code: int | None, table: str | None, is_partial: bool
) -> Iterator[str]:
    """What of a run is not as it has to be, worst first; ``table`` is the one with a fault, as
    PostgreSQL names it, None without one.
    """
    if table is None:
        if exit_code != 0 or not (is_partial or verdict.get("verdict") == "READY"):
            yield from _said(verdict)
        return
    if exit_code != 1 or verdict.get("verdict") != "NOT READY":
        yield f"the fault was not found: {verdict.get('verdict')}: {verdict.get('reason')}"
    elif not any(_names(_first(one), table) for one in verdict["not_held"]):
        yield f"no first line of evidence names {table}"
    for cell in verdict.get("matrix", ()):
        if cell["table"] != table and cell["judged"] in ("broken", "not judged"):
            first = cell["words"].partition("\n")[0]
            yield f"{cell['table']} {cell['judged']}: {cell['guarantee']['scenario']}: {first}"


def _said(verdict: Mapping[str, Any]) -> list[str]:
    return [
        f"{one['outcome']}: {one['scenario']}: {_first(one)}" for one in verdict.get("not_held", ())
    ] or [f"{verdict.get('verdict', 'no verdict')}: {verdict.get('reason', '')}"]


def _first(one: Mapping[str, Any]) -> str:
    return one["message"].partition("\n")[0]


def _source_name(place: Path, environment: str, table: str) -> str:
    for source, document in contracts(place, environment).items():
        if table in (source, document["table"]["target"]):
            return source
    return table


def _names(line: str, table: str) -> bool:
    return re.search(rf"(?<![\w.]){re.escape(table)}(?![\w.]*\w)", line) is not None
