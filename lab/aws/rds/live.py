"""The running PostgreSQL behind the RDS instance, asked anew for every request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg2
from psycopg2.extras import NamedTupleCursor

from lab.logins import PostgresLogin

CONNECT_LIMIT_SECONDS = 3

_SETTINGS = """
    select s.name, s.setting, s.vartype, s.context, s.source, s.short_desc, s.enumvals, s.min_val,
      s.max_val,
           s.pending_restart, f.setting as configured
      from pg_settings s
      left join (select distinct on (name) name, setting from pg_file_settings order by name,
        seqno desc) f
             on f.name = s.name
     order by s.name
"""


@dataclass(frozen=True)
class Setting:
    """One parameter: ``value`` is in force (in base units), ``configured`` what the next restart
    would bring.
    """

    name: str
    value: str | None
    kind: str
    context: str
    source: str
    description: str
    choices: tuple[str, ...]
    smallest: str | None
    largest: str | None
    pending_restart: bool
    configured: str | None


@dataclass(frozen=True)
class Facts:
    """What the server says of itself."""

    version: str
    settings: dict[str, Setting]

    @property
    def pending_restart(self) -> bool:
        return any(setting.pending_restart for setting in self.settings.values())


class SourceDownError(Exception):
    """The server does not answer; ``state`` is the instance's status for that."""

    def __init__(self, state: str, reason: str) -> None:
        super().__init__(f"PostgreSQL does not answer: {reason}")
        self.state = state


def read_facts(source: PostgresLogin) -> Facts:
    """Raises SourceDownError."""
    try:
        connection = psycopg2.connect(
            **source.parameters(),
            connect_timeout=CONNECT_LIMIT_SECONDS,
            application_name="rds",
        )
    except psycopg2.OperationalError as error:
        raise SourceDownError(_state(str(error)), _first_line(error)) from None
    try:
        with connection.cursor(cursor_factory=NamedTupleCursor) as cursor:
            cursor.execute("set statement_timeout = '5s'")
            cursor.execute(_SETTINGS)
            settings = {row.name: _setting(row) for row in cursor}
    except psycopg2.Error as error:
        raise SourceDownError("failed", _first_line(error)) from None
    finally:
        connection.close()
    version = settings["server_version"].value
    assert version is not None
    return Facts(version.split()[0], settings)


def _setting(row: Any) -> Setting:
    return Setting(
        name=row.name,
        value=row.setting,
        kind=row.vartype,
        context=row.context,
        source=row.source,
        description=row.short_desc,
        choices=tuple(row.enumvals or ()),
        smallest=row.min_val,
        largest=row.max_val,
        pending_restart=row.pending_restart,
        configured=row.configured,
    )


def _state(message: str) -> str:
    """RDS's status for a server that refuses: one that is not there, one on its way, one that is
    broken.
    """
    if "Connection refused" in message:
        return "stopped"
    if "starting up" in message or "recovery mode" in message:
        return "starting"
    return "stopping" if "shutting down" in message else "failed"


def _first_line(error: psycopg2.Error) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
