"""What is asked of the source, of a start position and of DDL, decided without a database."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from lab.dms.agreed.start_position import parse_start_position
from lab.dms.capture.ddl_text import captured_ddl, statements
from lab.dms.databases.prerequisites import SourceFacts, advice, missing
from lab.dms.ground.catalogue import SourceColumn, SourceTable
from lab.dms.ground.errors import TaskFailed
from lab.dms.transform.tables import traits_of
from lab.dms.values.types import SourceTraits, converter
from tests.dms.capture.streams import EVERYTHING, TABLE, selection
from tests.dms.worlds import SOURCE, TARGET, World, delete, insert, spec, update

GOOD = SourceFacts("dms", True, False, False, False, "logical", 60000, 10, 10, 20, 15)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, None),
        ({"wal_sender_timeout": 0}, None),
        ({"wal_sender_timeout": 10000}, None),
        ({"wal_sender_timeout": 9999}, "wal_sender_timeout is 9999 ms"),
        ({"wal_level": "replica"}, "wal_level must be 'logical'"),
        ({"is_standby": True}, "read replica"),
        ({"max_replication_slots": 1}, "max_replication_slots is 1"),
        ({"max_wal_senders": 1}, "max_wal_senders is 1"),
        ({"is_superuser": False}, "User 'dms' may not read"),
        ({"is_superuser": False, "has_rds_roles": True}, None),
        ({"is_superuser": False, "may_replicate": True}, None),
    ],
)
def test_prerequisites(changed: dict[str, object], expected: str | None) -> None:
    found = missing(dataclasses.replace(GOOD, **changed))
    assert found is None if expected is None else found is not None and expected in found


def test_too_few_worker_processes_are_told() -> None:
    assert advice(GOOD) is None
    assert "together want 15" in advice(dataclasses.replace(GOOD, max_worker_processes=8))


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("4AF/B00000D0", 0x4AF_B00000D0),
        ("checkpoint:V1#1#000004AF/B00000D0#0#0#*#0#0", 0x4AF_B00000D0),
        ("checkpoint:V1#34#00000132/0F000E48#0#0#*#0#121", 0x132_0F000E48),
    ],
)
def test_start_positions(text: str, position: int) -> None:
    assert parse_start_position(text) == position


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("2026-11-21T12:00:00", "cannot be read from a point in time"),
        ("server_time:2026-11-21T12:00:00", "cannot be read from a point in time"),
        ("soon", "it must be an LSN"),
        ("checkpoint:V1#1#here", "it must be an LSN"),
    ],
)
def test_start_positions_that_are_refused(text: str, reason: str) -> None:
    with pytest.raises(TaskFailed, match=reason):
        parse_start_position(text)


def test_scripts_are_taken_apart() -> None:
    script = "SELECT ';'; -- a; b\nDO $x$ BEGIN; END $x$; /* ; */ CREATE TABLE \"a;b\" (x int)"
    assert [text.strip() for text in statements(script)] == [
        "SELECT ';'",
        "-- a; b\nDO $x$ BEGIN; END $x$",
        '/* ; */ CREATE TABLE "a;b" (x int)',
    ]


@pytest.mark.parametrize(
    ("tag", "query", "expected"),
    [
        ("CREATE TABLE", "create table if not exists s.t (id int)", ("s", "t")),
        ("CREATE TABLE", "CREATE UNLOGGED TABLE t (id int)", ("public", "t")),
        (
            "ALTER TABLE",
            '-- why\nALTER TABLE IF EXISTS ONLY "S s" . "T""t" ADD x int',
            ("S s", 'T"t'),
        ),
        ("ALTER TABLE", "SELECT 1; ALTER TABLE S.T ADD x int; SELECT 2", ("s", "t")),
        ("DROP TABLE", "DROP TABLE s.t, s.u", ("s", "t")),
        ("ALTER TABLE", "SELECT change_it()", None),
        ("ALTER TABLE", "DO $$ BEGIN ALTER TABLE s.t ADD x int; END $$", None),
        ("CREATE FOREIGN TABLE", "CREATE FOREIGN TABLE s.t (id int) SERVER x", None),
    ],
)
def test_ddl_is_recognised(tag: str, query: str, expected: tuple[str, str] | None) -> None:
    found = captured_ddl(tag, query, "public", 0, 3)
    assert (None if found is None else (found.schema, found.table)) == expected
    assert found is None or (found.tag, found.before) == (tag, 3)


def test_each_row_of_a_script_is_its_own_statement() -> None:
    script = "ALTER TABLE s.a ADD x int; UPDATE s.b SET x = 1; ALTER TABLE s.b ADD y int"
    found = [captured_ddl("ALTER TABLE", script, "public", number, 0) for number in range(3)]
    assert [ddl and ddl.sql for ddl in found] == [
        "ALTER TABLE s.a ADD x int",
        "ALTER TABLE s.b ADD y int",
        None,
    ]


def test_a_script_is_read_up_to_its_limits() -> None:
    many = "ALTER TABLE s.t ADD x int;" * 8193
    assert captured_ddl("ALTER TABLE", many, "public", 8191, 0) is not None
    assert captured_ddl("ALTER TABLE", many, "public", 8192, 0) is None
    for lines, seen in ((8191, True), (8192, False)):
        script = "SELECT 1" + "\n" * lines + "; ALTER TABLE s.t ADD x int"
        assert (captured_ddl("ALTER TABLE", script, "public", 0, 0) is not None) is seen


def source_traits(**attributes: str) -> SourceTraits:
    given = {
        "host": "",
        "port": 1,
        "database": "d",
        "user": "u",
        "password": "p",
        "attributes": attributes,
    }
    return traits_of(spec(source=given)).source


def test_unbounded_numerics_stay_numbers_with_an_oracle_target() -> None:
    convert = converter(
        SourceColumn("c", "numeric"), source_traits(mapUnboundedNumericAsString="true")
    )
    assert convert(Decimal("0.611111104488373")) == Decimal("0.611111")


def test_an_unbounded_varchar_is_cut_to_the_endpoint_s_size() -> None:
    column = SourceColumn("c", "varchar")
    assert converter(column, source_traits())("x" * 9000) == "x" * 8000
    assert converter(column, source_traits(unboundedVarcharMaxSize="5"))("ééé") == "éé"
    assert (
        converter(column, source_traits(unboundedVarcharMaxSize="10000"))("x" * 9000) == "x" * 9000
    )


def test_keys_that_differ_between_the_sides_lose_changes(tmp_path: Path) -> None:
    world = World(tmp_path)
    described = dataclasses.replace(TARGET, key=("HEADER",))
    world.database.add(described)
    world.tables.load(world.target)
    world.apply(insert(id=1, header="a"))
    world.apply(update(id=1, header="b"), delete(1))
    assert [row["HEADER"] for row in world.rows] == ["a"]
    assert len(world.exceptions) == 1  # the update's; the delete leaves no trace


def test_tables_that_differ_only_by_case_end_up_in_one(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.tables._read_source = lambda: (SOURCE, dataclasses.replace(SOURCE, name="FlightSpecial"))
    world.tables._spec = spec(table_mappings=_everything_in_upper_case())
    world.tables.load(world.target)
    other = dataclasses.replace(insert(header="other"), table="FlightSpecial")
    world.apply(insert(header="one"), other)
    assert [row["HEADER"] for row in world.rows] == ["one"]
    assert world.exceptions[0]["ERROR"].startswith("ORA-00001")


def _everything_in_upper_case() -> dict[str, Any]:
    rules = [
        {
            "rule-type": "transformation",
            "rule-id": str(number),
            "rule-name": str(number),
            "rule-target": target,
            "rule-action": "convert-uppercase",
            "object-locator": {"schema-name": "%", **more},
        }
        for number, (target, more) in enumerate(
            (
                ("schema", {}),
                ("table", {"table-name": "%"}),
                ("column", {"table-name": "%", "column-name": "%"}),
            ),
            2,
        )
    ]
    return {"rules": [*EVERYTHING["rules"], *rules]}


def test_partitions_are_delivered_for_themselves_and_for_their_parent() -> None:
    leaf = SourceTable("s", "leaf", TABLE.columns, ("id",))
    parent = SourceTable("s", "parent", TABLE.columns, ("id",), "d", (("s", "leaf"),))
    both = selection(leaf, parent)
    assert both.delivered("s", "leaf") == (("s", "leaf"), ("s", "parent"))
    assert both.published == (leaf,)
    assert selection(leaf, parent, duplicates=False).delivered("s", "leaf") == (("s", "leaf"),)


def test_a_changed_primary_key_ends_a_table() -> None:
    told: list[str] = []
    tables = [TABLE]
    chosen = selection(*tables, say=told.append)
    chosen._read_tables = lambda: tables
    chosen.reload()
    assert chosen.delivered("s", "t")
    tables[0] = dataclasses.replace(
        TABLE, columns=(*TABLE.columns, SourceColumn("b", "int4")), key=("id", "b")
    )
    chosen.reload()
    assert chosen.delivered("s", "t") == ()
    assert told == [
        "The primary key of table 's.t' has changed from (id) to (id, b); its changes are not "
        "replicated any more "
        "until the task is resumed"
    ]
