"""``python -m tests.outages [PART ...]``: plays the table and prints it: verdict, exit code,
seconds and lines.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.outages import machine, network, parts, silence  # noqa: F401 - enter their cases into the table
from tests.outages.cases import TABLE, Case
from tests.outages.stage import DOORS, Stage


def main(chosen: list[str]) -> int:
    """Prints one line a case; gives 1 when any of them is wrong."""
    wrong = 0
    print(
        "| fault | door | verdict | exit | seconds | lines | wrong |\n|---|---|---|---|---|---|---|"
    )
    for part in chosen or list(TABLE):
        with tempfile.TemporaryDirectory() as folder:
            stage = Stage(Path(folder) / part)
            try:
                for case in TABLE[part]:
                    for door in DOORS:
                        wrong += _play(stage, case, door)
            finally:
                stage.down()
    return 1 if wrong else 0


def _play(stage: Stage, case: Case, door: str) -> bool:
    outcome = case.play(stage, door)
    found = case.wrong(door, outcome)
    print(case.row(door, outcome), flush=True)
    if found:
        print(
            "\n".join(f"    {line}" for line in outcome.output.splitlines()[-40:]),
            file=sys.stderr,
            flush=True,
        )
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
