"""What was there before a feature's acts is looked at once, and each table is asked about once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.scenario import before as module
from fixtures.scenario.before import ORACLE, POSTGRESQL, Before, Changed
from reconciliation.collateral import Beforehand, Change
from reconciliation.errors import Unreadable, Unseen
from reconciliation.model import Contract, Key
from tests.suite.many_tables import OTHER, TABLE

RUN: Any = SimpleNamespace(
    contract=Contract((TABLE, OTHER)),
    unfit={},
    target=None,
    table=lambda name: TABLE if name == TABLE.source else OTHER,
)


class Looks:
    """Stands for both databases: ``here`` are PostgreSQL's rows, ``there`` is what Oracle tells."""

    def __init__(self) -> None:
        self.opened: list[tuple[list[str], Mapping[str, Collection[Key]]]] = []
        self.asked: list[tuple[list[str], bool]] = []
        self.here: dict[str, dict[Key, Any]] = {TABLE.source: {}, OTHER.source: {}}
        self.there = Change(TABLE.target, (8,), None, None, {})
        self.unreadable: set[str] = set()

    def open(self, run: Any, tables: Iterable[str], touched: Any, legacy: Any = ()) -> Beforehand:
        names = list(tables)
        self.opened.append((names, touched))
        found: Any = {
            name: Unseen(f"GRANT {name}") if name in self.unreadable else name for name in names
        }
        return Beforehand(run, found)

    def collateral(self, tables: Iterable[str], **options: Any) -> dict[str, Changed]:
        names = list(tables)
        self.asked.append((names, options.get("deleted", False)))
        return {name: Changed((self.there,), "a look") for name in names}

    def named(self, keys: Mapping[str, Collection[Key]]) -> dict[str, Any]:
        return {
            name: {key: self.here[name][key] for key in some if key in self.here[name]}
            for name, some in keys.items()
        }


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Looks:
    made = Looks()
    monkeypatch.setattr(module.Beforehand, "open", made.open)
    monkeypatch.setattr(
        module.Beforehand,
        "collateral",
        lambda self, tables, **opts: made.collateral(tables, **opts),
    )
    monkeypatch.setattr(Before, "_named", lambda self, keys: made.named(keys))
    return made


def test_a_table_is_looked_at_once_whoever_asks(looks: Looks) -> None:
    before = Before(RUN, set())
    assert not before
    before.remember([TABLE], {TABLE.source: [(7,)]})
    before.remember([TABLE, OTHER])
    assert [names for names, _ in looks.opened] == [[TABLE.source], [OTHER.source]]
    assert before
    first = before.changed(ORACLE, [TABLE.target])
    assert first[TABLE.target].changes == (looks.there,)
    meant = before.changed(ORACLE, [TABLE.target], lambda name, one: one.key == (8,))
    assert meant[TABLE.target].changes == ()
    assert [names for names, _ in looks.asked if names] == [[TABLE.source]]


def test_what_is_done_later_is_looked_for_anew(looks: Looks) -> None:
    before = Before(RUN, set())
    before.remember([TABLE])
    before.changed(ORACLE, [TABLE.target])
    before.look_anew()
    before.changed(ORACLE, [TABLE.target])
    assert [names for names, _ in looks.asked if names] == [[TABLE.source]] * 2


def test_rows_that_went_are_looked_for_where_some_are_deleted(looks: Looks) -> None:
    before = Before(RUN, set())
    before.remember([TABLE, OTHER])
    before.deleted_from.add(OTHER.source)
    assert before.changed(ORACLE, [TABLE.target, OTHER.target]).keys() == {
        TABLE.target,
        OTHER.target,
    }
    assert looks.asked == [([TABLE.source], False), ([OTHER.source], True)]


def test_a_table_that_cannot_be_read_is_told_and_the_others_are_remembered(looks: Looks) -> None:
    looks.unreadable.add(OTHER.source)
    before = Before(RUN, set())
    unread = before.remember([TABLE, OTHER])
    assert {name: str(error) for name, error in unread.items()} == {
        OTHER.source: f"GRANT {OTHER.source}"
    }
    assert isinstance(unread[OTHER.source], Unreadable)


def test_of_postgresql_the_named_rows_are_looked_at_and_no_others(looks: Looks) -> None:
    rows = looks.here[TABLE.source]
    rows |= {(1,): {"id": 1, "header": "a"}, (2,): {"id": 2, "header": "b"}, (5,): {"id": 5}}
    before = Before(RUN, set())
    before.remember([TABLE], {TABLE.source: [(1,), (2,)]})
    rows |= {(2,): {"id": 2, "header": "c"}, (3,): {"id": 3}, (4,): {"id": 4}, (5,): {"id": 6}}
    del rows[(1,)]
    found = before.changed(POSTGRESQL, [TABLE.source], named={TABLE.source: [(1,), (3,)]})
    assert [str(one) for one in found[TABLE.source].changes] == [
        "s.t 1  the row went",
        "s.t 2  header  was 'b', is 'c'",
        "s.t 3  the row came",
    ]
    assert found[TABLE.source].look == "2 rows by their keys"
