"""Premigration assessments: each check finds what it is for, on a real PostgreSQL and a target that
is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Any

import pytest

from lab.aws.dms.settings import complete_settings
from lab.dms.assessment import CHECKS, Finding, applicable, assess
from lab.dms.ground.catalogue import TargetColumn, TargetTable
from lab.dms.ground.errors import TargetLost
from tests.clusters import Cluster, temporary_cluster
from tests.dms.replication import wait_for
from tests.dms.worlds import spec_content

DDL = """
CREATE SCHEMA app;
CREATE TABLE app.sound (id int PRIMARY KEY, name varchar(10));
CREATE TABLE app.note (id int PRIMARY KEY, body text);
CREATE TABLE app."Sound" (id int PRIMARY KEY);
CREATE TABLE app.keyless (note text, tags int[]);
CREATE TABLE app.odd (id text PRIMARY KEY, place pg_lsn);
CREATE TYPE app.colour AS ENUM ('red');
CREATE TABLE app.coloured (id int PRIMARY KEY, colour app.colour)
"""


class Told:
    """A target whose catalogue is what a test says: keys (P, U), columns, triggers, privileges,
    version.
    """

    def __init__(self, **told: Any) -> None:
        self.keys: Sequence[str] = told.get("keys", ("P",))
        self.columns: int = told.get("columns", 2)
        self.nullable: bool = told.get("nullable", True)
        self.triggers: Sequence[str] = told.get("triggers", ())
        self.privileges: Sequence[str] = told.get(
            "privileges",
            ("SELECT ANY TABLE", "INSERT ANY TABLE", "UPDATE ANY TABLE", "DELETE ANY TABLE"),
        )
        self.version: str = told.get("version", "19.0.0.0.0")
        self.lost: bool = told.get("lost", False)

    def describe(self, schema: str, table: str) -> TargetTable:
        columns = (
            TargetColumn("id", "NUMBER", 22, False),
            TargetColumn("body", "NCLOB", 4000, self.nullable),
        )
        return TargetTable(schema, table, columns, ("id",))

    def query(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        if self.lost:
            raise TargetLost("DPY-6005: cannot connect")
        if "ALL_CONSTRAINTS" in sql:
            return [(kind, f"{kind}_{values[1]}") for kind in self.keys]
        if "DBA_TRIGGERS" in sql:
            return [(values[0], name) for name in self.triggers]
        if "SESSION_PRIVS" in sql:
            return [(privilege,) for privilege in self.privileges]
        assert "DBA_REGISTRY" in sql
        return [(self.version,)]

    def close(self) -> None:
        return


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with temporary_cluster(logical=True, settings={"max_prepared_transactions": "2"}) as running:
        running.execute("CREATE DATABASE dso")
        for statement in DDL.split(";"):
            running.execute(statement, "dso")
        yield running


@pytest.fixture
def check(cluster: Cluster) -> Callable[..., Finding]:
    """Run one check on some tables of the source; ``settings`` is a part of the document, ``told``
    the target.
    """

    def run(name: str, *tables: str, settings: Any = None, **told: Any) -> Finding:
        rules = [
            {
                "rule-type": "selection",
                "rule-id": str(number),
                "rule-name": table,
                "object-locator": {"schema-name": "app", "table-name": table},
                "rule-action": "include",
            }
            for number, table in enumerate(tables or ("sound",), 1)
        ]
        source = {
            "host": cluster.host,
            "port": cluster.port,
            "database": "dso",
            "user": cluster.user,
            "password": "x",
        }
        document = complete_settings(settings, group="g", stream="s")
        content = spec_content(source=source, table_mappings={"rules": rules}, settings=document)
        (found,) = assess(content, [name], lambda _spec: Told(**told))
        assert found.name == name
        assert bool(found.lines) == (found.status != "passed")
        return found

    return run


def alter(cluster: Cluster, name: str, value: str) -> None:
    """Set a parameter and wait until new sessions have it."""
    before = setting(cluster, name)
    cluster.execute(f"ALTER SYSTEM SET {name} = {value}")
    cluster.execute("SELECT pg_reload_conf()")
    wait_for(lambda: setting(cluster, name) != before)


def setting(cluster: Cluster, name: str) -> str:
    with closing(cluster.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT setting FROM pg_settings WHERE name = %s", (name,))
        return cursor.fetchone()[0]


BATCH = '{"TargetMetadata": {"BatchApplyEnabled": true}}'
FULL_LOB = '{"TargetMetadata": {"FullLobMode": true, "LimitedSizeLobMode": false}}'
FULL_BATCH = (
    '{"TargetMetadata": {"BatchApplyEnabled": true, "FullLobMode": true, '
    '"LimitedSizeLobMode": false}}'
)
VALIDATED = '{"ValidationSettings": {"EnableValidation": true}}'


@pytest.mark.parametrize(
    ("name", "sound", "broken", "line"),
    [
        (
            "unsupported-data-types-in-source",
            ("sound", "coloured"),
            ("odd",),
            "app.odd.place is of the type pg_lsn",
        ),
        (
            "table-with-no-primary-key-or-unique-constraint",
            ("sound",),
            ("keyless",),
            "app.keyless has neither",
        ),
        (
            "table-with-lob-but-without-primary-key-or-unique-constraint",
            ("note",),
            ("keyless",),
            "app.keyless.note is a LOB",
        ),
        ("postgres-check-pk", ("sound",), ("keyless",), "app.keyless has no primary key"),
        ("postgres-check-pk-lob", ("sound",), ("odd",), "app.odd.id is in the primary key"),
        ("postgres-check-table-with-array", ("sound",), ("keyless",), "app.keyless has an array"),
        (
            "postgres-check-similar-table-name",
            ("sound", "note"),
            ("sound", "Sound"),
            "app.sound: 2 tables",
        ),
    ],
)
def test_tables_that_make_trouble_are_found(
    check: Callable[..., Finding],
    name: str,
    sound: tuple[str, ...],
    broken: tuple[str, ...],
    line: str,
) -> None:
    assert check(name, *sound).status == "passed"
    found = check(name, *broken)
    assert found.status == "failed"
    assert any(one.startswith(line) for one in found.lines)


@pytest.mark.parametrize(
    ("name", "parameter", "bad", "status"),
    [
        ("postgres-check-walsenderstimeout", "wal_sender_timeout", "5000", "failed"),
        ("postgres-check-maxslot-wal-keep-size", "max_slot_wal_keep_size", "100", "warning"),
    ],
)
def test_parameters_that_make_trouble_are_found(
    check: Callable[..., Finding],
    cluster: Cluster,
    name: str,
    parameter: str,
    bad: str,
    status: str,
) -> None:
    assert check(name).status == "passed"
    alter(cluster, parameter, bad)
    try:
        found = check(name)
    finally:
        alter(cluster, parameter, "DEFAULT")
    assert found.status == status
    assert f"{parameter} is {bad}" in found.lines[0]


def test_a_prepared_transaction_and_a_foreign_event_trigger_are_found(
    check: Callable[..., Finding], cluster: Cluster
) -> None:
    assert check("postgres-check-preparedtxn").status == "passed"
    with closing(cluster.connect("dso")) as connection, connection.cursor() as cursor:
        cursor.execute("BEGIN; INSERT INTO app.sound VALUES (9); PREPARE TRANSACTION 'forgotten'")
        assert check("postgres-check-preparedtxn").lines == ("prepared transaction forgotten",)
        cursor.execute("ROLLBACK PREPARED 'forgotten'")
        assert check("postgres-check-ddl-event-trigger").status == "passed"
        cursor.execute(
            "CREATE FUNCTION app.nothing() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';"
            "CREATE EVENT TRIGGER awsdms_intercept_ddl ON ddl_command_end EXECUTE FUNCTION "
            "app.nothing()"
        )
        assert check("postgres-check-ddl-event-trigger").status == "warning"
        cursor.execute("ALTER EVENT TRIGGER awsdms_intercept_ddl ENABLE ALWAYS")
        assert check("postgres-check-ddl-event-trigger").status == "passed"
        cursor.execute("DROP EVENT TRIGGER awsdms_intercept_ddl; DROP FUNCTION app.nothing()")


def test_values_longer_than_the_limit_are_found(
    check: Callable[..., Finding], cluster: Cluster
) -> None:
    """An NCLOB counts two bytes a character: 16,385 characters do not fit into 32 KB."""
    name = "postgres-check-limited-lob-size"
    cluster.execute("INSERT INTO app.note VALUES (1, repeat('x', 16384))", "dso")
    assert check(name, "note").status == "passed"
    cluster.execute("UPDATE app.note SET body = repeat('x', 16385)", "dso")
    found = check(name, "note")
    assert (found.status, found.lines) == (
        "warning",
        ("app.note.body: 32770 bytes are longer than LobMaxSize, 32 KB",),
    )
    assert check(name, "note", settings='{"TargetMetadata": {"LobMaxSize": 64}}').status == "passed"
    assert check(name, "note", settings=FULL_LOB).status == "skipped"
    cluster.execute("TRUNCATE app.note", "dso")


@pytest.mark.parametrize(
    ("name", "good", "bad", "line"),
    [
        (
            "oracle-target-triggers-are-enabled",
            {},
            {"triggers": ["T"]},
            "trigger app.T on app.note is enabled",
        ),
        (
            "target-table-has-unique-key-or-primary-key-for-cdc",
            {},
            {"keys": ()},
            "app.note has neither",
        ),
        (
            "oracle-validate-permissions-on-target",
            {},
            {"privileges": ()},
            "DMSUSER lacks SELECT ANY TABLE",
        ),
        (
            "oracle-validate-supported-versions-of-target",
            {},
            {"version": "9.2.0.1.0"},
            "the target is Oracle 9.2",
        ),
        (
            "full-lob-not-nullable-at-target",
            {"settings": FULL_LOB},
            {"settings": FULL_LOB, "nullable": False},
            "app.note.body takes a LOB and is NOT NULL",
        ),
        (
            "postgres-check-batch-apply-target-pk-ui-absence",
            {"settings": BATCH},
            {"settings": BATCH, "keys": ()},
            "app.note has neither",
        ),
        (
            "postgres-check-batch-apply-target-pk-ui-simultaneously",
            {"settings": BATCH},
            {"settings": BATCH, "keys": ("P", "U")},
            "app.note has a primary key and a unique constraint",
        ),
        (
            "postgres-batch-apply-lob-mode",
            {"settings": BATCH},
            {"settings": FULL_BATCH},
            "batch apply needs limited",
        ),
        (
            "oracle-prerequisites-privileges-of-validation-feature",
            {"settings": VALIDATED, "privileges": ["EXECUTE ANY PROCEDURE"]},
            {"settings": VALIDATED},
            "EXECUTE on SYS.DBMS_CRYPTO",
        ),
    ],
)
def test_targets_and_settings_that_make_trouble_are_found(
    check: Callable[..., Finding], name: str, good: dict[str, Any], bad: dict[str, Any], line: str
) -> None:
    assert check(name, "note", **good).status == "passed"
    found = check(name, "note", **bad)
    assert found.status == "failed"
    assert found.lines[0].startswith(line)


@pytest.mark.parametrize(
    "name",
    [
        "full-lob-not-nullable-at-target",
        "postgres-batch-apply-lob-mode",
        "oracle-batch-apply-lob-999",
        "postgres-check-pk-validity",
        "oracle-prerequisites-privileges-of-validation-feature",
    ],
)
def test_what_does_not_concern_the_task_is_skipped(
    check: Callable[..., Finding], name: str
) -> None:
    assert check(name, "note").status == "skipped"


def test_a_table_too_wide_for_a_batch_is_found(
    check: Callable[..., Finding], cluster: Cluster
) -> None:
    columns = ", ".join(f"c{number} int" for number in range(500))
    cluster.execute(f"CREATE TABLE app.wide (id int PRIMARY KEY, {columns})", "dso")
    found = check("oracle-batch-apply-lob-999", "wide", settings=BATCH)
    assert found.lines == ("app.wide needs 1003 columns in a batch; 999 are possible",)
    assert check("oracle-batch-apply-lob-999", "note", settings=BATCH).status == "passed"
    cluster.execute("DROP TABLE app.wide", "dso")


def test_validation_needs_a_key(check: Callable[..., Finding]) -> None:
    assert check("postgres-check-pk-validity", "note", settings=VALIDATED).status == "passed"
    assert check("postgres-check-pk-validity", "keyless", settings=VALIDATED).status == "failed"


def test_the_rest_passes_on_a_server_made_for_it(check: Callable[..., Finding]) -> None:
    found = {name: check(name, "note").status for name in applicable()}
    assert found["postgres-check-for-logical-decoding-work-mem"] == "warning", "it has its default"
    assert {name for name, status in found.items() if status not in ("passed", "skipped")} == {
        "postgres-check-for-logical-decoding-work-mem"
    }
    assert set(found) == set(CHECKS)


def test_a_target_that_is_away_is_an_error_of_the_checks_that_ask_it(
    check: Callable[..., Finding],
) -> None:
    found = check("oracle-target-triggers-are-enabled", lost=True)
    assert (found.status, found.lines) == ("error", ("DPY-6005: cannot connect",))
    assert check("postgres-check-pk", lost=True).status == "passed"
