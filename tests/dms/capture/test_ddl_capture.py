"""DDL as the audit table shows it in the write-ahead log."""

from __future__ import annotations

from collections.abc import Callable

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
