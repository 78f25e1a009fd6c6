"""Who keeps a table of PostgreSQL locked, in words.

Readers only conflict with ACCESS EXCLUSIVE, whether it is held or waited for: a lock that waits
lets no later reader pass. Source: PostgreSQL documentation, "Table-Level Locks" and the views
pg_locks and pg_stat_activity (what a session does, and since when, is only shown to its own user,
superusers and pg_read_all_stats).
"""

from __future__ import annotations

from sqlalchemy import Engine, Row, text

from reconciliation.errors import EnvironmentFault

_HOLDERS = """
SELECT l.pid, l.granted, a.usename, a.application_name, host(a.client_addr) AS address, a.state,
       extract(epoch FROM clock_timestamp() - coalesce(a.xact_start,
         a.query_start))::int8 AS seconds
  FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
 WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.pid <> pg_backend_pid()
   AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND l.relation IN (
       SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = :schema AND c.relname = :name
        UNION
       SELECT i.inhrelid FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhparent
         JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = :schema
           AND c.relname = :name)
 ORDER BY l.granted DESC, seconds DESC NULLS LAST LIMIT 3
"""


def holders(engine: Engine, table: str) -> str:
    """Who holds, or waits for, the lock on ``table`` (schema.name) that keeps readers out."""
    schema, _, name = table.partition(".")
    try:
        with engine.connect() as connection:
            rows = connection.execute(text(_HOLDERS), {"schema": schema, "name": name}).all()
    except EnvironmentFault:
        return f"who locks {table} could not be found out"
    if not rows:
        return f"nobody holds a lock on {table} that keeps readers out any more"
    return f"{table} is locked by " + " and ".join(_words(row) for row in rows)


def _words(row: Row[tuple[object, ...]]) -> str:
    parts = [f"PostgreSQL session {row.pid}", f"user {row.usename}"]
    if row.application_name:
        parts.append(f"application {row.application_name!r}")
    if row.address:
        parts.append(f"from {row.address}")
    if row.seconds is not None:
        parts.append(f"{row.state or 'busy'}, its transaction is {row.seconds} s old")
    if not row.granted:
        parts.append("itself waiting for it")
    return f"{parts[0]} ({', '.join(parts[1:])})"
