"""Lag against the agreed time: late is what a look behind that time did not find, whatever the look
itself took.
"""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.promises.arrivals import check_lag
from fixtures.promises.lag import judge_lag, send_probes
from fixtures.reporting.course import summarise
from fixtures.reporting.summary import as_json, percentiles
from fixtures.run import Run, Silence, Wait, now
from reconciliation.agreed.profile import load_profile
from reconciliation.errors import Broken, NotJudged
from reconciliation.replication import TaskFacts
from reconciliation.replication.traffic import Traffic
from reconciliation.report import Lag, Meanwhile
from reconciliation.session import meanwhile, probing
from reconciliation.session.probing import Plan, Probe
from tests.suite.many_tables import World, world
from tests.suite.test_helpers import ROOT

__all__ = ["world"]

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
    judge_lag(PARALLEL_RUN, _run((0.2, 0.1), (5.0, 4.9)))


def test_a_change_not_found_behind_the_agreed_time_is_late() -> None:
    with pytest.raises(Broken, match=r"^the change arrived after 6\.0 s, 5 s were agreed$"):
        check_lag(_story(6.0, 5.9))
    with pytest.raises(Broken, match=r"^1 of 3 changes arrived later than 5 s: \[6\.0\]$"):
        judge_lag(PARALLEL_RUN, _run((0.2, 0.1), (20.1, 0.1), (6.0, 5.9)))


def test_a_change_that_one_slow_look_found_is_not_judged() -> None:
    with pytest.raises(NotJudged) as one:
        check_lag(_story(20.1, 0.1))
    assert str(one.value) == SELDOM
    with pytest.raises(NotJudged) as all_of_them:
        judge_lag(PARALLEL_RUN, _run((0.2, 0.1), (20.1, 0.1)))
    assert str(all_of_them.value) == f"1 of 2 changes: {SELDOM}"


def test_a_slow_look_in_an_outage_is_left_out() -> None:
    run = _run((0.2, 0.1))
    run.waits.append(Wait(Lag(now(), 20.1, "a scenario"), 0.1, across_outage=True))
    judge_lag(PARALLEL_RUN, run)


def test_a_first_look_that_was_slow_names_none_before_it() -> None:
    with pytest.raises(
        NotJudged, match=r"too seldom: the first one had found it after 20\.1 s; 5 s were agreed$"
    ):
        check_lag(_story(20.1, 0.0))


def _probe(lag: float, unseen: float, arrived: bool = True) -> Wait:
    return Wait(Lag(now(), lag, "a probe", arrived, probe=True), unseen)


def test_a_late_probe_is_a_late_change_and_counted_apart_from_waits() -> None:
    run = _run((0.2, 0.1))
    run.probes = [_probe(0.3, 0.2), _probe(6.0, 5.9)]
    assert (len(run.waits), run.lags) == (1, [0.2, 0.3, 6.0])
    with pytest.raises(Broken, match=r"^1 of 3 changes arrived later than 5 s: \[6\.0\]$"):
        judge_lag(PARALLEL_RUN, run)


def test_a_probe_that_has_not_come_by_then_is_late() -> None:
    run = _run((0.2, 0.1))
    run.probes = [_probe(0.3, 0.2), _probe(5.1, 5.05, arrived=False)]
    with pytest.raises(Broken) as caught:
        judge_lag(PARALLEL_RUN, run)
    assert str(caught.value) == (
        "1 of 3 changes arrived later than 5 s, 1 of them not at all by then: [5.1]"
    )


def test_probes_alone_are_enough_to_speak_of_lag() -> None:
    run = _run()
    run.probes = [_probe(0.3, 0.2)]
    judge_lag(PARALLEL_RUN, run)
    run.probes = []
    with pytest.raises(NotJudged, match="this run waited for no change"):
        judge_lag(PARALLEL_RUN, run)


# ------------------------------------------------------------------ which table they are sent to


