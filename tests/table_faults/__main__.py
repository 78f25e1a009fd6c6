"""``python -m tests.table_faults run [--together 1] [--jobs 1] [--only TEXT] [--results FILE]``:
every fault on every table.
"""

from __future__ import annotations

import argparse
import json
import queue
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tests.table_faults.lab import TABLES, FaultLab
from tests.table_faults.pairs import MOST, Pair, every_pair, rounds

Rounds = queue.SimpleQueue[list[Pair]]
STOPPED = threading.Event()


class Results:
    """What was found of each pair, kept in a file, so that a run that was broken off goes on."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()
        self.found: dict[str, list[str]] = (
            json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        )

    def keep(self, pairs: Sequence[Pair], lines: list[str], seconds: float) -> None:
        with self._lock:
            self.found |= {pair.name: lines for pair in pairs}
            text = json.dumps(self.found, indent=1, ensure_ascii=False)
            self._path.write_text(text, encoding="utf-8")
            names = ", ".join(pair.name for pair in pairs)
            print(f"{names}: {'wrong' if lines else 'right'}, {seconds:.0f} s", flush=True)
            for line in lines:
                print(f"    {line}", flush=True)


def main() -> int:
    arguments = _arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C
    wanted = [one for one in every_pair(TABLES) if arguments.only in one.name]
    results = Results(Path(arguments.results))
    open_ones = [one for one in wanted if results.found.get(one.name) != []]
    print(f"{len(wanted)} pairs, {len(open_ones)} of them still to be run", flush=True)
    waiting = Rounds()
    for one in rounds(open_ones, arguments.together):
        waiting.put(one)
    workers = [
        threading.Thread(target=_run, args=(waiting, results)) for _ in range(arguments.jobs)
    ]
    for worker in workers:
        worker.start()
    stopped = _wait_for(workers, waiting)
    right = sum(results.found.get(one.name) == [] for one in wanted)
    print(f"{right} of {len(wanted)} pairs as they have to be")
    return 130 if stopped else 0 if right == len(wanted) else 1


def _wait_for(workers: Sequence[threading.Thread], waiting: Rounds) -> bool:
    """Until all is done, or somebody has stopped it: the labs are down by then, too."""
    try:
        for worker in workers:
            worker.join()
    except KeyboardInterrupt:
        print("stopping: the labs go down once their last runs have ended", flush=True)
        STOPPED.set()
        with suppress(queue.Empty):
            while True:
                waiting.get_nowait()
        for worker in workers:
            worker.join()
    return STOPPED.is_set()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.table_faults")
    parser.add_argument("what", choices=["run"])
    parser.add_argument("--only", default="", help="pairs whose name holds this")
    parser.add_argument(
        "--together",
        type=int,
        default=1,
        choices=range(1, MOST + 1),
        help="faults that are on at the same time, each on a table of its own",
    )
    parser.add_argument("--jobs", type=int, default=1, help="labs side by side")
    parser.add_argument("--results", default="reports/table-faults.json")
    return parser.parse_args()


def _run(waiting: Rounds, results: Results) -> None:
    """One lab for all rounds that this worker takes."""
    with tempfile.TemporaryDirectory(prefix="table-faults-") as root, FaultLab(Path(root)) as lab:
        while True:
            try:
                pairs = waiting.get_nowait()
            except queue.Empty:
                return
            began = time.monotonic()
            lines = lab.run(pairs)
            if STOPPED.is_set():  # what was interrupted says nothing
                return
            results.keep(pairs, lines, time.monotonic() - began)


if __name__ == "__main__":
    sys.exit(main())
