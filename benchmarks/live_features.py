"""Whole runs of the guarantees while others write to every table: nothing may be called broken that
is not, and what is broken in one table must be found there all the same.

Each run is a process of its own, as a user starts it. Those without a fault share a lab; each with
a fault has a new one. The exit code is 0 only if every run came out as it has to.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from pathlib import Path

from benchmarks.clones import clone, lab_of
from benchmarks.live_features_report import as_text, line_of
from benchmarks.live_features_run import STOPPED, Fault, Run, run_once, unequal_at_rest
from benchmarks.timing import progress
from benchmarks.traffic import Traffic
from benchmarks.traffic_keys import read_reserved, schema_of
from benchmarks.writer import Writer

#: by turns: rows lost, a value altered, rows deleted in Oracle, applied twice, deletes lost
FAULTS = (
    ("inserts_ignored", "pay.settlement_line"),
    ("numbers_cut --column percent", "pay.tariff"),
    ("rows_deleted", "PAY.INVOICE"),
    ("duplicate_insert_refused", "pay.payer"),
    ("deletes_ignored", "pay.exchange_rate"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--runs", type=int, default=10, help="runs without a fault")
    parser.add_argument("--faulty-runs", type=int, help="runs with one (as many as without)")
    parser.add_argument("--rate", type=int, default=100, help="changes per second")
    parser.add_argument("--environment", default="lab-payments", help="profile of a lab")
    parser.add_argument(
        "--fault", action="append", default=[], metavar='"NAME ..."',
        help="as `python -m lab fault on` takes it; several take turns",
    )  # fmt: skip
    parser.add_argument(
        "--table", action="append", default=[], help="the table of a --fault, in the same order"
    )
    parser.add_argument("--together", type=int, default=1, help="labs side by side")
    parser.add_argument("--busy", action="store_true", help="keep every core busy meanwhile")
    parser.add_argument("--keep", type=Path, help="keep what each run printed and reported here")
    parser.add_argument("--json", type=Path, help="write the figures to this file as well")
    parser.add_argument(
        "only", nargs="*", metavar="WORD", help='behind "--": for pytest, instead of "features"'
    )


def run(options: argparse.Namespace) -> int:
    """0 when every run came out as it has to, otherwise 1."""
    faults = [Fault(*pair) for pair in _pairs(options)]
    faulty = options.runs if options.faulty_runs is None else options.faulty_runs
    shares = [options.runs // options.together] * options.together
    for place in range(options.runs % options.together):
        shares[place] += 1
    jobs: list[list[Fault | None]] = [[None] * share for share in shares if share]
    jobs += [[faults[number % len(faults)]] for number in range(faulty)]
    with ExitStack() as stack:
        if options.busy:
            stack.enter_context(_busy_cores())
        pool = stack.enter_context(ThreadPoolExecutor(options.together))
        stack.callback(STOPPED.set)  # where it is interrupted; otherwise all has ended by then
        found = [
            one for some in pool.map(lambda job: _in_a_lab(job, options), jobs) for one in some
        ]
    print(as_text(found))
    if options.json:
        document = {"rate": options.rate, "runs": [asdict(one) for one in found]}
        text = json.dumps(document, indent=2, ensure_ascii=False)
        options.json.write_text(text + "\n", encoding="utf-8")
    return 1 if any(one.wrong for one in found) else 0


def _pairs(options: argparse.Namespace) -> Sequence[tuple[str, str]]:
    if len(options.fault) != len(options.table):
        print(
            f"{len(options.fault)} --fault and {len(options.table)} --table: each fault takes one",
            file=sys.stderr,
        )
        raise SystemExit(2)
    return list(zip(options.fault, options.table, strict=True)) or FAULTS


def _in_a_lab(job: Sequence[Fault | None], options: argparse.Namespace) -> list[Run]:
    """Runs one after the other, in a lab that somebody writes to from beginning to end."""
    environment, found = options.environment, []
    with clone("live-features") as place, lab_of(place, environment) as told:
        traffic = Traffic(schema_of(place, environment), read_reserved(place, environment))
        with Writer(json.loads(told)["postgres"], traffic, options.rate) as writer:
            for fault in job:
                if STOPPED.is_set():
                    break
                found.append(run_once(place, environment, writer, fault, options.only))
                progress(line_of(found[-1]))
                _keep(place, options.keep, found[-1])
        if job[-1] is None and found:
            wrong = [*found[-1].wrong, *unequal_at_rest(place, environment)]
            found[-1] = replace(found[-1], wrong=tuple(wrong))
    return found


def _keep(place: Path, kept: Path | None, one: Run) -> None:
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        name = f"{one.began.replace(':', '')}-{os.path.basename(place)}"
        (place / "reports").rename(kept / name)
        (place / "reports").mkdir()


@contextmanager
def _busy_cores() -> Iterator[None]:
    context = multiprocessing.get_context("spawn")
    burning = [context.Process(target=_burn, daemon=True) for _ in range(os.cpu_count() or 1)]
    for one in burning:
        one.start()
    try:
        yield
    finally:
        for one in burning:
            one.kill()


def _burn() -> None:
    while True:
        pass
