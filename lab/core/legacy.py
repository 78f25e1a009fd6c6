"""The legacy database as the migration left it: an Oracle stand-in whose rows a cluster of its own keeps."""

from __future__ import annotations

from datetime import datetime

from psycopg import sql

from lab.core.cluster import Cluster
from lab.core.profile import LabProfile
from lab.core.seeds import legacy_seeds
from lab.logins import OracleLogin, PostgresLogin

STORE_DATABASE = "oracle_store"
SERVICE = "XE"
REPLICATION_USER = "dmsuser"
OWNER = "travelbuddy"

#: what DMS's user on an Oracle target has: log on, change rows and tables of other schemas, direct path loads, and
#: tables of its own; no triggers, and no administrator's views but DBA_OBJECTS
_REPLICATION_PRIVILEGES = [
    "CREATE SESSION", "UNLIMITED TABLESPACE", "SELECT ANY TRANSACTION", "SELECT ON DBA_OBJECTS",
    "SELECT ANY TABLE", "INSERT ANY TABLE", "UPDATE ANY TABLE", "DELETE ANY TABLE", "DROP ANY TABLE",
    "CREATE TABLE", "CREATE ANY TABLE", "ALTER ANY TABLE", "LOCK ANY TABLE", "CREATE ANY INDEX",
    "CREATE ANY VIEW", "DROP ANY VIEW", "CREATE ANY PROCEDURE", "ALTER ANY PROCEDURE", "DROP ANY PROCEDURE",
    "CREATE ANY SEQUENCE", "ALTER ANY SEQUENCE", "DROP ANY SEQUENCE",
]  # fmt: skip
_OWNER_PRIVILEGES = ["CONNECT", "RESOURCE", "CREATE VIEW", "UNLIMITED TABLESPACE"]
PRIVILEGES = {REPLICATION_USER: _REPLICATION_PRIVILEGES, OWNER: _OWNER_PRIVILEGES}


def create_store(cluster: Cluster) -> PostgresLogin:
    """Make an empty database for the stand-in, which builds what it needs in it; the login is the superuser's."""
    with cluster.connect() as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(STORE_DATABASE)))
    return PostgresLogin(cluster.host, cluster.port, STORE_DATABASE, cluster.user, cluster.password)


def fill_legacy(owner: OracleLogin, profile: LabProfile, start: datetime) -> None:
    """Create and fill the legacy tables as their owner; ``start`` is the instant the seeds' expiries hang on."""
    # a third of a second, which the clusters' start hides
    import oracledb

    from lab.oracle.legacy import create_legacy

    seeds = legacy_seeds(start, with_differences=profile.seed_differences)
    dsn = f"{owner.host}:{owner.port}/{owner.service}"
    with oracledb.connect(user=owner.user, password=owner.password, dsn=dsn) as connection:
        create_legacy(
            connection,
            flights=seeds.flight_specials,
            hotels=seeds.hotel_specials,
            trigger_enabled=profile.legacy_trigger_enabled,
        )
