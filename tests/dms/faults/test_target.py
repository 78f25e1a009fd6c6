"""Faults that somebody else's session plants on the target, on the Oracle stand-in. A test is named
like its fault.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from lab.dms.databases.target import OracleTarget
from lab.dms.faults import (
    NotInForce,
    Surroundings,
    active_faults,
    switch_all_off,
    switch_off,
    switch_on,
)
from lab.dms.ground.errors import TaskFailed
from tests.dms.faults.legacy import SPECIAL, Legacy
from tests.dms.replication import wait_for

UPDATE = "UPDATE travelbuddy.special SET note = 'new' WHERE id = 1"


def test_identity_trigger(legacy: Legacy) -> None:
    def scenario() -> tuple[list[int], list[str]]:
        legacy.insert(1, name="'a'")
        legacy.write(UPDATE)
        return [number for number, _ in legacy.names()], legacy.errors()

    on, off = legacy.both("identity_trigger", scenario, table=SPECIAL)
    assert on == ([1000], ["0 rows af"])
    assert off == ([1], [])
    assert legacy.sql("SELECT TRIGGER_NAME FROM ALL_TRIGGERS WHERE TABLE_NAME = 'SPECIAL'") == [
        ("SPECIAL_TRIGGER",)
    ]


def test_touch_trigger(legacy: Legacy) -> None:
    def scenario() -> list[Any]:
        legacy.insert(1, name="'a'")
        return legacy.names()

    on, off = legacy.both("touch_trigger", scenario, table=SPECIAL, column="NAME", value="it's")
    assert (on, off) == ([(1, "it's")], [(1, "a")])


def test_triggers_enabled(legacy: Legacy) -> None:
    def scenario() -> tuple[bool, str]:
        legacy.insert(1, name="'a'")
        [(status,)] = legacy.sql("SELECT STATUS FROM ALL_TRIGGERS WHERE TABLE_NAME = 'SPECIAL'")
        return legacy.names() == [(1, "a")], status

    on, off = legacy.both("triggers_enabled", scenario, table=SPECIAL)
    assert (on, off) == ((False, "ENABLED"), (True, "DISABLED"))


def test_sequence_behind(legacy: Legacy) -> None:
    def scenario() -> int:
        legacy.insert(1)
        return legacy.sql("SELECT TRAVELBUDDY.SPECIAL_SEQ.NEXTVAL FROM DUAL")[0][0]

    on, off = legacy.both("sequence_behind", scenario, sequence="TRAVELBUDDY.SPECIAL_SEQ")
    assert on == 1
    assert off >= 5000


def test_column_overwritten(legacy: Legacy) -> None:
    def scenario() -> list[Any]:
        legacy.insert(1, name="'a'")
        return legacy.names()

    on, off = legacy.both("column_overwritten", scenario, table=SPECIAL, column="NAME")
    assert (on, off) == ([(1, "somebody else")], [(1, "a")])


def test_a_column_is_overwritten_by_the_clock(legacy: Legacy) -> None:
    switch_on(
        legacy.state_dir,
        "column_overwritten",
        {"table": SPECIAL, "column": "NAME", "seconds": 0.1, "every": 1000000},
    )
    legacy.insert(1, name="'a'")
    wait_for(lambda: legacy.names() == [(1, "somebody else")])


def test_rows_added(legacy: Legacy) -> None:
    def scenario() -> list[Any]:
        legacy.insert(1, name="'a'")
        return legacy.names()

    on, off = legacy.both("rows_added", scenario, table=SPECIAL)
    assert (on, off) == ([(-1, "a"), (1, "a")], [(1, "a")])


def test_rows_deleted(legacy: Legacy) -> None:
    def scenario() -> list[Any]:
        legacy.insert(1, name="'a'")
        return legacy.names()

    assert legacy.both("rows_deleted", scenario, table=SPECIAL) == ([], [(1, "a")])


def test_key_moved(legacy: Legacy) -> None:
    def scenario() -> tuple[list[Any], list[str]]:
        legacy.insert(1, name="'a'")
        legacy.write(UPDATE)
        return legacy.names(), legacy.errors()

    on, off = legacy.both("key_moved", scenario, table=SPECIAL)
    assert on == ([(-1, "a")], ["0 rows af"])
    assert off == ([(1, "a")], [])


def test_delete_hits_rows_with_null(legacy: Legacy) -> None:
    def scenario() -> tuple[list[Any], list[Any]]:
        legacy.insert(1, 2, name="'a'")
        legacy.insert(3)
        before = legacy.names()
        legacy.write("DELETE FROM travelbuddy.special WHERE id = 1")
        return before, legacy.names()

    all_three = [(1, "a"), (2, "a"), (3, None)]
    on, off = legacy.both("delete_hits_rows_with_null", scenario, table=SPECIAL, column="NAME")
    assert on == (all_three, [(2, "a")])
    assert off == (all_three, [(2, "a"), (3, None)])


def refused(legacy: Legacy, **values: str) -> tuple[list[Any], list[str]]:
    legacy.insert(1, **values)
    return legacy.names(), legacy.errors()


def test_column_dropped(legacy: Legacy) -> None:
    on, off = legacy.both(
        "column_dropped",
        lambda: refused(legacy, name="'a'", code="'b'"),
        table=SPECIAL,
        column="CODE",
    )
    assert on == ([], ["ORA-00904"])
    assert off == ([(1, "a")], [])
    described = legacy.sql(
        "SELECT DATA_TYPE, DATA_LENGTH FROM ALL_TAB_COLUMNS WHERE TABLE_NAME = 'SPECIAL' AND "
        "COLUMN_NAME = 'CODE'"
    )
    assert described == [("VARCHAR2", 20)]


def test_column_renamed(legacy: Legacy) -> None:
    on, off = legacy.both(
        "column_renamed",
        lambda: refused(legacy, name="'a'", code="'b'"),
        table=SPECIAL,
        column="CODE",
    )
    assert on == ([], ["ORA-00904"])
    assert off == ([(1, "a")], [])


def test_column_narrowed(legacy: Legacy) -> None:
    on, off = legacy.both(
        "column_narrowed",
        lambda: refused(legacy, name="'eleven char'"),
        table=SPECIAL,
        column="NAME",
    )
    assert on == ([], ["ORA-12899"])
    assert off == ([(1, "eleven char")], [])


def test_column_made_not_null(legacy: Legacy) -> None:
    on, off = legacy.both(
        "column_made_not_null", lambda: refused(legacy), table=SPECIAL, column="NAME"
    )
    assert on == ([], ["ORA-01400"])
    assert off == ([(1, None)], [])


def test_leftover_control_table(legacy: Legacy) -> None:
    def scenario() -> list[Any]:
        legacy.insert(1)
        return legacy.sql(
            "SELECT TABLE_NAME FROM ALL_TABLES WHERE TABLE_NAME LIKE 'awsdms_validation%'"
        )

    on, off = legacy.both("leftover_control_table", scenario, schema="TRAVELBUDDY")
    assert (on, off) == ([("awsdms_validation_failures_v2",)], [])


def status_of_trigger(legacy: Legacy) -> list[Any]:
    return legacy.sql("SELECT STATUS FROM ALL_TRIGGERS WHERE TRIGGER_NAME = 'SPECIAL_TRIGGER'")


def test_what_is_planted_is_there_when_the_switch_returns_and_gone_when_it_is_off(
    legacy: Legacy,
) -> None:
    for _ in range(3):  # no change comes by: the task is quiet
        assert switch_on(legacy.state_dir, "triggers_enabled", {"table": SPECIAL}).in_force
        assert status_of_trigger(legacy) == [("ENABLED",)]
        assert switch_off(legacy.state_dir, "triggers_enabled").in_force
        assert status_of_trigger(legacy) == [("DISABLED",)]


def test_a_table_is_suspended_when_the_switch_returns(legacy: Legacy) -> None:
    def table_state() -> Any:
        return next(
            row["table_state"]
            for row in legacy.state.statistics()
            if row["table_name"] == "special"
        )

    switch_on(legacy.state_dir, "table_suspended", {"table": "travelbuddy.special"})
    assert table_state() == "Table error"
    switch_all_off(legacy.state_dir)
    assert table_state() == "Table completed"


def test_what_cannot_be_planted_is_said_and_off_again(legacy: Legacy) -> None:
    refused = 'ORA-00904: "TRAVELBUDDY"."SPECIAL"."NOPE": invalid identifier'
    with pytest.raises(NotInForce) as caught:
        switch_on(legacy.state_dir, "column_dropped", {"table": SPECIAL, "column": "NOPE"})
    assert (
        str(caught.value)
        == f"fault column_dropped could not be planted: {refused}; it is off again"
    )
    assert active_faults(legacy.state_dir) == {}
    assert f"Fault column_dropped: {refused}" in legacy.written.getvalue()
    legacy.insert(1)
    assert legacy.errors() == []


def test_what_cannot_be_undone_is_said(legacy: Legacy) -> None:
    switch_on(legacy.state_dir, "touch_trigger", {"table": SPECIAL, "column": "NAME"})
    legacy.sql("DROP TRIGGER TRAVELBUDDY.LAB_FAULT_TCHTRG_SPECIAL")
    with pytest.raises(NotInForce, match="fault touch_trigger could not be undone: ORA-04080"):
        switch_off(legacy.state_dir, "touch_trigger")
    assert switch_off(legacy.state_dir, "touch_trigger").in_force


def test_the_owner_is_asked_where_the_lab_knows_its_password(legacy: Legacy) -> None:
    config = legacy.state_dir / "config" / "oracle.json"
    config.parent.mkdir(exist_ok=True)
    config.write_text(
        json.dumps({"users": {"TRAVELBUDDY": {"password": "wrong"}}}), encoding="utf-8"
    )
    around = Surroundings(
        legacy.directory, spec=legacy.spec, connect=lambda spec: OracleTarget(spec.target)
    )
    try:
        with pytest.raises(TaskFailed, match="ORA-01017"):
            around.session("TRAVELBUDDY")
        around.session("SOMEBODY").close()
    finally:
        config.unlink()


def test_a_later_process_undoes_what_an_earlier_one_has_planted(legacy: Legacy) -> None:
    triggers = "SELECT COUNT(*) FROM ALL_TRIGGERS WHERE TABLE_NAME = 'SPECIAL'"
    assert switch_on(legacy.state_dir, "identity_trigger", {"table": SPECIAL}).in_force
    assert legacy.sql(triggers) == [(2,)]
    legacy.stop()
    assert not switch_all_off(legacy.state_dir).in_force
    assert legacy.sql(triggers) == [(2,)]
    legacy.start("resume-processing")
    assert switch_all_off(legacy.state_dir).in_force
    assert legacy.sql(triggers) == [(1,)]
    legacy.insert(2)
    assert legacy.names("ID = 2") == [(2, None)]
