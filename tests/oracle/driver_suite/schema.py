"""The tables the driver's tests expect: its own scripts, as far as the stand-in executes them, and
their rows.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import oracledb

from tests.oracle.conftest import PASSWORD, WireServer
from tests.oracle.driver_suite.rows import TABLES

MAIN, PROXY, ADMIN = "PYTHONTEST", "PYTHONTESTPROXY", "PYADMIN"
USERS = (MAIN, PROXY, ADMIN)
EDITION = "PYTHONEDITION"

_BLOCK = re.compile(r"\s*(?:--[^\n]*\n|\s)*(begin|declare)\b", re.IGNORECASE)
#: what is taken out of a table that is refused: invisible columns and more than six digits of a
#: second
_TOO_MUCH = (
    (re.compile(r",[^,]*? invisible(?=\s*[,\n)])", re.IGNORECASE), ""),
    (re.compile(r"(?<=timestamp)\s*\([7-9]\)(?= with)", re.IGNORECASE), "(6)"),
    (re.compile(r"(?<=to second)\s*\([7-9]\)", re.IGNORECASE), "(6)"),
)
_OBJECT_COLUMN = re.compile(r",[^,\n]*\n?[^,]*?\.udt_\w+(?: not null)?(?=\s*[,\n)])", re.IGNORECASE)


@dataclass(frozen=True)
class Refusal:
    """A statement of the scripts that the stand-in did not execute; ``mended`` when it did in a
    simpler form.
    """

    statement: str
    error: str
    mended: bool = False


def accounts() -> dict[str, dict[str, object]]:
    """The users as the server's configuration names them; the main user may stand for the proxy
    user.
    """
    users: dict[str, dict[str, object]] = {user: {"password": PASSWORD} for user in USERS}
    users[PROXY]["proxies"] = [MAIN]
    return users


def environment(server: WireServer) -> dict[str, str]:
    """The variables by which the driver's tests find the server."""
    values = {
        "MAIN_USER": MAIN,
        "MAIN_PASSWORD": PASSWORD,
        "PROXY_USER": PROXY,
        "PROXY_PASSWORD": PASSWORD,
        "ADMIN_USER": ADMIN,
        "ADMIN_PASSWORD": PASSWORD,
        "EDITION_NAME": EDITION,
        "CONNECT_STRING": server.dsn,
    }
    return {f"PYO_TEST_{name}": value for name, value in values.items()}


def build(server: WireServer, scripts: Path) -> list[Refusal]:
    """Executes the script that makes the tables and fills them; returns what was refused.

    The users stand in the server's configuration, so the statements that make them are left out;
    the blocks that fill tables are replaced by rows made here.
    """
    refused = []
    with server.connect(user=MAIN, password=PASSWORD) as connection, connection.cursor() as cursor:
        for statement in _statements(scripts / "create_schema.sql"):
            if not _BLOCK.match(statement) and "user" not in statement.split()[1:2]:
                refused += _execute(cursor, statement)
        for table, insert, types, rows in TABLES:
            try:
                if types:
                    cursor.setinputsizes(*types)
                cursor.executemany(insert, rows)
                connection.commit()
            except oracledb.Error as error:
                refused.append(Refusal(f"rows of {table}", _first_line(error)))
    return refused


def _execute(cursor: oracledb.Cursor, statement: str) -> list[Refusal]:
    try:
        cursor.execute(statement)
    except oracledb.Error as error:
        reduced = _reduced(statement)
        if (
            statement.startswith("create table")
            and reduced != statement
            and _works(cursor, reduced)
        ):
            return [Refusal(statement, _first_line(error), mended=True)]
        return [Refusal(statement, _first_line(error))]
    return []


def _reduced(statement: str) -> str:
    """A table's statement without what the stand-in is known to refuse; tests of that fail by
    themselves.
    """
    for pattern, replacement in _TOO_MUCH:
        statement = pattern.sub(replacement, statement)
    return _OBJECT_COLUMN.sub("", statement)


def _works(cursor: oracledb.Cursor, statement: str) -> bool:
    try:
        cursor.execute(statement)
    except oracledb.Error:
        return False
    return True


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


def _statements(script: Path) -> Iterator[str]:
    """The statements of a script, each of which ends with a line that holds a slash."""
    names = {"main_user": MAIN, "proxy_user": PROXY, "edition_name": EDITION}
    unused = secrets.token_hex(8)
    text = re.sub(r"/\*.*?\*/", "", script.read_text(), flags=re.DOTALL)
    text = re.sub(r"&(\w+)\.?", lambda match: names.get(match[1], unused), text)
    for part in re.split(r"^\s*/\s*$", text, flags=re.MULTILINE):
        statement = re.sub(r"^\s*--[^\n]*\n", "", part.strip()).strip()
        if statement:
            yield statement
