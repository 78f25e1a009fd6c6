"""Triggers, foreign keys and sequences that are alive on the Oracle target, and types its columns
do not take.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lab.dms.ground.catalogue import SourceColumn
from tests.dms.oracle_world import Oracle, OracleWorld, house, oracle, table
from tests.dms.table_world import deleted, inserted, updated
from tests.dms.worlds import spec_content

__all__ = ["house", "oracle"]

ITEM = table("item", ("name", "varchar"))
CREATE = (
    "CREATE TABLE APP.ITEM (ID NUMBER PRIMARY KEY, NAME VARCHAR2(10))",
    "CREATE SEQUENCE APP.ITEM_SEQ START WITH 5000",
)
NUMBERING = "CREATE TRIGGER APP.ITEM_TRG BEFORE INSERT ON APP.ITEM FOR EACH ROW BEGIN {} END;"
UNGUARDED = NUMBERING.format(":new.id := APP.item_seq.nextval;")
GUARDED = NUMBERING.format("if :new.id is null then :new.id := APP.item_seq.nextval; end if;")


@pytest.fixture
def numbered(oracle: Oracle) -> Any:
    oracle.execute(*CREATE)
    yield oracle
    oracle.execute("DROP SEQUENCE APP.ITEM_SEQ")


def test_an_identity_trigger_puts_its_own_key_over_the_replicated_one(
    numbered: Oracle, tmp_path: Path
) -> None:
    child = table("child", ("item", "int8"))
    numbered.execute(
        UNGUARDED,
        "CREATE TABLE APP.CHILD (ID NUMBER PRIMARY KEY, ITEM NUMBER REFERENCES APP.ITEM (ID))",
    )
    world = OracleWorld(tmp_path, numbered, ITEM, child)
    done = world.apply(inserted("item", id=900001, name="a"))
    assert numbered.rows("SELECT ID, NAME FROM APP.ITEM") == [(5000, "a")]
    assert (sum(done.counts.values()), numbered.errors()) == (1, [])  # nothing looks wrong yet
    world.apply(updated("item", id=900001, name="b"), deleted("item", id=900001))
    # the update is logged, the delete is not
    assert numbered.errors() == [("ITEM", "0 rows affected")]
    world.apply(inserted("child", id=1, item=900001), inserted("child", id=2, item=5000))
    assert numbered.errors()[1:] == [("CHILD", "ORA-02291")]
    # what belonged to another item hangs on this one
    assert numbered.rows("SELECT ITEM FROM APP.CHILD") == [(5000,)]


@pytest.mark.parametrize("trigger", [GUARDED, UNGUARDED], ids=["guarded", "disabled"])
def test_a_guard_or_a_disabled_trigger_leaves_keys_alone(
    numbered: Oracle, tmp_path: Path, trigger: str
) -> None:
    numbered.execute(trigger)
    if trigger == UNGUARDED:
        numbered.execute("ALTER TRIGGER APP.ITEM_TRG DISABLE")
    world = OracleWorld(tmp_path, numbered, ITEM)
    world.apply(inserted("item", id=900001, name="a"), updated("item", id=900001, name="b"))
    assert numbered.rows("SELECT ID, NAME FROM APP.ITEM") == [(900001, "b")]


def test_the_replication_cannot_switch_triggers_off(numbered: Oracle, tmp_path: Path) -> None:
    numbered.execute(UNGUARDED)
    # what a PostgreSQL target has for it is no attribute of an Oracle endpoint
    script = {"afterConnectScript": "SET session_replication_role = 'replica'"}
    endpoint = {**spec_content()["target"], "attributes": script}
    world = OracleWorld(tmp_path, numbered, ITEM, target=endpoint)
    world.apply(inserted("item", id=900001, name="a"))
    assert numbered.rows("SELECT ID FROM APP.ITEM") == [(5000,)]
    assert numbered.rows("SELECT STATUS FROM USER_TRIGGERS WHERE TRIGGER_NAME = 'ITEM_TRG'") == [
        ("ENABLED",)
    ]


def test_a_touch_trigger_overwrites_what_was_replicated(oracle: Oracle, tmp_path: Path) -> None:
    oracle.execute(
        CREATE[0],
        "CREATE TRIGGER APP.ITEM_TOUCH BEFORE INSERT OR UPDATE ON APP.ITEM FOR EACH ROW "
        "BEGIN :new.name := 'touched'; END;",
    )
    world = OracleWorld(tmp_path, oracle, ITEM)
    done = world.apply(inserted("item", id=1, name="a"), updated("item", id=1, name="b"))
    assert oracle.rows("SELECT NAME FROM APP.ITEM") == [("touched",)]
    assert (oracle.errors(), sum(done.counts.values())) == ([], 2)


def test_sequences_stand_still_and_collide_after_the_fallback(
    numbered: Oracle, tmp_path: Path
) -> None:
    world = OracleWorld(tmp_path, numbered, ITEM)
    world.apply(*(inserted("item", id=number, name="a") for number in range(4999, 5003)))
    assert (
        numbered.refused("INSERT INTO APP.ITEM (ID, NAME) VALUES (APP.ITEM_SEQ.NEXTVAL, 'new')")
        == "ORA-00001"
    )


# -------------------------------------------------------- columns that take less than the source


class Refused:
    """One column of a source type into one of Oracle's."""

    def __init__(self, oracle: Oracle, directory: Path) -> None:
        self.oracle = oracle
        self.directory = directory

    def __call__(self, source: SourceColumn, column: str, value: Any, /, **more: Any) -> Any:
        """The value that arrived, or the error it was refused with."""
        self.oracle.execute(f"CREATE TABLE APP.ONE (ID NUMBER PRIMARY KEY, C {column})")
        world = OracleWorld(self.directory, self.oracle, table("one", source), **more)
        world.apply(inserted("one", id=1, c=value))
        if errors := self.oracle.errors():
            return errors[0][1]
        [(found,)] = self.oracle.rows("SELECT C FROM APP.ONE")
        return found


