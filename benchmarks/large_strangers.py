"""Plugin of pytest for ``large-features --strangers``: between the acts of a feature and its first
look somebody deletes, changes and adds a row in Oracle; at the end of the run all three are as they
were.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import oracledb
import pytest

#: the feature that speaks of rows that went, too
FEATURE = "A deleted row disappears from Oracle, and only that row"
_TABLE = "TRAVELBUDDY.FLIGHTSPECIAL"
_COLUMNS = "ID, HEADER, BODY, ORIGIN, ORIGINCODE, DESTINATION, DESTINATIONCODE, COST, EXPIRYDATE"


@dataclass(frozen=True)
class Strangers:
    """Keys of the rows that are deleted, changed and added, in a table with the keys from 1 to
    ``rows``: the neighbour of the run's own rows, one in the middle, one far behind.
    """

    deleted: int
    changed: int
    added: int

    @classmethod
    def of(cls, rows: int) -> Strangers:
        return cls(rows, rows // 2, rows * 10)

    @property
    def keys(self) -> set[int]:
        return {self.deleted, self.changed, self.added}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--strangers", type=int, metavar="ROWS", help="rows of the flight specials")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(_Plugin(Strangers.of(config.option.strangers)))


class _Plugin:
    def __init__(self, strangers: Strangers) -> None:
        self._strangers = strangers
        self._undo: Sequence[tuple[str, Sequence[object]]] = ()

    @pytest.hookimpl(tryfirst=True)
    def pytest_bdd_before_step(self, feature: object, step: object) -> None:
        named, kind = getattr(feature, "name", ""), getattr(step, "type", "")
        if named == FEATURE and kind == "then" and not self._undo:
            _in_oracle(self._strike)

    def pytest_unconfigure(self) -> None:
        if self._undo:
            _in_oracle(self._restore)

    def _strike(self, cursor: oracledb.Cursor) -> None:
        who = self._strangers
        select = f"SELECT {_COLUMNS} FROM {_TABLE} WHERE ID = :1"
        row = cursor.execute(select, [who.deleted]).fetchone()
        changed = cursor.execute(select, [who.changed]).fetchone()
        if row is None or changed is None:
            raise RuntimeError(f"{_TABLE} lacks a row under {who.deleted} or {who.changed}")
        places = ", ".join(f":{number}" for number in range(1, len(row) + 1))
        insert = f"INSERT INTO {_TABLE} ({_COLUMNS}) VALUES ({places})"
        delete = f"DELETE FROM {_TABLE} WHERE ID = :1"
        change = f"UPDATE {_TABLE} SET HEADER = :1 WHERE ID = :2"
        self._undo = (
            (insert, row),
            (change, [changed[1], who.changed]),
            (delete, [who.added]),
        )
        cursor.execute(delete, [who.deleted])
        cursor.execute(change, ["changed by a stranger", who.changed])
        cursor.execute(insert, [who.added, *row[1:]])

    def _restore(self, cursor: oracledb.Cursor) -> None:
        for statement, values in self._undo:
            cursor.execute(statement, values)


def _in_oracle(work: Callable[[oracledb.Cursor], None]) -> None:
    """As the replication's user, who may write to every table, in one transaction."""
    status = [sys.executable, "-m", "lab", "status", "--environment", "lab", "--json"]
    there = json.loads(subprocess.run(status, capture_output=True, check=True).stdout)["oracle"]
    with oracledb.connect(
        user=there["user"],
        password=there["password"],
        dsn=f"{there['host']}:{there['port']}/{there['service']}",
    ) as connection:
        with connection.cursor() as cursor:
            work(cursor)
        connection.commit()
