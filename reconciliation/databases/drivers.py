"""The drivers' own connections below SQLAlchemy's, for what only they can do."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

#: psycopg2's connection or cursor, or python-oracledb's. Any, because they have no type in common;
#: whoever is handed one knows which of them it is.
DriverConnection = Any


def driver_of(connection: Connection) -> DriverConnection:
    """The driver's connection, which belongs to ``connection`` until that is closed."""
    return connection.connection.driver_connection
