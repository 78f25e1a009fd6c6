"""Transactions in which a large table is read: one state of the database, for
as long as it takes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text

from reconciliation.databases.drivers import psycopg2_of

#: what is limited closely is the wait for the next row, not the statement; and rows are read out,
#: not computed with, so that compiling the statement (which servers before PostgreSQL 11 do not)
#: takes time and saves none
_UNHURRIED = """
SELECT set_config(name, CASE name WHEN 'jit' THEN 'off' ELSE :longest END, true)
  FROM pg_settings WHERE name IN ('jit', 'statement_timeout')
"""


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """A transaction that sees one state of the database, and may read for as long as it takes.

    PostgreSQL's statements in it have the connection's ``longest`` as their limit, as long as the
    server says that it works on them.
    """
    oracle = engine.dialect.name == "oracle"
    connection = (
        engine.connect()
        if oracle
        else engine.connect().execution_options(isolation_level="REPEATABLE READ")
    )
    with connection:
        # Oracle: the driver is used directly afterwards, so the transaction has to have begun,
        # read-only and all
        if oracle:  # python-oracledb has a limit of its own for every round trip
            connection.execute(text("SELECT 1 FROM DUAL"))
            yield connection
            return
        driver = psycopg2_of(connection)
        connection.execute(text(_UNHURRIED), {"longest": f"{int(driver.longest * 1000)}ms"})
        driver.unhurried = True
        try:
            yield connection
        finally:
            driver.unhurried = False
