"""Whole runs without Gherkin: compare tables, or check what can be checked without comparing; a
RunReport comes out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import oracledb

from reconciliation.agreed.contract import sensitive_columns
from reconciliation.checks import Examined, examine, subjects
from reconciliation.compare.choice import AUTO
from reconciliation.compare.segments.runner import Progress
from reconciliation.compare.start import Resume
from reconciliation.compare.tables import compare_tables
from reconciliation.errors import EnvironmentFault
from reconciliation.model import Status, TableResult
from reconciliation.parallel_run import ParallelRun
from reconciliation.process import unforeseen
from reconciliation.process.interrupts import BrokenOff
from reconciliation.replication import TaskFacts, task_facts
from reconciliation.report.grounds import grounds
from reconciliation.report.model import RunReport, Unjudged, accepted_entries
from reconciliation.session.run_names import run_id
from reconciliation.session.session import Session
from reconciliation.verdict import Scope, Verdict, verdict_of_findings, verdict_of_tables


def versions(session: Session) -> dict[str, str]:
    """What answered, for the evidence."""
    return {**session.preflight.versions, "python-oracledb": oracledb.__version__}


def compare_run(
    session: Session,
    tables: Sequence[str] | None = None,
    progress: Progress | None = None,
    workers: int | None = None,
    mode: str = AUTO,
    resume: Resume | None = None,
) -> RunReport:
    """Compare whole tables, reading only; the verdict is about equality alone. ``workers`` and
    ``mode`` as in compare_tables; checkpoints of ``resume`` are removed in the end.
    """
    started = dt.datetime.now(dt.UTC)
    results: tuple[TableResult, ...] = ()
    try:
        results = compare_tables(session.parallel_run, tables, progress, workers, mode, resume)
        end = _end(session.parallel_run, resume)
    except (
        KeyboardInterrupt
    ) as hit:  # what was compared by then is reported, and nothing more is asked
        results, end = (
            hit.results if isinstance(hit, BrokenOff) else results,
            _End(interrupted=True),
        )
        if not results:
            raise
    verdict, against = verdict_of_tables(results), grounds(results)
    left_out = _left_out(session.parallel_run, tables)
    occurrences = {
        result.table: result.accepted_values
        for result in results
        if result.status is not Status.NOT_JUDGED
    }
    scope = Scope.PARTIAL if left_out else Scope.FULL
    return replace(
        _report(session, started, verdict, scope, end),
        subject="tables",
        out_of_scope=left_out,
        tables=results,
        reasons=against.reasons,
        not_judged=against.not_judged,
        accepted=accepted_entries(
            session.parallel_run.contract, started.date(), occurrences, judged_tables=occurrences
        ),
    )


@dataclass(frozen=True)
class _End:
    """What is asked when everything is judged; nothing that happens here
    takes away what was found.
    """

    task: TaskFacts | None = None
    notes: tuple[str, ...] = ()
    interrupted: bool = False


def _end(run: ParallelRun, resume: Resume | None = None) -> _End:
    notes: list[str] = []
    try:
        if resume is not None:
            resume.finish()
        task = run.steadily("the state of the task", lambda: task_facts(run), notes)
        return _End(task, tuple(notes))
    except Exception as error:
        why = unforeseen.reason(error, _reports(run))
        return _End(notes=(*notes, f"the state of the task is not known: {why}"))
    except KeyboardInterrupt:
        return _End(
            notes=(*notes, "the state of the task was not asked for: the run was interrupted"),
            interrupted=True,
        )


def _reports(run: ParallelRun) -> Path:
    """Where the traceback of an error nobody foresaw goes."""
    return run.profile.root / "reports"


def _left_out(run: ParallelRun, tables: Sequence[str] | None) -> tuple[str, ...]:
    """What a choice of tables leaves out, contracted or replicated without a contract."""
    contracted = (table.source for table in run.contract.tables)
    every = dict.fromkeys((*contracted, *(table.source for table in run.resolved.tables)))
    return tuple(name for name in every if tables and name not in tables)


def _report(
    session: Session, started: dt.datetime, verdict: Verdict, scope: Scope, end: _End
) -> RunReport:
    """What every report says, whatever was judged."""
    return RunReport(
        run_id=run_id(started),
        environment=session.parallel_run.profile.name,
        title=session.parallel_run.profile.title,
        started=started,
        finished=dt.datetime.now(dt.UTC),
        verdict=verdict,
        scope=scope,
        versions=versions(session),
        notes=(*session.preflight.lines, *session.notes, *end.notes),
        task=end.task,
        interrupted=end.interrupted
        and verdict is not Verdict.READY,  # READY: everything was judged by then
        agreed_lag_seconds=session.parallel_run.profile.replication.agreed_lag_seconds,
        sensitive=sensitive_columns(session.parallel_run.contract),
    )


# ------------------------------------------------------------------ static checks


def check_run(session: Session) -> RunReport:
    """Everything that can be said without comparing rows.

    Any finding makes it NOT READY; without one, a check that could not be judged makes it NOT
    JUDGED. Raises EnvironmentFault or KeyboardInterrupt for what comes before the first check is
    done; behind it the others are left unjudged.
    """
    started = dt.datetime.now(dt.UTC)
    examined, end = _examined(session.parallel_run)
    findings = tuple(finding for one in examined for finding in one.findings)
    unjudged = tuple(
        Unjudged(one.subject, str(one.unjudged)) for one in examined if one.unjudged is not None
    )
    verdict = verdict_of_findings(findings, unjudged)
    return replace(
        _report(session, started, verdict, Scope.FULL, end),
        subject="checks",
        findings=findings,
        unjudged=unjudged,
        not_judged=tuple(one.words for one in unjudged),
        reasons=(f"{len(findings)} findings",) if findings else (),
    )


def _examined(run: ParallelRun) -> tuple[list[Examined], _End]:
    """Every check, one after the other; behind one that cannot be waited for any longer nothing is
    asked.
    """
    examined: list[Examined] = []
    notes: list[str] = []
    try:
        for subject in subjects():
            examined.append(_one(run, subject, notes))
    except (EnvironmentFault, KeyboardInterrupt) as error:
        if not examined:
            raise
        interrupted = isinstance(error, KeyboardInterrupt)
        halted = EnvironmentFault("the run was interrupted")
        why = error if isinstance(error, EnvironmentFault) else halted
        rest = subjects()[len(examined) :]
        return [*examined, *(Examined(subject, (), why) for subject in rest)], _End(
            None, tuple(notes), interrupted
        )
    end = _end(run)
    return examined, replace(end, notes=(*notes, *end.notes))


def _one(run: ParallelRun, subject: str, notes: list[str]) -> Examined:
    """One check. Raises what keeps the others from being judged, too; what nobody foresaw keeps
    only this one.
    """
    try:
        return run.steadily(subject, partial(examine, run, subject), notes)
    except (EnvironmentFault, *unforeseen.ON_PURPOSE):
        raise
    except Exception as error:
        return Examined(subject, (), EnvironmentFault(unforeseen.reason(error, _reports(run))))
