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
from reconciliation.checks.registry import SUBJECTS, Examined, examine
from reconciliation.compare.tables import Progress, compare_tables
from reconciliation.errors import EnvironmentFault
from reconciliation.model import Status, TableResult
from reconciliation.process import unforeseen
from reconciliation.process.interrupts import BrokenOff
from reconciliation.replication import TaskFacts, task_facts
from reconciliation.report.grounds import grounds
from reconciliation.report.model import RunReport, Unjudged, accepted_entries
from reconciliation.session.judge import Judge
from reconciliation.session.run_names import run_id
from reconciliation.verdict import Scope, Verdict, verdict_of_findings, verdict_of_tables


def versions(judge: Judge) -> dict[str, str]:
    """What answered, for the evidence."""
    return {**judge.preflight.versions, "python-oracledb": oracledb.__version__}


def compare_run(
    judge: Judge,
    tables: Sequence[str] | None = None,
    progress: Progress | None = None,
    workers: int | None = None,
) -> RunReport:
    """Compare whole tables, reading only; the verdict is about equality alone. ``workers`` as in
    compare_tables.
    """
    started = dt.datetime.now(dt.UTC)
    results: tuple[TableResult, ...] = ()
    try:
        results = compare_tables(judge, tables, progress, workers)
        end = _end(judge)
    except (
        KeyboardInterrupt
    ) as hit:  # what was compared by then is reported, and nothing more is asked
        results, end = (
            hit.results if isinstance(hit, BrokenOff) else results,
            _End(interrupted=True),
        )
        if not results:
            raise
    verdict = verdict_of_tables(results)
    left_out = _left_out(judge, tables)
    occurrences = {
        result.table: result.accepted_values
        for result in results
        if result.status is not Status.NOT_JUDGED
    }
    return _report(
        judge,
        started,
        verdict,
        Scope.PARTIAL if left_out else Scope.FULL,
        end,
        subject="tables",
        out_of_scope=left_out,
        tables=results,
        **grounds(results),
        accepted=accepted_entries(
            judge.contract, started.date(), occurrences, judged_tables=occurrences
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


def _end(judge: Judge) -> _End:
    notes: list[str] = []
    try:
        judge.resilience.finish()
        task = judge.steadily("the state of the task", lambda: task_facts(judge), notes)
        return _End(task, tuple(notes))
    except Exception as error:
        why = unforeseen.reason(error, _reports(judge))
        return _End(notes=(*notes, f"the state of the task is not known: {why}"))
    except KeyboardInterrupt:
        return _End(
            notes=(*notes, "the state of the task was not asked for: the run was interrupted"),
            interrupted=True,
        )


def _reports(judge: Judge) -> Path:
    """Where the traceback of an error nobody foresaw goes."""
    return judge.profile.root / "reports"


def _left_out(judge: Judge, tables: Sequence[str] | None) -> tuple[str, ...]:
    """What a choice of tables leaves out, contracted or replicated without a contract."""
    every = dict.fromkeys(one.source for one in (*judge.contract.tables, *judge.resolved.tables))
    return tuple(name for name in every if tables and name not in tables)


def _report(
    judge: Judge, started: dt.datetime, verdict: Verdict, scope: Scope, end: _End, **parts: object
) -> RunReport:
    return RunReport(
        run_id=run_id(started),
        environment=judge.profile.name,
        title=judge.profile.title,
        started=started,
        finished=dt.datetime.now(dt.UTC),
        verdict=verdict,
        scope=scope,
        versions=versions(judge),
        notes=(*judge.preflight.lines, *judge.notes, *end.notes),
        task=end.task,
        interrupted=end.interrupted
        and verdict is not Verdict.READY,  # READY: everything was judged by then
        agreed_lag_seconds=judge.profile.replication.agreed_lag_seconds,
        sensitive=sensitive_columns(judge.contract),
        **parts,
    )


# ------------------------------------------------------------------ static checks


def check_run(judge: Judge) -> RunReport:
    """Everything that can be said without comparing rows.

    Any finding makes it NOT READY; without one, a check that could not be judged makes it NOT
    JUDGED. Raises EnvironmentFault or KeyboardInterrupt for what comes before the first check is
    done; behind it the others are left unjudged.
    """
    started = dt.datetime.now(dt.UTC)
    examined, end = _examined(judge)
    findings = tuple(finding for one in examined for finding in one.findings)
    unjudged = tuple(
        Unjudged(one.subject, str(one.unjudged)) for one in examined if one.unjudged is not None
    )
    return _report(
        judge,
        started,
        verdict_of_findings(findings, unjudged),
        Scope.FULL,
        end,
        subject="checks",
        findings=findings,
        unjudged=unjudged,
        not_judged=tuple(one.words for one in unjudged),
        reasons=(f"{len(findings)} findings",) if findings else (),
    )


def _examined(judge: Judge) -> tuple[list[Examined], _End]:
    """Every check, one after the other; behind one that cannot be waited for any longer nothing is
    asked.
    """
    examined: list[Examined] = []
    notes: list[str] = []
    try:
        for subject in SUBJECTS:
            examined.append(_one(judge, subject, notes))
    except (EnvironmentFault, KeyboardInterrupt) as error:
        if not examined:
            raise
        interrupted = isinstance(error, KeyboardInterrupt)
        why = EnvironmentFault("the run was interrupted") if interrupted else error
        rest = list(SUBJECTS)[len(examined) :]
        return [*examined, *(Examined(subject, (), why) for subject in rest)], _End(
            None, tuple(notes), interrupted
        )
    end = _end(judge)
    return examined, replace(end, notes=(*notes, *end.notes))


def _one(judge: Judge, subject: str, notes: list[str]) -> Examined:
    """One check. Raises what keeps the others from being judged, too; what nobody foresaw keeps
    only this one.
    """
    try:
        return judge.steadily(subject, partial(examine, judge, subject), notes)
    except (EnvironmentFault, *unforeseen.ON_PURPOSE):
        raise
    except Exception as error:
        return Examined(subject, (), EnvironmentFault(unforeseen.reason(error, _reports(judge))))
