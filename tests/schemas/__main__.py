"""``python -m tests.schemas run [--seeds 1-25] [--jobs 1]``: every schema READY, and NOT READY
under a fault.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.schemas.draw import schema_of
from tests.schemas.judged import pair_of, wrong_with


def main() -> int:
    arguments = _arguments()
    first, _, last = arguments.seeds.partition("-")
    seeds = range(int(first), int(last or first) + 1)
    home = Path(arguments.place or tempfile.mkdtemp(prefix="schemas-"))
    try:
        with ThreadPoolExecutor(arguments.jobs) as pool:
            bad = sum(pool.map(lambda seed: _told(seed, home / str(seed)), seeds))
    except KeyboardInterrupt:
        print("stopped: the schemas that had begun were ended, the others were not begun")
        return 130
    print(f"{len(seeds) - bad} of {len(seeds)} schemas as they have to be")
    return 1 if bad else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.schemas")
    parser.add_argument("what", choices=["run"])
    parser.add_argument("--seeds", default="1-25", help="one, or a first and a last one")
    parser.add_argument("--jobs", type=int, default=1, help="labs side by side")
    parser.add_argument("--place", help="where the projects are made; what was wrong stays there")
    return parser.parse_args()


def _told(seed: int, root: Path) -> bool:
    began, schema = time.monotonic(), schema_of(seed)
    try:
        found = wrong_with(seed, root)
    except AssertionError as error:
        found = [str(error)]
    names = ", ".join(one.name for one in schema.tables)
    head = f"{seed}: {len(schema.tables)} tables ({names}), {pair_of(schema, seed).name}"
    print(f"{head}: {'wrong' if found else 'right'}, {time.monotonic() - began:.0f} s", flush=True)
    for line in found:
        print(f"    {line}", flush=True)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
