"""What Oracle asks of the rows of its tables: keys, references and conditions, as far as they are
in force.

Oracle Database Reference: ALL_CONSTRAINTS (types P, U, R and C), ALL_CONS_COLUMNS, ALL_INDEXES and
ALL_IND_COLUMNS. SEARCH_CONDITION is a LONG, which no WHERE takes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from reconciliation.canonical.values import text as as_text
from reconciliation.databases.catalogue.reading import ViewRow, rows, word
from reconciliation.databases.sight.oracle import OracleSight
from reconciliation.model import CheckConstraint, ForeignKey

#: owner and name of a table, and of a constraint or an index
Name = tuple[str, str]
Columns = tuple[str, ...]

_CONSTRAINTS = """
SELECT OWNER, CONSTRAINT_NAME, CONSTRAINT_TYPE, TABLE_NAME, R_OWNER, R_CONSTRAINT_NAME, STATUS
  FROM {constraints} WHERE OWNER IN :schemas AND CONSTRAINT_TYPE IN ('P', 'U', 'R')
 ORDER BY OWNER, TABLE_NAME, CONSTRAINT_NAME
"""

_CHECKS = """
SELECT OWNER, CONSTRAINT_NAME, TABLE_NAME, SEARCH_CONDITION
  FROM {constraints} WHERE OWNER IN :schemas AND CONSTRAINT_TYPE = 'C' AND STATUS = 'ENABLED'
 ORDER BY OWNER, TABLE_NAME, CONSTRAINT_NAME
"""

_CONSTRAINT_COLUMNS = """
SELECT OWNER, CONSTRAINT_NAME, COLUMN_NAME FROM {columns} WHERE OWNER IN :schemas
 ORDER BY OWNER, CONSTRAINT_NAME, POSITION, COLUMN_NAME
"""

# an index over expressions is no key of columns
_UNIQUE_INDEXES = """
SELECT OWNER, INDEX_NAME, TABLE_OWNER, TABLE_NAME FROM ALL_INDEXES
 WHERE TABLE_OWNER IN :schemas AND UNIQUENESS = 'UNIQUE' AND INDEX_TYPE NOT LIKE 'FUNCTION%'
 ORDER BY TABLE_OWNER, TABLE_NAME, INDEX_NAME
"""

_INDEX_COLUMNS = """
SELECT INDEX_OWNER, INDEX_NAME, COLUMN_NAME FROM ALL_IND_COLUMNS WHERE TABLE_OWNER IN :schemas
 ORDER BY INDEX_OWNER, INDEX_NAME, COLUMN_POSITION
