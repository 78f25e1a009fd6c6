"""Markers of many tables: which get one, and what a second one behind the first has to say."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from reconciliation.errors import Unmakeable, Unreadable
from reconciliation.making.model import OwnRow
from reconciliation.session import markers
from reconciliation.session.acts import Acted
from reconciliation.session.marker import Marker
from reconciliation.session.preflight import Preflight
from reconciliation.session.waiting import Arrival

from . import samples
from .samples import NOW, TABLE

NAME = TABLE.source
OTHER = replace(TABLE, source="s.other", mark_column=None)


class Maker:
    """Gives a row of a parent and one of the table; ``wrong`` is what it raises for a table."""

    def __init__(self, **wrong: Exception) -> None:
        self.wrong, self.fits = wrong, True

    def hindrance(self, table: str) -> str | None:
        return None

    def rows(self, table: str, count: int) -> tuple[OwnRow, ...]:
        if table.replace(".", "_") in self.wrong:
            raise self.wrong[table.replace(".", "_")]
        return OwnRow("s.parent", (1,), {"id": 1}), OwnRow(table, (7,), {"id": 7, "header": "h"})

    def fitted(self, own: OwnRow, wish: dict[str, Any]) -> OwnRow:
        return replace(own, row={**own.row, **wish}) if self.fits else own


def _session(maker: Maker, **settings: Any) -> Any:
    run = samples.parallel_run(
        contract=SimpleNamespace(tables=(TABLE, OTHER)),
        task=samples.task(settings={"TargetMetadata": settings}),
        source_catalogue={NAME: samples.SOURCE_TABLE, OTHER.source: samples.SOURCE_TABLE},
    )
    return SimpleNamespace(parallel_run=run, maker=maker, preflight=Preflight(()))


@pytest.fixture
def acted(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The tables of each act; the one called "other" is refused when it is alone."""
    done: list[list[str]] = []

    def act(session: Any, acts: Any) -> Acted:
        done.append([one.table for one in acts])
        alone = OTHER.source in done[-1] and NAME not in done[-1]
        return Acted(refused={OTHER.source: "s.other: is locked"} if alone else {})

    monkeypatch.setattr(markers, "act", act)
    return done


def test_all_markers_are_written_in_one_act_with_what_they_refer_to(
    acted: list[list[str]],
) -> None:
    session = _session(Maker())
    first, second = markers.write(session, [NAME, OTHER.source])
    assert acted == [["s.parent", NAME, "s.parent", OTHER.source]]
    assert (first.table, first.key, first.refused) == (NAME, (7,), "")
    assert first.token is not None
    assert (second.table, second.token, second.refused) == (OTHER.source, None, "")
    assert first.committed == second.committed


@pytest.mark.parametrize("error", [Unmakeable("s.other: no value"), Unreadable("s.other: gone")])
def test_a_table_without_a_row_is_told_and_the_others_get_theirs(
    acted: list[list[str]], error: Exception
) -> None:
    first, second = markers.write(_session(Maker(s_other=error)), [NAME, OTHER.source])
    assert acted == [["s.parent", NAME]]
    assert (first.refused, second.refused) == ("", str(error))


def test_a_table_that_refuses_is_told(acted: list[list[str]]) -> None:
    [marker] = markers.write(_session(Maker()), [OTHER.source])
    assert marker.refused == "s.other: is locked"


def test_a_token_that_does_not_fit_is_none(acted: list[list[str]]) -> None:
    maker = Maker()
    maker.fits = False
    [marker] = markers.write(_session(maker), [NAME])
    assert marker.token is None


def test_a_table_that_was_refused_is_not_waited_for() -> None:
    marker = Marker(NAME, (), None, NOW, 100.0, "s.other: is locked")
    arrival = markers.wait(_session(Maker()), [marker], 30)[NAME]  # no Oracle is asked
    assert (arrival.arrived, arrival.trouble) == (False, "s.other: is locked")


@pytest.mark.parametrize(
    ("batches", "comes", "arrived", "lag"),
    [(False, False, True, 1.5), (True, True, True, 1.5), (True, False, False, 30.0)],
)
def test_where_changes_come_in_batches_the_second_marker_decides(
    monkeypatch: pytest.MonkeyPatch, batches: bool, comes: bool, arrived: bool, lag: float
) -> None:
    first = Marker(NAME, (7,), None, NOW, 100.0)
    second = replace(first, key=(8,))
    monkeypatch.setattr(markers, "write", lambda session, tables: (second,) if tables else ())

    def waited(run: Any, some: Any, limit: float) -> dict[str, Arrival]:
        if some[0] is first:
            return {NAME: Arrival(True, 1.5, 1.0, (7,), first)}
        return {NAME: Arrival(comes, 2.0 if comes else 30.0, 0.0, (8,) if comes else None, second)}

    monkeypatch.setattr(markers, "waited", waited)
    session = _session(Maker(), BatchApplyEnabled=batches)
    arrival = markers.wait(session, [first], 30)[NAME]
    assert (arrival.arrived, arrival.lag_seconds, arrival.marker) == (arrived, lag, first)
    assert arrival.second == (second if batches else None)
