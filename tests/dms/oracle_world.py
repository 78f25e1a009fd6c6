"""The Oracle stand-in with tables that tests describe, and an applier in front of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import oracledb
import pytest

from lab.core.grants import DMS_ON_ORACLE
from lab.dms.agreed.spec import Endpoint
from lab.dms.databases.target import OracleTarget
from lab.dms.ground.catalogue import SourceColumn, SourceTable
from tests.clusters import temporary_cluster
from tests.dms.table_world import TableWorld
from tests.oracle.conftest import STORE_DATABASE, WireServer, start_server
from tests.oracle.fake_engine import PASSWORD
from tests.waiting import LONG_SECONDS

#: what AWS asks for on an Oracle target: the ANY privileges on tables, nothing on triggers, no
#: users
PRIVILEGES = tuple(one.removeprefix("GRANT ").removesuffix(" TO DMSUSER") for one in DMS_ON_ORACLE)


#: kept between tests, emptied
_KEPT = ("awsdms_apply_exceptions", "awsdms_txn_state")


class Oracle:
    """A server of its own. ``owner`` is a session of APP, who owns the tables, ``target`` one of
    the replication.
    """

    def __init__(self, server: WireServer) -> None:
        self.owner = server.connect(user="APP")
        self.owner.autocommit = True
        self.target = OracleTarget(Endpoint("127.0.0.1", server.port, "XE", "dmsuser", PASSWORD))

    def clear(self) -> None:
        """Without the tables of the last test."""
        self.target.rollback()
        for (name,) in self.rows("SELECT TABLE_NAME FROM USER_TABLES"):
            kept = name in _KEPT
            self.execute(
                f'DELETE FROM APP."{name}"'
                if kept
                else f'DROP TABLE APP."{name}" CASCADE CONSTRAINTS'
            )

    def close(self) -> None:
        self.target.close()
        self.owner.close()

    def execute(self, *statements: str) -> None:
        with self.owner.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.owner.cursor() as cursor:
            return [
                tuple(_read(value) for value in row) for row in cursor.execute(query).fetchall()
            ]

    def errors(self) -> list[tuple[str, str]]:
        """Table and error of what was not applied."""
        query = 'SELECT TABLE_NAME, ERROR FROM APP."awsdms_apply_exceptions" ORDER BY ERROR_TIME'
        return [(table, error.split(":")[0]) for table, error in self.rows(query)]

    def refused(self, statement: str) -> str:
        """The error a statement of the owner ends with."""
        with pytest.raises(oracledb.DatabaseError) as raised:
            self.execute(statement)
        return str(raised.value).split(":")[0]


def _read(value: Any) -> Any:
    return value.read() if isinstance(value, oracledb.LOB) else value


def table(
    name: str, *columns: tuple[str, str] | SourceColumn, key: tuple[str, ...] = ("id",)
) -> SourceTable:
    """A source table of plain columns; ``id`` is an int8 and comes first unless it is named."""
    made = tuple(
        item if isinstance(item, SourceColumn) else SourceColumn(*item) for item in columns
    )
    if not any(column.name == "id" for column in made):
        made = (SourceColumn("id", "int8"), *made)
    return SourceTable("app", name, made, key)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Oracle]:
    with temporary_cluster() as cluster:
        cluster.execute(f"CREATE DATABASE {STORE_DATABASE}")
        users = {
            "APP": {"password": PASSWORD},
            "DMSUSER": {"password": PASSWORD, "privileges": list(PRIVILEGES)},
        }
        server = start_server(tmp_path_factory.mktemp("oracle"), cluster, users=users)
        try:
            found = Oracle(server)
            yield found
            found.close()
        finally:
            server.process.terminate()
            server.process.wait(LONG_SECONDS)


@pytest.fixture
def oracle(house: Oracle) -> Iterator[Oracle]:
    yield house
    house.clear()


class OracleWorld(TableWorld):
    """An applier in the session of the replication user."""

    def __init__(self, directory: Path, oracle: Oracle, *sources: SourceTable, **more: Any) -> None:
        super().__init__(directory, oracle.target, *sources, **more)
