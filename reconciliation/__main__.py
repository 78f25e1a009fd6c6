"""``python -m reconciliation run|check|copies|repair-check``: reading only, without pytest.

Exit: 0 equal (check: nothing found), 1 different (findings), 2 could not be judged, 4 wrong usage.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from reconciliation import copies_command
from reconciliation.canonical import CanonicalError
from reconciliation.contract import ContractError
from reconciliation.faults import EnvironmentFault
from reconciliation.judge import Judge
from reconciliation.lab_state import with_running_lab
from reconciliation.mapping import MappingError
from reconciliation.profile import ProfileError, load_profile
from reconciliation.repair import command as repair
from reconciliation.report import RunReport, render_json, render_terminal, write
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
    repair.add_run_arguments(run)
    repair_check = commands.add_parser("repair-check", help="what a repair script would do now; nothing is executed")
    repair.add_check_arguments(repair_check)
    for command in (run, check, repair_check):
        command.add_argument("--environment", required=True, metavar="NAME", help="a file of environments/")
    for command in (run, check, copies):
        command.add_argument("--json", action="store_true", help="print the report as one JSON object")
        command.add_argument("--html", metavar="DIR", type=Path, help="write the HTML and JSON reports there")
    run.add_argument("--table", action="append", metavar="SCHEMA.TABLE", help="only this table; may be repeated")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit status."""
    options = _parser().parse_args(arguments)
    if options.command == "repair-check":
        return _repair_check(options)
    return _copies(options) if options.command == "copies" else _environment(options)


def _copies(options: argparse.Namespace) -> int:
    try:
        report = copies_command.compare(options, None if options.json else _progress())
    except copies_command.WrongUsage as error:
        return _refuse(str(error), USAGE)
    except EnvironmentFault as error:
        return _refuse(str(error), NOT_JUDGED)
    _show(report, options)
    return _EXIT[report.verdict]


def _environment(options: argparse.Namespace) -> int:
    try:
        profile = load_profile(options.environment, ROOT)
        if options.command == "run":
            repair.refuse_unwritable(options)
    except (ProfileError, repair.WrongUsage) as error:
        return _refuse(str(error), USAGE)
    try:
        with Judge.open(with_running_lab(profile)) as judge:
            report = _work(judge, options)
    except repair.WrongUsage as error:
        return _refuse(str(error), USAGE)
    except (EnvironmentFault, ContractError, MappingError, CanonicalError, ProfileError) as error:
        return _refuse(str(error), NOT_JUDGED)
    _show(report, options)
    return _EXIT[report.verdict]


def _work(judge: Judge, options: argparse.Namespace) -> RunReport:
    if options.command == "check":
        return check_run(judge)
    for name in options.table or ():
        judge.table(name)
    report = compare_run(judge, options.table, None if options.json else _progress())
    if options.repair is None:
        return report
    report = repair.write_script(judge, report, options)
    print(report.notes[-1], file=sys.stderr)
    return report


def _repair_check(options: argparse.Namespace) -> int:
    try:
        profile = load_profile(options.environment, ROOT)
        statements = repair.read_script(options.file, options.environment)
    except (ProfileError, repair.WrongUsage) as error:
        return _refuse(str(error), USAGE)
    try:
        with Judge.open(with_running_lab(profile)) as judge:
            outcome = repair.check(judge, statements)
    except (EnvironmentFault, ContractError, MappingError, CanonicalError, ProfileError) as error:
        return _refuse(str(error), NOT_JUDGED)
    sys.stdout.write(outcome.as_json() if options.json else outcome.as_text())
    return outcome.status


def _progress() -> Callable[[str, int], None] | None:
    """Counts on a terminal only; logs of a nightly job stay readable."""
    if not sys.stderr.isatty():
        return None
    return lambda table, rows: print(f"\r{table}: {rows:,} rows", end="", file=sys.stderr, flush=True)


def _show(report: RunReport, options: argparse.Namespace) -> None:
    if options.json:
        sys.stdout.write(render_json(report))
    else:
        render_terminal(report)
    if options.html:
        for path in write(report, options.html):
            print(f"written: {path}", file=sys.stderr)


def _refuse(line: str, status: int) -> int:
    print(f"reconciliation: {line}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
