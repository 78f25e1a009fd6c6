"""``python -m reconciliation run|check|copies|contract``: reading only, without pytest.

Exit: 0 equal (check: nothing found), 1 different (findings), 2 could not be judged, 4 wrong usage.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from reconciliation import contract_command, copies_command
from reconciliation.canonical import CanonicalError
from reconciliation.contract import ContractError
from reconciliation.faults import EnvironmentFault
from reconciliation.judge import Judge
from reconciliation.lab_state import with_running_lab
from reconciliation.mapping import MappingError
from reconciliation.profile import ProfileError, load_profile
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
    drafts = commands.add_parser("contract", help="draft contracts from both catalogues and the task's mapping")
    contract_command.add_arguments(drafts)
    for command in (run, check):
        command.add_argument("--environment", required=True, metavar="NAME", help="a file of environments/")
    for command in (run, check, copies):
        command.add_argument("--json", action="store_true", help="print the report as one JSON object")
        command.add_argument("--html", metavar="DIR", type=Path, help="write the HTML and JSON reports there")
    run.add_argument("--table", action="append", metavar="SCHEMA.TABLE", help="only this table; may be repeated")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit status."""
    options = _parser().parse_args(arguments)
    if options.command == "contract":
        return _contract(options)
    return _copies(options) if options.command == "copies" else _environment(options)


def _contract(options: argparse.Namespace) -> int:
    try:
        profile = with_running_lab(load_profile(options.environment, ROOT))
        around = contract_command.look_around(profile, options.task)
        files, notes = contract_command.drafts(around, options.table)
        contract_command.show_or_write(files, options.write)
    except (ProfileError, contract_command.WrongUsage) as error:
        return _refuse(str(error), USAGE)
    except (EnvironmentFault, MappingError) as error:
        return _refuse(str(error), NOT_JUDGED)
    for note in notes:
        print(f"reconciliation: {note}", file=sys.stderr)
    return EQUAL if files else NOT_JUDGED


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
    except ProfileError as error:
        return _refuse(str(error), USAGE)
    try:
        with Judge.open(with_running_lab(profile), each_table=options.command == "run") as judge:
            report = _work(judge, options)
    except (EnvironmentFault, ContractError, MappingError, CanonicalError, ProfileError) as error:
        return _refuse(str(error), NOT_JUDGED)
    _show(report, options)
    return _EXIT[report.verdict]


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
