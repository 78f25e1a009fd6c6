"""The generated batches: every value survives the trip or is refused loudly."""

from __future__ import annotations

from pytest_bdd import given, parsers, then

from fixtures.promises.batch_verdicts import VERDICTS, attach_batches, check_batches
from fixtures.scenario.batch import Batches
from fixtures.scenario.plan import planned
from fixtures.scenario.shrinking import shrink
from fixtures.scenario.story import Story
from fixtures.scenario.tables import WHO
from steps.inspection import any_of


@given(parsers.re(rf"a batch of generated {WHO} has been written"))
@planned
def a_generated_batch(who: str, story: Story, batches: Batches) -> None:
    story.about(who)
    batches.plan(story)


@then(parsers.re(rf"(?P<guarantee>{any_of(tuple(VERDICTS))})"))
def the_batch_keeps(guarantee: str, story: Story, batches: Batches) -> None:
    written = batches.of(story)
    attach_batches(written, story)
    check_batches(guarantee, written, story, lambda row, subject: shrink(row, story, subject))
