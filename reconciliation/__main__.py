"""``python -m reconciliation run|check|drain|copies|contract|mapping|repair-check|grants|rows``:
without pytest, and reading only, but for the markers of drain where the profile allows mutations.

Exit: 0 equal (check: nothing found), 1 different (findings), 2 could not be judged, 4 wrong usage,
130 interrupted. docs/exit-codes.md has them all.
"""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, Protocol

from exit_codes import ExitCode
from reconciliation.agreed.profile import Profile, load_profile
from reconciliation.cli import copies as copies_command
from reconciliation.cli import draft_options, drain_options, output
from reconciliation.cli import grants as grants_command
from reconciliation.cli import repair_options as repair
from reconciliation.cli import rows as rows_command
from reconciliation.cli.arguments import ShowVersion, command_first
from reconciliation.cli.resume_options import add_arguments, add_limits, kept, limited
from reconciliation.compare.choice import AUTO, MODES
from reconciliation.compare.resume.store import file_name
from reconciliation.compare.segments.progress import Meter
from reconciliation.compare.segments.workers import usual_number
from reconciliation.compare.start import Resume
from reconciliation.errors import (
    CanonicalError,
    ContractError,
    EnvironmentFault,
    MappingError,
    Unwritten,
    UsageError,
)
from reconciliation.model import Contract
from reconciliation.process import unforeseen
from reconciliation.process.interrupts import Interrupts
from reconciliation.process.visible import visible, visible_lines
from reconciliation.report import RunReport
from reconciliation.verdict import Verdict

if TYPE_CHECKING:
    from reconciliation.parallel_run import ParallelRun
    from reconciliation.session.session import Session

#: each has a session on both sides
MOST_WORKERS = 64
ROOT = Path(__file__).resolve().parent.parent


class _Writable(Protocol):
    def write(self, text: str, /) -> object: ...


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(ExitCode.USAGE, f"{self.prog}: {message}\n")

    def print_help(self, file: _Writable | None = None) -> None:
        """argparse would keep to itself that it cannot be printed."""
        (file or sys.stdout).write(self.format_help())


def _at_least_one(given: str) -> int:
    if not given.isascii() or not given.isdigit() or not 1 <= int(given) <= MOST_WORKERS:
        raise argparse.ArgumentTypeError(f"{given!r} is no number from 1 to {MOST_WORKERS}")
    return int(given)


