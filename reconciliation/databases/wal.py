"""How far PostgreSQL has written."""

from __future__ import annotations

from sqlalchemy import Connection, text

_POSITION = "SELECT CASE WHEN pg_is_in_recovery() THEN NULL ELSE pg_current_wal_lsn()::text END"


def write_position(connection: Connection) -> str | None:
    """The WAL position (LSN, as ``16/B374D848``) written up to now; a standby writes none: None.

    In a snapshot it has to be read first, so that it belongs to the snapshot. Source: PostgreSQL
    documentation, "System Administration Functions", ``pg_current_wal_lsn``.
    """
    position: str | None = connection.execute(text(_POSITION)).scalar_one()
    return position
