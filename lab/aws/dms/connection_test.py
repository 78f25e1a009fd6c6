"""Connect to an endpoint's database with the endpoint's credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

import oracledb
import psycopg2

if TYPE_CHECKING:
    from lab.aws.dms.endpoints import Endpoint

CONNECT_LIMIT_SECONDS = 5


class ConnectionTestError(Exception):
    """A connection could not be made; the text is what DMS shows, without the password."""


def connect(endpoint: Endpoint) -> None:
    """Log in and run one query. Raises ConnectionTestError."""
    if endpoint.engine == "oracle":
        _oracle(endpoint)
    else:
        _postgresql(endpoint)


def _postgresql(endpoint: Endpoint) -> None:
    try:
        connection = psycopg2.connect(
            host=endpoint.server,
            port=endpoint.port,
            dbname=endpoint.database,
            user=endpoint.user,
            password=endpoint.password,
            connect_timeout=CONNECT_LIMIT_SECONDS,
            sslmode="disable",
        )
        try:
            with connection.cursor() as cursor:
                cursor.execute("select 1")
        finally:
            connection.close()
    except psycopg2.Error as error:
        detail = f"RetCode: SQL_ERROR  SqlState: {error.pgcode or '08001'} NativeError: 101 Message: [unixODBC]{error}"
        raise _failed("Cannot connect to ODBC provider Network error has occurred", detail, endpoint) from None


def _oracle(endpoint: Endpoint) -> None:
    try:
        connection = oracledb.connect(
            user=endpoint.user,
            password=endpoint.password,
            host=endpoint.server,
            port=endpoint.port,
            service_name=endpoint.database,
            tcp_connect_timeout=CONNECT_LIMIT_SECONDS,
        )
        try:
            connection.ping()
        finally:
            connection.close()
    except oracledb.Error as error:
        raise _failed("Cannot connect to Oracle server", f"OCI error '{error}'", endpoint) from None


def _failed(message: str, detail: str, endpoint: Endpoint) -> ConnectionTestError:
    text = " ".join(detail.split())
    if endpoint.password:
        text = text.replace(endpoint.password, "***")
    return ConnectionTestError(
        f"Test Endpoint failed: Application-Status: 1020912, Application-Message: {message}, "
        f"Application-Detailed-Message: {text}"
    )
