"""What is asked of many tables, or about many rows, is asked together; one of them that cannot be
read does not keep the others from being answered.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

from reconciliation.compare import by_key
from reconciliation.databases.rows import told
from reconciliation.errors import Unmakeable, Unreadable
from reconciliation.making.ahead import bundles, unbundled
from reconciliation.making.maker import Maker
from reconciliation.making.model import OwnRow
from reconciliation.model import Key
from reconciliation.session import markers
from reconciliation.session.marker import Marker
from tests.oracle.fake_engine import USER

from .making_world import MakingWorld
from .samples import NOW

NAMES = ("travelbuddy.one", "travelbuddy.two", "travelbuddy.three")
TOKEN = f"marker {'7' * 32}"


@pytest.fixture
def world(world: MakingWorld) -> MakingWorld:
    for name in ("one", "two", "three"):
        world.create(
            f"CREATE TABLE {name} (id int4, part varchar(4), name varchar(50), "
            "PRIMARY KEY (id, part))",
            f"CREATE TABLE {name} (id NUMBER(10), part VARCHAR2(4), name VARCHAR2(50), "
            "PRIMARY KEY (id, part))",
        )
        world.agree(name, ("id", "part"), **{"mark_column": "name"} if name == "one" else {})
    return world


def own(table: str, number: int, name: str = "n") -> OwnRow:
    return OwnRow(table, (number, "a"), {"id": number, "part": "a", "name": name})


def _write(world: MakingWorld, *rows: OwnRow) -> None:
    world.noted += [(one.table, one.key) for one in rows]
    world.write(*rows)


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """Statements, and "connected" for each connection that was asked for."""
    found: list[str] = []

    def executed(*arguments: Any) -> None:
        found.append(arguments[2])

    def begun(_: Any) -> None:
        found.append("connected")

    event.listen(engine, "before_cursor_execute", executed)
    event.listen(engine, "begin", begun)
    yield found
    event.remove(engine, "before_cursor_execute", executed)
    event.remove(engine, "begin", begun)


# ------------------------------------------------------------------ rows by key


def test_many_tables_are_compared_over_one_connection_a_side(world: MakingWorld) -> None:
    _write(world, *(own(name, number) for name in NAMES for number in (1, 2)))
    run = world.run
    with counted(run.source) as here, counted(run.target) as there:
        found = by_key.compare_tables(run, {name: [(1, "a"), (2, "a")] for name in NAMES})
    assert [(one.source_rows, one.target_rows) for one in found.values()] == [(2, 2)] * 3  # type: ignore[union-attr]
    assert here.count("connected") == there.count("connected") == 1


def test_what_differs_is_read_twice_and_nothing_else(world: MakingWorld) -> None:
    _write(world, *(own(name, 1) for name in NAMES))
    world.judge.there("UPDATE two SET name = 'other' WHERE id = 1")
    with counted(world.run.target) as there:
        found = by_key.compare_tables(world.run, dict.fromkeys(NAMES, ((1, "a"),)))
    assert [len(told(one).differences) for one in found.values()] == [0, 1, 0]
    assert [sum(f'"{name}"' in one for one in there) for name in ("ONE", "TWO", "THREE")] == [
        1,
        2,
        1,
    ]


def test_a_table_that_cannot_be_read_is_told_and_the_others_are_compared(
    world: MakingWorld,
) -> None:
    _write(world, *(own(name, 1) for name in NAMES))
    run = world.run
    world.judge.there("DROP TABLE two")
    found = by_key.compare_tables(run, dict.fromkeys(NAMES, ((1, "a"),)))
    assert [isinstance(one, Unreadable) for one in found.values()] == [False, True, False]
    assert told(found[NAMES[2]]).target_rows == 1
    with pytest.raises(Unreadable, match="ORA-00942"):
        by_key.compare_keys(run, NAMES[1], [(1, "a")])
    world.judge.there("CREATE TABLE two (id NUMBER(10))")


# ------------------------------------------------------------------ markers


def _marker(table: str, number: int, token: str | None = None) -> Marker:
    return Marker(table, (number, "a"), token, NOW, 0.0)


def test_all_markers_are_looked_for_by_one_statement(world: MakingWorld) -> None:
    _write(world, own(NAMES[0], 1, TOKEN), own(NAMES[1], 2))
    looked = [
        _marker(NAMES[0], 1, TOKEN),
        _marker(NAMES[1], 2),
        _marker(NAMES[2], 3),
    ]
    with counted(world.run.target) as there:
        found = markers.waited(world.run, looked, 0.0)
    assert [one.found_key for one in found.values()] == [(1, "a"), (2, "a"), None]
    assert [one.arrived for one in found.values()] == [True, True, False]
    assert sum("EXISTS" in one for one in there) == 1


def test_a_row_of_others_under_a_markers_key_is_no_marker(world: MakingWorld) -> None:
    _write(world, own(NAMES[0], 1, "theirs"), own(NAMES[0], 9, TOKEN))
    found = markers.waited(world.run, [_marker(NAMES[0], 1, TOKEN)], 0.0)
    assert found[NAMES[0]].found_key == (9, "a")  # the last look searches under any key


def test_a_table_that_is_gone_does_not_hide_the_other_markers(world: MakingWorld) -> None:
    _write(world, own(NAMES[0], 1, TOKEN), own(NAMES[2], 3))
    run = world.run
    world.judge.there("DROP TABLE two")
    looked = [
        _marker(NAMES[0], 1, TOKEN),
        _marker(NAMES[1], 2),
        _marker(NAMES[2], 3),
    ]
    found = markers.waited(run, looked, 5.0)
    assert [one.arrived for one in found.values()] == [True, False, True]
    assert f"{USER}.TWO: " in found[NAMES[1]].trouble
    world.judge.there("CREATE TABLE two (id NUMBER(10))")


# ------------------------------------------------------------------ rows made ahead


class Told:
    """What a maker says of keys, in its order."""

    def __init__(self) -> None:
        self.reserved: set[tuple[str, Key]] = set()
        self.noted: list[tuple[str, Key]] = []
        self.times = 0

    def reserve(self, table: str, keys: Any) -> None:
        self.times += 1
        self.reserved |= {(table, key) for key in keys}

    def note(self, table: str, keys: Any) -> None:
        self.noted += [(table, key) for key in keys]


def test_rows_are_made_ahead_and_their_keys_told_before(world: MakingWorld) -> None:
    told = Told()
    maker = Maker(world.run, "mark", told.note, told.reserve)
    maker.rows(NAMES[0], 20)
    first, second = maker.rows(NAMES[0], 1)[-1], maker.rows(NAMES[0], 1)[-1]
    assert (first.table, first.key) in told.reserved
    assert told.noted[-2:] == [(first.table, first.key), (second.table, second.key)]
    with counted(world.run.target) as there:
        given = [maker.rows(NAMES[0], 1)[-1].key for _ in range(10)]
    assert there == []  # nobody has to be asked any more
    assert len({*given, first.key, second.key}) == 12
    assert told.times == 1
    assert set(told.reserved) - set(told.noted)


def test_a_short_series_gives_all_its_values_one_by_one(world: MakingWorld) -> None:
    world.create(
        "CREATE TABLE few (id int4 PRIMARY KEY, name text)",
        "CREATE TABLE few (id NUMBER(10) PRIMARY KEY, name VARCHAR2(40))",
    )
    world.agree("few", reserved={"id": (1, 20)})
    maker = world.maker()
    keys = [maker.rows("travelbuddy.few", 1)[-1].key for _ in range(20)]
    assert sorted(keys) == [(number,) for number in range(1, 21)]
    with pytest.raises(Unmakeable, match="used up"):
        maker.rows("travelbuddy.few", 1)


def test_rows_made_ahead_leave_most_of_a_short_series_to_rows_of_other_tables(
    world: MakingWorld,
) -> None:
    world.create(
        "CREATE TABLE base (id int4 PRIMARY KEY); "
        "CREATE TABLE more (id int4 PRIMARY KEY REFERENCES base, name text)",
        "CREATE TABLE base (id NUMBER(10) PRIMARY KEY)",
        "CREATE TABLE more (id NUMBER(10) PRIMARY KEY, name VARCHAR2(40))",
    )
    world.agree("base", reserved={"id": (1, 20)})
    world.agree("more")
    maker = world.maker()
    for _ in range(9):
        maker.rows("travelbuddy.base", 1)
    assert len(maker.rows("travelbuddy.more", 9)) == 18


def test_each_row_that_was_made_ahead_keeps_its_own_parents(world: MakingWorld) -> None:
    world.create(
        "CREATE TABLE base (id int4 PRIMARY KEY); "
        "CREATE TABLE more (id int4 PRIMARY KEY REFERENCES base, name text)",
        "CREATE TABLE base (id NUMBER(10) PRIMARY KEY)",
        "CREATE TABLE more (id NUMBER(10) PRIMARY KEY, name VARCHAR2(40))",
    )
    world.agree("base")
    world.agree("more")
    maker = world.maker()
    for count in (3, 1, 2, 5, 1):
        given = maker.rows("travelbuddy.more", count)
        assert [one.table for one in given] == [
            *["travelbuddy.base"] * count,
            *["travelbuddy.more"] * count,
        ]
        assert [one.key for one in given[:count]] == [one.key for one in given[count:]]
        world.write(*given)


def test_bundles_are_what_belongs_to_single_rows() -> None:
    made = [own(name, number) for name in NAMES for number in (1, 2)]
    first, second = bundles(made, 2)
    assert [(one.table, one.key[0]) for one in second] == [(name, 2) for name in NAMES]
    assert unbundled([first, second]) == made
