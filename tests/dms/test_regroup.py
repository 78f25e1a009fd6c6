"""Operations put together to arrays: never past another one of the same row, never where others
could notice.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from lab.dms.apply.ordering import Ordering
from lab.dms.apply.regroup import HELD_LIMIT, Runs
from lab.dms.ground.changes import Change
from lab.dms.transform.plan import Operation
from tests.dms.worlds import World, delete, insert, update

KEYS = ["FLIGHTSPECIAL", "ID", "NUMBER", 0]


class Catalogue:
    """Answers the questions of ``Ordering``: key columns as (table, column, type, scale), and what
    binds a table.
    """

    def __init__(self, keys: Sequence[Sequence[Any]], **bound: str) -> None:
        self.keys = keys
        self.bound = bound
        self.asked = 0

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        assert list(values) == ["TRAVELBUDDY"]
        self.asked += 1
        if "DATA_SCALE" in sql:
            return [(table, f"{table}_PK", *column) for table, *column in self.keys]
        if "R_OWNER" in sql:
            return [*self._primary_keys(), *self._foreign_keys()]
        return [(self.bound[word],) for word in self.bound if word in sql]

    def _primary_keys(self) -> list[tuple[Any, ...]]:
        return [("TRAVELBUDDY", key[0], f"{key[0]}_PK", "P", None, None) for key in self.keys]

    def _foreign_keys(self) -> list[tuple[Any, ...]]:
        found = []
        if child := self.bound.get("refers"):
            found.append(("TRAVELBUDDY", child, "FK1", "R", "ELSEWHERE", "ANY_PK"))
        if parent := self.bound.get("is_referred_to"):
            found.append(("ELSEWHERE", "ANY", "FK2", "R", "TRAVELBUDDY", f"{parent}_PK"))
        return found


def known(*keys: Sequence[Any], **bound: str) -> Ordering:
    ordering = Ordering()
    ordering.look(Catalogue(keys or [KEYS], **bound), ["TRAVELBUDDY"])
    return ordering


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def operation(world: World, change: Change) -> Operation:
    plan = world.tables.plan("travelbuddy", "flightspecial")
    values = (change.old if change.operation == "D" else change.new) or {}
    return plan.operation(change, plan.row(values), None)


def shown(runs: Runs) -> list[str]:
    return [
        run[0].operation + ",".join(str(item.values[-1 if item.key else 0]) for item in run)
        for run in runs.take()
    ]


def grouped(
    world: World, changes: Sequence[Change], ordering: Ordering | None, length: int = 100
) -> list[str]:
    runs = Runs(length, None if ordering is None else ordering.identity)
    for change in changes:
        runs.add(operation(world, change))
    return shown(runs)


def test_changes_of_different_rows_are_put_together(world: World) -> None:
    changes = [insert(id=1), update(id=9), insert(id=2), delete(8), update(id=7), insert(id=3)]
    assert grouped(world, changes, known()) == ["I1,2,3", "U9,7", "D8"]
    assert grouped(world, changes, None) == ["I1", "U9", "I2", "D8", "U7", "I3"]


def test_changes_of_one_row_keep_their_order(world: World) -> None:
    changes = [
        insert(id=1),
        update(id=1),
        delete(1),
        insert(id=1),
        insert(id=2),
        update(id=2),
        update(id=2),
    ]
    assert grouped(world, changes, known()) == ["I1", "U1", "D1", "I1,2", "U2,2"]


def test_a_run_has_a_longest_length(world: World) -> None:
    assert grouped(world, [insert(id=1), insert(id=2), insert(id=3)], known(), length=2) == [
        "I1,2",
        "I3",
    ]


def test_random_changes_end_as_if_done_one_by_one(world: World) -> None:
    pick = random.Random(7)
    makers = [lambda n: insert(id=n), lambda n: update(id=n, cost=pick.randrange(99)), delete]
    changes = [pick.choice(makers)(pick.randrange(8)) for _ in range(2000)]
    plain, runs = [operation(world, change) for change in changes], Runs(10, known().identity)
    for item in plain:
        runs.add(item)
    moved = [item for run in runs.take() for item in run]
    assert moved != plain
    for number in range(8):
        key = known().identity(operation(world, delete(number)))
        assert [o for o in moved if known().identity(o) == key] == [
            o for o in plain if known().identity(o) == key
        ]


@pytest.mark.parametrize("where", ["DBA_TRIGGERS", "refers", "is_referred_to", "ALL_INDEXES"])
def test_what_could_notice_keeps_the_order(world: World, where: str) -> None:
    changes = [insert(id=1), update(id=9), insert(id=2)]
    assert grouped(world, changes, known(KEYS, **{where: "OTHER"})) == ["I1,2", "U9"]
    assert grouped(world, changes, known(KEYS, **{where: "FLIGHTSPECIAL"})) == ["I1", "U9", "I2"]


@pytest.mark.parametrize(
    "key",
    [
        ["FLIGHTSPECIAL", "ID", "CHAR", None],
        ["FLIGHTSPECIAL", "ID", "DATE", None],
        ["FLIGHTSPECIAL", "ID", "NUMBER", -2],
        ["FLIGHTSPECIAL", "ID", "VARCHAR2", None],
        ["OTHER", "ID", "NUMBER", 0],
    ],
)
def test_a_key_whose_values_may_be_equal_for_oracle_keeps_the_order(
    world: World, key: list[Any]
) -> None:
    assert grouped(world, [insert(id=1), update(id=9), insert(id=2)], known(key)) == [
        "I1",
        "U9",
        "I2",
    ]


def test_a_key_of_two_columns_is_known_as_a_whole(world: World) -> None:
    both = known(KEYS, ["FLIGHTSPECIAL", "HEADER", "VARCHAR2", None])
    assert grouped(world, [insert(id=1), update(id=9), insert(id=2)], both) == ["I1", "U9", "I2"]


def test_one_that_must_not_be_passed_is_a_wall(world: World) -> None:
    changes = [insert(id=1), update(id=2.5), insert(id=3), update(id=1)]
    assert grouped(world, changes, known()) == ["I1", "U2.5,1", "I3"]


def test_a_new_plan_is_a_wall(world: World) -> None:
    runs = Runs(100, known().identity)
    runs.add(operation(world, insert(id=1)))
    world.tables.load(world.target)
    runs.add(operation(world, insert(id=2)))
    runs.add(operation(world, insert(id=3)))
    assert shown(runs) == ["I1", "I2,3"]


def test_the_catalogue_is_asked_every_few_seconds() -> None:
    now = [0.0]
    ordering, catalogue = Ordering(lambda: now[0]), Catalogue([KEYS])
    ordering.look(catalogue, ["TRAVELBUDDY"])
    asked = catalogue.asked
    now[0] = 4.9
    ordering.look(catalogue, ["TRAVELBUDDY"])
    assert catalogue.asked == asked
    now[0] = 5.1
    ordering.look(catalogue, ["TRAVELBUDDY"])
    assert catalogue.asked == 2 * asked


def test_a_transaction_of_any_size_is_held_in_parts(world: World) -> None:
    runs = Runs(500, None)
    one = operation(world, insert(id=1))
    for _ in range(HELD_LIMIT):
        assert not runs.is_full
        runs.add(one)
    assert runs.is_full
    assert sum(len(run) for run in runs.take()) == HELD_LIMIT
    assert not runs.is_full


def test_failures_within_an_array_are_settled_one_by_one(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.applier._ordering = known()
    done = world.apply(
        insert(id=1), update(id=9), insert(id=1), delete(8), insert(id=2), update(id=2, cost=7)
    )
    assert world.database.arrays == [3, 2]
    assert {row["ID"]: row["COST"] for row in world.rows} == {1: 50, 2: 7}
    assert sorted(str(row["ERROR"]) for row in world.exceptions) == [
        "0 rows affected",
        "ORA-00001: unique constraint (TRAVELBUDDY.PK_FLIGHTSPECIAL) violated",
    ]
    assert done.counts == {
        ("travelbuddy", "flightspecial", "applied_inserts"): 2,
        ("travelbuddy", "flightspecial", "applied_updates"): 1,
    }
