"""What Oracle holds, once everything that was written has had its chance to arrive."""

from __future__ import annotations

from pytest_bdd import parsers, then

from fixtures.promises.arrivals import check_agreement, check_lag, check_nothing_dropped
from fixtures.promises.counters import check_statistics
from fixtures.promises.places import check_nothing_changed, check_own_keys
from fixtures.scenario.story import Story

RELATION = (
    r"Oracle (?P<relation>holds the same [a-z ]+|holds exactly what PostgreSQL holds of them|"
    r"does not hold (?:it|them) any more)(?P<in_time> within the agreed time)?"
)


@then(parsers.re(RELATION))
def oracle_holds(relation: str, in_time: str | None, story: Story) -> None:
    wanted = (
        "all"
        if "the same" in relation
        else "none"
        if "any more" in relation
        else "whatever PostgreSQL holds"
    )
    check_agreement(story, wanted)
    if in_time:
        check_lag(story)


@then(
    parsers.re(
        r"(?:it stands|they stand) in Oracle once, under the keys? "
        r"(?:it was|they were) written with"
    )
)
def stands_under_its_own_key(story: Story) -> None:
    check_own_keys(story)


@then(parsers.re(r"nothing (?P<other>else )?has changed in (?P<side>PostgreSQL|Oracle)"))
def nothing_has_changed(other: str | None, side: str, story: Story) -> None:
    check_nothing_changed(story, side, besides=bool(other))


@then("the table statistics count this, and no more than was written")
def statistics_count(datatable: list[list[str]], story: Story) -> None:
    check_statistics(story, dict(zip(datatable[0], map(int, datatable[1]), strict=True)))


@then("the replication reports no dropped change")
def no_dropped_change(story: Story) -> None:
    check_nothing_dropped(story)
