"""Everything that may refuse a row of a table because of its values: its CHECKs and those of its
columns' domains, the bounds of its partitions, the contract's row filter, and Oracle's CHECKs as
far as PostgreSQL understands them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace

from sqlalchemy import Engine, text

from reconciliation.databases.quoting import quoted
from reconciliation.making.asking import Condition
from reconciliation.making.literals import names
from reconciliation.model import CatalogueTable, TableContract

#: what is written without its schema then is PostgreSQL's own; for this transaction
_PLAIN_NAMES = "SELECT set_config('search_path', 'pg_catalog', true)"

# the condition of a partition holds those of the partitions around it
_PARTITIONS = """
WITH RECURSIVE parts AS (
  SELECT c.oid AS root, c.oid AS part, c.relkind, c.relispartition
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE n.nspname = ANY(CAST(:schemas AS text[]))
     AND (c.relkind = 'p' OR c.relkind = 'r' AND c.relispartition)
  UNION ALL
  SELECT p.root, k.oid, k.relkind, k.relispartition
    FROM parts p JOIN pg_inherits i ON i.inhparent = p.part JOIN pg_class k ON k.oid = i.inhrelid
)
SELECT n.nspname || '.' || c.relname AS name, pg_get_partition_constraintdef(p.part) AS bounds
  FROM parts p JOIN pg_class c ON c.oid = p.root JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE p.relkind <> 'p'
"""

# a key over expressions is none by which rows move
_PARTITION_KEYS = """
SELECT n.nspname || '.' || c.relname AS name, a.attname::text AS column_name
  FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY(p.partattrs::int2[])
 WHERE n.nspname = ANY(CAST(:schemas AS text[]))
"""


#: how the catalogue tells of a computed column
_GENERATED = re.compile(r"generated always as \((.*)\) \w+", re.DOTALL)


def partition_bounds(engine: Engine, schemas: list[str]) -> Mapping[str, str]:
    """By full name of a partitioned table, or of a partition, what its partitions take, as one
    condition; a table whose partitions take everything is absent.
    """
    with engine.connect() as connection:
        connection.execute(text(_PLAIN_NAMES))
        found: dict[str, list[str | None]] = defaultdict(list)
        for row in connection.execute(text(_PARTITIONS), {"schemas": schemas}):
            found[row.name].append(row.bounds)
    return {
        name: " OR ".join(f"({one})" for one in bounds)
        for name, bounds in found.items()
        if all(bounds)
    }


def partition_keys(engine: Engine, schemas: list[str]) -> Mapping[str, frozenset[str]]:
    """By full name of a partitioned table the columns that decide about a row's partition."""
    found: dict[str, set[str]] = defaultdict(set)
    with engine.connect() as connection:
        for row in connection.execute(text(_PARTITION_KEYS), {"schemas": schemas}):
            found[row.name].add(row.column_name)
    return {name: frozenset(columns) for name, columns in found.items()}


def conditions_of(
    contract: TableContract, source: CatalogueTable, target: CatalogueTable, bounds: str | None
) -> Iterator[Condition]:
    """All of one table, whether they can be asked or not."""
    for check in source.checks:
        columns = check.columns or _read(check.expression, source)
        yield _computed(Condition(f"CHECK {check.name}", check.expression, columns), source)
    if bounds:
        read = _read(bounds, source)
        yield _computed(Condition("the bounds of its partitions", bounds, read), source)
    if contract.source_filter:
        read, told = _read(contract.source_filter, source), "the contract's row filter"
        yield _computed(Condition(told, contract.source_filter, read, strict=True), source)
    yield from _of_oracle(contract, target)


def _computed(condition: Condition, source: CatalogueTable) -> Condition:
    """A condition on columns that are computed, as one on those they are computed from."""
    expressions = {
        name: found[1]
        for name in condition.columns
        if source.columns[name].generated
        and (found := _GENERATED.fullmatch(source.columns[name].default or ""))
    }
    if not expressions:
        return condition
    computed = ", ".join(f"({one}) AS {quoted(name)}" for name, one in expressions.items())
    read = [name for one in expressions.values() for name in _read(one, source)]
    return replace(
        condition,
        asked=f"SELECT ({condition.expression}) FROM (SELECT {computed}) AS computed",
        columns=tuple(
            dict.fromkeys(name for name in (*condition.columns, *read) if name not in expressions)
        ),
    )


def _read(expression: str, table: CatalogueTable) -> tuple[str, ...]:
    found = names(expression)
    return tuple(name for name in table.columns if name in found)


def _of_oracle(contract: TableContract, target: CatalogueTable) -> Iterator[Condition]:
    """Oracle's CHECKs over columns that are filled as they are; an unquoted name is in lower case
    for PostgreSQL.
    """
    sources = {pair.target: pair.source for pair in contract.pairs if pair.conversion is None}
    for check in target.checks:
        if check.columns and all(name in sources for name in check.columns):
            spelled = {name: sources[name] for name in check.columns}
            spelled |= {name.lower(): sources[name] for name in check.columns}
            read = tuple(dict.fromkeys(spelled.values()))
            yield Condition(
                f"Oracle's CHECK {check.name}",
                check.expression,
                read,
                spelled=tuple(spelled.items()),
            )
