"""Runs the suite against a stand-in of its own and prints the verdict; what follows on the command
line is pytest's.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.sqlalchemy_suite.runner import run_suite
from tests.sqlalchemy_suite.verdict import complaints, read_exceptions, summary


def main(arguments: list[str]) -> int:
    """0 when everything is as the exceptions say; with arguments of pytest only the failures are
    printed.
    """
    with tempfile.TemporaryDirectory(prefix="dialect-suite-") as directory:
        outcomes = run_suite(Path(directory), arguments)
    print(summary(outcomes))
    if arguments:
        for name, outcome in sorted(outcomes.items()):
            if outcome.kind == "failed":
                print(f"{name}\n    {outcome.message}")
        return 0
    found = complaints(outcomes, read_exceptions())
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
