"""Changes made through the FlightSpecials service, as its users make them."""

from __future__ import annotations

from pytest_bdd import parsers, then, when

from fixtures.gherkin.cells import text_of
from fixtures.promises.service import (
    check_accepted,
    check_header_listed,
    check_header_written,
    check_refused,
)
from fixtures.scenario.api import Answer, Api
from fixtures.scenario.plan import planned
from fixtures.scenario.story import Story
from reconciliation.canonical.values import of_type
from reconciliation.model import Key


@when(parsers.parse('its header is changed through the API to "{header}"'), target_fixture="answer")
@planned
def change_header(header: str, story: Story, api: Api) -> None:
    def change() -> Answer:
        answer = api.change_header(_id(story.one.keys[0]), header)
        story.wrote(f"the API was asked for another header: {answer}")
        check_accepted(answer)
        return answer

    story.plan.then(change)


@then(parsers.re(r"(?P<where>PostgreSQL holds|the API lists) the new header"))
def the_new_header_is_there(where: str, answer: Answer, story: Story, api: Api) -> None:
    if where == "PostgreSQL holds":
        check_header_written(answer, story)
    else:
        check_header_listed(answer, story, api)


@when("these changes are asked of the API", target_fixture="not_refused")
@planned
def ask_for_changes(datatable: list[list[str]], story: Story, api: Api) -> None:
    # a key of this run's own, which no row has
    unknown = story.judge.maker.rows(story.one.table, 1)[-1].key
    changes = [
        (meaning, _id(story.one.keys[0] if which == "known" else unknown), text_of(cell) or "")
        for meaning, which, cell in datatable[1:]
    ]

    def ask() -> tuple[str, ...]:
        story.wrote(f"the API is asked for {len(changes)} changes it must refuse")
        return api.not_refused(changes)

    story.plan.then(ask)


@then("it refuses every one of them")
def the_api_has_refused(not_refused: tuple[str, ...]) -> None:
    check_refused(not_refused)


def _id(key: Key) -> int:
    """The whole number that is a flight special's key."""
    return of_type(int, key[0])
