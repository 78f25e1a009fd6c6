"""What a comparison is about, in words and digests: a checkpoint is only taken up for the very
same.

Sources: PostgreSQL documentation, pg_control_system (the system identifier stays through a
failover); Oracle Database Reference, V$DATABASE; Oracle SQL Language Reference, SYS_CONTEXT.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping

from sqlalchemy import Engine, text

from reconciliation.compare.streams.row_form import RowForm
from reconciliation.errors import Unreadable
from reconciliation.model import CatalogueTable, Document, TableContract

_POSTGRESQL = (
    "SELECT system_identifier::text FROM pg_control_system()",
    "SELECT oid::text || ' ' || datname FROM pg_database WHERE datname = current_database()",
    "SELECT c.oid::text FROM pg_class c "
    "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = :schema AND c.relname = :name",
)
_ORACLE = (
    "SELECT TO_CHAR(DBID) FROM V$DATABASE",
    "SELECT SYS_CONTEXT('USERENV', 'DB_UNIQUE_NAME') FROM DUAL",
    "SELECT SYS_CONTEXT('USERENV', 'CON_NAME') FROM DUAL",
    "SELECT TO_CHAR(OBJECT_ID) FROM ALL_OBJECTS "
    "WHERE OBJECT_TYPE = 'TABLE' AND OWNER = :schema AND OBJECT_NAME = :name",
)


def identity(
    table: TableContract,
    catalogue: tuple[CatalogueTable, CatalogueTable],
    engines: tuple[Engine, Engine],
    rows: RowForm | None,
    method: str,
) -> dict[str, str]:
    """What a checkpoint has to agree on, by the word a user is told when it does not.

    ``rows`` are None where no texts are compared. Raises EnvironmentFault for a database that does
    not answer.
    """
    statements = (rows.source_sql, rows.target_sql, rows.reductions_sql) if rows else ()
    return {
        "contract": digest({**dataclasses.asdict(table), "path": ""}),
        "state of the tables' columns": digest([_columns(side) for side in catalogue]),
        "way of comparing": digest([method, *statements]),
        "source database or table": _database(engines[0], catalogue[0]),
        "target database or table": _database(engines[1], catalogue[1]),
    }


def digest(value: object) -> str:
    """SHA-256 of a value of plain containers; dates and the like by their text."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=repr).encode()).hexdigest()


def _columns(table: CatalogueTable) -> Mapping[str, Document]:
    columns = {name: (str(column.type), column.nullable) for name, column in table.columns.items()}
    return {"name": table.full_name, "key": table.primary_key, "columns": columns}


def _database(engine: Engine, table: CatalogueTable) -> str:
    """What stays the same wherever the database is reached; its address where it does not say
    anything else.
    """
    asked = _ORACLE if engine.dialect.name == "oracle" else _POSTGRESQL
    found = [_asked(engine, statement, table) for statement in asked]
    if found[0] is None:
        found.append(f"{engine.url.host}:{engine.url.port}/{engine.url.database}")
    return " / ".join(part or "unknown" for part in found)


def _asked(engine: Engine, statement: str, table: CatalogueTable) -> str | None:
    binds = {"schema": table.schema, "name": table.name} if ":schema" in statement else {}
    try:
        with engine.connect() as connection:
            return connection.execute(text(statement), binds).scalars().first()
    except Unreadable:  # not every user may ask, not every version knows the answer
        return None
