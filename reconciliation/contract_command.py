"""``python -m reconciliation contract``: its options, and what it answers."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from reconciliation.faults import EnvironmentFault
from reconciliation.profile import ProfileError, load_profile


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("--environment", required=True, metavar="NAME", help="a file of environments/")
    parser.add_argument("--task", metavar="NAME", help="the replication task (default: the profile's)")
    parser.add_argument("--table", action="append", metavar="SCHEMA.TABLE", help="only this table; may be repeated")
    parser.add_argument("--write", metavar="DIR", type=Path, help="write one file a table there; none is overwritten")


def draft_contracts(options: argparse.Namespace, root: Path, refuse: Callable[[str, int], int]) -> int:
    """Draft, show and tell; gives the exit status: 0 drafted, 2 nothing could be drafted, 4 wrong usage."""
    from reconciliation.drafting import command
    from reconciliation.lab_state import with_running_lab
    from reconciliation.mapping import MappingError

    try:
        profile = load_profile(options.environment, root)
        around = command.look_around(with_running_lab(profile), options.task)
        files, notes = command.drafts(around, options.table)
        command.show_or_write(files, options.write)
    except (ProfileError, command.WrongUsage) as error:
        return refuse(str(error), 4)
    except (EnvironmentFault, MappingError) as error:
        return refuse(str(error), 2)
    for note in notes:
        print(f"reconciliation: {note}", file=sys.stderr)
    return 0 if files else 2
