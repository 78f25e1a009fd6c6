"""``python -m tests.outages.slow [SECONDS]``: the guarantees, with a table that takes so long
behind a slow network.

It takes minutes and asserts nothing about speed, so it is played by hand. Prints the seconds the
table took and how the run ended; exit 0 when the table took that long and the run is READY.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from reconciliation.verdict import Verdict
from tests.outages.stage import Stage

ROWS = 20_000
#: of what is read: the catalogues and the like, before the table's rows
BEFORE = 0.02


def main(seconds: float = 215) -> int:
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(Path(folder) / "slow", ROWS)
        try:
            quick, table = stage.run("command"), stage.oracle.received
            undisturbed, whole = stage.run("features"), stage.oracle.received - table
            at, rate = whole - table * (1 - BEFORE), table / seconds
            stage.oracle.after(int(at), lambda: stage.oracle.throttle(rate))
            slow = stage.run("features", "--patience", "60", "--answer-timeout", "60")
            report = json.loads(
                (stage.place.root / "reports/reconciliation.json").read_text(encoding="utf-8")
            )
        finally:
            stage.down()
    took = max(one["seconds"] for one in report["tables"])
    print(
        f"undisturbed: the comparison alone {quick.seconds:.1f} s, the guarantees "
        f"{undisturbed.seconds:.1f} s"
    )
    print(
        f"{table} bytes at {rate:.0f} a second: the table {took:.1f} s, the guarantees "
        f"{slow.seconds:.1f} s"
    )
    print("\n".join(slow.output.splitlines()[-14:]))
    return (
        0 if took >= seconds * 0.9 and slow.code == 0 and slow.verdict == Verdict.READY.value else 1
    )


if __name__ == "__main__":
    sys.exit(main(*map(float, sys.argv[1:])))
