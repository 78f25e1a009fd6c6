"""The drivers' own connections below SQLAlchemy's, for what only they can do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection

from reconciliation.databases.watched import WatchedConnection

if TYPE_CHECKING:
    import oracledb


def driver_of(connection: Connection) -> object:
    """The driver's connection, whichever that is; it belongs to ``connection`` until that is
    closed.
    """
    return connection.connection.driver_connection


def psycopg2_of(connection: Connection) -> WatchedConnection:
    """The driver's connection to PostgreSQL; TypeError for a connection to anything else."""
    driver = driver_of(connection)
    if not isinstance(driver, WatchedConnection):
        raise TypeError(f"a {type(driver).__name__} is no watched connection to PostgreSQL")
    return driver


def oracledb_of(connection: Connection) -> oracledb.Connection:
    """The same for Oracle."""
    import oracledb  # slow to import, and not needed between two PostgreSQL

    driver = driver_of(connection)
    if not isinstance(driver, oracledb.Connection):
        raise TypeError(f"a {type(driver).__name__} is no connection to Oracle")
    return driver
