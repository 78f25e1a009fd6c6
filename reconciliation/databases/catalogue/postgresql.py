"""PostgreSQL's catalogue, of versions 10 and later: tables, columns and triggers of schemas."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Engine

from reconciliation.canonical.values import of_type
from reconciliation.canonical.values import text as as_text
from reconciliation.databases.catalogue.postgresql_constraints import (
    SourceConstraints,
    read_source_constraints,
)
from reconciliation.databases.catalogue.reading import (
    ViewRow,
    rows,
    schemas_of,
    whole,
    word,
    words,
)
from reconciliation.databases.catalogue.types import source_type
from reconciliation.model import (
    ALWAYS,
    BY_DEFAULT,
    Catalogue,
    CatalogueColumn,
    CatalogueTable,
    Trigger,
)

#: what is written without its schema then is PostgreSQL's own; for this transaction
_PLAIN_NAMES = "SELECT set_config('search_path', 'pg_catalog', true)"

_TABLES = """
SELECT c.oid::int8 AS oid, n.nspname AS schema, c.relname AS name,
       c.relreplident::text AS identity, pn.nspname AS parent_schema, p.relname AS parent
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_inherits i ON i.inhrelid = c.oid AND c.relispartition
  LEFT JOIN pg_class p ON p.oid = i.inhparent
  LEFT JOIN pg_namespace pn ON pn.oid = p.relnamespace
 WHERE n.nspname = ANY(CAST(:schemas AS text[])) AND c.relkind IN ('r', 'p')
 ORDER BY n.nspname, c.relname
"""

# a domain may be one of a domain: the innermost has the modifier, and each may forbid NULL
_COLUMNS = """
WITH RECURSIVE nested AS (
  SELECT oid AS domain, typbasetype AS base, typtypmod AS modifier, typnotnull AS not_null
    FROM pg_type WHERE typtype = 'd'
  UNION ALL
  SELECT o.domain, t.typbasetype, t.typtypmod, o.not_null OR t.typnotnull
    FROM nested o JOIN pg_type t ON t.oid = o.base AND t.typtype = 'd'
), domains AS (
  SELECT o.* FROM nested o JOIN pg_type t ON t.oid = o.base AND t.typtype <> 'd'
)
SELECT a.attrelid::int8 AS oid, a.attname AS name,
       NOT (a.attnotnull OR coalesce(o.not_null, false)) AS nullable,
       CASE b.typtype WHEN 'e' THEN 'enum' WHEN 'c' THEN 'composite'
            ELSE b.typname::text END AS type,
       coalesce(o.modifier, a.atttypmod) AS modifier,
       format_type(a.atttypid, a.atttypmod) AS declared,
       CASE WHEN b.typtype = 'e' THEN ARRAY(SELECT e.enumlabel::text FROM pg_enum e
         WHERE e.enumtypid = b.oid ORDER BY e.enumsortorder) END AS labels,
       a.attidentity::text AS identity, {generated} AS generated,
       pg_get_expr(d.adbin, d.adrelid) AS expression
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN domains o ON o.domain = a.atttypid
  JOIN pg_type b ON b.oid = coalesce(o.base, a.atttypid)
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE n.nspname = ANY(CAST(:schemas AS text[])) AND c.relkind IN ('r', 'p')
   AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attrelid, a.attnum
"""
#: computed columns came with PostgreSQL 12
_GENERATED, _NEVER_GENERATED = "a.attgenerated::text", "''"

_TRIGGERS = """
SELECT c.oid::int8 AS oid, c.relname AS table_name, t.tgname AS name,
       t.tgenabled::text <> 'D' AS enabled, t.tgtype::int4 AS bits
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n
    ON n.oid = c.relnamespace
 WHERE n.nspname = ANY(CAST(:schemas AS text[])) AND NOT t.tgisinternal
 ORDER BY c.relname, t.tgname