def _parser() -> tuple[argparse.ArgumentParser, Mapping[str, argparse.ArgumentParser]]:
    """The program's parser, and those of its commands."""
    parser = _Parser(
        prog="python -m reconciliation",
        description=__doc__.split("\n\n")[0],
        epilog=__doc__.split("\n\n")[1],
    )
    parser.add_argument(
        "--version", action=ShowVersion, help="tell the versions a report depends on, and end"
    )
    commands = parser.add_subparsers(dest="command", required=True, parser_class=_Parser)
    run = commands.add_parser("run", help="compare every row of the contracted tables")
    check = commands.add_parser(
        "check", help="readiness, set-up, mapping and capacity, without comparing rows"
    )
    drain = commands.add_parser(
        "drain", help="whether the replication stands still behind a quiet source, or who writes"
    )
    drain_options.add_arguments(drain)
    copies = commands.add_parser(
        "copies", help="compare PostgreSQL tables with their copies in another PostgreSQL"
    )
    copies_command.add_arguments(copies)
    drafts = commands.add_parser(
        "contract", help="draft contracts from both catalogues and the task's mapping"
    )
    draft_options.add_contract_arguments(drafts)
    mapping = commands.add_parser("mapping", help="draft a table mapping from both catalogues")
    draft_options.add_mapping_arguments(mapping)
    needed = commands.add_parser(
        "grants", help="what the suite's accounts need, as statements; connects to nothing"
    )
    grants_command.add_arguments(needed)
    rows = commands.add_parser(
        "rows",
        help="the rows of runs that stand now, for whoever leaves them out; connects to nothing",
    )
    rows_command.add_arguments(rows)
    repair.add_run_arguments(run)
    repair_check = commands.add_parser(
        "repair-check", help="what a repair script would do now; nothing is executed"
    )
    repair.add_check_arguments(repair_check)
    for command in (run, check, drain, drafts, mapping, repair_check, needed, rows):
        command.add_argument(
            "--environment", required=True, metavar="NAME", help="a file of environments/"
        )
    for command in (run, check, copies):
        output.add_arguments(command)
    add_limits(check)
    for command in (run, copies):
        command.add_argument(
            "--compare",
            choices=MODES,
            default=AUTO,
            help="read all rows, or let both databases add up digests of them; "
            "auto measures which is faster (auto)",
        )
        command.add_argument(
            "--workers",
            type=_at_least_one,
            default=usual_number(),
            metavar="N",
            help=f"processes that compare parts of a large table ({usual_number()})",
        )
        add_arguments(command)
    for command in (run, drafts):
        command.add_argument(
            "--table",
            action="append",
            metavar="SCHEMA.TABLE",
            help="only this table; may be repeated",
        )
    return parser, commands.choices


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives the exit status. What keeps it from an answer is one line."""
    gc.set_threshold(50_000)  # most of what is made in the beginning is imported, and stays
    output.show_anything(sys.stdout)
    with Interrupts() as interrupts:
        environment = partial(_environment, interrupts=interrupts)
        commands: Mapping[str, Callable[[argparse.Namespace], int]] = {
            "run": environment,
            "check": environment,
            "drain": partial(_drain, interrupts=interrupts),
            "copies": partial(_copies, interrupts=interrupts),
            "contract": _contract,
            "mapping": _mapping,
            "repair-check": _repair_check,
            "grants": _grants,
            "rows": lambda options: rows_command.tell(options, ROOT),
        }
        try:
            options = _options(sys.argv[1:] if arguments is None else arguments)
            if options.command in ("run", "check", "copies"):
                output.check(options)
            if options.command == "run":
                repair.refuse_unwritable(options)
            draft_options.refuse_unwritable(options)
            code = commands[options.command](options)
            if interrupts.received:
                output.complain(
                    f"reconciliation: interrupted by {interrupts.received}; "
                    "reported is what was judged before"
                )
            return code
        except UsageError as error:
            return _refuse(str(error), ExitCode.USAGE)
        except (EnvironmentFault, ContractError, MappingError, CanonicalError) as error:
            return _refuse(str(error), ExitCode.NOT_JUDGED)
        except KeyboardInterrupt:
            by = f" by {interrupts.received}" if interrupts.received else ""
            return _refuse(f"interrupted{by}; nothing was judged", ExitCode.INTERRUPTED)
        except Exception as error:
            return _refuse(unforeseen.told(error, ROOT / "reports"), ExitCode.NOT_JUDGED)


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    """What is asked for. Raises SystemExit for wrong usage and behind help, Unwritten for help
    nobody gets.
    """
    parser, by_name = _parser()
    ended = None
    with output.printing():
        try:
            return parser.parse_args(command_first(by_name, arguments))
        except SystemExit as end:  # behind help, which may still be buffered
            ended = end
    raise ended


def _contract(options: argparse.Namespace) -> int:
    from reconciliation.cli import contract as contract_command
    from reconciliation.cli import drafted_files
    from reconciliation.session.lab_state import with_running_lab

    profile = with_running_lab(load_profile(options.environment, ROOT))
    around = contract_command.look_around(profile, options.task, options.mapping)
    made, notes = contract_command.drafts(around, options.table, profile.kind == "live")
    if options.write is not None or options.accept is None:
        notes += contract_command.counted(made)
    if options.accept is not None:
        asked, more = contract_command.to_accept(profile, around, made)
        notes += more
        drafted_files.write_accepted(asked, options.accept)
    if options.write is not None:
        drafted_files.write_contracts(made, options.write)
    if options.accept is None and options.write is None:
        drafted_files.show_contracts(made)
    for note in notes:
        output.complain(f"reconciliation: {visible(note)}")
    return ExitCode.DONE if made and not around.unseen else ExitCode.NOT_JUDGED


def _mapping(options: argparse.Namespace) -> int:
    from reconciliation.cli import mapping as mapping_command
    from reconciliation.session.lab_state import with_running_lab

    profile = with_running_lab(load_profile(options.environment, ROOT))
    made = mapping_command.drafted(profile, options.schema)
    mapping_command.deliver(made, options.write)
    for note in (*made.notes, f"tables selected: {len(made.tables)}"):
        output.complain(f"reconciliation: {visible(note)}")
    return ExitCode.DONE


def _drain(options: argparse.Namespace, interrupts: Interrupts) -> int:
    from reconciliation.cli import drain
    from reconciliation.session.lab_state import with_running_lab

    profile = load_profile(options.environment, ROOT)
    _agreed(profile)
    found = drain.look(with_running_lab(profile), options.within, interrupts)
    with output.printing():
        sys.stdout.write(drain.as_json(found) if options.json else drain.as_text(found))
    return drain.code_of(found)


def _grants(options: argparse.Namespace) -> int:
    lines = list(grants_command.statements(options, ROOT))
    with output.printing():
        print(*lines, sep="\n")
    return ExitCode.DONE


def _copies(options: argparse.Namespace, interrupts: Interrupts) -> int:
    with _progress(options) as progress:
        report = copies_command.compare(options, progress, ROOT)
        interrupts.finishing = True
    return _deliver(report, options)


def _environment(options: argparse.Namespace, interrupts: Interrupts) -> int:
    # slow to import, and needed by no other command
    from reconciliation.session import opening
    from reconciliation.session.lab_state import with_running_lab

    profile = load_profile(options.environment, ROOT)
    contract = _agreed(profile)
    if options.command == "run":
        _refuse_unknown(contract, options.table or ())
    with _kept(options, profile, contract) as resume:
        output.take_away_old(options)
        running = with_running_lab(profile)
        with opening.open_session(running, True, limited(options, running.limits)) as session:
            report = _work(session, options, resume)
            interrupts.finishing = True  # what was found is told, whatever comes
    return _deliver(report, options)


def _agreed(profile: Profile) -> Contract:
    """The contract files are the user's, as the profile is: a mistake in one is wrong usage."""
    from reconciliation.agreed.contract import agreed_contract

    try:
        return agreed_contract(profile)
    except ContractError as error:
        raise UsageError(str(error)) from None


