"""``python -m reconciliation run|check|copies``: reading only, without pytest.

Exit: 0 equal (check: nothing found), 1 different (findings), 2 could not be judged, 4 wrong usage.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from reconciliation import copies_command, output
from reconciliation.canonical import CanonicalError
from reconciliation.contract import ContractError
from reconciliation.faults import EnvironmentFault
from reconciliation.judge import Judge
from reconciliation.lab_state import with_running_lab
from reconciliation.mapping import MappingError
from reconciliation.profile import ProfileError, load_profile
from reconciliation.report import RunReport
from reconciliation.runs import check_run, compare_run
from reconciliation.verdict import Verdict

EQUAL, DIFFERENT, NOT_JUDGED, USAGE = 0, 1, 2, 4
_EXIT = {Verdict.READY: EQUAL, Verdict.NOT_READY: DIFFERENT, Verdict.NOT_JUDGED: NOT_JUDGED}
ROOT = Path(__file__).resolve().parent.parent


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m reconciliation", description=__doc__.split("\n\n")[0],
                     epilog=__doc__.split("\n\n")[1])  # fmt: skip
    commands = parser.add_subparsers(dest="command", required=True, parser_class=_Parser)
    run = commands.add_parser("run", help="compare every row of the contracted tables")
    check = commands.add_parser("check", help="readiness, set-up, mapping and capacity, without comparing rows")
    copies = commands.add_parser("copies", help="compare PostgreSQL tables with their copies in another PostgreSQL")
    copies_command.add_arguments(copies)
    for command in (run, check):
        command.add_argument("--environment", required=True, metavar="NAME", help="a file of environments/")
    for command in (run, check, copies):
        output.add_arguments(command)
    run.add_argument("--table", action="append", metavar="SCHEMA.TABLE", help="only this table; may be repeated")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit status."""
    options = _parser().parse_args(arguments)
    try:
        output.check(options)
    except output.WrongOutput as error:
        return _refuse(str(error), USAGE)
    return _copies(options) if options.command == "copies" else _environment(options)


def _copies(options: argparse.Namespace) -> int:
    try:
        report = copies_command.compare(options, None if options.json else _progress())
    except copies_command.WrongUsage as error:
        return _refuse(str(error), USAGE)
    except EnvironmentFault as error:
        return _refuse(str(error), NOT_JUDGED)
    return _deliver(report, options)


def _environment(options: argparse.Namespace) -> int:
    try:
        profile = load_profile(options.environment, ROOT)
    except ProfileError as error:
        return _refuse(str(error), USAGE)
    try:
        with Judge.open(with_running_lab(profile)) as judge:
            report = _work(judge, options)
    except (EnvironmentFault, ContractError, MappingError, CanonicalError, ProfileError) as error:
        return _refuse(str(error), NOT_JUDGED)
    return _deliver(report, options)


def _work(judge: Judge, options: argparse.Namespace) -> RunReport:
    if options.command == "check":
        return check_run(judge)
    for name in options.table or ():
        judge.table(name)
    return compare_run(judge, options.table, None if options.json else _progress())


def _progress() -> Callable[[str, int], None] | None:
    """Counts on a terminal only; logs of a nightly job stay readable."""
    if not sys.stderr.isatty():
        return None
    return lambda table, rows: print(f"\r{table}: {rows:,} rows", end="", file=sys.stderr, flush=True)


def _deliver(report: RunReport, options: argparse.Namespace) -> int:
    try:
        output.deliver(report, options, ROOT / "reports")
    except EnvironmentFault as error:
        return _refuse(str(error), NOT_JUDGED)
    return _EXIT[report.verdict]


def _refuse(line: str, status: int) -> int:
    print(f"reconciliation: {line}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
