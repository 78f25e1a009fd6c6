"""The legacy database as the migration left it: an Oracle stand-in whose rows a cluster of its own
keeps.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from psycopg import sql

from lab.core.cluster import Cluster
from lab.core.grants import (
    DMS_ON_ORACLE,
    OWNER,
    REPLICATION_USER,
    SUITE_ON_CONTROL_TABLES,
    SUITE_ON_ORACLE,
    SUITE_SWEEPS_ORACLE,
    SUITE_USER,
)
from lab.core.profile import LabProfile
from lab.core.seeds import legacy_seeds
from lab.logins import OracleLogin, PostgresLogin
from lab.oracle.legacy import create_legacy

if TYPE_CHECKING:
    import oracledb

STORE_DATABASE = "oracle_store"
SERVICE = "XE"
#: who grants in the lab what docs/grants.md asks a DBA for
ADMINISTRATOR = "system"
_OWNER_PRIVILEGES = ["CONNECT", "RESOURCE", "CREATE VIEW", "UNLIMITED TABLESPACE"]
#: with what the stand-in makes its users; all that the others may do is granted to them by
#: statements
PRIVILEGES = {
    ADMINISTRATOR: ["DBA"],
    OWNER: _OWNER_PRIVILEGES,
    REPLICATION_USER: [],
    SUITE_USER: [],
}
#: ORA-00942
_NO_TABLE = 942


def create_store(cluster: Cluster) -> PostgresLogin:
    """Make an empty database for the stand-in, which builds what it needs in it; the login is the
    superuser's.
    """
    with cluster.connect() as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(STORE_DATABASE)))
    return PostgresLogin(cluster.host, cluster.port, STORE_DATABASE, cluster.user, cluster.password)


def fill_legacy(
    owner: OracleLogin, administrator: OracleLogin, profile: LabProfile, start: datetime
) -> None:
    """Create and fill the legacy tables as their owner, and grant on them what DMS and the suite
    need.

    ``start`` is the instant the seeds' expiries hang on.
    """
    seeds = legacy_seeds(start, with_differences=profile.seed_differences)
    with _connected(owner) as connection:
        create_legacy(
            connection,
            flights=seeds.flight_specials,
            hotels=seeds.hotel_specials,
            trigger_enabled=profile.legacy_trigger_enabled,
        )
    with _connected(administrator) as connection, connection.cursor() as cursor:
        for statement in (*DMS_ON_ORACLE, *SUITE_ON_ORACLE, *SUITE_SWEEPS_ORACLE):
            cursor.execute(statement)


def grant_control_tables(administrator: OracleLogin) -> bool:
    """Let the suite read DMS's control table; false when a task that did not
    start has not made it.
    """
    import oracledb

    try:
        with _connected(administrator) as connection, connection.cursor() as cursor:
            for statement in SUITE_ON_CONTROL_TABLES:
                cursor.execute(statement)
    except oracledb.DatabaseError as error:
        if error.args[0].code != _NO_TABLE:
            raise
        return False
    return True


def _connected(login: OracleLogin) -> oracledb.Connection:
    # a third of a second, which the clusters' start hides
    import oracledb

    return oracledb.connect(
        user=login.user, password=login.password, dsn=f"{login.host}:{login.port}/{login.service}"
    )
