"""The single source of truth as the migration left it: database, roles, and the world's tables and
rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

import psycopg
from psycopg import sql

from lab.core.cluster import Cluster
from lab.core.errors import LabError
from lab.core.grants import (
    REPLICATION_USER,
    SERVICE_USER,
    SUITE_USER,
    Table,
    service_on_postgresql,
    suite_on_postgresql,
    suite_writes_postgresql,
)
from lab.core.passwords import new_password
from lab.core.world import Script, World
from lab.logins import PostgresLogin

DATABASE = "dso"

#: schema, name and kind of everything a user may be granted, of extensions nothing; "d" are
#: sequences that give columns their defaults, those of identities not among them
_GRANTABLE = """
    SELECT quote_ident(nspname), quote_ident(relname),
           CASE relkind WHEN 'S' THEN 'd' ELSE 't' END
      FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
     WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'
       AND (relkind IN ('r', 'p')
            OR relkind = 'S' AND NOT EXISTS (
               SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND deptype = 'i'
                  AND pg_depend.objid = pg_class.oid))
       AND NOT EXISTS (
           SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND deptype = 'e'
              AND pg_depend.objid = pg_class.oid)
     ORDER BY nspname, relname
"""


class SourceLogins(NamedTuple):
    """The roles of the source."""

    #: a superuser, as the DMS user guide asks of a self-managed PostgreSQL source
    replication: PostgresLogin
    suite: PostgresLogin
    #: may read and change rows and nothing else
    service: PostgresLogin


def create_source(cluster: Cluster, world: World, start: datetime) -> SourceLogins:
    """Build database ``dso`` in a fresh cluster; ``start`` is the instant the seeds hang on.

    Raises LabError naming file and line for a statement of the world that is refused.
    """
    logins = SourceLogins(
        *(
            PostgresLogin(cluster.host, cluster.port, DATABASE, role, new_password())
            for role in (REPLICATION_USER, SUITE_USER, SERVICE_USER)
        )
    )
    with cluster.connect() as connection:
        for login, attributes in zip(logins, ("SUPERUSER REPLICATION", "", ""), strict=True):
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN {} PASSWORD {}").format(
                    sql.Identifier(login.user), sql.SQL(attributes), sql.Literal(login.password)
                )
            )
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
    with cluster.connect(DATABASE) as connection, connection.transaction():
        connection.execute("CREATE EXTENSION pglogical")
        for script in (*world.source_ddl, *world.source_seeds):
            _run(connection, script, start)
        for statement in _grants(connection):
            connection.execute(statement)
    return logins


def _run(connection: psycopg.Connection, script: Script, start: datetime) -> None:
    """All statements at once, which is how PostgreSQL takes a script."""
    text = script.for_postgresql(start)
    try:
        connection.execute(text.encode())
    except psycopg.Error as error:
        place = error.diag.statement_position
        line = f", line {text.count(chr(10), 0, int(place)) + 1}" if place else ""
        told = error.diag.message_primary or str(error).splitlines()[0]
        raise LabError(f"{script.file}{line}: {told}") from None


def _grants(connection: psycopg.Connection) -> Iterable[str]:
    found = connection.execute(_GRANTABLE).fetchall()
    tables: list[Table] = [(schema, name) for schema, name, kind in found if kind == "t"]
    sequences: list[Table] = [(schema, name) for schema, name, kind in found if kind == "d"]
    return (
        *suite_on_postgresql(tables),
        *suite_writes_postgresql(tables, sequences),
        *service_on_postgresql(tables),
    )
