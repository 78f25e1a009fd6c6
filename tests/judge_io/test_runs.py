"""Whole runs of the command line: what was found stays found, whatever happens to the rest of the
run.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from exit_codes import ExitCode
from reconciliation import __main__ as command
from reconciliation.checks import registry
from reconciliation.cli import copies as copies_command
from reconciliation.cli import runs
from reconciliation.cli.resume_options import limited
from reconciliation.errors import (
    CanonicalError,
    EnvironmentFault,
    GivenUp,
    Lost,
    MappingError,
    Stuck,
)
from reconciliation.model import Finding, Status, TableResult
from reconciliation.process.interrupts import BrokenOff
from reconciliation.process.limits import Limits
from reconciliation.replication import TaskFacts
from reconciliation.session.preflight import Preflight
from reconciliation.verdict import Scope, Verdict

from . import samples
from .samples import TABLE

FACTS = TaskFacts("rsync-task", "running", "cdc")


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Stands for a session of one table; ``facts`` is what asking for the state of the task
    does.
    """
    run = samples.parallel_run(
        resolved=SimpleNamespace(tables=(SimpleNamespace(source=TABLE.source),))
    )
    found = SimpleNamespace(
        preflight=Preflight(()),
        notes=["the catalogue was read again"],
        parallel_run=run,
        facts=lambda: FACTS,
    )
    monkeypatch.setattr(runs, "task_facts", lambda _: found.facts())
    return found


def _change(session: Any, **parts: Any) -> None:
    session.parallel_run = replace(session.parallel_run, **parts)


def _at_home(session: Any, root: Path) -> None:
    _change(session, profile=replace(session.parallel_run.profile, root=root))


def _compared(monkeypatch: pytest.MonkeyPatch, *statuses: Status) -> None:
    results = tuple(
        TableResult(TABLE.source, TABLE.target, status, 9, 9, 8, 1, 0, 0) for status in statuses
    )
    monkeypatch.setattr(runs, "compare_tables", lambda *_: results)


def _raising(error: BaseException) -> Callable[[], Any]:
    def ask() -> Any:
        raise error

    return ask


@pytest.mark.parametrize(
    ("error", "note"),
    [
        (
            EnvironmentFault("the token has expired"),
            "the state of the task is not known: the token has expired",
        ),
        (GivenUp("AWS: no answer"), "the state of the task is not known: AWS: no answer"),
        (
            KeyError("Status"),
            "the state of the task is not known: unforeseen KeyError: 'Status' (its traceback "
            "could not "
            "be kept: File exists)",
        ),
        (KeyboardInterrupt(), "the state of the task was not asked for: the run was interrupted"),
    ],
)
@pytest.mark.parametrize(
    ("status", "verdict", "code"),
    [
        (Status.EQUAL, Verdict.READY, ExitCode.DONE),
        (Status.DIVERGENT, Verdict.NOT_READY, ExitCode.BROKEN),
    ],
)
def test_a_comparison_outlives_the_facts_behind_it(
    session: Any,
    monkeypatch: pytest.MonkeyPatch,
    status: Status,
    verdict: Verdict,
    code: ExitCode,
    error: BaseException,
    note: str,
) -> None:
    _compared(monkeypatch, status)
    _at_home(session, Path(os.devnull))
    session.facts = _raising(error)
    report = runs.compare_run(session)
    assert (report.verdict, report.ending.code, report.task) == (verdict, code, None)
    assert note in report.notes
    assert [one.status for one in report.tables] == [status]


