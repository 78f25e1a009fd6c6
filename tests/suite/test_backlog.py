"""The end of a run: what was committed before it has arrived, or who it is that has not."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.promises.lag import BACKLOG, backlog_is_gone
from reconciliation.errors import Broken, Lost, NotJudged
from reconciliation.session import markers
from reconciliation.session.marker import Marker
from reconciliation.session.waiting import Arrival
from tests.suite.many_tables import World, world

__all__ = ["world"]


@pytest.fixture
def ended(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world at its end, at a position."""
    world.run.judge = world.judge
    world.judge.parallel_run.source = SimpleNamespace(connect=lambda: nullcontext())
    monkeypatch.setattr("fixtures.promises.lag.write_position", lambda connection: "0/1000")
    there = SimpleNamespace(unconfirmed_bytes=0)
    monkeypatch.setattr("fixtures.promises.lag.slot", lambda run: there)
    return world


def _judge(world: World) -> None:
    backlog_is_gone(world.judge.parallel_run, world.run)


def _arriving(monkeypatch: pytest.MonkeyPatch, seconds: float, unseen: float) -> None:
    def wait(session: Any, some: list[Marker], limit: float) -> dict[str, Arrival]:
        return {one.table: Arrival(True, seconds, unseen, one.key, one) for one in some}

    monkeypatch.setattr(markers, "wait", wait)


def test_one_wait_proves_it_for_all_tables(ended: World) -> None:
    _judge(ended)
    assert ended.limits == [(30.0, ("s.t", "s.u"))]
    assert [wait.lag.what for wait in ended.run.waits] == [BACKLOG]


def test_a_table_of_which_nothing_comes_is_named(ended: World) -> None:
    ended.silent = {"s.u"}
    with pytest.raises(Broken) as caught:
        _judge(ended)
    head, _, rest = str(caught.value).partition("\n")
    assert head == f"{BACKLOG} has not arrived in 1 table:"
    assert rest.startswith("nothing of s.u arrives in Oracle: ")


def test_what_is_there_behind_the_agreed_time_is_a_replication_that_is_behind(
    ended: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    _arriving(monkeypatch, 7.0, 6.9)
    with pytest.raises(Broken, match=r"^what was committed before 0/1000 had arrived after 7\.0 s"):
        _judge(ended)


def test_one_slow_look_says_nothing(ended: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _arriving(monkeypatch, 7.0, 0.1)
    with pytest.raises(NotJudged, match="too seldom"):
        _judge(ended)


def test_where_no_table_takes_a_marker_nothing_is_said(ended: World) -> None:
    ended.refusing = {"s.t": "s.t is locked", "s.u": "s.u is locked"}
    with pytest.raises(NotJudged, match=r"no mapped table can hold a marker: s\.t: s\.t is locked"):
        _judge(ended)


def test_an_outage_is_no_backlog(ended: World) -> None:
    ended.silent, ended.away = {"s.t", "s.u"}, True
    with pytest.raises(Lost):
        _judge(ended)


def test_a_table_that_is_not_written_to_is_left_out(ended: World) -> None:
    contract = ended.judge.parallel_run.contract
    tables = (replace(contract.tables[0], write=False), *contract.tables[1:])
    ended.judge.parallel_run.contract = replace(contract, tables=tables)
    _judge(ended)
    assert ended.limits == [(30.0, ("s.u",))]
