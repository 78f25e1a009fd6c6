"""What does not change while a parallel run is judged, and who owns what does."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import FrozenInstanceError, fields, replace

import pytest

from reconciliation.errors import EnvironmentFault, GivenUp
from reconciliation.session.preflight import Preflight
from reconciliation.session.session import Session

from . import samples


def test_nothing_in_a_parallel_run_changes() -> None:
    run = samples.parallel_run()
    for field in fields(run):
        with pytest.raises(FrozenInstanceError):
            setattr(run, field.name, None)


def test_a_session_has_one_maker_until_its_rows_are_swept() -> None:
    session = Session(samples.parallel_run(), Preflight(()), mark="verify-1")
    first = session.maker
    assert session.maker is first
    session.forget_rows()
    assert session.maker is not first
    with pytest.raises(EnvironmentFault, match="sweep first"):  # keys go to the run's journal
        session.journal.note("s.t", [(1,)])


@pytest.mark.parametrize("side", ["source", "target"])
def test_a_session_that_only_reads_has_no_writer(side: str) -> None:
    profile = replace(samples.lab_profile(), mutations=False)
    session = Session(samples.parallel_run(profile=profile), Preflight(()))
    with pytest.raises(EnvironmentFault, match="is read-only"):
        getattr(session.writers, side)


@pytest.mark.parametrize("side", ["source", "target"])
@pytest.mark.parametrize("typed", [None, "lab", "others"])
def test_a_live_system_is_not_written_to_without_the_second_key(
    side: str, typed: str | None
) -> None:
    profile = replace(samples.lab_profile(), kind="live", name="production")
    session = Session(samples.parallel_run(profile=profile), Preflight(()), writes_to=typed)
    with pytest.raises(EnvironmentFault, match=r"nothing was written.*--writes-to production"):
        getattr(session.writers, side)


def test_an_outage_that_was_given_up_stays_so() -> None:
    run = samples.parallel_run()
    assert run.outage.given_up is None
    ended = GivenUp("Oracle does not answer")
    run.outage.give_up(ended)
    assert run.outage.given_up is ended
    assert samples.parallel_run().outage.given_up is None


def test_a_session_closes_what_was_opened_for_it() -> None:
    closed: list[str] = []
    opened = ExitStack()
    opened.callback(closed.append, "engines")
    with Session(samples.parallel_run(), Preflight(()), closing=opened):
        assert closed == []
    assert closed == ["engines"]
