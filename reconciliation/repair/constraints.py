"""Keys and foreign keys of the legacy schema, from Oracle's dictionary, and
the order they ask for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text

from reconciliation.databases.sight import oracle
from reconciliation.model import DifferenceKind, Value

Row = tuple[Value, ...]
Columns = tuple[str, ...]

# both views hold every schema the user may see; a child may stand in another schema than its parent
_CONSTRAINTS = """
SELECT owner, constraint_name, constraint_type, table_name, r_owner, r_constraint_name
  FROM {constraints}
 WHERE (owner = :schema OR r_owner = :schema) AND constraint_type IN ('P', 'U', 'R')
   AND status = 'ENABLED'
"""
#: the parent of a key in another schema, which no row above has
_PARENT = """
SELECT owner, constraint_name, constraint_type, table_name
  FROM {constraints}
 WHERE owner = :owner AND constraint_name = :name AND constraint_type IN ('P', 'U')
"""
_CHECKS = """
SELECT owner, constraint_name, table_name, search_condition
  FROM {constraints}
 WHERE owner = :schema AND constraint_type = 'C' AND status = 'ENABLED'
"""
_COLUMNS = """
SELECT owner, constraint_name, column_name, position
  FROM {columns}
 WHERE owner = :schema
 ORDER BY owner, constraint_name, position