@pytest.fixture
def sending(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tables that were tried; s.t takes no probes."""
    world.run.judge, tried = world.judge, list[str]()

    def probe(session: Any, table: str, plan: Plan) -> tuple[Probe, ...]:
        tried.append(table)
        if table == "s.t":
            raise NotJudged("s.t takes no probes")
        return (Probe(now(), 0.4, 0.3, True),) * plan.count

    monkeypatch.setattr(probing, "probe", probe)
    monkeypatch.setattr(probing, "plan_of", lambda run: Plan(3, 0.1))
    return tried


def test_the_next_table_is_tried_where_one_takes_no_probes(
    world: World, sending: list[str]
) -> None:
    words = send_probes(world.judge.parallel_run, world.run)
    assert sending == ["s.t", "s.u"]
    assert words == "3 probes in s.u, 0.10 s apart"
    assert [one.lag.probe for one in world.run.probes] == [True] * 3
    assert world.run.waits == []


def test_a_table_that_others_refer_to_is_the_last_to_be_sent_probes(
    world: World, sending: list[str]
) -> None:
    refers = SimpleNamespace(table="s.t")
    catalogue = world.judge.parallel_run.source_catalogue
    elsewhere = replace(catalogue["s.u"], name="v", foreign_keys=(refers,))
    world.judge.parallel_run.source_catalogue = {**catalogue, "s.v": elsewhere}
    send_probes(world.judge.parallel_run, world.run)
    assert sending == ["s.u"]


def test_nothing_is_sent_to_a_table_of_which_nothing_comes(
    world: World, sending: list[str]
) -> None:
    world.run.silent["s.u"] = Silence("a scenario", "it does not", False)
    words = send_probes(world.judge.parallel_run, world.run)
    assert (sending, world.run.probes) == (["s.t"], [])
    assert words == "no table takes probes; s.t: s.t takes no probes"


def test_where_a_heartbeat_is_named_probes_go_there(world: World, sending: list[str]) -> None:
    world.judge.parallel_run.profile.replication.heartbeat = "s.u"
    send_probes(world.judge.parallel_run, world.run)
    assert sending == ["s.u"]


# ------------------------------------------------------------------ what is told


def test_what_others_write_is_what_this_run_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    writers = SimpleNamespace(dispose=lambda: None)
    judge: Any = SimpleNamespace(parallel_run=None, pace=SimpleNamespace(rows=10), writers=writers)
    written = [Traffic({"s.t": 100, "s.u": 5}), Traffic({"s.t": 180, "s.u": 5})]
    monkeypatch.setattr(meanwhile, "traffic", lambda run: written.pop(0))
    begun = meanwhile.mark(judge)
    judge.pace.rows = 40
    found = meanwhile.since(judge, begun)
    assert found is not None
    assert found.rows == 50
    assert replace(found, seconds=20.0).per_second == 2.5
    assert meanwhile.since(judge, None) is None


def test_the_last_lines_tell_percentiles_samples_and_traffic() -> None:
    run = _run(*[(0.1 * number, 0.0) for number in range(1, 3)])
    run.probes = [_probe(0.01 * number, 0.0) for number in range(1, 99)]
    run.meanwhile = Meanwhile(120, 60.0)
    summary = summarise(run)
    line = next(line for line in summary.closing_lines() if line.startswith("lag: "))
    assert line == (
        "lag: 0.48 s median, 0.93 s p95, 0.97 s p99, 0.98 s longest of 100 (2 waits, 98 probes); "
        "agreed: 5 s; others wrote about 2.0 rows/s to the mapped tables meanwhile"
    )
    assert as_json(summary)["lag_seconds"] == {
        "median": 0.48,
        "p95": 0.93,
        "p99": 0.97,
        "longest": 0.98,
        "waits": 2,
        "probes": 98,
        "agreed": 5.0,
        "others_rows_per_second": 2.0,
    }


def test_half_of_an_even_number_of_waits_is_within_the_median() -> None:
    """As the reports say it: "half within ... s"."""
    assert percentiles((3.0, 1.0)) == {"median": 1.0, "p95": 3.0, "p99": 3.0, "longest": 3.0}


def test_without_samples_the_word_of_the_task_is_told() -> None:
    run = _run()
    run.task_facts = TaskFacts("task", "running", "cdc", latency_seconds=1.25)
    summary = summarise(run)
    told = [line for line in summary.closing_lines() if "lag" in line or "latency" in line]
    assert told == ["the task told a latency of 1.2 s at most (CloudWatch)"]
    assert as_json(summary)["lag_seconds"] is None
    assert as_json(summary)["task_latency_seconds"] == 1.25
