"""Lag against the agreed time: late is what a look behind that time did not find, whatever the look
itself took.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.promises.arrivals import check_lag
from fixtures.promises.lag import lag_was_as_agreed
from fixtures.reporting.summary import percentiles
from fixtures.run import Run, Wait, now
from reconciliation.agreed.profile import load_profile
from reconciliation.errors import Broken, NotJudged
from reconciliation.report import Lag
from tests.suite.test_helpers import ROOT

PARALLEL_RUN: Any = SimpleNamespace(
    profile=SimpleNamespace(replication=SimpleNamespace(agreed_lag_seconds=5.0))
)
SELDOM = (
    "the change was looked for too seldom: a look 0.1 s after the commit had not found it, the "
    "next one had "
    "found it after 20.1 s; 5 s were agreed"
)


def _story(lag: float, unseen: float) -> Any:
    return SimpleNamespace(
        parallel_run=PARALLEL_RUN,
        settle=lambda: None,
        each=lambda judge: judge(SimpleNamespace(table="s.t")),
        arrivals={"s.t": SimpleNamespace(lag_seconds=lag, unseen_seconds=unseen)},
    )


def _run(*waits: tuple[float, float]) -> Run:
    run = Run("lab", ROOT, ROOT / "features", ROOT / "reports", 1, now(), load_profile("lab", ROOT))
    run.waits = [Wait(Lag(now(), lag, "a scenario"), unseen) for lag, unseen in waits]
    return run


def test_a_change_in_time_is_in_time() -> None:
    check_lag(_story(5.0, 4.9))
    lag_was_as_agreed(PARALLEL_RUN, _run((0.2, 0.1), (5.0, 4.9)))


def test_a_change_not_found_behind_the_agreed_time_is_late() -> None:
    with pytest.raises(Broken, match=r"^the change arrived after 6\.0 s, 5 s were agreed$"):
        check_lag(_story(6.0, 5.9))
    with pytest.raises(Broken, match=r"^1 of 3 changes arrived later than 5 s: \[6\.0\]$"):
        lag_was_as_agreed(PARALLEL_RUN, _run((0.2, 0.1), (20.1, 0.1), (6.0, 5.9)))


def test_a_change_that_one_slow_look_found_is_not_judged() -> None:
    with pytest.raises(NotJudged) as one:
        check_lag(_story(20.1, 0.1))
    assert str(one.value) == SELDOM
    with pytest.raises(NotJudged) as all_of_them:
        lag_was_as_agreed(PARALLEL_RUN, _run((0.2, 0.1), (20.1, 0.1)))
    assert str(all_of_them.value) == f"1 of 2 changes: {SELDOM}"


def test_a_slow_look_in_an_outage_is_left_out() -> None:
    run = _run((0.2, 0.1))
    run.waits.append(Wait(Lag(now(), 20.1, "a scenario"), 0.1, across_outage=True))
    lag_was_as_agreed(PARALLEL_RUN, run)


def test_a_first_look_that_was_slow_names_none_before_it() -> None:
    with pytest.raises(
        NotJudged, match=r"too seldom: the first one had found it after 20\.1 s; 5 s were agreed$"
    ):
        check_lag(_story(20.1, 0.0))


def test_half_of_an_even_number_of_waits_is_within_the_median() -> None:
    """As the reports say it: "half within ... s"."""
    assert percentiles((3.0, 1.0)) == {"median": 1.0, "longest": 3.0}
