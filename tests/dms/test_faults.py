"""Every fault that can be planted does what it says, and nothing when it is off."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from lab.dms.faults import FAULTS, FaultBoard, FaultUnknown, active_faults, clear_fault, list_faults, set_fault
from tests.dms.worlds import World, delete, insert, transaction, update


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_faults_are_listed_with_what_a_user_sees() -> None:
    assert set(list_faults()) == set(FAULTS)
    assert all(says and "\n" not in says for says in list_faults().values())


def test_switching_on_and_off(tmp_path: Path) -> None:
    set_fault(tmp_path, "deletes_ignored")
    set_fault(tmp_path, "update_lost_every_nth", {"n": 3})
    assert active_faults(tmp_path) == {"deletes_ignored": {}, "update_lost_every_nth": {"n": 3}}
    clear_fault(tmp_path, "deletes_ignored")
    clear_fault(tmp_path, "deletes_ignored")
    assert active_faults(tmp_path) == {"update_lost_every_nth": {"n": 3}}


def test_unknown_faults_and_options_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FaultUnknown, match="fault 'gremlins' is unknown; there are: deletes_ignored"):
        set_fault(tmp_path, "gremlins")
    with pytest.raises(FaultUnknown, match="has no option 'x'"):
        set_fault(tmp_path, "deletes_ignored", {"x": 1})
    with pytest.raises(FaultUnknown, match="must be a number"):
        set_fault(tmp_path, "update_lost_every_nth", {"n": 0})
    with pytest.raises(FaultUnknown, match="is unknown"):
        clear_fault(tmp_path, "gremlins")


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("supplementary_character_lost", "a😀b😀가", "ab😀가"),
        ("trailing_blanks_trimmed", "a  ", "a"),
        ("timestamps_shifted", "2026-11-21 12:00:00.500000", "2026-11-21 21:00:00.500000"),
        ("fraction_of_second_lost", "2026-11-21 12:00:00.500000", "2026-11-21 12:00:00"),
        ("large_numbers_rounded", 1234567890123456789, Decimal("1234567890123460000")),
    ],
)
def test_faults_of_values(tmp_path: Path, name: str, value: object, expected: object) -> None:
    board = FaultBoard(tmp_path / "dms" / "faults.json")
    board.look()
    assert board.value is None
    set_fault(tmp_path, name)
    board.look()
    assert board.value(value) == expected
    assert board.value("plain") == "plain"
    assert board.value(12) == 12
    clear_fault(tmp_path, name)
    board.look()
    assert board.value is None


def test_a_value_fault_reaches_the_target(tmp_path: Path, world: World) -> None:
    set_fault(tmp_path, "supplementary_character_lost")
    world.apply(insert(header="London 😀"))
    assert world.rows[0]["HEADER"] == "London "


def test_deletes_are_ignored(tmp_path: Path, world: World) -> None:
    world.apply(insert())
    set_fault(tmp_path, "deletes_ignored")
    world.apply(delete(1))
    assert len(world.rows) == 1


def test_updates_are_lost(tmp_path: Path, world: World) -> None:
    world.apply(insert(), insert(id=2))
    set_fault(tmp_path, "update_lost_every_nth", {"n": 2})
    world.apply(update(cost=1), update(id=2, cost=1))
    assert [row["COST"] for row in world.rows] == [1, 50]


def test_duplicates_are_refused(tmp_path: Path, world: World) -> None:
    set_fault(tmp_path, "duplicate_insert_refused")
    world.apply(insert())
    assert len(world.rows) == 1
    assert world.exceptions[0]["ERROR"].startswith("ORA-00001")


def test_transactions_are_lost(tmp_path: Path, world: World) -> None:
    set_fault(tmp_path, "transaction_lost_every_nth", {"n": 2})
    for number in (1, 2, 3, 4):
        world.apply(insert(id=number))
    assert [row["ID"] for row in world.rows] == [1, 3]


def test_the_first_transaction_after_a_resume_is_lost(tmp_path: Path) -> None:
    set_fault(tmp_path, "first_transaction_lost_on_resume")
    board = FaultBoard(tmp_path / "dms" / "faults.json")
    board.look()
    assert not board.transaction_lost(transaction(1, insert()))
    board.resumed()
    assert [board.transaction_lost(transaction(lsn, insert())) for lsn in (2, 3)] == [True, False]


def test_a_stall_is_seen(tmp_path: Path) -> None:
    board = FaultBoard(tmp_path / "dms" / "faults.json")
    set_fault(tmp_path, "replication_stalled")
    board.look()
    assert board.stalled
    assert board.active == ("replication_stalled",)