def _refuse_unknown(contract: Contract, tables: Sequence[str]) -> None:
    known = [table.source for table in contract.tables]
    for name in tables:
        if name not in known:
            raise UsageError(
                f"there is no contract for table {name!r}; contracts: {', '.join(known)}"
            )


def _kept(
    options: argparse.Namespace, profile: Profile, contract: Contract
) -> AbstractContextManager[Resume]:
    if options.command != "run":
        return nullcontext(Resume())
    tables = options.table or [table.source for table in contract.tables]
    return kept(options, ROOT, file_name(profile.name), [file_name(table) for table in tables])


def _work(session: Session, options: argparse.Namespace, resume: Resume) -> RunReport:
    from reconciliation.cli.runs import check_run, compare_run

    if options.command == "check":
        return check_run(session)
    with _progress(options) as progress:
        report = compare_run(
            session, options.table, progress, options.workers, options.compare, resume
        )
    if options.repair is None or report.interrupted:
        return report
    report = _with_script(session.parallel_run, report, options)
    output.complain(visible(report.notes[-1]))
    return report


def _with_script(run: ParallelRun, report: RunReport, options: argparse.Namespace) -> RunReport:
    """The report with a note about the repair script. One that cannot be made leaves standing what
    was found.
    """
    from reconciliation.cli.repair import write_script

    try:
        return write_script(run, report, options)
    except (EnvironmentFault, CanonicalError) as error:
        why, interrupted = str(error), False
    except KeyboardInterrupt:
        why, interrupted = "the run was interrupted", True
    except Exception as error:
        why, interrupted = unforeseen.told(error, ROOT / "reports"), False
    note = f"no repair script was written: {why}"
    report = replace(report, notes=(*report.notes, note), interrupted=interrupted)
    if report.verdict is Verdict.NOT_READY:
        return report
    return replace(report, verdict=Verdict.NOT_JUDGED, not_judged=(*report.not_judged, note))


def _repair_check(options: argparse.Namespace) -> int:
    from reconciliation.cli.repair import check_file

    outcome = check_file(options.file, load_profile(options.environment, ROOT))
    try:
        with output.printing():
            sys.stdout.write(
                outcome.as_json() if options.json else visible_lines(outcome.as_text())
            )
    except Unwritten as reason:  # what was found stays found
        return _refuse(str(reason), outcome.status or ExitCode.NOT_JUDGED)
    return outcome.status


def _progress(options: argparse.Namespace) -> Meter:
    """Tells on a terminal only; logs of a nightly job stay readable."""
    return Meter(sys.stderr if sys.stderr.isatty() and not options.json else None)


def _deliver(report: RunReport, options: argparse.Namespace) -> int:
    try:
        return output.deliver(report, options, ROOT / "reports").ending.code
    except EnvironmentFault as error:
        why = str(error)
    except Exception as error:
        why = unforeseen.told(error, ROOT / "reports")
    # what was found to differ stays found
    return _refuse(
        why, ExitCode.BROKEN if report.verdict is Verdict.NOT_READY else ExitCode.NOT_JUDGED
    )


def _refuse(line: str, status: ExitCode) -> int:
    output.complain(f"reconciliation: {visible_lines(line)}")
    return status


if __name__ == "__main__":
    sys.exit(main())
