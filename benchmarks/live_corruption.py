"""Ten rows made wrong directly in Oracle, in rows nobody else writes to, what must be said of them,
and repair.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import oracledb

from benchmarks.live_writer import QUIET
from reconciliation.model import Difference

CORRUPTED = 10
_TABLE = "TRAVELBUDDY.FLIGHTSPECIAL"
_COLUMNS = (
    "ID",
    "HEADER",
    "BODY",
    "ORIGIN",
    "ORIGINCODE",
    "DESTINATION",
    "DESTINATIONCODE",
    "COST",
    "EXPIRYDATE",
)
#: column, its new value in SQL; a difference as small as the type knows, and some that are easily
#: taken for none
_CHANGES = (
    ("HEADER", "HEADER || ' '"),
    ("HEADER", "UPPER(HEADER)"),
    ("COST", "COST + 1"),
    ("EXPIRYDATE", "EXPIRYDATE + 1"),
    ("BODY", "NULL"),
)
_DELETED = 3

#: kind, key, column in Oracle, Oracle's value; the last two are None for whole rows
Seen = tuple[str, int, str | None, Any]


@dataclass(frozen=True)
class Corruption:
    """``expected`` is what must be found; ``_before`` are the rows as they were, None where there
    was none.
    """

    expected: frozenset[Seen]
    before: dict[int, tuple[Any, ...] | None]


def corrupt(connection: oracledb.Connection, keys: range, run: int) -> Corruption:
    """Change five rows, delete three and put in two, in one transaction; ``run`` chooses them."""
    chosen = random.Random(run)
    quiet = range(keys.start + (QUIET - keys.start) % 10, keys.stop, 10)
    victims = chosen.sample(quiet, len(_CHANGES) + _DELETED)
    extra = [10**9 + 10 * run + number for number in range(CORRUPTED - len(victims))]
    expected: set[Seen] = set()
    with connection.cursor() as cursor:
        before = {key: _row(cursor, key) for key in victims} | dict.fromkeys(extra)
        if any(before[key] is None for key in victims):
            raise RuntimeError("a row that nobody writes to is not in Oracle")
        for key, (column, value) in zip(victims, _CHANGES, strict=False):
            cursor.execute(f"UPDATE {_TABLE} SET {column} = {value} WHERE ID = :1", [key])
            row = _row(cursor, key) or ()
            expected.add(("changed", key, column, row[_COLUMNS.index(column)]))
        for key in victims[len(_CHANGES) :]:
            cursor.execute(f"DELETE FROM {_TABLE} WHERE ID = :1", [key])
            expected.add(("missing", key, None, None))
        for key in extra:
            cursor.execute(
                f"INSERT INTO {_TABLE} (ID, HEADER, COST) VALUES (:1, 'nobody wrote this', 1)",
                [key],
            )
            expected.add(("extra", key, None, None))
    connection.commit()
    return Corruption(frozenset(expected), before)


def repair(connection: oracledb.Connection, corruption: Corruption) -> None:
    """Every row as it was."""
    with connection.cursor() as cursor:
        for key, row in corruption.before.items():
            cursor.execute(f"DELETE FROM {_TABLE} WHERE ID = :1", [key])
            if row is not None:
                binds = ", ".join(f":{number}" for number in range(1, len(row) + 1))
                cursor.execute(
                    f"INSERT INTO {_TABLE} ({', '.join(_COLUMNS)}) VALUES ({binds})", list(row)
                )
    connection.commit()


def seen(differences: Sequence[Difference]) -> frozenset[Seen]:
    """What the judge reports, in the words of ``expected``."""
    return frozenset(
        (item.kind.value, int(item.key[0]), item.target_column, item.target_value)
        for item in differences
    )


def right_source_values(differences: Sequence[Difference], corruption: Corruption) -> bool:
    """Whether PostgreSQL's values are those Oracle had before; instants are milliseconds there."""
    for item in differences:
        before = corruption.before.get(int(item.key[0]))
        if item.target_column is not None and before is not None:
            value = item.source_value
            shown = int(value.timestamp() * 1000) if hasattr(value, "timestamp") else value
            if shown != before[_COLUMNS.index(item.target_column)]:
                return False
    return True


def _row(cursor: oracledb.Cursor, key: int) -> tuple[Any, ...] | None:
    cursor.execute(f"SELECT {', '.join(_COLUMNS)} FROM {_TABLE} WHERE ID = :1", [key])
    return cursor.fetchone()