"""


@dataclass(frozen=True)
class UniqueKey:
    """A primary key or unique constraint; ``table`` with its schema."""

    name: str
    table: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class ForeignKey:
    """``columns`` of ``table`` name a row of ``parent`` by its ``parent_columns``, in the same
    order.
    """

    name: str
    table: str
    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]


@dataclass(frozen=True)
class HiddenParent:
    """A foreign key whose parent is not shown: ``columns`` of ``table`` name a row of a table that
    nobody knows.
    """

    name: str
    table: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Check:
    """``condition`` is SQL over columns of ``table``; a row is refused when it is false."""

    name: str
    table: str
    condition: str


@dataclass(frozen=True)
class Constraints:
    """``hidden`` is the grant without which there may be foreign keys of other tables that are not
    shown, or None.

    ``parentless`` are keys of which only the child's side is shown.
    """

    unique: tuple[UniqueKey, ...] = ()
    foreign: tuple[ForeignKey, ...] = ()
    parentless: tuple[HiddenParent, ...] = ()
    checks: tuple[Check, ...] = ()
    hidden: str | None = None


def read_constraints(engine: Engine, schemas: Sequence[str]) -> Constraints:
    """The enabled keys of some schemas, and the foreign keys from and to their tables, as they are
    now.
    """
    with engine.connect() as connection:
        sight = oracle.read_sight(connection, ())
        views = {"constraints": sight.view("CONSTRAINTS"), "columns": sight.view("CONS_COLUMNS")}
        # a foreign key from one of the schemas to another is found in both
        found = list(
            dict.fromkeys(
                tuple(row)
                for schema in schemas
                for row in connection.execute(
                    text(_CONSTRAINTS.format(**views)), {"schema": schema}
                )
            )
        )
        parents = _parents_elsewhere(connection, _PARENT.format(**views), found)
        owners = {*schemas, *(row[0] for row in (*found, *parents))}
        columns = _columns(connection, _COLUMNS.format(**views), owners)
        checks = tuple(
            Check(row[1], f"{row[0]}.{row[2]}", row[3])
            for schema in schemas
            for row in connection.execute(text(_CHECKS.format(**views)), {"schema": schema})
        )
    unique = {
        (row[0], row[1]): UniqueKey(row[1], f"{row[0]}.{row[3]}", columns[row[0], row[1]])
        for row in (*found, *parents)
        if row[2] != "R"
    }
    foreign: list[ForeignKey] = []
    parentless: list[HiddenParent] = []
    for owner, name, kind, table, parent_owner, parent_name in found:
        if kind == "R":
            parent = unique.get((parent_owner, parent_name))
            own = (name, f"{owner}.{table}", columns[owner, name])
            if parent is None:
                parentless.append(HiddenParent(*own))
            else:
                foreign.append(ForeignKey(*own, parent.table, parent.columns))
    return Constraints(
        tuple(unique.values()),
        tuple(sorted(foreign, key=lambda key: (key.table, key.name))),
        tuple(parentless),
        checks,
        sight.hidden_constraints,
    )


def _parents_elsewhere(connection: Connection, statement: str, found: Sequence[Row]) -> list[Row]:
    """The keys that foreign keys of ``found`` point to and that are not among them, as far as they
    are shown.
    """
    known = {(row[0], row[1]) for row in found}
    wanted = {(row[4], row[5]) for row in found if row[2] == "R" and row[4] and row[5]}
    return [
        tuple(row)
        for owner, name in sorted(wanted - known)
        for row in connection.execute(text(statement), {"owner": owner, "name": name})
    ]


def _columns(
    connection: Connection, statement: str, owners: Iterable[str]
) -> Mapping[tuple[str, str], Columns]:
    """The columns of every constraint, by its owner and name."""
    columns: dict[tuple[str, str], Columns] = defaultdict(tuple)
    for owner in sorted(owners):
        for row in connection.execute(text(statement), {"schema": owner}):
            columns[row[0], row[1]] += (row[2],)
    return columns


# ------------------------------------------------------------------ order


@dataclass(frozen=True)
class Order:
    """``steps`` are (table, kind of statement) in the order in which no foreign key is in the way.

    ``circular`` are tables whose foreign keys lead back to themselves by way of others: no order
    suits them. ``own_parents`` are tables with a foreign key to themselves.
    """

    steps: tuple[tuple[str, DifferenceKind], ...]
    circular: tuple[str, ...]
    own_parents: tuple[str, ...]


def order(tables: Sequence[str], changed: Collection[str], foreign: Iterable[ForeignKey]) -> Order:
    """Parents first for what is added, children first for what is removed.

    Rows go before others come, because a unique value may move from one row to another. Only where
    rows of a child are to be changed, and may point to a row that goes, the parents' rows go last.
    ``changed`` names the tables with rows to be changed; all names are those of the legacy schema.
    """
    links = {
        (key.table, key.parent) for key in foreign if key.table in tables and key.parent in tables
    }
    own = tuple(table for table in tables if (table, table) in links)
    parents = {
        table: {parent for child, parent in links if child == table != parent} for table in tables
    }
    down, circular = _parents_first(parents)
    late: set[str] = set()
    for table in reversed(down):
        children = [child for child in tables if table in parents[child]]
        if any(child in changed or child in late for child in children):
            late.add(table)
    up = list(reversed(down))
    steps = [
        *((table, DifferenceKind.EXTRA) for table in up if table not in late),
        *((table, DifferenceKind.MISSING) for table in down),
        *((table, DifferenceKind.CHANGED) for table in down),
        *((table, DifferenceKind.EXTRA) for table in up if table in late),
    ]
    return Order(tuple(steps), circular, own)


def _parents_first(parents: dict[str, set[str]]) -> tuple[list[str], tuple[str, ...]]:
    placed: list[str] = []
    waiting = list(parents)
    while waiting:
        ready = [table for table in waiting if parents[table] <= set(placed)]
        if not ready:
            break
        placed += ready
        waiting = [table for table in waiting if table not in ready]
    circular = tuple(table for table in waiting if _leads_back(table, parents))
    return [*placed, *waiting], circular


def _leads_back(table: str, parents: dict[str, set[str]]) -> bool:
    seen: set[str] = set()
    ahead = list(parents[table])
    while ahead:
        here = ahead.pop()
        if here == table:
            return True
        if here not in seen:
            seen.add(here)
            ahead += parents[here]
    return False
