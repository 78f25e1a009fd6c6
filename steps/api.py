"""Changes made through the FlightSpecials service, as its users make them.

PYTEST_DONT_REWRITE: a broken guarantee is told in its own words, without pytest's account of the expression.
"""

from __future__ import annotations

from pytest_bdd import parsers, then, when

from fixtures.api import Answer, Api
from fixtures.cells import text_of
from fixtures.source import Source
from fixtures.story import Story


@when(parsers.parse('its header is changed through the API to "{header}"'), target_fixture="answer")
def change_header(header: str, story: Story, api: Api) -> Answer:
    answer = api.change_header(story.keys[0], header)
    story.wrote(f"the API was asked for another header: {answer}")
    assert answer.accepted, str(answer)
    return answer


@then(parsers.re(r"(?P<where>PostgreSQL holds|the API lists) the new header"))
def the_new_header_is_there(where: str, answer: Answer, story: Story, source: Source, api: Api) -> None:
    wanted, key = answer.sent["flightSpecialHeader"], story.keys[0]
    if where == "PostgreSQL holds":
        found = [row["header"] for row in source.rows(story.contract.source, story.key_column, [key])]
        assert found == [wanted], f"the API call changed nothing: {answer}, but the header in PostgreSQL is {found}"
    else:
        listed = [entry for entry in api.list() if entry.get("id") == key]
        assert len(listed) == 1, f"the API lists flight special {key} {len(listed)} times"
        assert wanted in listed[0].values(), f"the API lists {dict(listed[0])}, not {wanted!r}"


@then("the API refuses these changes")
def the_api_refuses(datatable: list[list[str]], story: Story, api: Api) -> None:
    accepted = []
    for meaning, which, cell in datatable[1:]:
        key = story.keys[0] if which == "known" else story.judge.reserve(1)[0]
        answer = api.change_header(key, text_of(cell) or "")
        accepted += [f"{meaning}: {answer}"] if answer.accepted else []
    story.wrote(f"the API was asked for {len(datatable) - 1} changes it must refuse")
    assert not accepted, "the API accepted what it must refuse:\n" + "\n".join(accepted)
