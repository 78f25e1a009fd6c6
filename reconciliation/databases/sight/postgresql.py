"""What an account may see of PostgreSQL.

PostgreSQL documentation: "Privileges"; "Row Security Policies" (rows a policy hides are left out
without a word, except for superusers, roles with BYPASSRLS, and the owner of a table that does not
force it); "Predefined Roles" (settings that only superusers see are left out of pg_settings without
pg_read_all_settings). pg_class, pg_extension, pg_publication and pg_replication_slots show every
row to everybody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, text

from reconciliation.databases import grants
from reconciliation.databases.faults import place
from reconciliation.errors import Unreadable, Unseen

_TABLE = """
SELECT current_user::text, has_schema_privilege(n.oid, 'USAGE'), row_security_active(c.oid),
       ARRAY(SELECT w FROM unnest(CAST(:wanted AS text[])) w WHERE NOT has_table_privilege(c.oid,
         w))
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = :schema
    AND c.relname = :name
"""


def table_unseen(connection: Connection, table: str, wanted: Sequence[str]) -> Unseen | None:
    """Why a table that exists cannot be read whole; ``wanted`` are privileges, ``table`` has its
    schema.
    """
    schema, _, name = table.partition(".")
    binds = {"schema": schema, "name": name, "wanted": list(wanted)}
    user, usage, rows_hidden, missing = connection.execute(text(_TABLE), binds).one()
    ways = [] if usage else [grants.postgresql_schema(schema, user)]
    ways += [grants.postgresql_table(table, user, missing)] if missing else []
    where = place(connection.engine.url)
    if ways:
        return Unseen(f"{where}: {user} lacks privileges on {table}; {'; '.join(ways)}")
    if rows_hidden:
        return Unseen(
            f"{where}: row level security of {table} may hide rows from {user}; "
            f"ALTER ROLE {grants.in_postgresql(user)} BYPASSRLS"
        )
    return None


def settings(connection: Connection, *names: str) -> Mapping[str, str]:
    """Values as pg_settings keeps them, without units. Raises Unseen for one that is not shown."""
    statement = text("SELECT name, setting FROM pg_settings WHERE name = ANY(:names)")
    rows = connection.execute(statement, {"names": list(names)})
    found: dict[str, str] = {row.name: row.setting for row in rows}
    hidden = [name for name in names if name not in found]
    if hidden:
        raise _setting_unseen(connection, ", ".join(hidden))
    return found


def setting_if_any(connection: Connection, name: str) -> str | None:
    """A setting that not every version has, as SHOW prints it; None where there is none. Raises
    Unseen.
    """
    try:
        return connection.execute(
            text("SELECT current_setting(:name, true)"), {"name": name}
        ).scalar()
    except Unreadable:
        connection.rollback()
        raise _setting_unseen(connection, name) from None


def _setting_unseen(connection: Connection, name: str) -> Unseen:
    user = connection.execute(text("SELECT current_user::text")).scalar_one()
    return Unseen(
        f"{place(connection.engine.url)}: {user} is not shown the setting {name}; "
        f"{grants.postgresql_role(grants.READ_SETTINGS, user)}"
    )
