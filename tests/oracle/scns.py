"""What the tests of SCNs and of past states ask with."""

from __future__ import annotations

import oracledb
import pytest

PASSWORD = "Schluessel1"
NOW = "select dbms_flashback.get_system_change_number from dual"
BY_VIEW = "select current_scn from v$database"


def run(
    connection: oracledb.Connection, statement: str, *binds: object
) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, list(binds))
        return cursor.fetchall() if cursor.description else []


def scn(connection: oracledb.Connection, statement: str = NOW) -> int:
    return run(connection, statement)[0][0]


def refused(connection: oracledb.Connection, code: int, statement: str, *binds: object) -> str:
    with pytest.raises(oracledb.DatabaseError) as caught:
        run(connection, statement, *binds)
    assert caught.value.args[0].code == code, caught.value
    return caught.value.args[0].message
