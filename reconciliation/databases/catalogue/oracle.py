"""Oracle's catalogue, of versions 11.2 and later: tables, columns and triggers of schemas."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Engine

from reconciliation.canonical.values import text as as_text
from reconciliation.databases.catalogue.oracle_constraints import (
    Name,
    TargetConstraints,
    name_of,
    read_target_constraints,
)
from reconciliation.databases.catalogue.reading import rows, schemas_of, word
from reconciliation.databases.catalogue.types import target_type, with_charset
from reconciliation.databases.quoting import quoted
from reconciliation.databases.sight import oracle
from reconciliation.databases.sight.oracle import OracleSight
from reconciliation.model import (
    Catalogue,
    CatalogueColumn,
    CatalogueTable,
    CheckConstraint,
    Trigger,
)

_TABLES = """
SELECT OWNER, TABLE_NAME FROM ALL_TABLES WHERE OWNER IN :schemas ORDER BY OWNER, TABLE_NAME
"""

_COLUMNS = """
SELECT OWNER, TABLE_NAME, COLUMN_NAME, DATA_TYPE, DATA_LENGTH, DATA_PRECISION, DATA_SCALE, NULLABLE,
  CHAR_LENGTH, CHAR_USED,
       DATA_DEFAULT
  FROM ALL_TAB_COLUMNS WHERE OWNER IN :schemas ORDER BY OWNER, TABLE_NAME, COLUMN_ID
"""
#: hidden ones are among them: those of indexes over expressions, which the view above leaves out
_VIRTUAL_COLUMNS = """
SELECT OWNER, TABLE_NAME, COLUMN_NAME FROM ALL_TAB_COLS
 WHERE OWNER IN :schemas AND VIRTUAL_COLUMN = 'YES'
"""

_TRIGGERS = """
SELECT TRIGGER_NAME, TABLE_NAME, STATUS, TRIGGER_TYPE, TRIGGERING_EVENT
  FROM {view} WHERE TABLE_OWNER = :schema ORDER BY TABLE_NAME, TRIGGER_NAME
"""


def read_target_catalogue(engine: Engine, schemas: str | Sequence[str]) -> Catalogue:
    """The tables of one or several Oracle schemas by full name (dropped tables in the recycle bin
    left out).
    """
    wanted = schemas_of(schemas)
    if not wanted:
        return {}
    with engine.connect() as connection:
        names = [name_of(row) for row in rows(connection, _TABLES, schemas=wanted)]
        columns = _columns(connection, wanted)
        sight = oracle.read_sight(connection, wanted)
        constraints = read_target_constraints(connection, wanted, sight)
        triggers = {schema: _triggers(connection, schema, sight) for schema in wanted}
    found = [
        _table(name, columns.get(name, ()), constraints, sight, triggers[name[0]].get(name[1], ()))
        for name in names
        if not name[1].startswith("BIN$")
    ]
    return {table.full_name: table for table in found}


def _table(
    name: Name,
    columns: Sequence[CatalogueColumn],
    constraints: TargetConstraints,
    sight: OracleSight,
    triggers: Sequence[Trigger],
) -> CatalogueTable:
    by_name = {column.name: column for column in columns}
    return CatalogueTable(
        *name,
        by_name,
        constraints.primary.get(name, ()),
        triggers=tuple(triggers),
        hidden_triggers=sight.hidden_triggers(".".join(name)),
        disabled_key=constraints.disabled.get(name),
        unique_keys=tuple(constraints.unique.get(name, ())),
        foreign_keys=tuple(constraints.foreign.get(name, ())),
        checks=tuple(
            check for check in constraints.checks.get(name, ()) if not _not_null(check, by_name)
        ),
    )


def _not_null(check: CheckConstraint, columns: Mapping[str, CatalogueColumn]) -> bool:
    """Whether a condition is a NOT NULL that the column tells already."""
    return any(
        check.expression == f"{quoted(name)} IS NOT NULL"
        and name in columns
        and not columns[name].nullable
        for name in check.columns
    )


def _columns(
    connection: Connection, schemas: tuple[str, ...]
) -> Mapping[Name, Sequence[CatalogueColumn]]:
    charset = read_charset(connection)
    virtual = {
        (*name_of(row), word(row, "column_name"))
        for row in rows(connection, _VIRTUAL_COLUMNS, schemas=schemas)
    }
    found: dict[Name, list[CatalogueColumn]] = defaultdict(list)
    for row in rows(connection, _COLUMNS, schemas=schemas):
        table, name = name_of(row), word(row, "column_name")
        column = CatalogueColumn(
            name,
            with_charset(target_type(row), charset),
            row["nullable"] == "Y",
            (as_text(row["data_default"]) or "").strip() or None,
            generated=(*table, name) in virtual,
        )
        found[table].append(column)
    return found


def read_charset(connection: Connection) -> str:
    """The character set of the database, in which its VARCHAR2, CHAR and CLOB columns are."""
    (row,) = rows(
        connection, "SELECT VALUE FROM NLS_DATABASE_PARAMETERS WHERE PARAMETER = 'NLS_CHARACTERSET'"
    )
    return word(row, "value")


def read_target_triggers(connection: Connection, schema: str, sight: OracleSight) -> list[Trigger]:
    """The triggers on the tables of one Oracle schema as they are now, as far as ``sight`` goes."""
    statement = _TRIGGERS.format(view=sight.view("TRIGGERS"))
    return [
        Trigger(
            word(row, "trigger_name"),
            word(row, "table_name"),
            row["status"] == "ENABLED",
            f"{row['trigger_type']} {row['triggering_event']}".strip(),
        )
        for row in rows(connection, statement, schema=schema)
    ]


def _triggers(
    connection: Connection, schema: str, sight: OracleSight
) -> Mapping[str, Sequence[Trigger]]:
    found: dict[str, list[Trigger]] = defaultdict(list)
    for trigger in read_target_triggers(connection, schema, sight):
        found[trigger.table].append(trigger)
    return found
