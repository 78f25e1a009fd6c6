"""The legacy database as the migration left it: an Oracle stand-in whose rows a cluster of its own
keeps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from datetime import datetime
from typing import TYPE_CHECKING

from psycopg import sql

from lab.core.cluster import Cluster
from lab.core.grants import (
    DMS_ON_ORACLE,
    EXCEPTIONS,
    REPLICATION_USER,
    SUITE_USER,
    Table,
    suite_on_control_tables,
    suite_on_oracle,
    suite_sees_scns,
    suite_sweeps_oracle,
)
from lab.core.oracle_script import run_files
from lab.core.profile import LabProfile
from lab.core.world import Script
from lab.logins import OracleLogin, PostgresLogin
from lab.quoting import quoted

if TYPE_CHECKING:
    import oracledb

STORE_DATABASE = "oracle_store"
SERVICE = "XE"
#: who grants in the lab what docs/grants.md asks a DBA for
ADMINISTRATOR = "SYSTEM"
_OWNER_PRIVILEGES = ["CONNECT", "RESOURCE", "CREATE VIEW", "UNLIMITED TABLESPACE"]


def privileges(owners: Iterable[str]) -> dict[str, list[str]]:
    """With what the stand-in makes its users; all that the others may do is granted to them by
    statements.
    """
    return {
        ADMINISTRATOR: ["DBA"],
        **dict.fromkeys(owners, _OWNER_PRIVILEGES),
        REPLICATION_USER: [],
        SUITE_USER: [],
    }


def create_store(cluster: Cluster) -> PostgresLogin:
    """Make an empty database for the stand-in, which builds what it needs in it; the login is the
    superuser's.
    """
    with cluster.connect() as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(STORE_DATABASE)))
    return PostgresLogin(cluster.host, cluster.port, STORE_DATABASE, cluster.user, cluster.password)


def fill_legacy(logins: Mapping[str, OracleLogin], profile: LabProfile, start: datetime) -> None:
    """Create and fill the world's legacy tables as their owners, and grant on them what DMS and the
    suite need.

    ``start`` is the instant the seeds hang on. Raises LabError naming file and line for a statement
    of the world that is refused.
    """
    world = profile.world
    with ExitStack() as stack:
        owners = {
            name: stack.enter_context(_connected(logins[name])) for name in world.oracle_schemas
        }
        fill_schemas(owners, profile, start)
    with _connected(logins[ADMINISTRATOR]) as connection, connection.cursor() as cursor:
        tables = _tables(cursor, world.oracle_schemas)
        for statement in (*DMS_ON_ORACLE, *suite_on_oracle(tables), *suite_sweeps_oracle(tables)):
            cursor.execute(statement)
        for statement in suite_sees_scns(tables) if profile.scn_grants else ():
            cursor.execute(statement)


def fill_schemas(
    owners: Mapping[str, oracledb.Connection], profile: LabProfile, start: datetime
) -> None:
    """The tables and rows alone; ``owners`` are the connections of the world's schemas."""
    world = profile.world
    seeds = (*world.target_seeds, *(world.target_differences if profile.seed_differences else ()))
    run_files(_texts(world.target_ddl, start), owners)
    # rows keep the keys they bring, whatever a trigger would make of them
    _switch_triggers(owners, "DISABLE")
    run_files(_texts(seeds, start), owners)
    if profile.legacy_trigger_enabled:
        _switch_triggers(owners, "ENABLE")


def grant_control_tables(administrator: OracleLogin) -> bool:
    """Let the suite read DMS's control table; false when a task that did not
    start has not made it.
    """
    with _connected(administrator) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT owner FROM dba_tables WHERE table_name = :1", [EXCEPTIONS])
        owners = [quoted(owner) for (owner,) in cursor.fetchall()]
        for statement in suite_on_control_tables(owners):
            cursor.execute(statement)
    return bool(owners)


def _texts(scripts: Iterable[Script], start: datetime) -> list[tuple[str, str]]:
    return [(script.file, script.for_oracle(start)) for script in scripts]


def _switch_triggers(owners: Mapping[str, oracledb.Connection], how: str) -> None:
    for connection in owners.values():
        with connection.cursor() as cursor:
            cursor.execute("SELECT trigger_name FROM user_triggers")
            for (name,) in cursor.fetchall():
                cursor.execute(f"ALTER TRIGGER {quoted(name)} {how}")


def _tables(cursor: oracledb.Cursor, owners: Iterable[str]) -> list[Table]:
    names = list(owners)
    places = ", ".join(f":{number}" for number in range(1, len(names) + 1))
    cursor.execute(
        f"SELECT owner, table_name FROM dba_tables WHERE owner IN ({places}) "
        "ORDER BY owner, table_name",
        names,
    )
    return [(quoted(owner), quoted(name)) for owner, name in cursor.fetchall()]


def _connected(login: OracleLogin) -> oracledb.Connection:
    # a third of a second, which the clusters' start hides
    import oracledb

    return oracledb.connect(
        user=login.user, password=login.password, dsn=f"{login.host}:{login.port}/{login.service}"
    )
