"""Sentences for the little projects: one that passes, one that fails, one that breaks, one that is
skipped.
"""

from __future__ import annotations

import threading
import time
from typing import Any

import allure
import pytest
from pytest_bdd import given, parsers, then, when

from fixtures.run import NotConcerned, run_of
from reconciliation.errors import Broken, LabFault, Lost, NotJudged
from reconciliation.process import pulse
from reconciliation.verdict import Cell, Judged


@given("a little world", target_fixture="world")
def little_world(judge: Any) -> Any:
    return judge


@when(parsers.parse("{thing} is done"))
def done(thing: str, world: Any) -> None:
    allure.attach(f"{thing} was done", "what was done", allure.attachment_type.TEXT)


@when("these things are done")
def table_done(datatable: list[list[str]]) -> None:
    assert datatable


@then("all is well")
def all_is_well(request: pytest.FixtureRequest, world: Any) -> None:
    """Of every mapped table, as far as this run knows."""
    for table in world.parallel_run.due:
        _say(request, table, Cell(Judged.HOLDS))


@then(parsers.parse("every mapped table comes out as {judged} but for {table}"))
def every_table_is(request: pytest.FixtureRequest, judged: str, table: str, world: Any) -> None:
    for one in world.parallel_run.due:
        if one != table:
            _say(request, one, Cell(Judged(judged), f"why {one} is {judged}"))


@then(parsers.parse("for {table} it comes out as {judged}"))
def table_is(request: pytest.FixtureRequest, table: str, judged: str) -> None:
    _say(request, table, Cell(Judged(judged), f"why {table} is {judged}"))


def _say(request: pytest.FixtureRequest, table: str, cell: Cell) -> None:
    run = run_of(request.config)
    assert run is not None
    run.answers.setdefault(request.node.nodeid, {})[table] = cell


@then(parsers.parse("{left:d} equals {right:d}"))
def equals(left: int, right: int) -> None:
    if left != right:
        raise Broken(f"{left} differs from {right}\nsecond line of evidence")


@then("the suite itself breaks")
def breaks() -> None:
    raise KeyError("a mistake in the suite")


@then("the environment is gone")
def gone() -> None:
    raise LabFault("PostgreSQL 127.0.0.1:5432/dso does not answer")


@then(parsers.parse("not judged: {why}"))
def not_judged(why: str) -> None:
    raise NotJudged(why)


@then("nothing is concerned")
def nothing_is_concerned() -> None:
    raise NotConcerned("every table is mapped")


@then("nothing can be said")
def nothing_can_be_said() -> None:
    pytest.skip("the table is not there")


@then("this is said twice")
def said_twice() -> None:
    assert True


@then(parsers.parse("this is said {how}"))
def said_again(how: str) -> None:
    assert how


@then("this never runs")
async def never_runs() -> None:
    raise AssertionError("an async step must be refused")


HITS: list[None] = []


@then(parsers.parse("nobody answers {times:d} times"))
def nobody_answers(times: int) -> None:
    HITS.append(None)
    if len(HITS) <= times:
        raise Lost("PostgreSQL 127.0.0.1:5432/dso: the connection was lost")


@then("nothing moves")
def nothing_moves() -> None:
    threading.Event().wait(60)


@then(parsers.parse("it takes {seconds:g} s"))
def takes(seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(0.05)
        pulse.beat()


@given("a story about two tables")
def story_about_two_tables(story: Any) -> None:
    story.answers.about(["s.t", "s.u"])


@when("the second is found to be broken")
def second_is_broken(story: Any) -> None:
    story.answers.record("s.u", Judged.BROKEN, "1 of 1 rows differ")
    story.go_on()


@then("the first is asked for")
def first_is_asked_for(story: Any) -> None:
    assert story.answers.standing == ["s.t"]
    story.each(lambda subject: None)


@then("something else holds")
def something_else_holds() -> None:
    """A sentence that is about no table."""
