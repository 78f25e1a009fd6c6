"""Where to cut a table: into ranges of its key with about as many rows each, without reading the
table.

The size comes from PostgreSQL's own statistics and the file, the bounds from a sample of its pages.
Neither has to be right: whatever the bounds are, every row lies in exactly one range; only the work
is spread less evenly. Sources: PostgreSQL documentation, "Row Estimation Examples" (rows per page
times pages), TABLESAMPLE, "Collations and indexes" (an index only serves comparisons in its own
collation).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from reconciliation.canonical.values import of_type
from reconciliation.compare.extent.ranges import (
    KeyRange,
    NoRange,
    check_key,
    is_text,
    ranges_between,
)
from reconciliation.compare.streams.row_form import RowForm
from reconciliation.databases.quoting import quoted
from reconciliation.databases.rows import readable
from reconciliation.errors import CanonicalError
from reconciliation.model import CatalogueTable, Key, Value

#: rows below which a table is compared in one piece, by this process
SMALL_ROWS = 300_000
#: rows of a segment, about
SEGMENT_ROWS = 400_000
#: pages that are read to find the bounds, and rows of the sample below which it tells too little
SAMPLED_PAGES = 600
_SAMPLED_ROWS_PER_SEGMENT = 20


@dataclass(frozen=True)
class Segment:
    """One piece of a table; numbers count from 1."""

    number: int
    keys: KeyRange


@dataclass(frozen=True)
class Plan:
    """The pieces of a table in key order, about how many rows it has (None: unknown), and why it
    was cut so.

    ``reason`` is words for the report, empty where there is nothing to say.
    """

    segments: tuple[Segment, ...]
    rows: int | None = None
    reason: str = ""


def in_one_piece(reason: str = "", rows: int | None = None) -> Plan:
    """The whole table as one segment."""
    return Plan((Segment(1, KeyRange()),), rows, reason and f"in one piece: {reason}")


def plan(
    connection: Connection,
    table: CatalogueTable,
    rows: RowForm,
    workers: int,
    segment_rows: int | None = None,
) -> Plan:
    """The segments of ``table``, which ``rows`` reads; ``connection`` leads to its PostgreSQL.

    ``segment_rows`` is about how many rows a segment has, SEGMENT_ROWS unless told otherwise.
    Raises EnvironmentFault for what the database refuses.
    """
    small, segment_rows = (
        (SMALL_ROWS, SEGMENT_ROWS) if segment_rows is None else (segment_rows, segment_rows)
    )
    found = _size(connection, table)
    if found is None:
        return in_one_piece("it is no table of rows on disk")
    pages, count = found
    if count is None:
        count = _counted(connection, rows, pages)
    if count < small:
        return in_one_piece(rows=count)
    try:
        check_key(rows.key_rules, oracle=rows.target_is_oracle)
    except NoRange as reason:
        return in_one_piece(str(reason), count)
    wanted = max(workers, math.ceil(count / segment_rows / workers) * workers)
    if is_text(rows.key_rules[0]) and not _ordered_by_index(connection, table, rows):
        return _cut(
            connection,
            rows,
            pages,
            count,
            workers,
            "no index helps with a text key outside the collation C",
        )
    return _cut(connection, rows, pages, count, wanted)


def _cut(
    connection: Connection, rows: RowForm, pages: int, count: int, wanted: int, few: str = ""
) -> Plan:
    if wanted < 2:
        return in_one_piece(few, count)
    bounds = _bounds(connection, rows, pages, wanted)
    segments = tuple(Segment(number, keys) for number, keys in enumerate(ranges_between(bounds), 1))
    if len(segments) == 1:
        return in_one_piece("its keys give no bounds", count)
    return Plan(segments, count, f"in {len(segments)} key ranges{f' only: {few}' if few else ''}")


# ------------------------------------------------------------------ size

_SIZE = """
SELECT c.relkind::text AS kind, coalesce(sum(greatest(l.reltuples, 0)), 0)::float8 AS rows,
       coalesce(sum(l.relpages), 0)::int8 AS known_pages,
       coalesce(sum(pg_relation_size(l.oid)), 0)::int8 / current_setting('block_size')::int8 AS
         pages
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 CROSS JOIN LATERAL (
       SELECT m.* FROM pg_class m WHERE m.oid = c.oid AND c.relkind <> 'p'
        UNION ALL
       SELECT m.* FROM pg_partition_tree(c.oid) t JOIN pg_class m ON m.oid = t.relid
        WHERE t.isleaf AND c.relkind = 'p') l
 WHERE n.nspname = :schema AND c.relname = :name
 GROUP BY c.relkind
