"""What only a driver can do is asked of the driver it belongs to."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine

from reconciliation.databases.drivers import oracledb_of, psycopg2_of


def test_another_database_s_connection_is_taken_for_neither() -> None:
    with create_engine("sqlite://").connect() as connection:
        with pytest.raises(TypeError, match="Connection is no watched connection to PostgreSQL"):
            psycopg2_of(connection)
        with pytest.raises(TypeError, match="Connection is no connection to Oracle"):
            oracledb_of(connection)
