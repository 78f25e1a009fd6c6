"""Changes of the parameter group and the reboot that brings static ones into force, on the live
PostgreSQL.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2 import sql

from lab.aws.errors import AwsError
from lab.aws.rds.live import Facts, Setting
from lab.aws.rds.parameters import LOGICAL_REPLICATION, RDS_LIBRARY, is_static
from lab.logins import PostgresLogin

IMMEDIATE, PENDING = "immediate", "pending-reboot"
#: what RDS lets shared_preload_libraries hold and the lab's server has
LIBRARIES = ("pglogical", "pg_stat_statements", "auto_explain")
RESTART_LIMIT_SECONDS = 90.0
_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Change:
    """``literal`` is the value as ALTER SYSTEM takes it, ``shown`` as it was given."""

    name: str
    shown: str
    literal: str
    method: str


def check(change: Mapping[str, Any], facts: Facts) -> Change:
    """The change as PostgreSQL wants it; raises AwsError for what RDS refuses."""
    name, value, method = (
        change.get("ParameterName", ""),
        change.get("ParameterValue", ""),
        change.get("ApplyMethod"),
    )
    if method not in (IMMEDIATE, PENDING):
        raise AwsError(
            "InvalidParameterValue", f"Invalid apply method {method!r}: {IMMEDIATE} or {PENDING}"
        )
    shown = name
    if name == LOGICAL_REPLICATION:
        name, value = "wal_level", {"0": "replica", "1": "logical"}.get(value, value)
    setting = facts.settings.get(name)
    if setting is None or setting.context == "internal":
        raise AwsError(
            "InvalidParameterValue",
            f"Could not find parameter with name: {shown}, or it is not modifiable",
        )
    if is_static(setting) and method == IMMEDIATE:
        raise AwsError(
            "InvalidParameterCombination",
            f"cannot use immediate apply method for static parameter {shown}",
        )
    if setting.source == "command line":
        raise AwsError(
            "InvalidParameterValue",
            f"{shown} is set on the server's command line and cannot be changed",
        )
    return Change(name, value, _value(setting, value), method)


def apply(source: PostgresLogin, changes: Sequence[Change]) -> None:
    """Write the values into the server's configuration and let it read them.

    Raises AwsError for a value PostgreSQL refuses.
    """
    try:
        with closing(
            psycopg2.connect(**source.parameters(), connect_timeout=3, application_name="rds")
        ) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                for one in changes:
                    alter = sql.SQL("ALTER SYSTEM SET {} = {}").format(
                        sql.Identifier(one.name), sql.SQL(one.literal)
                    )
                    cursor.execute(alter)
                # a static parameter is noticed as waiting for a restart only once the server has
                # read it
                cursor.execute("SELECT pg_reload_conf()")
                cursor.execute("SELECT pg_sleep(0.2)")
    except psycopg2.OperationalError as error:
        raise AwsError(
            "InvalidDBInstanceState", f"PostgreSQL does not answer: {error}".strip(), 400
        ) from None
    except psycopg2.Error as error:
        raise AwsError("InvalidParameterValue", str(error).splitlines()[0]) from None


class Restarter:
    """Asks the lab's supervisor, which owns the server's process, for a restart; it removes the
    request when done.
    """

    def __init__(self, request: Path) -> None:
        self._request = request

    def __call__(self) -> None:
        """Returns when the server is up again; raises TimeoutError."""
        self._request.touch(mode=0o600)
        end = time.monotonic() + RESTART_LIMIT_SECONDS
        while self._request.exists():
            if time.monotonic() > end:
                raise TimeoutError(
                    f"the source was not restarted within {RESTART_LIMIT_SECONDS:.0f} s"
                )
            time.sleep(_POLL_SECONDS)


def _value(setting: Setting, value: str) -> str:
    """The value as a literal for ALTER SYSTEM."""
    if setting.name == "shared_preload_libraries":
        wanted = [
            part.strip()
            for part in value.split(",")
            if part.strip() and part.strip() != RDS_LIBRARY
        ]
        for library in wanted:
            if library not in LIBRARIES:
                raise AwsError(
                    "InvalidParameterValue",
                    f"shared_preload_libraries: {library!r} is none of {', '.join(LIBRARIES)}",
                )
        return ", ".join(_literal(library) for library in wanted) or "''"
    return _literal(value)


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
