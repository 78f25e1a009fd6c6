"""DDL as the audit table shows it in the write-ahead log."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from tests.clusters import Cluster
from tests.dms.capture.reading import PLUGINS, ReaderOf


@pytest.mark.parametrize("plugin", PLUGINS)
def test_ddl_is_seen_between_the_changes_of_its_transaction(
    cluster: Cluster, execute: Callable[..., None], reader: ReaderOf, plugin: str
) -> None:
    execute("CREATE TABLE s.t (id int PRIMARY KEY)")
    one = reader(plugin)
    script = (
        "INSERT INTO s.t VALUES (1); ALTER TABLE s.t ADD a int; INSERT INTO s.t VALUES (2, "
        "2); DROP TABLE s.t CASCADE"
    )
    execute(script)
    [found] = one.read()
    assert [(ddl.schema, ddl.table, ddl.tag, ddl.sql, ddl.before) for ddl in found.ddls] == [
        ("s", "t", "ALTER TABLE", "ALTER TABLE s.t ADD a int", 1),
        ("s", "t", "DROP TABLE", "DROP TABLE s.t CASCADE", 2),
    ]
    # the row is gone in the same breath
    assert one.source.query("SELECT count(*) FROM awsdms_ddl_audit") == [(0,)]


def test_ddl_in_a_function_is_not_captured(execute: Callable[..., None], reader: ReaderOf) -> None:
    execute(
        "CREATE TABLE s.t (id int PRIMARY KEY)",
        "CREATE FUNCTION s.f() RETURNS void LANGUAGE sql AS 'ALTER TABLE s.t ADD a int'",
    )
    one = reader("pglogical")
    execute("SELECT s.f()", "INSERT INTO s.t VALUES (1, 2)")
    [found] = one.read()
    assert (found.ddls, found.changes[0].new) == ((), {"id": 1, "a": 2})


def test_a_replication_target_needs_the_trigger_enabled_always(
    execute: Callable[..., None], reader: ReaderOf
) -> None:
    execute("CREATE TABLE s.t (id int PRIMARY KEY)")
    one = reader("pglogical")
    execute("SET session_replication_role = replica; ALTER TABLE s.t ADD unseen int")
    assert one.read() == []
    execute("ALTER EVENT TRIGGER awsdms_intercept_ddl ENABLE ALWAYS")
    execute("SET session_replication_role = replica; ALTER TABLE s.t ADD seen int")
    [found] = one.read()
    assert found.ddls[0].sql == "ALTER TABLE s.t ADD seen int"


def test_capture_ddls_false_leaves_nothing_behind(
    execute: Callable[..., None], reader: ReaderOf
) -> None:
    execute("CREATE TABLE s.t (id int PRIMARY KEY)")
    one = reader("pglogical", attributes={"captureDdls": "false"})
    assert (
        one.source.query("SELECT evtname FROM pg_event_trigger WHERE evtname LIKE 'awsdms%'") == []
    )
    assert one.source.query("SELECT to_regclass('awsdms_ddl_audit')") == [(None,)]
    execute("ALTER TABLE s.t ADD a int", "INSERT INTO s.t VALUES (1, 2)")
    [found] = one.read()
    assert (found.ddls, found.changes[0].new) == ((), {"id": 1, "a": 2})


def test_the_artifacts_go_where_the_endpoint_says(
    execute: Callable[..., None], reader: ReaderOf
) -> None:
    execute("CREATE TABLE s.t (id int PRIMARY KEY)", 'CREATE SCHEMA "Dms own"')
    try:
        one = reader("pglogical", attributes={"ddlArtifactsSchema": "Dms own"})
        execute("ALTER TABLE s.t ADD a int")
        assert len(one.read()[0].ddls) == 1
    finally:
        execute("DROP EVENT TRIGGER awsdms_intercept_ddl", 'DROP SCHEMA "Dms own" CASCADE')


def test_a_changed_primary_key_stops_a_table(
    execute: Callable[..., None], reader: ReaderOf
) -> None:
    execute("CREATE TABLE s.t (id int PRIMARY KEY, b int NOT NULL)")
    one = reader("pglogical")
    execute(
        "INSERT INTO s.t VALUES (1, 1)",
        "ALTER TABLE s.t DROP CONSTRAINT t_pkey, ADD PRIMARY KEY (id, b)",
    )
    assert len(one.read()) == 2
    execute("INSERT INTO s.t VALUES (2, 2)")
    assert one.changes() == []
    assert (
        "The primary key of table 's.t' has changed from (id) to (id, b)" in one.written.getvalue()
    )


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_table_made_while_replicating_is_followed_with_its_key(
    execute: Callable[..., None], reader: ReaderOf, plugin: str
) -> None:
    one = reader(plugin)
    execute("CREATE TABLE s.made (id int PRIMARY KEY, a text)")
    one.read()
    execute("INSERT INTO s.made VALUES (1, 'x')")
    execute("UPDATE s.made SET a = 'y'")
    assert [change.operation for change in one.changes()] == ["I", "U"]
    assert "primary key" not in one.written.getvalue()


def test_the_catalogue_is_that_of_one_moment(
    execute: Callable[..., None], reader: ReaderOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table made while the catalogue is read is not seen without its key."""
    source = reader("pglogical").source
    asked = source.query
    places: list[str] = []

    def query(sql: str, parameters: Iterable[Any] | None = None) -> list[tuple[Any, ...]]:
        rows = asked(sql, parameters)
        places.append(f"made_{len(places)}")
        execute(f"CREATE TABLE s.{places[-1]} (id int PRIMARY KEY)")
        return rows

    monkeypatch.setattr(source, "query", query)
    seen = {table.name: table.key for table in source.tables()}
    assert len(places) > 2
    assert set(seen.values()) == {("id",)}


def test_a_table_that_was_dropped_and_made_anew_is_a_new_one(
    execute: Callable[..., None], reader: ReaderOf
) -> None:
    execute("CREATE TABLE s.t (id int PRIMARY KEY)")
    one = reader("pglogical")
    execute("DROP TABLE s.t CASCADE")
    one.read()
    execute("CREATE TABLE s.t (code text PRIMARY KEY)")
    one.read()
    execute("INSERT INTO s.t VALUES ('x')")
    assert [change.new for change in one.changes()] == [{"code": "x"}]
    assert "primary key" not in one.written.getvalue()