@pytest.fixture
def carried(oracle: Oracle, tmp_path: Path) -> Refused:
    return Refused(oracle, tmp_path)


def numeric(precision: int, scale: int) -> SourceColumn:
    return SourceColumn("c", "numeric", (precision << 16) + scale + 4)


def plain(name: str, modifier: int = -1, kind: str = "b") -> SourceColumn:
    return SourceColumn("c", name, modifier, kind)


@pytest.mark.parametrize(
    ("source", "column", "value", "expected"),
    [
        (plain("int2"), "NUMBER(3)", 1000, "ORA-01438"),
        (plain("int4"), "NUMBER(9)", 2147483647, "ORA-01438"),
        (plain("int8"), "NUMBER(10)", 2**62, "ORA-01438"),
        (numeric(10, 4), "NUMBER(10,2)", Decimal("1.2351"), Decimal("1.24")),
        (numeric(10, 2), "NUMBER(5,2)", Decimal("12345.67"), "ORA-01438"),
        (numeric(45, 2), "NUMBER", Decimal("1234.50"), Decimal("1234.5")),
        (numeric(45, 2), "VARCHAR2(60)", Decimal("1234.50"), "1234.50"),
        (plain("float8"), "NUMBER", "NaN", "ORA-01722"),
        (plain("float4"), "NUMBER", "Infinity", "ORA-01722"),
        (plain("bool"), "NUMBER(1)", True, "ORA-01722"),
        (plain("bool"), "CHAR(1)", False, "ORA-12899"),
        (plain("varchar", 14), "VARCHAR2(10 BYTE)", "é" * 10, "ORA-12899"),
        (plain("text"), "VARCHAR2(4000)", "x" * 4001, "ORA-12899"),
        (plain("bytea"), "RAW(2000)", "\\x" + "ab" * 2001, "ORA-12899"),
        (plain("uuid"), "VARCHAR2(32)", "0f8fad5b-d9cb-469f-a165-70867728950e", "ORA-12899"),
        (plain("uuid"), "RAW(16)", "0f8fad5b-d9cb-469f-a165-70867728950e", "ORA-01465"),
        (plain("mood", kind="e"), "VARCHAR2(5)", "longer label", "ORA-12899"),
    ],
)
def test_what_a_legacy_column_does_not_take(
    carried: Refused, source: SourceColumn, column: str, value: Any, expected: Any
) -> None:
    found = carried(source, column, value)
    assert (Decimal(str(found)) if isinstance(expected, Decimal) else found) == expected


def test_booleans_stay_booleans_where_both_endpoints_say_so(carried: Refused) -> None:
    ends = {
        end: {**spec_content()[end], "attributes": {"mapBooleanAsBoolean": "true"}}
        for end in ("source", "target")
    }
    assert carried(plain("bool"), "NUMBER(1)", True, **ends) == 1


def test_not_a_number_may_be_null(carried: Refused) -> None:
    assert carried(plain("float8"), "NUMBER", "NaN", switches={"not_a_number": "null"}) is None
