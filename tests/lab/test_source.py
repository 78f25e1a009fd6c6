from __future__ import annotations

from datetime import UTC, datetime

import psycopg
import pytest

from lab.core.cluster import LOGICAL_SETTINGS, Cluster
from lab.core.paths import ROOT
from lab.core.profile import load_profile
from lab.core.source import create_source
from lab.logins import PostgresLogin

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def connect(login: PostgresLogin) -> psycopg.Connection:
    return psycopg.connect(
        host=login.host,
        port=login.port,
        dbname=login.database,
        user=login.user,
        password=login.password,
    )


def test_the_source_is_as_the_migration_left_it(cluster: Cluster) -> None:
    cluster.create(LOGICAL_SETTINGS)
    cluster.start()
    replication, suite, service = create_source(cluster, load_profile("lab", ROOT).world, START)
    assert replication.password not in repr(replication)
    with connect(replication) as connection:
        assert_ready_for_replication(connection)
        assert_tables_of_the_service(connection)
    with connect(service) as connection:
        new_id = connection.execute(
            "INSERT INTO travelbuddy.flightspecial (header) VALUES ('x') RETURNING id"
        )
        assert new_id.fetchone() == (12,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DROP TABLE travelbuddy.flightspecial")
    with connect(suite) as connection:
        role = connection.execute(
            "SELECT rolsuper OR rolreplication FROM pg_roles WHERE rolname = current_user"
        )
        assert role.fetchone() == (False,)
        assert connection.execute("SELECT count(*) FROM travelbuddy.flightspecial").fetchone() == (
            11,
        )
        assert connection.execute("SHOW shared_preload_libraries").fetchone() == ("pglogical",)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("TRUNCATE travelbuddy.flightspecial")


def assert_ready_for_replication(connection: psycopg.Connection) -> None:
    role = connection.execute(
        "SELECT rolsuper, rolreplication FROM pg_roles WHERE rolname = current_user"
    )
    assert role.fetchone() == (True, True)
    assert connection.execute(
        "SELECT count(*) FROM pg_extension WHERE extname = 'pglogical'"
    ).fetchone() == (1,)
    keys = connection.execute(
        "SELECT relname, relreplident FROM pg_index JOIN pg_class ON pg_class.oid = indrelid"
        " WHERE indisprimary AND relnamespace = 'travelbuddy'::regnamespace ORDER BY relname"
    )
    assert keys.fetchall() == [("flightspecial", "d"), ("hotelspecial", "d")]


def assert_tables_of_the_service(connection: psycopg.Connection) -> None:
    columns = connection.execute(
        "SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute"
        " WHERE attrelid = 'travelbuddy.flightspecial'::regclass AND attnum > 0 ORDER BY attnum"
    )
    assert columns.fetchall() == [
        ("id", "bigint", True),
        ("header", "character varying(255)", True),
        ("body", "character varying(255)", False),
        ("origin", "character varying(255)", False),
        ("origin_code", "character varying(6)", False),
        ("destination", "character varying(255)", False),
        ("destination_code", "character varying(6)", False),
        ("cost", "integer", False),
        ("expiry_date", "timestamp with time zone", False),
    ]
    assert connection.execute("SELECT count(*) FROM travelbuddy.flightspecial").fetchone() == (11,)
    assert connection.execute("SELECT count(*) > 0 FROM travelbuddy.hotelspecial").fetchone() == (
        True,
    )
