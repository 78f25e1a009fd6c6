"""What the sessions of both databases rely on: set after the log-on, and asked back before anything
is read.

Defaults of a role or a database, a trigger on log-on and the environment all come before: libpq
sends PGTZ, PGDATESTYLE and PGGEQO after the options of a connection, Oracle's clients send
ORA_SDTZ, and the thick one the language of NLS_LANG. Sources: PostgreSQL documentation, "Client
Connection Defaults" and libpq "Environment Variables"; Oracle Globalization Support Guide, "Setting
Up a Globalization Support Environment", and SQL Language Reference, ALTER SESSION.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from reconciliation.errors import EnvironmentFault

if TYPE_CHECKING:
    import oracledb
    from psycopg2 import extensions

#: as SHOW prints them: every digit of a float, instants in UTC, and the forms that are read back
#: here
IN_POSTGRESQL: Mapping[str, str] = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "3",
    "client_encoding": "UTF8",
    "standard_conforming_strings": "on",
    "default_transaction_isolation": "read committed",
    "default_transaction_deferrable": "off",
}
#: the same for sessions that only read: a row policy is an error there, not a table with fewer rows
READING_IN_POSTGRESQL: Mapping[str, str] = {
    "default_transaction_read_only": "on",
    "row_security": "off",
}

_LOOK_FOR_CLIENT = """
SELECT set_config(name, '10s', false) FROM pg_settings
 WHERE name = 'client_connection_check_interval'
"""
#: set first: they change what others are
_LANGUAGE_IN_ORACLE: Mapping[str, str] = {"NLS_LANGUAGE": "AMERICAN", "NLS_TERRITORY": "AMERICA"}
#: as NLS_SESSION_PARAMETERS has them. NLS_NCHAR_CONV_EXCP: a character that cannot be converted is
#: an error, no "?"
_FORMS_IN_ORACLE: Mapping[str, str] = {
    "NLS_CALENDAR": "GREGORIAN",
    "NLS_DATE_LANGUAGE": "AMERICAN",
    "NLS_DATE_FORMAT": "SYYYY-MM-DD HH24:MI:SS",
    "NLS_TIMESTAMP_FORMAT": "SYYYY-MM-DD HH24:MI:SS.FF9",
    "NLS_TIMESTAMP_TZ_FORMAT": "SYYYY-MM-DD HH24:MI:SS.FF9 TZH:TZM",
    "NLS_NUMERIC_CHARACTERS": ".,",
    "NLS_SORT": "BINARY",
    "NLS_COMP": "BINARY",
    "NLS_LENGTH_SEMANTICS": "BYTE",
    "NLS_NCHAR_CONV_EXCP": "TRUE",
    "TIME_ZONE": "+00:00",
}
IN_ORACLE: Mapping[str, str] = {**_LANGUAGE_IN_ORACLE, **_FORMS_IN_ORACLE}
_ASKED_IN_ORACLE = (
    "SELECT PARAMETER, VALUE FROM NLS_SESSION_PARAMETERS UNION ALL SELECT "
    "'TIME_ZONE', SESSIONTIMEZONE FROM DUAL"
)


def pin_postgresql(
    connection: extensions.connection, where: str, further: Mapping[str, str]
) -> None:
    """Set IN_POSTGRESQL and ``further`` on a psycopg2 connection that has just been opened, for all
    its transactions.

    ``where`` is the place in words. Raises EnvironmentFault where the session does not have what
    was set.
    """
    wanted = {**IN_POSTGRESQL, **further}
    rows = ", ".join(["(%s, %s)"] * len(wanted))
    usual, connection.autocommit = connection.autocommit, True  # or a rollback would take it back
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT name, set_config(name, value, false) FROM (VALUES {rows}) AS pins (name, "
            f"value)",
            [text for pair in wanted.items() for text in pair],
        )
        _check(dict(cursor.fetchall()), wanted, where)
    connection.autocommit = usual


def end_with_client(connection: extensions.connection) -> None:
    """A statement that works and has nothing to send would not notice that its client is gone:
    PostgreSQL 14 and newer look every few seconds, where the system can tell them (PostgreSQL
    documentation, client_connection_check_interval).
    """
    usual, connection.autocommit = connection.autocommit, True
    # a refusal is InvalidParameterValue; whatever else there is, the connection is lost
    with connection.cursor() as cursor, suppress(connection.DataError):
        cursor.execute(_LOOK_FOR_CLIENT)
    connection.autocommit = usual


def pin_oracle(connection: oracledb.Connection, where: str) -> None:
    """Set IN_ORACLE on a python-oracledb connection. Raises EnvironmentFault where the session does
    not have it.
    """
    with connection.cursor() as cursor:
        for settings in (_LANGUAGE_IN_ORACLE, _FORMS_IN_ORACLE):
            cursor.execute(
                "ALTER SESSION SET "
                + " ".join(f"{name} = '{value}'" for name, value in settings.items())
            )
        _check(dict(cursor.execute(_ASKED_IN_ORACLE).fetchall()), IN_ORACLE, where)


def _check(found: Mapping[str, str], wanted: Mapping[str, str], where: str) -> None:
    for name, value in wanted.items():
        if found.get(name) != value:
            raise EnvironmentFault(
                f"{where}: the session's {name} is {found.get(name)!r} although it was set to "
                f"{value!r}; nothing read in it could be relied on. Does a pooler answer for the "
                "database?"
            )
