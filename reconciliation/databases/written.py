"""How many rows were written to tables, as PostgreSQL itself counts them, and what that is worth.

Its counters (pg_stat_all_tables: n_tup_ins, n_tup_upd, n_tup_del) are open to everybody and tell
who wrote nothing at all: a growth of theirs is an upper bound of what was committed meanwhile.

* They count what was rolled back as well (PostgreSQL documentation, "The Cumulative Statistics
  System"; pgstat_relation.c counts attempted actions).
* They are late. A session hands in its counts when a transaction has ended and it goes idle, at
  most once a second (PGSTAT_MIN_INTERVAL), and what it kept then after ten idle seconds
  (PGSTAT_IDLE_INTERVAL). Before PostgreSQL 15 a collector took them, every half second
  (PGSTAT_STAT_INTERVAL); what an idle session kept for itself then came with its next transaction.
  ``hand_in`` makes a session of one's own give up what it has, from 15 on
  (pg_stat_force_next_flush). They are never early: nothing is handed in before its commit.
* A transaction sees them as they were when it first looked (stats_fetch_consistency; before 15 a
  snapshot in any case), so each look is a transaction of its own.
* They begin anew when somebody resets them, and when the server did not end properly or another
  one has taken over; with track_counts off they stand still. ``Written.era`` tells.
* Of a table in partitions they count the partitions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text

#: seconds within which every session that has become idle has handed in its counts, with a margin
LATE_SECONDS = 12.0

_ERA = """
SELECT current_setting('track_counts') = 'on', pg_postmaster_start_time()::text,
       (SELECT stats_reset::text FROM pg_stat_database WHERE datname = current_database())
"""
#: tables by their names with schemas (``:names``), each with its partitions down to the last, with
#: ``:heirs`` also with the tables that inherit from it: rows are counted, and locked, where they
#: stand
PARTS = """
WITH RECURSIVE parts (name, oid) AS (
  SELECT n.nspname || '.' || c.relname, c.oid
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE n.nspname || '.' || c.relname = ANY(:names)
   UNION
  SELECT p.name, c.oid
    FROM parts p JOIN pg_inherits i ON i.inhparent = p.oid JOIN pg_class c ON c.oid = i.inhrelid
   WHERE c.relispartition OR :heirs)
"""
_COUNTS = f"""{PARTS}
SELECT name, sum(n_tup_ins)::bigint, sum(n_tup_upd)::bigint, sum(n_tup_del)::bigint
  FROM parts JOIN pg_stat_all_tables ON relid = oid GROUP BY name
"""
_HAND_IN = """
SELECT to_regprocedure('pg_catalog.pg_stat_force_next_flush()') IS NOT NULL
"""


@dataclass(frozen=True)
class Written:
    """``rows`` by table and by verb (``inserts``, ``updates``, ``deletes``), since the beginning of
    an ``era``: the counts of two eras have nothing to say of each other. ``era`` is None where
    nothing is counted.
    """

    era: tuple[str | None, ...] | None
    rows: Mapping[str, Counter[str]]

    def since(self, before: Written, table: str) -> Counter[str] | None:
        """By how much a table's counts have grown, None where that cannot be said."""
        now, then = self.rows.get(table), before.rows.get(table)
        if self.era is None or self.era != before.era or now is None or then is None:
            return None
        if any(now[verb] < then[verb] for verb in then):
            return None
        return Counter({verb: now[verb] - then[verb] for verb in now})

    def in_all(self) -> dict[str, int]:
        """By table the rows of all verbs."""
        return {name: counts.total() for name, counts in self.rows.items()}


def rows_written(engine: Engine, tables: Iterable[str], heirs: bool = False) -> Written:
    """The counts of these tables (with their schemas) as they are now; ``heirs``: with those of the
    tables that inherit from them, whose rows a query of the table gives as well.
    """
    with engine.connect() as connection:
        counting, *era = connection.execute(text(_ERA)).one()
        found = connection.execute(text(_COUNTS), {"names": list(tables), "heirs": heirs})
        rows = {
            name: Counter({"inserts": inserts, "updates": updates, "deletes": deletes})
            for name, inserts, updates, deletes in found
        }
    return Written(tuple(era) if counting else None, rows)


def hand_in(connection: Connection) -> None:
    """Let this session hand in its counts at the end of its transaction, where the server can be
    told to.
    """
    if connection.execute(text(_HAND_IN)).scalar_one():
        connection.execute(text("SELECT pg_stat_force_next_flush()"))