def test_an_interruption_behind_a_table_that_was_not_judged_is_one(
    session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _compared(monkeypatch, Status.NOT_JUDGED)
    session.facts = _raising(KeyboardInterrupt())
    assert runs.compare_run(session).ending.code is ExitCode.INTERRUPTED


def test_an_interruption_behind_the_last_table_leaves_it_equal(
    session: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    results = (TableResult(TABLE.source, TABLE.target, Status.EQUAL, 9, 9, 9, 0, 0, 0),)
    monkeypatch.setattr(runs, "compare_tables", lambda *_: _raising(BrokenOff(results))())
    assert runs.compare_run(session).ending.code is ExitCode.DONE


def test_an_interruption_behind_the_last_copy_leaves_it_equal(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    results = (TableResult("s.t", "s.t", Status.EQUAL, 9, 9, 9, 0, 0, 0),)
    monkeypatch.setattr(command, "ROOT", tmp_path)
    monkeypatch.setattr(copies_command, "_results", lambda *_: _raising(BrokenOff(results))())
    url = "postgresql://u@localhost/d"
    assert (
        command.main(["copies", "--source", url, "--target", url, "--table", "s.t", "--no-history"])
        == ExitCode.DONE
    )


@pytest.mark.parametrize(
    ("chosen", "mapped", "scope", "out_of_scope"),
    [
        (None, (TABLE.source, "s.further"), Scope.FULL, ()),
        ([TABLE.source], (TABLE.source,), Scope.FULL, ()),
        ([TABLE.source], (TABLE.source, "s.further"), Scope.PARTIAL, ("s.further",)),
    ],
)
def test_a_choice_that_leaves_out_a_replicated_table_is_partial(
    session: Any,
    monkeypatch: pytest.MonkeyPatch,
    chosen: list[str] | None,
    mapped: tuple[str, ...],
    scope: Scope,
    out_of_scope: tuple[str, ...],
) -> None:
    _compared(monkeypatch, Status.EQUAL)
    resolved = SimpleNamespace(tables=[SimpleNamespace(source=name) for name in mapped])
    _change(session, resolved=resolved)
    report = runs.compare_run(session, chosen)
    assert (report.scope, report.out_of_scope) == (scope, out_of_scope)


# ------------------------------------------------------------------ checks


@pytest.fixture
def subjects(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Four checks instead of all; the first finds something."""
    asked = {
        "one": lambda run: [Finding("wrong", "something is wrong")],
        "two": lambda run: [],
        "three": lambda run: [],
        "four": lambda run: [],
    }
    monkeypatch.setattr(registry, "CHECKS", [])
    for subject in asked:
        # "wrong" is of the first two: a test exchanges them
        registry.CHECKS.append(
            registry.Check(
                subject,
                registry.NOTHING_STANDS_AGAINST_IT,
                ("wrong",),
                lambda run, subject=subject: asked[subject](run),
            )
        )
    return asked


@pytest.mark.parametrize(
    "error", [GivenUp("no answer"), EnvironmentFault("no answer"), KeyboardInterrupt()]
)
def test_findings_outlive_what_ends_the_checks(
    session: Any, subjects: dict[str, Any], error: BaseException
) -> None:
    subjects["three"] = lambda run: _raising(error)()
    report = runs.check_run(session)
    assert (report.verdict, report.ending.code) == (Verdict.NOT_READY, ExitCode.BROKEN)
    assert [one.check for one in report.findings] == ["wrong"]
    why = str(error) or "the run was interrupted"
    assert [(one.subject, one.reason) for one in report.unjudged] == [("three", why), ("four", why)]
    subjects["one"] = lambda run: []
    code = ExitCode.INTERRUPTED if isinstance(error, KeyboardInterrupt) else ExitCode.NOT_JUDGED
    assert runs.check_run(session).ending.code is code


@pytest.mark.parametrize(
    "error", [ZeroDivisionError("a mistake"), CanonicalError("no rule"), MappingError("no rule")]
)
def test_findings_outlive_an_error_in_one_check(
    session: Any, subjects: dict[str, Any], tmp_path: Path, error: Exception
) -> None:
    _at_home(session, tmp_path)
    subjects["one"], subjects["two"] = lambda run: _raising(error)(), subjects["one"]
    report = runs.check_run(session)
    assert (report.verdict, report.ending.code) == (Verdict.NOT_READY, ExitCode.BROKEN)
    assert [one.check for one in report.findings] == ["wrong"]
    kept = tmp_path / "reports/traceback.txt"
    mistake = (
        f"unforeseen ZeroDivisionError: a mistake (traceback: {kept}); this is a mistake "
        f"in the suite"
    )
    why = mistake if kept.exists() else "no rule"
    assert kept.exists() == isinstance(error, ZeroDivisionError)
    assert [(one.subject, one.reason) for one in report.unjudged] == [("one", why)]
    subjects["two"] = lambda run: []
    assert runs.check_run(session).ending.code is ExitCode.NOT_JUDGED


def test_what_ends_the_checks_on_purpose_ends_them(session: Any, subjects: dict[str, Any]) -> None:
    subjects["two"] = lambda run: _raising(Stuck("nothing moves"))()
    with pytest.raises(Stuck):
        runs.check_run(session)


def test_an_outage_between_two_checks_is_noted_and_told(
    session: Any, subjects: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    given = [
        "check",
        "--environment",
        "lab",
        "--patience",
        "9",
        "--answer-timeout",
        "7",
        "--lock-timeout",
        "5",
    ]
    endurance = limited(command._parser()[0].parse_args(given))
    assert (endurance.limits, endurance.outage_seconds) == (Limits(7.0, 5.0), 9.0)
    agreed = Limits(6.0, 3.0, 70.0)  # of the profile, where nothing is asked for
    assert limited(command._parser()[0].parse_args(given[:3]), agreed).limits == agreed
    _change(session, endurance=endurance)
    outcomes = [Lost("no answer"), None]

    def two(run: Any) -> list[Finding]:
        if error := outcomes.pop(0):
            raise error
        return []

    subjects["two"] = two
    report = runs.check_run(session)
    first, second = report.notes
    assert first == "the catalogue was read again"
    assert re.fullmatch(r"two was read again after [\d.]+ s: no answer", second)
    assert second in capsys.readouterr().err
    assert report.task == FACTS


def test_what_ends_the_first_check_is_one_line(session: Any, subjects: dict[str, Any]) -> None:
    subjects["one"] = lambda run: _raising(GivenUp("no answer"))()
    with pytest.raises(GivenUp):
        runs.check_run(session)
