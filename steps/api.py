"""Changes made through the FlightSpecials service, as its users make them."""

from __future__ import annotations

from pytest_bdd import parsers, then, when

from fixtures.gherkin.cells import text_of
from fixtures.scenario.api import Answer, Api
from fixtures.scenario.source import Source
from fixtures.scenario.story import Story
from reconciliation.errors import Broken


@when(parsers.parse('its header is changed through the API to "{header}"'), target_fixture="answer")
def change_header(header: str, story: Story, api: Api) -> Answer:
    answer = api.change_header(story.keys[0], header)
    story.wrote(f"the API was asked for another header: {answer}")
    if not answer.accepted:
        raise Broken(str(answer))
    return answer


@then(parsers.re(r"(?P<where>PostgreSQL holds|the API lists) the new header"))
def the_new_header_is_there(
    where: str, answer: Answer, story: Story, source: Source, api: Api
) -> None:
    wanted, key = answer.sent["flightSpecialHeader"], story.keys[0]
    if where == "PostgreSQL holds":
        found = [
            row["header"] for row in source.rows(story.contract.source, story.key_column, [key])
        ]
        if found != [wanted]:
            raise Broken(
                f"the API call changed nothing: {answer}, but the header in PostgreSQL is {found}"
            )
    else:
        listed = [entry for entry in api.list() if entry.get("id") == key]
        if len(listed) != 1:
            raise Broken(f"the API lists flight special {key} {len(listed)} times")
        if wanted not in listed[0].values():
            raise Broken(f"the API lists {dict(listed[0])}, not {wanted!r}")


@then("the API refuses these changes")
def the_api_refuses(datatable: list[list[str]], story: Story, api: Api) -> None:
    changes = [
        (
            meaning,
            story.keys[0] if which == "known" else story.judge.keys.take(1)[0],
            text_of(cell) or "",
        )
        for meaning, which, cell in datatable[1:]
    ]
    story.wrote(f"the API is asked for {len(changes)} changes it must refuse")
    not_refused = api.not_refused(changes)
    if not_refused:
        raise Broken("\n".join(["the API did not refuse what it must refuse:", *not_refused]))
