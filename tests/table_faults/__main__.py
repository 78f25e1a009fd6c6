"""``python -m tests.table_faults run [--jobs 1] [--only TEXT] [--results FILE]``: every fault on
every table.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from tests.suite.place import ROOT, Place
from tests.table_faults.pairs import FAULTS, Pair, tables, wrong

NAME = "lab-payments"
#: fewer rows than in earnest: what a fault does, it does to a few
ROWS = ("rows = 60", "rows = 16")


class Results:
    """What was found of each pair, kept in a file, so that a run that was broken off goes on."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()
        self.found: dict[str, list[str]] = (
            json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        )

    def keep(self, pair: Pair, lines: list[str], seconds: float) -> None:
        with self._lock:
            self.found[pair.name] = lines
            text = json.dumps(self.found, indent=1, ensure_ascii=False)
            self._path.write_text(text, encoding="utf-8")
            word = "wrong" if lines else "right"
            print(f"{pair.name}: {word}, {seconds:.0f} s", flush=True)
            for line in lines:
                print(f"    {line}", flush=True)


def main() -> int:
    arguments = _arguments()
    pairs = [
        Pair(fault, table) for table in tables(ROOT / "contracts/payments") for fault in FAULTS
    ]
    wanted = [one for one in pairs if arguments.only in one.name]
    results = Results(Path(arguments.results))
    open_ones = [one for one in wanted if results.found.get(one.name) != []]
    print(f"{len(wanted)} pairs, {len(open_ones)} of them still to be run", flush=True)
    workers = [
        threading.Thread(target=_run, args=(open_ones[number :: arguments.jobs], results))
        for number in range(arguments.jobs)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    right = sum(results.found.get(one.name) == [] for one in wanted)
    print(f"{right} of {len(wanted)} pairs as they have to be")
    return 0 if right == len(wanted) else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.table_faults")
    parser.add_argument("what", choices=["run"])
    parser.add_argument("--only", default="", help="pairs whose name holds this")
    parser.add_argument("--jobs", type=int, default=1, help="labs side by side")
    parser.add_argument("--results", default="reports/table-faults.json")
    return parser.parse_args()


def _run(pairs: Sequence[Pair], results: Results) -> None:
    """One lab for all of them: what a fault has left is swept by the run behind it."""
    with tempfile.TemporaryDirectory(prefix="table-faults-") as root:
        place = Place.copy_to(Path(root))
        profile = place.root / f"environments/{NAME}.toml"
        text = profile.read_text(encoding="utf-8").replace(*ROWS)
        profile.write_text(text, encoding="utf-8")
        place.lab("up", "--environment", NAME, "--detach")
        try:
            for pair in pairs:
                began = time.monotonic()
                lines = _one(place, pair)
                results.keep(pair, lines, time.monotonic() - began)
        finally:
            place.lab("down", "--environment", NAME)


def _one(place: Place, pair: Pair) -> list[str]:
    place.lab("fault", "on", pair.fault, *pair.options, "--environment", NAME)
    try:
        done = place.features("features", "--environment", NAME, "--patience", "30")
    finally:
        place.lab("fault", "off", pair.fault, "--environment", NAME)
    lines = [line for line in done.stdout.splitlines() if "Traceback" in line]
    return [*lines, *wrong(pair, place.verdict)]


if __name__ == "__main__":
    sys.exit(main())
