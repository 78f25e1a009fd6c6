"""The same flight specials in the lab's PostgreSQL and in its Oracle stand-in, and 137 differences
in the latter.

37 rows are missing in Oracle, 50 are extra (25 between existing keys, 25 after the last), 50 have
one changed value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks.labs import RunningLab
from reconciliation.replication import slot, start_task, stop_task
from reconciliation.session.session import Session

SOURCE, TARGET = "travelbuddy.flightspecial", "TRAVELBUDDY.FLIGHTSPECIAL"
CHANGED, MISSING, EXTRA = 50, 37, 50
_FIRST_KEY = 1_000
_BATCH = 10_000
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

_ROWS = f"""INSERT INTO {SOURCE} SELECT i, 'Flight special ' || i || ' to 서울',
    CASE WHEN i %% 20 <> 0 THEN 'Return flights, taxes included, café on board, offer number ' || i
      || md5(i::text) END,
    'Incheon ' || (i * 7919) %% 500, 'ICN', 'São Paulo ' || (i * 104729) %% 300, 'GRU',
      ((i * 31) %% 2000)::integer,
    timestamptz '2026-01-01 00:00:00+00' + (i * 7919) %% 2592000000 * interval '1 millisecond'
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS i WHERE NOT i = ANY(%(holes)s)"""
_READ = f"""SELECT id, header, body, origin, origin_code, destination, destination_code, cost,
    (extract(epoch FROM expiry_date) * 1000)::bigint FROM {SOURCE} ORDER BY id"""

#: column -> how its value is changed, in SQL
_CHANGES = (
    ("HEADER", "HEADER || ' '"),
    ("HEADER", "UPPER(HEADER)"),
    ("BODY", "BODY || '!'"),
    ("BODY", "CASE WHEN BODY IS NULL THEN 'value' END"),
    ("ORIGIN", "SUBSTR(ORIGIN, 1, LENGTH(ORIGIN) - 1)"),
    ("ORIGINCODE", "LOWER(ORIGINCODE)"),
    ("DESTINATION", "REPLACE(DESTINATION, 'ã', 'a')"),
    ("DESTINATIONCODE", "DESTINATIONCODE || ' '"),
    ("COST", "COST + 1"),
    ("EXPIRYDATE", "EXPIRYDATE + 1"),
    ("EXPIRYDATE", "EXPIRYDATE - 32400000"),
)


@dataclass(frozen=True)
class Truth:
    """What must be found: rows by key, and (key, column of Oracle) -> its value before and after,
    as Oracle has it.
    """

    missing: frozenset[int] = frozenset()
    extra: frozenset[int] = frozenset()
    changed: dict[tuple[int, str], tuple[Any, Any]] | None = None


def load(lab: RunningLab, judge: Session, rows: int, say: Callable[[str], None]) -> None:
    """Put ``rows`` rows into both databases by hand; the replication goes on behind them, and
    copies none of them.
    """
    say(f"writing {rows:,} rows to both databases")
    stop_task(judge.parallel_run)
    source, target = lab.source(), lab.target()
    try:
        with source.cursor() as cursor:
            first = _FIRST_KEY
            cursor.execute(
                _ROWS,
                {"first": first, "last": first + rows + EXTRA // 2 - 1, "holes": _holes(rows)},
            )
        source.commit()
        with source.cursor("all rows") as cursor, target.cursor() as there:
            cursor.itersize = _BATCH
            cursor.execute(_READ)
            there.execute(f"DELETE FROM {TARGET}")
            binds = ", ".join(f":{number}" for number in range(1, len(_COLUMNS) + 1))
            while batch := cursor.fetchmany(_BATCH):
                there.executemany(
                    f"INSERT INTO {TARGET} ({', '.join(_COLUMNS)}) VALUES ({binds})", batch
                )
                target.commit()
        source.rollback()
        found = slot(judge.parallel_run)
        with source.cursor() as cursor:
            cursor.execute(
                "SELECT pg_replication_slot_advance(%s, pg_current_wal_lsn())",
                (found and found.name,),
            )
        source.commit()
        source.autocommit = True
        with source.cursor() as cursor:
            cursor.execute(f"VACUUM ANALYZE {SOURCE}")
    finally:
        source.close()
        target.close()
    start_task(judge.parallel_run)


def _holes(rows: int) -> list[int]:
    """Keys without a row, as deleted rows leave them."""
    return [_FIRST_KEY + 7 + number * (rows // (EXTRA // 2)) for number in range(EXTRA // 2)]


def plant(lab: RunningLab, rows: int) -> Truth:
    """Make 137 rows differ in Oracle; ``rows`` at least 10,000."""
    missing = [_FIRST_KEY + 5 + number * (rows // MISSING) for number in range(MISSING)]
    extra = [
        *_holes(rows),
        *(_FIRST_KEY + rows + EXTRA + number for number in range(EXTRA - EXTRA // 2)),
    ]
    changed: dict[tuple[int, str], tuple[Any, Any]] = {}
    target = lab.target()
    try:
        with target.cursor() as cursor:
            for number in range(CHANGED):
                column, change = _CHANGES[number % len(_CHANGES)]
                key = _FIRST_KEY + 11 + number * (rows // CHANGED)
                before = _value(cursor, column, key)
                cursor.execute(f"UPDATE {TARGET} SET {column} = {change} WHERE ID = :1", [key])
                after = _value(cursor, column, key)
                if before == after:
                    raise RuntimeError(f"the change of {column} in row {key} changed nothing")
                changed[key, column] = (before, after)
            cursor.executemany(f"DELETE FROM {TARGET} WHERE ID = :1", [(key,) for key in missing])
            cursor.executemany(
                f"INSERT INTO {TARGET} (ID, HEADER, COST) VALUES (:1, 'nobody wrote this', 1)",
                [(key,) for key in extra],
            )
        target.commit()
    finally:
        target.close()
    return Truth(frozenset(missing), frozenset(extra), changed)


def _value(cursor: Any, column: str, key: int) -> Any:
    cursor.execute(f"SELECT {column} FROM {TARGET} WHERE ID = :1", [key])
    return cursor.fetchone()[0]
