"""PostgreSQL's own numbering: the next number it gives is one that no row has.

A load that brings rows with their keys leaves sequences where they were, and nobody notices before
the first insert of an application. PostgreSQL documentation: "Sequence Manipulation Functions",
"CREATE SEQUENCE", "pg_depend" (which column owns a sequence, which default draws from one).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial

from sqlalchemy import Connection, text

from reconciliation.canonical.types import source_label
from reconciliation.canonical.values import exact
from reconciliation.checks.registry import check
from reconciliation.databases import grants
from reconciliation.databases.faults import place
from reconciliation.databases.quoting import text_quoted, text_quoted_table
from reconciliation.databases.sight import postgresql, together
from reconciliation.errors import Unseen
from reconciliation.model import CatalogueTable, Finding, TableContract, Value
from reconciliation.parallel_run import ParallelRun

# a default draws from a sequence it does not own as well
_DRAWN = """
SELECT n.nspname, c.relname, a.attname, sn.nspname, s.relname, q.seqincrement,
       has_sequence_privilege(s.oid, 'SELECT'), has_schema_privilege(sn.oid, 'USAGE'),
       bool_or(u.owned)
  FROM (SELECT refobjid AS relation, refobjsubid AS attribute, objid AS sequence, true AS owned
          FROM pg_depend
         WHERE classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass
           AND deptype IN ('a', 'i') AND refobjsubid > 0
        UNION ALL
        SELECT d.adrelid, d.adnum, p.refobjid, false
          FROM pg_attrdef d JOIN pg_depend p ON p.objid = d.oid
         WHERE p.classid = 'pg_attrdef'::regclass AND p.refclassid = 'pg_class'::regclass) u
  JOIN pg_sequence q ON q.seqrelid = u.sequence
  JOIN pg_class s ON s.oid = u.sequence JOIN pg_namespace sn ON sn.oid = s.relnamespace
  JOIN pg_class c ON c.oid = u.relation JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = u.relation AND a.attnum = u.attribute
 GROUP BY s.oid, sn.oid, n.nspname, c.relname, a.attname, sn.nspname, s.relname, q.seqincrement
 ORDER BY n.nspname, c.relname, a.attname, sn.nspname, s.relname
"""
# numbers are given without regard to transactions, so the table is looked at first
_STANDING = """
SELECT q.last_value, q.is_called,
       (SELECT {extreme}({column}) FROM {table} WHERE ({column} < :first OR {column} > :last){real})
  FROM {sequence} q
