"""What PostgreSQL asks of the rows of its tables: keys, references and conditions.

PostgreSQL documentation, "System Catalogs": pg_index and pg_constraint. Columns that a version does
not have yet are not asked for.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from reconciliation.canonical.values import of_type
from reconciliation.databases.catalogue.reading import rows, whole, word, words
from reconciliation.databases.quoting import quoted
from reconciliation.model import CheckConstraint, ForeignKey

Columns = tuple[str, ...]

# an index over expressions, or of some rows only, is no key; columns that it merely carries are
# none of the key
_KEYS = """
SELECT i.indrelid::int8 AS oid, i.indisprimary AS is_primary,
       ARRAY(SELECT a.attname::text
          FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, position)
          JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
         WHERE k.position <= {columns} ORDER BY k.position) AS columns
  FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
  JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = ANY(CAST(:schemas AS text[])) AND c.relkind IN ('r', 'p')
   AND i.indisunique AND i.indisready AND i.indpred IS NULL AND i.indexprs IS NULL
 ORDER BY i.indrelid, x.relname
"""
#: columns merely carried came with PostgreSQL 11
_KEY_COLUMNS, _ALL_COLUMNS = "i.indnkeyatts", "i.indnatts"

_FOREIGN = """
SELECT k.conrelid::int8 AS oid, k.conname AS name, rn.nspname AS schema, r.relname AS table_name,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS u(attnum, position)
          JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum
         ORDER BY u.position) AS columns,
       ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS u(attnum, position)
          JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.attnum
         ORDER BY u.position) AS referenced
  FROM pg_constraint k
  JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_class r ON r.oid = k.confrelid JOIN pg_namespace rn ON rn.oid = r.relnamespace
 WHERE n.nspname = ANY(CAST(:schemas AS text[])) AND k.contype = 'f' {own}
 ORDER BY k.conrelid, k.conname
"""
#: a reference to a partitioned table stands there once more for each of its partitions
_OWN = """
   AND NOT EXISTS (SELECT 1 FROM pg_constraint p
                    WHERE p.oid = k.conparentid AND p.conrelid = k.conrelid)
"""

_CHECKS = """
SELECT k.conrelid::int8 AS oid, k.conname AS name, pg_get_expr(k.conbin, k.conrelid) AS expression,
       ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS u(attnum, position)
          JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum
         ORDER BY u.position) AS columns
  FROM pg_constraint k
  JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = ANY(CAST(:schemas AS text[])) AND k.contype = 'c'
 ORDER BY k.conrelid, k.conname
"""

_DOMAIN_CHECKS = """
WITH RECURSIVE nested AS (
  SELECT oid AS domain, oid AS level FROM pg_type WHERE typtype = 'd'
  UNION ALL
  SELECT o.domain, t.typbasetype FROM nested o JOIN pg_type t ON t.oid = o.level AND t.typtype = 'd'
)
SELECT a.attrelid::int8 AS oid, k.conname AS name, a.attname AS column_name,
       pg_get_expr(k.conbin, 0) AS expression
  FROM nested o JOIN pg_constraint k ON k.contypid = o.level AND k.contype = 'c'
  JOIN pg_attribute a ON a.atttypid = o.domain AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
  JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = ANY(CAST(:schemas AS text[]))
 ORDER BY a.attrelid, a.attnum, k.conname
"""

#: texts and quoted names are left as they are, and so is a name that VALUE is a part of
_VALUE = re.compile(r"""('(?:[^']|'')*'|"(?:[^"]|"")*")|(?<![\w$])VALUE(?![\w$])""")


@dataclass(frozen=True)
class SourceConstraints:
    """Each by the oid of its table."""

    primary: Mapping[int, Columns]
    unique: Mapping[int, Sequence[Columns]]
    foreign: Mapping[int, Sequence[ForeignKey]]
    checks: Mapping[int, Sequence[CheckConstraint]]


def read_source_constraints(
    connection: Connection, schemas: list[str], version: int
) -> SourceConstraints:
    """Of every table of some schemas; ``version`` is the server's, 10 or later."""
    primary: dict[int, Columns] = {}
    unique: dict[int, list[Columns]] = defaultdict(list)
    keys = _KEYS.format(columns=_KEY_COLUMNS if version >= 11 else _ALL_COLUMNS)
    for row in rows(connection, keys, schemas=schemas):
        if of_type(bool, row["is_primary"]):
            primary[whole(row, "oid")] = words(row, "columns")
        else:
            unique[whole(row, "oid")].append(words(row, "columns"))
    return SourceConstraints(
        primary,
        {oid: tuple(dict.fromkeys(found)) for oid, found in unique.items()},
        _foreign_keys(connection, schemas, version),
        _checks(connection, schemas),
    )


def _foreign_keys(
    connection: Connection, schemas: list[str], version: int
) -> Mapping[int, Sequence[ForeignKey]]:
    found: dict[int, list[ForeignKey]] = defaultdict(list)
    # copies for partitions, and the column that tells them, came with PostgreSQL 11
    for row in rows(
        connection, _FOREIGN.format(own=_OWN if version >= 11 else ""), schemas=schemas
    ):
        found[whole(row, "oid")].append(
            ForeignKey(
                word(row, "name"),
                words(row, "columns"),
                f"{row['schema']}.{row['table_name']}",
                words(row, "referenced"),
            )
        )
    return found


def _checks(connection: Connection, schemas: list[str]) -> Mapping[int, Sequence[CheckConstraint]]:
    """Those of the tables, then those of their columns' domains."""
    found: dict[int, list[CheckConstraint]] = defaultdict(list)
    for row in rows(connection, _CHECKS, schemas=schemas):
        found[whole(row, "oid")].append(
            CheckConstraint(word(row, "name"), word(row, "expression"), words(row, "columns"))
        )
    for row in rows(connection, _DOMAIN_CHECKS, schemas=schemas):
        column = word(row, "column_name")
        expression = of_column(word(row, "expression"), column)
        found[whole(row, "oid")].append(CheckConstraint(word(row, "name"), expression, (column,)))
    return found


def of_column(expression: str, column: str) -> str:
    """The condition of a domain as one of a column: its name where VALUE stood."""
    return _VALUE.sub(lambda found: found[1] or quoted(column), expression)
