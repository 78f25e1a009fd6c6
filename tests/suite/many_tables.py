"""A world of two tables without databases: what a story asks of the session, the replication and
the judge is answered from dictionaries.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.run import Run, now
from fixtures.scenario.about import Sentences
from fixtures.scenario.answers import Answers
from fixtures.scenario.story import Story
from reconciliation import replication
from reconciliation.agreed.profile import load_profile
from reconciliation.compare import by_key
from reconciliation.errors import Lost, Unmakeable
from reconciliation.making import Insert, OwnRow
from reconciliation.model import CatalogueTable, Contract, Difference, DifferenceKind, Key
from reconciliation.session import acts, markers
from reconciliation.session.acts import Acted
from reconciliation.session.marker import Marker
from reconciliation.session.waiting import Arrival
from tests.suite.test_batch_verdicts import TABLE
from tests.suite.test_helpers import ROOT, SOURCE, TARGET

OTHER = replace(TABLE, source="s.u", target="S.U", called="other thing")
TABLES = (TABLE, OTHER)


class FakeMaker:
    """Rows with whole-number keys; ``against`` says of which table none can be made, ``fixed`` of
    which nothing can be changed.
    """

    def __init__(self, note: Callable[[str, Sequence[Key]], None]) -> None:
        self._note = note
        self._next = 900_000_000
        self.against: dict[str, str] = {}
        self.fixed: set[str] = set()
        self.parents: Mapping[str, Sequence[OwnRow]] = {}

    @property
    def tables(self) -> tuple[str, ...]:
        return tuple(table.source for table in TABLES if table.source not in self.against)

    def hindrance(self, table: str) -> str | None:
        return self.against.get(table)

    def foundation(self, tables: Iterable[str]) -> tuple[OwnRow, ...]:
        return ()

    def rows(self, table: str, count: int, bare: bool = False) -> tuple[OwnRow, ...]:
        if table in self.against:
            raise Unmakeable(self.against[table])
        made = []
        for _ in range(count):
            key = (self._next,)
            self._next += 1
            made.append(OwnRow(table, key, {"id": key[0], "header": f"mark {key[0]}"}))
        self._note(table, [own.key for own in made])
        return (*self.parents.get(table, ()), *made)

    def changeable(self, table: str) -> tuple[str, ...]:
        return () if table in self.fixed else ("header",)

    def change(self, own: OwnRow, columns: Any = None, turn: int = 0) -> dict[str, Any]:
        if own.table in self.fixed:
            return {}
        return {"header": f"changed {own.key[0]} {turn}"}

    def anew(self, own: OwnRow) -> OwnRow:
        return replace(own, row={**own.row, **self.change(own, turn=1009)})

    def emptied(self, own: OwnRow) -> dict[str, Any]:
        return {}

    def fitted_all(self, owns: Sequence[OwnRow], wishes: Sequence[Any]) -> tuple[OwnRow, ...]:
        pairs = zip(owns, wishes, strict=True)
        return tuple(replace(own, row={**own.row, **wish}) for own, wish in pairs)


class World:
    """``silent`` are tables whose markers do not arrive, ``refusing`` refuse every change,
    ``wrong`` are the keys that differ by table, ``dropped`` what the replication reports.

    ``done`` are the transactions, ``limits`` those of the waits with the tables waited for.
    """

    def __init__(self) -> None:
        self.noted: dict[str, set[Key]] = {table.source: set() for table in TABLES}
        self.silent: set[str] = set()
        self.refusing: dict[str, str] = {}
        self.wrong: dict[str, set[Key]] = {}
        self.dropped: dict[str, list[Any]] = {}
        self.done: list[list[Any]] = []
        self.limits: list[tuple[float, tuple[str, ...]]] = []
        self.away = False
        self.maker = FakeMaker(self.note)
        self.judge: Any = SimpleNamespace(
            parallel_run=SimpleNamespace(
                unfit={},
                parties=(self.answers,),
                contract=Contract(TABLES),
                due=tuple(table.source for table in TABLES),
                resolved=SimpleNamespace(
                    tables=[SimpleNamespace(source=table.source, columns=()) for table in TABLES]
                ),
                source_catalogue={table.source: _named(SOURCE, table.source) for table in TABLES},
                target_catalogue={table.target: _named(TARGET, table.target) for table in TABLES},
                profile=SimpleNamespace(
                    replication=SimpleNamespace(
                        arrival_limit_seconds=30.0, agreed_lag_seconds=5.0, heartbeat=None
                    )
                ),
            ),
            maker=self.maker,
            journal=SimpleNamespace(
                noted=lambda table: frozenset(self.noted[table]), note=self.note
            ),
        )
        self.run = Run(
            "lab", ROOT, ROOT / "features", ROOT / "reports", 1, now(), load_profile("lab", ROOT)
        )

    def note(self, table: str, keys: Sequence[Key]) -> None:
        self.noted[table] |= set(keys)

    def answers(self) -> None:
        if self.away:
            raise Lost("Oracle does not answer")

    def story(self, last: bool = False, said: Sequence[str] = ()) -> Story:
        return Story(self.judge, self.run, "a scenario", Sentences(said, lambda: last), Answers())

    def act(self, judge: Any, changes: Sequence[Any], roll_back: bool = False) -> Acted:
        kept = [one for one in changes if one.table not in self.refusing]
        self.done.append(kept)
        rows: Counter[str] = Counter()
        for one in kept:
            rows[one.table] += 1 if isinstance(one, Insert) else len(one.keys)
        tables = {one.table for one in changes}
        return Acted(rows, {name: why for name, why in self.refusing.items() if name in tables})

    def write(self, judge: Any, tables: Iterable[str]) -> tuple[Marker, ...]:
        written = []
        for table in dict.fromkeys(tables):
            refused = self.refusing.get(table, "")
            key = () if refused else self.maker.rows(table, 1)[-1].key
            written.append(Marker(table, key, "token", now(), time.monotonic(), refused))
        return tuple(written)

    def wait(self, judge: Any, some: Sequence[Marker], limit: float) -> dict[str, Arrival]:
        self.limits.append((limit, tuple(one.table for one in some)))
        return {one.table: self._arrival(one, limit) for one in some}

    def _arrival(self, marker: Marker, limit: float) -> Arrival:
        if marker.refused:
            return Arrival(False, 0.0, 0.0, None, marker, marker.refused)
        if marker.table in self.silent:
            return Arrival(False, limit, limit, None, marker)
        return Arrival(True, 0.7, 0.7, marker.key, marker)

    def compare_keys(self, run: Any, table: str, keys: Iterable[Key]) -> Any:
        listed = list(keys)
        wrong = [key for key in listed if key in self.wrong.get(table, ())]
        target = next(one.target for one in TABLES if one.source == table)
        return SimpleNamespace(
            source_rows=len(listed),
            target_rows=len(listed) - len(wrong),
            accepted_values={},
            differences=[
                Difference(table, target, key, DifferenceKind.MISSING, key_columns=("id",))
                for key in wrong
            ],
        )

    def compare_tables(self, run: Any, wanted: Mapping[str, Iterable[Key]]) -> dict[str, Any]:
        return {table: self.compare_keys(run, table, keys) for table, keys in wanted.items()}

    def keys_of(self, run: Any, table: str, exceptions: Any) -> tuple[dict[Key, list[Any]], list]:
        found: dict[Key, list[Any]] = {}
        for key, one in self.dropped.get(table, []):
            found.setdefault(key, []).append(one)
        return found, []


def _named(table: CatalogueTable, full_name: str) -> CatalogueTable:
    schema, _, name = full_name.partition(".")
    return replace(table, schema=schema, name=name)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Two tables that are replicated as they should be, until a test says otherwise."""
    made = World()
    monkeypatch.setattr(acts, "act", made.act)
    monkeypatch.setattr(markers, "write", made.write)
    monkeypatch.setattr(markers, "wait", made.wait)
    monkeypatch.setattr(by_key, "compare_keys", made.compare_keys)
    monkeypatch.setattr(by_key, "compare_tables", made.compare_tables)
    monkeypatch.setattr(by_key, "read", lambda run, table, keys: ({}, {}))
    monkeypatch.setattr("fixtures.scenario.story.keys_of", made.keys_of)
    monkeypatch.setattr("fixtures.scenario.waiting.keys_of", made.keys_of)
    task = SimpleNamespace(
        identifier="task", status="stopped", last_failure="", stop_reason="STOP_REASON_X"
    )
    monkeypatch.setattr(replication, "describe_task", lambda run: task)
    monkeypatch.setattr(replication, "apply_exceptions", lambda run, since: [])
    monkeypatch.setattr(replication, "table_statistics", lambda run: [])
    monkeypatch.setattr("fixtures.scenario.strays.searchable_mark", lambda run, table: None)
    return made
