"""The options of repair scripts; imports little, because every command line does."""

from __future__ import annotations

import argparse
from pathlib import Path

from reconciliation.errors import UsageError
from reconciliation.process.files import refuse_file


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of a run."""
    parser.add_argument(
        "--repair",
        metavar="FILE.sql",
        type=Path,
        help="write a script for Oracle that repairs divergent rows; it is never executed",
    )
    parser.add_argument(
        "--repair-with-sensitive",
        action="store_true",
        help="write values of sensitive columns into it as well",
    )


def add_check_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of repair-check, but for the environment."""
    parser.add_argument(
        "file", metavar="FILE.sql", type=Path, help="a script written by run --repair"
    )
    parser.add_argument("--json", action="store_true", help="print the outcome as one JSON object")


def refuse_unwritable(options: argparse.Namespace) -> None:
    """Raise UsageError, before anything connects, for a file that cannot be written."""
    if options.repair is None:
        if options.repair_with_sensitive:
            raise UsageError(
                "--repair-with-sensitive says what --repair FILE.sql may hold; name the file as "
                "well"
            )
        return
    if not options.repair.parent.exists():
        raise UsageError(
            f"--repair {options.repair}: there is no directory {options.repair.parent}"
        )
    refuse_file("--repair", options.repair)