"""


@dataclass(frozen=True)
class TargetConstraints:
    """Each by its table; ``disabled`` are names of primary keys that keep nothing unique. NOT NULL
    is among the checks.
    """

    primary: Mapping[Name, Columns]
    disabled: Mapping[Name, str]
    unique: Mapping[Name, Sequence[Columns]]
    foreign: Mapping[Name, Sequence[ForeignKey]]
    checks: Mapping[Name, Sequence[CheckConstraint]]


def read_target_constraints(
    connection: Connection, schemas: tuple[str, ...], sight: OracleSight
) -> TargetConstraints:
    """Of every table of some schemas. A foreign key to a table that may not be seen tells its
    schema only.
    """
    views = _views(sight)
    found = rows(connection, _CONSTRAINTS.format(**views), schemas=schemas)
    elsewhere = {word(row, "r_owner") for row in found if row["r_owner"]} - {*schemas}
    further: list[ViewRow] = []
    if elsewhere:
        others = tuple(sorted(elsewhere))
        further = rows(connection, _CONSTRAINTS.format(**views), schemas=others)
    columns = _by_name(
        rows(
            connection,
            _CONSTRAINT_COLUMNS.format(**views),
            schemas=(*schemas, *sorted(elsewhere)),
        ),
        "owner",
        "constraint_name",
    )
    enabled = [row for row in found if row["status"] == "ENABLED"]
    primary = {
        name_of(row): columns[_constraint(row)] for row in enabled if row["constraint_type"] == "P"
    }
    return TargetConstraints(
        primary,
        {
            name_of(row): word(row, "constraint_name")
            for row in found
            if row["constraint_type"] == "P" and row["status"] != "ENABLED"
        },
        _unique(connection, schemas, enabled, columns, primary),
        _foreign(enabled, [*found, *further], columns),
        _checks(connection, schemas, columns, views),
    )


def name_of(row: ViewRow) -> Name:
    """The table a row of a view is about, by owner and name."""
    return word(row, "owner"), word(row, "table_name")


def _constraint(row: ViewRow) -> Name:
    return word(row, "owner"), word(row, "constraint_name")


def _views(sight: OracleSight) -> Mapping[str, str]:
    """Both hide nothing, or both show what is granted: one of each would tell keys without
    columns.
    """
    whole = {"DBA_CONSTRAINTS", "DBA_CONS_COLUMNS"} <= sight.whole
    prefix = "SYS.DBA" if whole else "ALL"
    return {"constraints": f"{prefix}_CONSTRAINTS", "columns": f"{prefix}_CONS_COLUMNS"}


def _by_name(found: Sequence[ViewRow], owner: str, name: str) -> Mapping[Name, Columns]:
    columns: dict[Name, Columns] = defaultdict(tuple)
    for row in found:
        columns[word(row, owner), word(row, name)] += (word(row, "column_name"),)
    return columns


def _unique(
    connection: Connection,
    schemas: tuple[str, ...],
    enabled: Sequence[ViewRow],
    columns: Mapping[Name, Columns],
    primary: Mapping[Name, Columns],
) -> Mapping[Name, Sequence[Columns]]:
    """Of constraints and of indexes, each once, and without the primary key and its own index."""
    found: dict[Name, list[Columns]] = defaultdict(list)
    for row in enabled:
        if row["constraint_type"] == "U":
            found[name_of(row)].append(columns[_constraint(row)])
    indexed = _by_name(
        rows(connection, _INDEX_COLUMNS, schemas=schemas), "index_owner", "index_name"
    )
    for row in rows(connection, _UNIQUE_INDEXES, schemas=schemas):
        index = word(row, "owner"), word(row, "index_name")
        # that of a LOB has none
        if index in indexed:
            found[word(row, "table_owner"), word(row, "table_name")].append(indexed[index])
    return {
        name: tuple(key for key in dict.fromkeys(keys) if {*key} != {*primary.get(name, ())})
        for name, keys in found.items()
    }


def _foreign(
    enabled: Sequence[ViewRow], every: Sequence[ViewRow], columns: Mapping[Name, Columns]
) -> Mapping[Name, Sequence[ForeignKey]]:
    parents = {_constraint(row): row for row in every if row["constraint_type"] != "R"}
    found: dict[Name, list[ForeignKey]] = defaultdict(list)
    for row in enabled:
        if row["constraint_type"] == "R":
            there = word(row, "r_owner"), word(row, "r_constraint_name")
            parent = ".".join(name_of(parents[there])) if there in parents else f"{there[0]}.?"
            found[name_of(row)].append(
                ForeignKey(
                    word(row, "constraint_name"),
                    columns[_constraint(row)],
                    parent,
                    columns[there] if there in parents else (),
                )
            )
    return found


def _checks(
    connection: Connection,
    schemas: tuple[str, ...],
    columns: Mapping[Name, Columns],
    views: Mapping[str, str],
) -> Mapping[Name, Sequence[CheckConstraint]]:
    found: dict[Name, list[CheckConstraint]] = defaultdict(list)
    for row in rows(connection, _CHECKS.format(**views), schemas=schemas):
        found[name_of(row)].append(
            CheckConstraint(
                word(row, "constraint_name"),
                (as_text(row["search_condition"]) or "").strip(),
                columns[_constraint(row)],
            )
        )
    return found