"""


def _size(connection: Connection, table: CatalogueTable) -> tuple[int, int | None] | None:
    """Pages on disk, and rows as the statistics have them, which know none of a table never
    analysed.
    """
    row = connection.execute(
        text(_SIZE), {"schema": table.schema, "name": table.name}
    ).one_or_none()
    if row is None or row.kind not in ("r", "p", "m"):
        return None
    rows = round(row.rows / row.known_pages * row.pages) if row.known_pages and row.rows else None
    return row.pages, 0 if not row.pages else rows


def _counted(connection: Connection, rows: RowForm, pages: int) -> int:
    percent = _percent(pages)
    ((count,),) = _asked(connection, f"SELECT count(*) FROM {_sample(rows, percent)}")
    return round(of_type(int, count) * 100 / percent)


def _asked(connection: Connection, sql: str) -> Sequence[Sequence[Value]]:
    """The answer to a query over the sample. A row filter that fails on a row is the contract's
    mistake.
    """
    with readable(connection):
        return connection.exec_driver_sql(sql).all()


def _percent(pages: int) -> float:
    return min(100.0, 100 * SAMPLED_PAGES / max(pages, 1))


def _sample(rows: RowForm, percent: float) -> str:
    """The same pages every time, so that the same table is cut in the same way."""
    relation = rows.source.relation.replace("%", "%%")
    return f"{relation} TABLESAMPLE SYSTEM ({percent:.6f}) REPEATABLE (0)"


# ------------------------------------------------------------------ bounds


def _bounds(connection: Connection, rows: RowForm, pages: int, wanted: int) -> list[Key]:
    percent = _percent(pages)
    found = _quantiles(connection, rows, percent, wanted)
    if len(found) < wanted and percent < 100:
        found = _quantiles(connection, rows, 100, wanted)
    bounds: list[Key] = []
    for values in found[1:]:
        bound = _bound(rows, values)
        if bound is not None and (not bounds or bounds[-1] < bound):
            bounds.append(bound)
    return bounds


def _quantiles(
    connection: Connection, rows: RowForm, percent: float, wanted: int
) -> Sequence[Sequence[object]]:
    """The first key of each of ``wanted`` equal parts of the sample; none of a sample that tells
    too little.
    """
    names = ", ".join(quoted(rule.pair.source) for rule in rows.key_rules).replace("%", "%%")
    order = rows.source.order.replace("%", "%%")
    where = (
        " AND ".join(f"({condition})" for condition in rows.source.conditions).replace("%", "%%")
        or "true"
    )
    found = _asked(
        connection,
        f"SELECT DISTINCT ON (sampled_part) {names}, sampled_rows FROM (SELECT {names}, count(*) "
        f"OVER () AS sampled_rows, ntile({wanted}) OVER (ORDER BY {order}) AS sampled_part "
        f"FROM {_sample(rows, percent)} WHERE {where}) AS sampled ORDER BY sampled_part, {order}",
    )
    sampled = of_type(int, found[0][-1]) if found else 0
    if percent < 100 and sampled < wanted * _SAMPLED_ROWS_PER_SEGMENT:
        return []
    return [row[:-1] for row in found]


def _bound(rows: RowForm, values: Sequence[object]) -> Key | None:
    """The canonical key, or None for one that cannot be a bound (an infinite date)."""
    try:
        pairs = zip(rows.key_rules, values, strict=True)
        key = tuple(
            rule.canonical_source(bytes(value) if isinstance(value, memoryview) else value)
            for rule, value in pairs
        )
        rows.within(KeyRange(low=key))
    except (CanonicalError, NoRange):
        return None
    return key


_COLLATION = """
SELECT l.collname FROM pg_attribute a JOIN pg_collation l ON l.oid = a.attcollation
  JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = :schema AND c.relname = :name AND a.attname = :column
"""


def _ordered_by_index(connection: Connection, table: CatalogueTable, rows: RowForm) -> bool:
    binds = {"schema": table.schema, "name": table.name, "column": rows.key_rules[0].pair.source}
    return connection.execute(text(_COLLATION), binds).scalar_one_or_none() == "C"
