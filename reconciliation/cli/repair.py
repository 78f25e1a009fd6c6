"""``run --repair FILE`` and ``repair-check FILE``: writing a repair script, and looking at what it
would do.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from exit_codes import ExitCode
from reconciliation.describe import digest, show
from reconciliation.errors import EnvironmentFault, ProfileError, UsageError
from reconciliation.parallel_run import ParallelRun
from reconciliation.process.files import replaced
from reconciliation.repair.check import Checked, Effect, check_script
from reconciliation.repair.plan import Plan, plan_repair
from reconciliation.repair.script import Facts, ScriptError, Written, environment_of, parse, render
from reconciliation.session import opening
from reconciliation.session.lab_state import with_running_lab

if TYPE_CHECKING:
    from reconciliation.agreed.profile import Profile
    from reconciliation.report import RunReport

#: lines about single statements that are printed
SHOWN = 50


# ------------------------------------------------------------------ writing


def repair_script(
    run: ParallelRun, report: RunReport, *, with_sensitive: bool = False, plan: Plan | None = None
) -> str:
    """The script for the divergent rows of a run, as text; both sides are read again, and nothing
    is written to them.

    Raises EnvironmentFault when a side cannot be read.
    """
    made = plan or plan_repair(run, report.tables, with_sensitive)
    there = run.target_credentials
    facts = Facts(
        report.run_id,
        report.environment,
        report.title,
        f"Oracle {there.host}:{there.port}/{there.database}, schema "
        f"{', '.join(run.profile.target.schemas)}",
        dt.datetime.now(dt.UTC),
        tuple(
            f"{result.table}: PostgreSQL up to {result.watermark}"
            for result in report.tables
            if result.watermark
        ),
    )
    return render(made, facts, sensitive=() if with_sensitive else _hidden_keys(run))


def _hidden_keys(run: ParallelRun) -> tuple[str, ...]:
    return tuple(
        table.source for table in run.contract.tables if set(table.key) & set(table.sensitive)
    )


def write_script(run: ParallelRun, report: RunReport, options: argparse.Namespace) -> RunReport:
    """Write the file, readable by its owner alone; gives the report with a note that says so.
    Raises Unwritten.
    """
    plan = plan_repair(run, report.tables, options.repair_with_sensitive)
    text = repair_script(run, report, with_sensitive=options.repair_with_sensitive, plan=plan)
    with replaced(options.repair, newline="\n") as file:
        file.write(text)
    note = (
        f"repair script: {options.repair}, {len(plan.statements)} statements, "
        f"{len(plan.unrepaired)} by hand"
    )
    left = sum(plan.left_out.values())
    return replace(report, notes=(*report.notes, f"{note}, {left} left out" if left else note))


# ------------------------------------------------------------------ checking


@dataclass(frozen=True)
class Outcome:
    """A checked script; ``status`` is the exit status: 0 as it was written, 1 moved on or refused,
    2 not judged.
    """

    checked: tuple[Checked, ...]
    hidden: tuple[str, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        found = Counter(item.effect for item in self.checked)
        return {effect.value: found[effect] for effect in Effect}

    @property
    def status(self) -> ExitCode:
        effects = {item.effect for item in self.checked}
        if effects & {Effect.MOVED, Effect.REFUSED}:
            return ExitCode.BROKEN
        return ExitCode.NOT_JUDGED if Effect.NOT_JUDGED in effects else ExitCode.DONE

    def line(self, item: Checked) -> str:
        written = item.statement
        key = ", ".join(
            (digest if written.table in self.hidden else show)(part) for part in written.key
        )
        return (
            f"{written.number}: {written.table} ({key}) {written.kind.value}: "
            f"{item.effect.value}: {item.why}"
        )

    def as_text(self) -> str:
        """The counts first, then what stands against statements."""
        lines = [f"{count:>8,}  {effect}" for effect, count in self.counts.items()]
        against = [
            item for item in self.checked if item.effect not in (Effect.CHANGES, Effect.DONE)
        ]
        lines += [self.line(item) for item in against[:SHOWN]]
        if len(against) > SHOWN:
            lines.append(f"... and {len(against) - SHOWN} more")
        return "\n".join(lines) + "\n"

    def as_json(self) -> str:
        items = [
            {
                "statement": item.statement.number,
                "table": item.statement.table,
                "kind": item.statement.kind.value,
                "effect": item.effect.value,
                "words": self.line(item),
            }
            for item in self.checked
        ]
        return (
            json.dumps({"counts": self.counts, "statements": items}, ensure_ascii=False, indent=2)
            + "\n"
        )


def read_script(path: Path, environment: str) -> tuple[Written, ...]:
    """The statements of a file; raises UsageError for one that is no script of ours for this
    environment.
    """
    try:
        text = path.read_text(encoding="utf-8")
        statements = parse(text)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is no repair script: it is not UTF-8") from error
    except ScriptError as error:
        raise UsageError(f"{path} is no repair script that can be checked: {error}") from error
    if environment_of(text) != environment:
        raise UsageError(
            f"{path} was written for environment {environment_of(text)!r}, not {environment!r}"
        )
    return statements


def check(run: ParallelRun, statements: Sequence[Written]) -> Outcome:
    """What the statements would do now. Reads only."""
    return Outcome(check_script(run, statements), _hidden_keys(run))


def check_file(path: Path, profile: Profile) -> Outcome:
    """The same for a file; raises UsageError before anything connects, and whatever keeps the
    parallel run from being opened.

    A lab that is not running is an EnvironmentFault here: the usage is right, and nothing can be
    judged.
    """
    statements = read_script(path, profile.name)
    try:
        found = with_running_lab(profile)
    except ProfileError as error:
        raise EnvironmentFault(str(error)) from error
    with opening.open_session(found) as session:
        return check(session.parallel_run, statements)
