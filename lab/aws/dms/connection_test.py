"""Connect to an endpoint's database with the endpoint's credentials."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import oracledb
import psycopg2

from lab.aws.dms.records.endpoint import Endpoint

CONNECT_LIMIT_SECONDS = 5


class ConnectionTestError(Exception):
    """A connection could not be made; the text is what DMS shows, without the password."""


def connect(endpoint: Endpoint) -> None:
    """Log in and run one query. Raises ConnectionTestError."""
    query(endpoint, "select 1 from dual" if endpoint.engine == "oracle" else "select 1")


def query(endpoint: Endpoint, statement: str, **values: Any) -> list[tuple[Any, ...]]:
    """The rows of one query; ``values`` are bound by name. Raises ConnectionTestError."""
    with opened(endpoint) as run:
        return run(statement, **values)


@contextlib.contextmanager
def opened(endpoint: Endpoint) -> Iterator[Any]:
    """A function that runs queries on one connection; every error is a ConnectionTestError."""
    errors: type[Exception]
    if endpoint.engine == "oracle":
        errors, message, open_it = oracledb.Error, "Cannot connect to Oracle server", _oracle
    else:
        errors, message = (
            psycopg2.Error,
            "Cannot connect to ODBC provider Network error has occurred",
        )
        open_it = _postgresql
    try:
        with contextlib.closing(open_it(endpoint)) as connection:

            def run(statement: str, **values: Any) -> list[tuple[Any, ...]]:
                try:
                    with contextlib.closing(connection.cursor()) as cursor:
                        cursor.execute(statement, values) if values else cursor.execute(statement)
                        return cursor.fetchall()
                finally:
                    connection.rollback()

            yield run
    except errors as error:
        raise _failed(message, _detail(error), endpoint) from None


def _postgresql(endpoint: Endpoint) -> Any:
    return psycopg2.connect(
        host=endpoint.server,
        port=endpoint.port,
        dbname=endpoint.database,
        user=endpoint.user,
        password=endpoint.password,
        connect_timeout=CONNECT_LIMIT_SECONDS,
        sslmode="disable",
    )


def _oracle(endpoint: Endpoint) -> Any:
    return oracledb.connect(
        user=endpoint.user,
        password=endpoint.password,
        host=endpoint.server,
        port=endpoint.port,
        service_name=endpoint.database,
        tcp_connect_timeout=CONNECT_LIMIT_SECONDS,
    )


def _detail(error: Exception) -> str:
    if isinstance(error, psycopg2.Error):
        return (
            f"RetCode: SQL_ERROR  SqlState: {error.pgcode or '08001'} NativeError: 101 "
            f"Message: [unixODBC]{error}"
        )
    return f"OCI error '{error}'"


def _failed(message: str, detail: str, endpoint: Endpoint) -> ConnectionTestError:
    text = " ".join(detail.split())
    if endpoint.password:
        text = text.replace(endpoint.password, "***")
    return ConnectionTestError(
        f"Test Endpoint failed: Application-Status: 1020912, Application-Message: {message}, "
        f"Application-Detailed-Message: {text}"
    )