"""
#: a default that is the next number as it is; any other makes something else of it
_PLAIN = re.compile(r"\(?nextval\('(?:[^']|'')+'::regclass\)\)?(::[\w ,()]+)?")
_NUMBERS = frozenset({"int2", "int4", "int8", "numeric"})


@dataclass(frozen=True)
class Drawn:
    """A column that is numbered by a sequence, and how that one counts; ``readable`` says whether
    the account may ask where it stands.
    """

    table: CatalogueTable
    column: str
    schema: str
    name: str
    increment: int
    may_select: bool
    may_use_schema: bool
    owned: bool

    @property
    def sequence(self) -> str:
        return f"{grants.in_postgresql(self.schema)}.{grants.in_postgresql(self.name)}"

    @property
    def is_numbering(self) -> bool:
        """Whether the numbers of the column are those of the sequence. One that belongs to the
        column numbers it, be it by an application; another does when the column is of a key.
        """
        column = self.table.columns[self.column]
        if source_label(column.type) not in _NUMBERS:
            return False
        drawn = "nextval(" in (column.default or "")
        if drawn and not _PLAIN.fullmatch(column.default or ""):
            return False
        return self.owned or self.column in _key_columns(self.table)


@check(subject="the sequences of the mapped tables", kinds=("sequence_behind",))
def check_sequences(run: ParallelRun) -> tuple[Finding, ...]:
    """The next number of every sequence that numbers a column of a mapped table is beyond all that
    stand there, keys of runs left out.

    Columns that hold something else than the number as it is (a text around it, a multiple) are not
    judged. Raises Unseen, with what was found, for a sequence or table that may not be read.
    """
    mapped = {table.source: run.source_catalogue[table.source] for table in run.resolved.tables}
    with run.source.connect() as connection:
        drawn = [
            Drawn(mapped[f"{schema}.{table}"], *further)
            for schema, table, *further in connection.execute(text(_DRAWN))
            if f"{schema}.{table}" in mapped
        ]
    return together(
        *(partial(_behind, run, one) for one in drawn if one.is_numbering),
        *(partial(_unknown, run, table, drawn) for table in mapped.values()),
    )


def _behind(run: ParallelRun, drawn: Drawn) -> Iterator[Finding]:
    with run.source.connect() as connection:
        _require_seen(connection, drawn)
        last, called, extreme = _standing(connection, run, drawn)
    coming = last + drawn.increment if called else last
    if extreme is None or (coming > extreme if drawn.increment > 0 else coming < extreme):
        return
    outermost = math.ceil(extreme) if drawn.increment > 0 else math.floor(extreme)
    name = drawn.sequence.replace("'", "''")
    yield Finding(
        "sequence_behind",
        f"{drawn.table.full_name}: the next number of sequence {drawn.sequence} is {coming}, the "
        f"{'highest' if drawn.increment > 0 else 'lowest'} {drawn.column} is {extreme}: inserts "
        f"will meet rows that are there; SELECT setval('{name}', {outermost})",
        drawn.table.full_name,
    )


def _standing(
    connection: Connection, run: ParallelRun, drawn: Drawn
) -> tuple[int, bool, Decimal | int | None]:
    """The last number, whether it was given yet, and the outermost one in the column."""
    column = text_quoted(drawn.column)
    is_numeric = source_label(drawn.table.columns[drawn.column].type) == "numeric"
    statement = _STANDING.format(
        extreme="max" if drawn.increment > 0 else "min",
        column=column,
        table=text_quoted_table(drawn.table),
        real=f" AND {column} <> 'NaN'" if is_numeric else "",
        sequence=f"{text_quoted(drawn.schema)}.{text_quoted(drawn.name)}",
    )
    first, last = _reserved(run, drawn)
    row = connection.execute(text(statement), {"first": first, "last": last}).one()
    found: tuple[int, bool, Decimal | int | None] = (row[0], row[1], row[2])
    return found


def _reserved(run: ParallelRun, drawn: Drawn) -> tuple[Value, Value]:
    """The range whose keys are those of runs: the table's own, or the profile's."""
    contract = _contract(run, drawn.table.full_name)
    own = contract.reserved.get(drawn.column) if contract else None
    return (exact(own[0]), exact(own[1])) if own else run.profile.reserved_keys


def _contract(run: ParallelRun, table: str) -> TableContract | None:
    return next((one for one in run.contract.tables if one.source == table), None)


def _require_seen(connection: Connection, drawn: Drawn) -> None:
    unseen = postgresql.table_unseen(connection, drawn.table.full_name, ("SELECT",))
    if unseen is not None:
        raise unseen
    user = connection.execute(text("SELECT current_user::text")).scalar_one()
    ways = [] if drawn.may_use_schema else [grants.postgresql_schema(drawn.schema, user)]
    ways += [] if drawn.may_select else [grants.postgresql_sequence(drawn.sequence, user)]
    if ways:
        raise Unseen(
            f"{place(connection.engine.url)}: {user} may not see where sequence {drawn.sequence} "
            f"stands, which numbers {drawn.column} of {drawn.table.full_name}; {'; '.join(ways)}"
        )


def _unknown(run: ParallelRun, table: CatalogueTable, drawn: Sequence[Drawn]) -> Iterator[Finding]:
    """A sequence that a default names as a text is found when a row is written, and not before."""
    known = {one.column for one in drawn if one.table is table}
    for name in _key_columns(table):
        default = table.columns[name].default or ""
        if name not in known and default.startswith("nextval("):
            raise Unseen(
                f"{place(run.source.url)}: which sequence numbers {name} of {table.full_name} "
                f"cannot be told from its default {default}; ALTER COLUMN {name} SET DEFAULT "
                "nextval('...'::regclass)"
            )
    yield from ()


def _key_columns(table: CatalogueTable) -> frozenset[str]:
    return frozenset(name for key in (table.primary_key, *table.unique_keys) for name in key)
