"""Flight specials in one database; in another a true copy, and a copy with 137 planted differences,
known one by one.

Two databases, because a comparison of two tables of one database may be left to a join, which is
another matter.

37 rows are missing in the copy, 50 are extra (25 between existing keys, 25 after the last), 50 have
one changed value: blanks at the end, another case, NULL on one side, a microsecond, a millisecond,
nine hours, one unit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.clusters import Cluster

HERE, THERE = "src", "tgt"
SCHEMA, SOURCE, SAME, OTHER = (
    "travelbuddy",
    "flightspecial",
    "flightspecial_same",
    "flightspecial_other",
)
COLUMNS = (
    "header",
    "body",
    "origin",
    "origin_code",
    "destination",
    "destination_code",
    "cost",
    "expiry_date",
)
CHANGED, MISSING, EXTRA = 50, 37, 50

_TABLE = """(id bigint PRIMARY KEY, header varchar(255) NOT NULL, body varchar(255),
    origin varchar(255),
  origin_code varchar(6), destination varchar(255), destination_code varchar(6),
    cost integer NOT NULL,
  expiry_date timestamptz NOT NULL)"""
_ROWS = """SELECT i, 'Flight special ' || i || ' to 서울', CASE WHEN i % 20 = 0 THEN NULL
    WHEN i % 20 = 1 THEN ''
    ELSE 'Return flights, taxes included, café on board, offer number ' || i || ', ' || md5(i::text)
      END,
  'Incheon ' || (i * 7919) % 500, 'ICN', 'São Paulo ' || (i * 104729) % 300, 'GRU',
    ((i * 31) % 2000)::integer,
  timestamptz '2026-01-01 00:00:00+00' + (i * 7919) % 2592000000 * interval '1 millisecond'
  FROM generate_series(1::bigint, {rows}) AS i WHERE i NOT IN ({holes})"""

#: column -> how its value is changed, in SQL
_CHANGES = (
    ("header", "header || ' '"),
    ("header", "upper(header)"),
    ("body", "coalesce(body, '') || '!'"),
    ("body", "CASE WHEN body IS NULL THEN 'value' END"),
    ("origin", "left(origin, -1)"),
    ("origin_code", "lower(origin_code)"),
    ("destination", "replace(destination, 'ã', 'a')"),
    ("destination_code", "destination_code || ' '"),
    ("cost", "cost + 1"),
    ("expiry_date", "expiry_date + interval '1 microsecond'"),
    ("expiry_date", "expiry_date + interval '1 millisecond'"),
    ("expiry_date", "expiry_date - interval '9 hours'"),
)


@dataclass(frozen=True)
class Truth:
    """What a comparison has to find: rows by key, and (key, column) -> both values as PostgreSQL
    prints them.
    """

    missing: frozenset[int]
    extra: frozenset[int]
    changed: dict[tuple[int, str], tuple[Any, Any]]


def plant(cluster: Cluster, rows: int, say: Callable[[str], None]) -> Truth:
    """Makes the databases and the three tables; ``rows`` at least 10,000."""
    if rows < 10_000:
        raise ValueError(f"{rows} rows are too few for the planted differences; at least 10,000")
    say(f"making three tables of {rows:,} rows")
    made = _ROWS.format(rows=rows, holes=", ".join(map(str, _holes(rows))))
    for database, names in ((HERE, (SOURCE,)), (THERE, (SAME, OTHER))):
        cluster.execute(f"CREATE DATABASE {database}")
        cluster.execute(f"CREATE SCHEMA {SCHEMA}", database)
        for name in names:
            cluster.execute(f"CREATE TABLE {SCHEMA}.{name} {_TABLE}", database)
            cluster.execute(f"INSERT INTO {SCHEMA}.{name} {made}", database)
    changed = _change(cluster, rows)
    missing = frozenset(5 + number * (rows // MISSING) for number in range(MISSING))
    between = _holes(rows)
    after = [rows + 1 + number for number in range(EXTRA - EXTRA // 2)]
    cluster.execute(
        f"DELETE FROM {SCHEMA}.{OTHER} WHERE id IN ({', '.join(map(str, sorted(missing)))})", THERE
    )
    for key in (*between, *after):
        cluster.execute(
            f"INSERT INTO {SCHEMA}.{OTHER} SELECT {key}, {', '.join(COLUMNS)} FROM "
            f"{SCHEMA}.{OTHER} "
            "WHERE id = 3",
            THERE,
        )
    # as servers at rest would have them
    for database, name in ((HERE, SOURCE), (THERE, SAME), (THERE, OTHER)):
        cluster.execute(f"VACUUM ANALYZE {SCHEMA}.{name}", database)
    return Truth(missing, frozenset((*between, *after)), changed)


def _holes(rows: int) -> list[int]:
    """Keys without a row, as deleted rows leave them; the copy has them still."""
    return [7 + number * (rows // (EXTRA // 2)) for number in range(EXTRA // 2)]


def _change(cluster: Cluster, rows: int) -> dict[tuple[int, str], tuple[Any, Any]]:
    found: dict[tuple[int, str], tuple[Any, Any]] = {}
    connection = cluster.connect(THERE)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET TimeZone = 'UTC'")
            for number in range(CHANGED):
                column, change = _CHANGES[number % len(_CHANGES)]
                key = 11 + number * (rows // CHANGED)
                cursor.execute(f"SELECT {column} FROM {SCHEMA}.{OTHER} WHERE id = {key}")
                (before,) = cursor.fetchone()
                cursor.execute(
                    f"UPDATE {SCHEMA}.{OTHER} SET {column} = {change} WHERE id = {key} RETURNING "
                    f"{column}"
                )
                (after,) = cursor.fetchone()
                if before == after:
                    raise RuntimeError(f"the change of {column} in row {key} changed nothing")
                found[key, column] = (before, after)
    finally:
        connection.close()
    return found
