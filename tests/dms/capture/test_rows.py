"""The three output plugins on a real PostgreSQL: the same changes, and what each of them cannot
know.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from lab.dms.ground.changes import Change
from tests.clusters import Cluster
from tests.dms.capture import all_types
from tests.dms.capture.reading import PLUGINS, ReaderOf


def seen(changes: list[Change]) -> list[tuple[Any, ...]]:
    """Changes to be compared: None of an old row says nothing, and pgoutput does not tell generated
    columns.
    """
    return [
        (
            change.operation,
            change.table,
            {name: value for name, value in change.new.items() if name != "twice"},
            {name: value for name, value in (change.old or {}).items() if value is not None},
        )
        for change in changes
    ]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_all_plugins_tell_the_same_of_any_row(
    execute: Callable[..., None], reader: ReaderOf, seed: int
) -> None:
    for statement in all_types.ddl().split(";\n"):
        execute(statement)
    readers = [reader(plugin) for plugin in PLUGINS]
    chance = random.Random(seed)
    script = []
    for key in range(25):
        row = all_types.values(chance)
        script.append(all_types.insert(key, row))
        some = {name: all_types.values(chance)[name] for name in chance.sample(sorted(row), 3)}
        script.append(all_types.update(key, some))
        if chance.random() < 0.3:
            script.append(f"UPDATE s.every SET id = {key + 1000} WHERE id = {key}")
        if chance.random() < 0.3:
            script.append(f"DELETE FROM s.every WHERE id = {key}")
    execute(";".join(script))
    read = [one.read() for one in readers]
    heads = [
        [(one.xid, one.end_lsn, one.commit_time) for one in transactions] for transactions in read
    ]
    assert heads[0] == heads[1] == heads[2]
    found = [[change for one in transactions for change in one.changes] for transactions in read]
    assert len(found[0]) >= 50
    assert seen(found[0]) == seen(found[1])
    assert seen(found[0]) == seen(found[2])
    # the generated column: pglogical and test_decoding tell it
    assert all(
        change.new["twice"] == 2 * change.new["id"] for change in found[0] + found[1] if change.new
    )
    assert not any("twice" in change.new for change in found[2])


@pytest.mark.parametrize("plugin", PLUGINS)
def test_keys_and_tables_without(
    execute: Callable[..., None], reader: ReaderOf, plugin: str
) -> None:
    execute(
        "CREATE TABLE s.keyed (a text, x int, id int, PRIMARY KEY (id))",
        "CREATE TABLE s.keyless (id int, a text)",
        "CREATE TABLE s.full_keyless (id int, a text)",
        "ALTER TABLE s.full_keyless REPLICA IDENTITY FULL",
        "CREATE TABLE s.full_keyed (id int PRIMARY KEY, a text)",
        "ALTER TABLE s.full_keyed REPLICA IDENTITY FULL",
    )
    one = reader(plugin)
    for table in ("keyed", "keyless", "full_keyless", "full_keyed"):
        execute(
            f"INSERT INTO s.{table} (id, a) VALUES (1, 'a')",
            f"UPDATE s.{table} SET a = 'b'",
            f"UPDATE s.{table} SET id = 2",
            f"DELETE FROM s.{table}",
        )
    told: dict[str, list[Change]] = {}
    for change in one.changes():
        told.setdefault(change.table, []).append(change)
    operations = {
        table: "".join(change.operation for change in changes) for table, changes in told.items()
    }
    # REPLICA IDENTITY FULL helps with test_decoding and pgoutput, and is not supported with
    # pglogical
    with_full = "I" if plugin == "pglogical" else "IUUD"
    assert operations == {
        "keyed": "IUUD",
        "keyless": "I",
        "full_keyless": with_full,
        "full_keyed": with_full,
    }
    _, plain, moved, gone = told["keyed"]
    assert (plain.new, plain.old) == ({"a": "b", "x": None, "id": 1}, None)
    assert (moved.new["id"], moved.old) == (2, {"a": None, "x": None, "id": 1})
    assert (gone.new, gone.old) == ({}, {"a": None, "x": None, "id": 2})
    if plugin != "pglogical":
        assert told["full_keyless"][2].old == {"id": 1, "a": "b"}


@pytest.mark.parametrize("plugin", PLUGINS)
def test_an_unchanged_toasted_value_is_left_out(
    execute: Callable[..., None], reader: ReaderOf, plugin: str
) -> None:
    execute(
        "CREATE TABLE s.big (id int PRIMARY KEY, n int, t text)",
        "ALTER TABLE s.big ALTER t SET STORAGE EXTERNAL",
    )
    one = reader(plugin)
    execute("INSERT INTO s.big VALUES (1, 1, repeat('x', 9000))", "UPDATE s.big SET n = 2")
    inserted, updated = one.changes()
    assert len(inserted.new["t"]) == 9000
    assert updated.new == {"id": 1, "n": 2}


@pytest.mark.parametrize("plugin", PLUGINS)
def test_truncate_is_noticed_and_not_a_change(
    execute: Callable[..., None], reader: ReaderOf, plugin: str
) -> None:
    execute(
        'CREATE TABLE s."Mixed ""x" (id int PRIMARY KEY, "Col" text)',
        "CREATE TABLE s.u (id int PRIMARY KEY)",
    )
    one = reader(plugin)
    execute('INSERT INTO s."Mixed ""x" VALUES (1, \'a\')', 'TRUNCATE s."Mixed ""x", s.u')
    inserted, truncated = one.read()
    assert inserted.changes[0].new == {"id": 1, "Col": "a"}
    assert set(truncated.truncated) == {("s", 'Mixed "x'), ("s", "u")}
    assert len(truncated.changes) == 0


@pytest.mark.parametrize("plugin", PLUGINS)
def test_dropped_and_added_columns_shift_nothing(
    execute: Callable[..., None], reader: ReaderOf, plugin: str
) -> None:
    execute(
        "CREATE TABLE s.t (id int PRIMARY KEY, gone text, kept text, more int)",
        "ALTER TABLE s.t DROP gone",
    )
    one = reader(plugin)
    execute(
        "INSERT INTO s.t VALUES (1, 'k', 3)",
        "ALTER TABLE s.t DROP kept",
        "UPDATE s.t SET more = 4",
        "ALTER TABLE s.t ADD late text DEFAULT 'd'",
        "UPDATE s.t SET more = 5",
    )
    found = one.read()
    assert [change.new for one in found for change in one.changes] == [
        {"id": 1, "kept": "k", "more": 3},
        {"id": 1, "more": 4},
        {"id": 1, "more": 5, "late": "d"},
    ]


@pytest.mark.parametrize("plugin", PLUGINS)
def test_partitions_stand_for_themselves_and_their_parent(
    execute: Callable[..., None], reader: ReaderOf, plugin: str
) -> None:
    execute(
        "CREATE TABLE s.whole (id int PRIMARY KEY, a text) PARTITION BY RANGE (id)",
        "CREATE TABLE s.low PARTITION OF s.whole FOR VALUES FROM (0) TO (10)",
        "CREATE TABLE s.high PARTITION OF s.whole FOR VALUES FROM (10) TO (20)",
    )
    one = reader(plugin)
    alone = reader(plugin, switches={"partitioned_parent": "partition"})
    execute("INSERT INTO s.whole VALUES (1, 'a'), (11, 'b')")
    assert [(change.table, change.new["id"]) for change in one.changes()] == [
        ("low", 1),
        ("whole", 1),
        ("high", 11),
        ("whole", 11),
    ]
    assert [change.table for change in alone.changes()] == ["low", "high"]


@pytest.mark.parametrize("plugin", PLUGINS)
def test_tables_created_later_are_followed(
    execute: Callable[..., None], reader: ReaderOf, plugin: str
) -> None:
    one = reader(plugin)
    execute("CREATE TABLE s.late (id int PRIMARY KEY)")
    [created] = one.read()
    assert (created.ddls[0].tag, created.catalogue_changed) == ("CREATE TABLE", True)
    execute("INSERT INTO s.late VALUES (1)", "UPDATE s.late SET id = id", "DELETE FROM s.late")
    assert [(change.operation, change.table) for change in one.changes()] == [
        (kind, "late") for kind in "IUD"
    ]


@pytest.mark.parametrize("plugin", PLUGINS)
def test_zones_of_writers_do_not_matter(
    cluster: Cluster, execute: Callable[..., None], reader: ReaderOf, plugin: str
) -> None:
    execute(
        "CREATE TABLE s.t (id int PRIMARY KEY, z timestamptz)",
        "ALTER DATABASE dso SET timezone = 'Asia/Seoul'",
    )
    try:
        one = reader(plugin)
        execute(
            "INSERT INTO s.t VALUES (1, '2026-01-01 09:00')",
            "SET timezone = 'America/St_Johns'; INSERT INTO s.t VALUES (2, '1969-12-31 20:30')",
        )
        found = [change.new["z"] for change in one.changes()]
        assert found == ["2026-01-01T00:00:00+00:00", "1970-01-01T00:00:00+00:00"]
    finally:
        execute("ALTER DATABASE dso RESET timezone")


def test_sequences_do_not_travel(execute: Callable[..., None], reader: ReaderOf) -> None:
    execute("CREATE TABLE s.t (id serial PRIMARY KEY, own int GENERATED ALWAYS AS IDENTITY)")
    one = reader("pglogical")
    execute("SELECT setval('s.t_id_seq', 1000)")
    assert one.read() == []
    execute("INSERT INTO s.t DEFAULT VALUES")
    assert one.changes()[0].new == {"id": 1001, "own": 1}


def test_large_objects_and_materialized_views_are_left_out(
    execute: Callable[..., None], reader: ReaderOf
) -> None:
    execute(
        "CREATE TABLE s.t (id int PRIMARY KEY, o oid)",
        "CREATE MATERIALIZED VIEW s.m AS SELECT * FROM s.t",
    )
    one = reader("pglogical")
    execute(
        "INSERT INTO s.t VALUES (1, lo_from_bytea(4711, 'content'))",
        "REFRESH MATERIALIZED VIEW s.m",
    )
    assert [(change.table, str(change.new["o"])) for change in one.changes()] == [("t", "4711")]
