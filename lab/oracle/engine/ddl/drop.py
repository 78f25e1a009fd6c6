"""DROP TABLE: with its triggers, and only when nothing refers to it."""

from __future__ import annotations

from lab.oracle.engine.ddl.identity import forget_identity
from lab.oracle.engine.ddl.reader import Reader
from lab.oracle.engine.ddl.tables import table_named
from lab.oracle.engine.ddl.triggers import drop_triggers_of
from lab.oracle.engine.lexer import quote
from lab.oracle.engine.workspace import Workspace
from lab.oracle.interface import OracleError


def drop_table(session: Workspace, reader: Reader) -> None:
    """DROP TABLE [schema.]name [CASCADE CONSTRAINTS] [PURGE]"""
    schema, name = reader.path(session.schema)
    cascade = reader.accept("CASCADE", "CONSTRAINTS")
    reader.accept("PURGE")
    reader.finish()
    found = table_named(session, schema, name)
    if cascade:
        _drop_references(session, found.oid)
    elif session.store.rows(
        "SELECT 1 FROM pg_constraint WHERE contype = 'f' AND confrelid = $1::int8::oid AND "
        "conrelid <> confrelid",
        [str(found.oid)],
    ):
        raise OracleError(2449, "unique/primary keys in table referenced by foreign keys")
    session.temporaries.refuse_in_use(found)
    session.temporaries.redefined(found)
    drop_triggers_of(session, found)
    forget_identity(session, found.oid)
    session.store.run(
        f"DELETE FROM ora.columns WHERE relation = {found.oid}; "
        f"DELETE FROM ora.checks WHERE relation = {found.oid}; "
        "DELETE FROM ora.index_expressions WHERE relation IN "
        f"(SELECT indexrelid FROM pg_index WHERE indrelid = {found.oid}); "
        f"DELETE FROM ora.temporaries WHERE relation = {found.oid}; DROP TABLE "
        f"{quote(schema)}.{quote(name)}"
    )


def _drop_references(session: Workspace, oid: int) -> None:
    rows = session.store.rows(
        "SELECT n.nspname, c.relname, k.conname FROM pg_constraint k JOIN pg_class c ON c.oid = "
        "k.conrelid "
        "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE k.contype = 'f' AND k.confrelid = "
        "$1::int8::oid "
        "AND k.conrelid <> k.confrelid",
        [str(oid)],
    )
    for schema, table, name in rows:
        session.store.run(
            f"ALTER TABLE {quote(schema or '')}.{quote(table or '')} DROP CONSTRAINT "
            f"{quote(name or '')}"
        )
