"""The options of ``drain``; what it does is slow to import."""

from __future__ import annotations

import argparse

from reconciliation.process.limits import limit


def add_arguments(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--within",
        type=limit,
        metavar="SECONDS",
        help="how long it may take (the profile's arrival_limit_seconds)",
    )
    command.add_argument("--json", action="store_true", help="print what was found as one object")
