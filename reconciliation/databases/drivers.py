"""The drivers' own connections below SQLAlchemy's, for what only they can do."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection


# Any: psycopg2's connection or python-oracledb's, which have no type in common; whoever asks knows
# which of them it talks to
def driver_of(connection: Connection) -> Any:
    """The driver's connection, which belongs to ``connection`` until that is closed."""
    return connection.connection.driver_connection
