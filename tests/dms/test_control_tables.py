"""The task's own tables in the target: names, columns, and what is in them when."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from lab.dms.agreed.settings import ControlTableSettings, parse_settings
from lab.dms.apply.control_tables import ControlTables
from lab.dms.apply.task_tables import TaskTables, checkpoint
from tests.dms.fake_target import FakeDatabase, FakeTarget
from tests.dms.worlds import World, insert, transaction, update

TASK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ALL = ControlTableSettings(
    status=True, suspended_tables=True, history=True, recovery=True, timeslot_minutes=5
)
EVERYTHING = {
    "TargetMetadata": {"TaskRecoveryTableEnabled": True},
    "ControlTablesSettings": {
        "StatusTableEnabled": True,
        "SuspendedTablesTableEnabled": True,
        "HistoryTableEnabled": True,
        "HistoryTimeslotInMinutes": 10,
    },
}


def made(settings: ControlTableSettings, schema: str = "S") -> FakeDatabase:
    database = FakeDatabase()
    ControlTables(schema, TASK, settings).create_missing(FakeTarget(database))
    return database


def columns(database: FakeDatabase, table: str) -> list[str]:
    return [column.name for column in database.tables["S", table].description.columns]


def test_the_table_of_exceptions_is_always_there() -> None:
    assert set(made(ControlTableSettings()).tables) == {
        ("S", "awsdms_apply_exceptions"),
        ("S", "awsdms_txn_state"),
    }
    names = columns(made(ControlTableSettings()), "awsdms_apply_exceptions")
    assert names == ["TASK_NAME", "TABLE_OWNER", "TABLE_NAME", "ERROR_TIME", "STATEMENT", "ERROR"]


@pytest.mark.parametrize(
    ("setting", "table", "expected"),
    [
        (
            "status",
            "awsdms_status",
            "SERVER_NAME TASK_NAME TASK_STATUS STATUS_TIME PENDING_CHANGES DISK_SWAP_SIZE "
            "TASK_MEMORY "
            "SOURCE_CURRENT_POSITION SOURCE_CURRENT_TIMESTAMP SOURCE_TAIL_POSITION "
            "SOURCE_TAIL_TIMESTAMP "
            "SOURCE_TIMESTAMP_APPLIED",
        ),
        (
            "suspended_tables",
            "awsdms_suspended_tables",
            "SERVER_NAME TASK_NAME TABLE_OWNER TABLE_NAME SUSPEND_REASON SUSPEND_TIMESTAMP",
        ),
        (
            "history",
            "awsdms_history",
            (
                "SERVER_NAME TASK_NAME TIMESLOT_TYPE TIMESLOT TIMESLOT_DURATION TIMESLOT_LATENCY "
                "RECORDS TIMESLOT_VOLUME"
            ),
        ),
    ],
)
def test_the_other_tables_are_made_when_the_settings_say_so(
    setting: str, table: str, expected: str
) -> None:
    database = made(ControlTableSettings(**{setting: True}))
    assert columns(database, table) == expected.split()
    assert len(database.tables) == 3


def test_settings_of_control_tables() -> None:
    settings = parse_settings(EVERYTHING).control
    assert settings == ControlTableSettings(True, True, True, True, 10)
    assert parse_settings({}).control == ControlTableSettings(False, False, False, False, 5)


def test_names_are_quoted_and_in_lower_case() -> None:
    database = made(ALL)
    creations = [text for text in database.statements if text.startswith("CREATE")]
    assert all('CREATE TABLE "S"."awsdms_' in text for text in creations)
    assert len(creations) == 5


def test_tables_of_an_earlier_task_are_kept() -> None:
    database = made(ALL)
    database.rows("S", "awsdms_apply_exceptions").append({"TASK_NAME": "DELETED"})
    ControlTables("S", "ANOTHER", ALL).create_missing(FakeTarget(database))
    assert database.rows("S", "awsdms_apply_exceptions") == [{"TASK_NAME": "DELETED"}]


class Clock:
    def __init__(self) -> None:
        self.now = dt.datetime(2026, 11, 21, 12, 3)

    def __call__(self) -> dt.datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database() -> FakeDatabase:
    return made(ALL)


def test_the_status_says_how_far_the_task_has_come(database: FakeDatabase, clock: Clock) -> None:
    tables, target = TaskTables("S", TASK, ALL, clock), FakeTarget(database)
    tables.begun(target)
    [row] = database.rows("S", "awsdms_status")
    assert (row["TASK_NAME"], row["TASK_STATUS"], row["SOURCE_CURRENT_POSITION"]) == (
        TASK,
        "CHANGE PROCESSING",
        None,
    )
    tables.applied(target, [transaction(0x1_0000_00AB, insert())])
    [row] = database.rows("S", "awsdms_status")
    assert row["SOURCE_CURRENT_POSITION"] == "00000001/000000AB"
    assert row["SOURCE_TIMESTAMP_APPLIED"] == dt.datetime(2026, 11, 21, 12)
    clock.now += dt.timedelta(seconds=1)
    # not more often than every five seconds
    tables.applied(target, [transaction(0x2_0000_0000, insert())])
    assert database.rows("S", "awsdms_status")[0]["SOURCE_CURRENT_POSITION"] == "00000001/000000AB"
    clock.now += dt.timedelta(seconds=5)
    tables.applied(target, [transaction(0x2_0000_0000, insert())])
    assert database.rows("S", "awsdms_status")[0]["SOURCE_CURRENT_POSITION"] == "00000002/00000000"
    tables.stopped(target)
    assert [row["TASK_STATUS"] for row in database.rows("S", "awsdms_status")] == ["NOT RUNNING"]


def test_the_history_has_a_row_for_every_time_slot(database: FakeDatabase, clock: Clock) -> None:
    tables, target = TaskTables("S", TASK, ALL, clock), FakeTarget(database)
    tables.applied(target, [transaction(1, insert(), update())])
    # the same group once more, after a lost session
    tables.applied(target, [transaction(1, insert(), update())])
    clock.now += dt.timedelta(minutes=1)
    tables.applied(target, [transaction(2, insert())])
    assert database.rows("S", "awsdms_history") == []
    clock.now += dt.timedelta(minutes=5)
    tables.applied(target, [transaction(3, insert())])
    tables.stopped(target)
    slots = [
        (
            row["TIMESLOT_TYPE"],
            row["TIMESLOT"].minute,
            row["TIMESLOT_DURATION"],
            row["TIMESLOT_LATENCY"],
            row["RECORDS"],
        )
        for row in database.rows("S", "awsdms_history")
    ]
    assert slots == [("CHANGE PROCESSING", 0, 5, 240, 3), ("CHANGE PROCESSING", 5, 5, 540, 1)]


def test_a_checkpoint_stands_beside_the_position(tmp_path: Path) -> None:
    assert checkpoint(0x132_0F00_0E48, 34) == "checkpoint:V1#34#00000132/0F000E48#0#0#*#0#0"
    world = World(tmp_path, settings=EVERYTHING)
    world.apply(insert(), lsn=0x20)
    [row] = world.database.rows("TRAVELBUDDY", "awsdms_txn_state")
    assert (row["COMMIT_LSN"], row["CHECKPOINT"]) == (
        32,
        "checkpoint:V1#1#00000000/00000020#0#0#*#0#0",
    )
    plain = World(tmp_path)
    plain.apply(insert(), lsn=0x20)
    [row] = plain.database.rows("TRAVELBUDDY", "awsdms_txn_state")
    assert (row["COMMIT_LSN"], row["CHECKPOINT"]) == (32, None)


def test_a_suspended_table_is_listed(tmp_path: Path) -> None:
    settings: dict[str, Any] = EVERYTHING | {"ErrorBehavior": {"DataErrorPolicy": "SUSPEND_TABLE"}}
    world = World(tmp_path, settings=settings)
    world.apply(insert(cost=None), insert(id=2))
    [row] = world.database.rows("TRAVELBUDDY", "awsdms_suspended_tables")
    assert (row["TASK_NAME"], row["TABLE_OWNER"], row["TABLE_NAME"]) == (
        TASK,
        "TRAVELBUDDY",
        "FLIGHTSPECIAL",
    )
    assert row["SUSPEND_REASON"].startswith("ORA-01400")
    assert isinstance(row["SUSPEND_TIMESTAMP"], dt.datetime)
