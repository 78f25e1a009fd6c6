"""Sentences that act, for the little projects: what was said, done and looked at is written into a
file, in its order.
"""

from __future__ import annotations

import time
from typing import Any

from pytest_bdd import given, parsers, then, when

from fixtures.reporting import evidence
from fixtures.run import run_of
from fixtures.scenario.plan import planned
from reconciliation.errors import Broken, Lost
from reconciliation.verdict import Cell, Judged

COURSE = "course.txt"
#: when the last act was done, in milliseconds as Allure counts
ACTED = "acted.txt"
ERRORS = {"broken": Broken, "lost": Lost, "crash": KeyError}


def _note(root: Any, line: str) -> int:
    """How often that was noted by now."""
    with (root / COURSE).open("a+", encoding="utf-8") as file:
        file.write(f"{line}\n")
        file.seek(0)
        return file.read().splitlines().count(line)


def _plan(story: Any, what: str, how: str = "") -> None:
    def turn() -> str:
        times = _note(story.run.root, f"done: {what}")
        evidence.attach_text("what was done", [what])
        (story.run.root / ACTED).write_text(str(time.time() * 1000), encoding="utf-8")
        if how in ERRORS and (how != "lost" or times == 1):
            raise ERRORS[how](f"{what} went wrong")
        return f"result of {what}"

    _note(story.run.root, f"said: {what}")
    story.plan.then(turn)


@when(parsers.parse("{what} will be done"), target_fixture="given_back")
@planned
def will_be_done(what: str, story: Any) -> None:
    _plan(story, what)


@when(parsers.parse("{what} will be done, but {how}"))
@planned
def will_be_done_but(what: str, how: str, story: Any) -> None:
    _plan(story, what, how)


@given("these things will be done")
@planned
def will_all_be_done(datatable: list[list[str]], story: Any) -> None:
    for [what] in datatable:
        _plan(story, what)


@then(parsers.parse("{what} is looked at"))
def is_looked_at(what: str, request: Any) -> None:
    run = run_of(request.config)
    assert run is not None
    _note(run.root, f"looked at: {what}")
    cells = run.answers.setdefault(request.node.nodeid, {})
    cells |= {table: Cell(Judged.HOLDS) for table in run.session.parallel_run.due}


@then(parsers.parse("it was given back: {what}"))
def was_given_back(what: str, given_back: str) -> None:
    if given_back != what:
        raise Broken(f"{given_back!r} was given back")
