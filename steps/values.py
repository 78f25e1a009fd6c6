"""The generated batch: every value survives the trip or is refused loudly."""

from __future__ import annotations

from pytest_bdd import given, parsers, then

from fixtures.promises.batch_verdicts import VERDICTS, attach_batch, check
from fixtures.scenario.batch import Batch, Batches
from fixtures.scenario.shrinking import shrink
from fixtures.scenario.source import Source
from fixtures.scenario.story import Story
from steps.inspection import any_of


@given(
    parsers.re(r"a batch of generated (?P<entity>[a-z ]+?)s has been written"),
    target_fixture="batch",
)
def a_generated_batch(entity: str, story: Story, batches: Batches) -> Batch:
    story.about(entity)
    batch = batches.of(story)
    attach_batch(batch, story)
    return batch


@then(parsers.re(rf"(?P<guarantee>{any_of(tuple(VERDICTS))})"))
def the_batch_keeps(guarantee: str, batch: Batch, story: Story, source: Source) -> None:
    check(guarantee, batch, story, lambda row: shrink(row, story, source))
