"""CREATE and DROP [PUBLIC] SYNONYM, for tables, views and sequences."""

from __future__ import annotations

from lab.oracle.engine.ddl.reader import Reader
from lab.oracle.engine.ddl.tables import check_schema
from lab.oracle.engine.workspace import Workspace
from lab.oracle.interface import OracleError

PUBLIC = "PUBLIC"


def create_synonym(session: Workspace, reader: Reader, *, replacing: bool, public: bool) -> None:
    """CREATE [OR REPLACE] [PUBLIC] SYNONYM [schema.]name FOR [schema.]object; the object need not
    exist.
    """
    if public:
        session.catalog.access.require("CREATE PUBLIC SYNONYM")
        owner, name = PUBLIC, reader.name()
    else:
        owner, name = reader.path(session.schema)
        check_schema(session, owner)
    reader.expect("FOR")
    target = reader.path(session.schema)
    if reader.peek() == "@":
        raise reader.unsupported()
    reader.finish()
    if target == (owner, name):
        raise OracleError(1471, "cannot create a synonym with same name as object")
    taken = not public and session.store.rows(
        "SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'v', 'S')",
        [owner, name],
    )
    if taken or ((owner, name) in session.catalog.synonyms and not replacing):
        raise OracleError(955, "name is already used by an existing object")
    session.store.rows(
        "INSERT INTO ora.synonyms (owner, name, table_owner, table_name) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT (owner, name) DO UPDATE SET table_owner = excluded.table_owner, table_name "
        "= excluded.table_name",
        [owner, name, *target],
    )


def drop_synonym(session: Workspace, reader: Reader) -> None:
    """DROP SYNONYM [schema.]name [FORCE]"""
    owner, name = reader.path(session.schema)
    _drop(
        session,
        reader,
        owner,
        name,
        OracleError(1434, "private synonym to be dropped does not exist"),
    )


def drop_public_synonym(session: Workspace, reader: Reader) -> None:
    """DROP PUBLIC SYNONYM name [FORCE], from behind PUBLIC on"""
    if not reader.accept("SYNONYM"):
        raise reader.unsupported()
    session.catalog.access.require("DROP PUBLIC SYNONYM")
    _drop(
        session,
        reader,
        PUBLIC,
        reader.name(),
        OracleError(1432, "public synonym to be dropped does not exist"),
    )


def _drop(session: Workspace, reader: Reader, owner: str, name: str, missing: OracleError) -> None:
    reader.accept("FORCE")
    reader.finish()
    if (owner, name) not in session.catalog.synonyms:
        raise missing
    session.store.rows("DELETE FROM ora.synonyms WHERE owner = $1 AND name = $2", [owner, name])