"""

_REPLICA_IDENTITIES = {"d": "default", "i": "index", "f": "full", "n": "nothing"}
_IDENTITIES = {"a": ALWAYS, "d": BY_DEFAULT}
_KEPT = {"s": "stored", "v": "virtual"}


def read_source_catalogue(engine: Engine, schemas: str | Sequence[str]) -> Catalogue:
    """The tables of one or several PostgreSQL schemas by full name, each partition beside the table
    it is a part of; domains are shown as their base types, enumerations as ``enum`` and row types
    as ``composite``.
    """
    wanted = list(schemas_of(schemas))
    with engine.connect() as connection:
        rows(connection, _PLAIN_NAMES)
        version = int((connection.dialect.server_version_info or (0,))[0])
        tables = rows(connection, _TABLES, schemas=wanted)
        columns = _columns(connection, wanted, version)
        constraints = read_source_constraints(connection, wanted, version)
        triggers = _triggers(connection, wanted)
    found = [_table(row, columns, constraints, triggers) for row in tables]
    return {table.full_name: table for table in found}


def _table(
    row: ViewRow,
    columns: Mapping[int, Sequence[CatalogueColumn]],
    constraints: SourceConstraints,
    triggers: Mapping[int, Sequence[Trigger]],
) -> CatalogueTable:
    oid = whole(row, "oid")
    return CatalogueTable(
        word(row, "schema"),
        word(row, "name"),
        {column.name: column for column in columns.get(oid, ())},
        constraints.primary.get(oid, ()),
        _REPLICA_IDENTITIES[word(row, "identity")],
        tuple(triggers.get(oid, ())),
        unique_keys=tuple(constraints.unique.get(oid, ())),
        foreign_keys=tuple(constraints.foreign.get(oid, ())),
        checks=tuple(constraints.checks.get(oid, ())),
        partition_of=f"{row['parent_schema']}.{row['parent']}" if row["parent"] else None,
    )


def _columns(
    connection: Connection, schemas: list[str], version: int
) -> Mapping[int, Sequence[CatalogueColumn]]:
    statement = _COLUMNS.format(generated=_GENERATED if version >= 12 else _NEVER_GENERATED)
    found: dict[int, list[CatalogueColumn]] = defaultdict(list)
    for row in rows(connection, statement, schemas=schemas):
        found[whole(row, "oid")].append(
            CatalogueColumn(
                word(row, "name"),
                source_type(word(row, "type"), whole(row, "modifier"), words(row, "labels")),
                of_type(bool, row["nullable"]),
                _default(row),
                _IDENTITIES.get(word(row, "identity")),
                bool(word(row, "generated")),
                word(row, "declared"),
            )
        )
    return found


def _default(row: ViewRow) -> str | None:
    """Where the values come from that a statement does not give, in PostgreSQL's words."""
    identity = _IDENTITIES.get(word(row, "identity"))
    if identity:
        return f"generated {identity} as identity"
    expression = as_text(row["expression"])
    kept = _KEPT.get(word(row, "generated"))
    return f"generated always as ({expression}) {kept}" if kept else expression


def _triggers(connection: Connection, schemas: list[str]) -> Mapping[int, Sequence[Trigger]]:
    found: dict[int, list[Trigger]] = defaultdict(list)
    for row in rows(connection, _TRIGGERS, schemas=schemas):
        found[whole(row, "oid")].append(
            Trigger(
                word(row, "name"),
                word(row, "table_name"),
                of_type(bool, row["enabled"]),
                _trigger_words(whole(row, "bits")),
            )
        )
    return found


def _trigger_words(bits: int) -> str:
    """pg_trigger.tgtype: bit 0 row, 1 before, 2 insert, 3 delete, 4 update, 5 truncate, 6 instead
    of.
    """
    when = "BEFORE" if bits & 2 else "INSTEAD OF" if bits & 64 else "AFTER"
    events = [
        name
        for bit, name in ((4, "INSERT"), (16, "UPDATE"), (8, "DELETE"), (32, "TRUNCATE"))
        if bits & bit
    ]
    return f"{when} {'EACH ROW' if bits & 1 else 'STATEMENT'} {' OR '.join(events)}"
