"""``rows``: the rows of runs that stand or may stand now, and what is kept free for runs for good,
for whoever has to leave them out. Connects to nothing.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from exit_codes import ExitCode
from reconciliation.agreed.profile import load_profile
from reconciliation.cli import output
from reconciliation.process.visible import visible


def add_arguments(command: argparse.ArgumentParser) -> None:
    form = command.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="every key, as one JSON object")
    form.add_argument(
        "--sql",
        action="store_true",
        help="a condition per table that leaves the rows out, for both databases",
    )
    command.add_argument(
        "--with-sensitive",
        action="store_true",
        help="show values of sensitive key columns as they are",
    )


def tell(options: argparse.Namespace, root: Path) -> int:
    """Prints; gives the exit status. Raises UsageError, ContractError or EnvironmentFault."""
    # slow to import, and needed by no other command
    from reconciliation.agreed.contract import load_contract
    from reconciliation.cli import rows_told
    from reconciliation.session.run_rows import run_rows

    profile = load_profile(options.environment, root)
    found = run_rows(profile, load_contract(profile.contract_directory, None))
    by_hand: list[str] = []
    if options.json:
        lines = [rows_told.as_json(found, options.with_sensitive)]
    elif options.sql:
        lines = [*rows_told.as_sql(found, options.with_sensitive, by_hand)]
    else:
        lines = [*rows_told.in_words(found, options.with_sensitive)]
    with output.printing():
        print(*lines, sep="\n")
    for line in by_hand:
        output.complain(f"reconciliation: {visible(line)}")
    return ExitCode.NOT_JUDGED if by_hand else ExitCode.DONE
