"""Flight specials in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
from psycopg2.extras import RealDictCursor

from lab.logins import PostgresLogin

CONNECT_LIMIT_SECONDS = 3
STATEMENT_LIMIT = "10s"

# an instant of infinity has no number of milliseconds
_LIST = """
    select id, header, body, origin, origin_code as "originCode", destination,
      destination_code as "destinationCode",
           cost, case when isfinite(expiry_date)
                      then floor(extract(epoch from expiry_date) * 1000)::bigint end as "expiryDate"
      from travelbuddy.flightspecial
     where %(id)s::bigint is null or id = %(id)s
     order by expiry_date nulls last, id
"""
_CHANGE_HEADER = "update travelbuddy.flightspecial set header = %s where id = %s"


class DatabaseDownError(Exception):
    """PostgreSQL cannot be reached, or broke off."""


class SpecialsStore:
    """One connection per request: the database may go away and come back between two of them."""

    def __init__(self, database: PostgresLogin) -> None:
        self._database = database

    def list(self, special_id: int | None = None) -> list[dict[str, Any]]:
        """All flight specials or the one of this id, the one that expires first in front;
        ``expiryDate`` in epoch milliseconds.
        """
        with self._cursor() as cursor:
            cursor.execute(_LIST, {"id": special_id})
            return [dict(row) for row in cursor]

    def change_header(self, special_id: int, header: str) -> bool:
        """Whether there is such a flight special; committed when this returns."""
        with self._cursor() as cursor:
            cursor.execute(_CHANGE_HEADER, (header, special_id))
            return cursor.rowcount == 1

    def check(self) -> None:
        """Raises DatabaseDownError when PostgreSQL does not answer."""
        with self._cursor() as cursor:
            cursor.execute("select 1")

    @contextmanager
    def _cursor(self) -> Iterator[Any]:
        try:
            connection = psycopg2.connect(
                **self._database.parameters(),
                connect_timeout=CONNECT_LIMIT_SECONDS,
                application_name="flightspecials",
                options=f"-c statement_timeout={STATEMENT_LIMIT}",
            )
        except psycopg2.OperationalError as error:
            raise DatabaseDownError(_first_line(error)) from None
        try:
            with connection, connection.cursor(cursor_factory=RealDictCursor) as cursor:
                yield cursor
        except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
            raise DatabaseDownError(_first_line(error)) from None
        finally:
            connection.close()


def _first_line(error: psycopg2.Error) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
