"""``python -m tests.oracle.soak``: a run with progress and a table; exit 1 with named findings."""

from __future__ import annotations

import argparse
import sys

from tests.oracle.soak.run import Outcome, soak


def main() -> int:
    """Runs and prints; 0 when nothing was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.oracle.soak", description=__doc__)
    parser.add_argument("--sessions", type=int, default=24)
    parser.add_argument("--seconds", type=float, default=120.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(
        f"{options.sessions} sessions for {options.seconds:.0f} s, seed {options.seed}", flush=True
    )
    outcome = soak(options.sessions, options.seconds, options.seed, progress=True)
    show(outcome)
    return 1 if outcome.findings else 0


def show(outcome: Outcome) -> None:
    """The table: what was done, what was measured, what was wrong."""
    print("\ndone")
    for name, count in sorted(outcome.counts.items()):
        print(f"  {name:40} {count:8}")
    print("measured: middle of the run, end of the run, growth allowed")
    for figure in outcome.figures:
        limit = "-" if figure.limit is None else f"{figure.limit:.0f}"
        print(
            f"  {figure.name:40} {figure.before:8.0f} {figure.after:8.0f} {limit:>8} {figure.unit}"
        )
    print(f"findings: {len(outcome.findings)}")
    for finding in outcome.findings:
        print(f"  {finding}")


if __name__ == "__main__":
    sys.exit(main())
