"""CREATE VIEW and DROP VIEW: views to read from."""

from __future__ import annotations

import re
from dataclasses import replace

from sqlglot import exp

from lab.oracle.engine.access import Access
from lab.oracle.engine.ddl.columns import definition_context
from lab.oracle.engine.ddl.reader import Reader
from lab.oracle.engine.ddl.tables import check_schema, keep_object, oid_of
from lab.oracle.engine.facts import Relation
from lab.oracle.engine.identity import reads_sessions
from lab.oracle.engine.lexer import quote
from lab.oracle.engine.results import Types, describe
from lab.oracle.engine.shapes import shapes_of, with_shapes
from lab.oracle.engine.statement import parse_statement
from lab.oracle.engine.translate.dialect import unsupported
from lab.oracle.engine.translate.queries import query_sql
from lab.oracle.engine.workspace import Workspace
from lab.oracle.interface import Column, Kind, OracleError, OraType

_READ_ONLY = re.compile(r"\s+with\s+read\s+only\s*$", re.IGNORECASE)
#: what only an expression's own text contains, never an alias that needs no quotes
_EXPRESSION = re.compile(r"[^\w$#]|^\d")


def create_view(session: Workspace, reader: Reader, *, replacing: bool) -> None:
    """CREATE [OR REPLACE] VIEW name [(column, ...)] AS query [WITH READ ONLY]"""
    schema, name = reader.path(session.schema)
    check_schema(session, schema)
    aliases = reader.names() if reader.peek() == "(" else []
    reader.expect("AS")
    text = _READ_ONLY.sub("", reader.text[reader.here() :])
    body, columns = translated(session, schema, text)
    names = aliases or [column.name for column in columns]
    if len(names) != len(columns):
        raise OracleError(1730, "invalid number of column names specified")
    if not aliases and any(_EXPRESSION.search(given) for given in names):
        raise OracleError(998, "must name this expression with a column alias")
    existing = session.catalog.find(schema, name, schema)
    replaced = existing if existing is not None and replacing and existing.is_view else None
    if replaced is not None:
        _drop(session, replaced)
    listed = ", ".join(map(quote, names))
    session.store.run(f"CREATE VIEW {quote(schema)}.{quote(name)} ({listed}) AS {body}")
    relation = oid_of(session, schema, name)
    for attnum, column in enumerate(columns, start=1):
        _keep(session, relation, attnum, column)
    session.store.rows("INSERT INTO ora.views VALUES ($1::int8::oid, $2)", [str(relation), text])
    keep_object(session, "pg_class", relation)
    if replaced is not None:  # what was granted on it stays
        session.store.run(
            f"UPDATE ora.grants SET relation = {relation} WHERE relation = {replaced.oid}"
        )


def translated(
    session: Workspace, owner: str, text: str, *, direct: bool = True
) -> tuple[str, tuple[Column, ...]]:
    """A query within a definition: what the store is to run, and its columns. Raises ORA-00928 when
    it is no query.

    It reads with the privileges of ``owner``; with ``direct`` those that come with a role do not
    count.
    """
    parsed = parse_statement(text)
    if parsed.kind is not Kind.QUERY or parsed.tree is None:
        raise OracleError(928, "missing SELECT keyword")
    if reads_sessions(parsed.tokens):
        raise unsupported("a view of the sessions' V$ views")
    context = definition_context(session)
    context.access, context.direct = Access(session.store, owner), direct
    body = query_sql(parsed.tree, context)
    if context.sequences_used:
        raise OracleError(2287, "sequence number not allowed here")
    if context.locks_rows:
        raise unsupported("FOR UPDATE in a view")
    prepared = session.store.prepare(body, ())
    columns, _ = describe(
        session.store.describe(prepared), Types(session.store), session.catalog, parsed.names
    )
    # PostgreSQL tells the column behind a result's column, but not that an outer join may leave it
    # empty
    if any(join.args.get("side") for join in parsed.tree.find_all(exp.Join)):
        columns = tuple(replace(column, nullable=True) for column in columns)
    return body, with_shapes(columns, shapes_of(parsed.tree))


def drop_view(session: Workspace, reader: Reader) -> None:
    """DROP VIEW [schema.]name"""
    schema, name = reader.path(session.schema)
    reader.finish()
    found = session.catalog.find(schema, name, schema)
    if found is None or not found.is_view:
        raise OracleError(942, "table or view does not exist")
    if found.schema == "SYS":
        raise OracleError(1031, "insufficient privileges")
    _drop(session, found)


def _drop(session: Workspace, view: Relation) -> None:
    session.store.run(
        f"DELETE FROM ora.columns WHERE relation = {view.oid}; DELETE FROM ora.views WHERE "
        f"relation = {view.oid}; "
        f"DROP VIEW {quote(view.schema)}.{quote(view.name)}"
    )


_NAMES = {
    OraType.VARCHAR2: ("VARCHAR2", "NVARCHAR2"),
    OraType.CHAR: ("CHAR", "NCHAR"),
    OraType.CLOB: ("CLOB", "NCLOB"),
    OraType.NUMBER: ("NUMBER",),
    OraType.DATE: ("DATE",),
    OraType.TIMESTAMP: ("TIMESTAMP({scale})",),
    OraType.TIMESTAMP_TZ: ("TIMESTAMP({scale}) WITH TIME ZONE",),
    OraType.TIMESTAMP_LTZ: ("TIMESTAMP({scale}) WITH LOCAL TIME ZONE",),
    OraType.RAW: ("RAW",),
    OraType.BLOB: ("BLOB",),
    OraType.BINARY_DOUBLE: ("BINARY_DOUBLE",),
    OraType.BINARY_FLOAT: ("BINARY_FLOAT",),
    OraType.ROWID: ("ROWID",),
    OraType.LONG: ("LONG",),
    OraType.LONG_RAW: ("LONG RAW",),
    OraType.INTERVAL_DS: ("INTERVAL DAY({precision}) TO SECOND({scale})",),
    OraType.INTERVAL_YM: ("INTERVAL YEAR({precision}) TO MONTH",),
}


def _keep(session: Workspace, relation: int, attnum: int, column: Column) -> None:
    """Writes down for the dictionary what describe says of a view's column."""
    choices = _NAMES.get(column.type)
    if choices is None:
        raise unsupported(f"a view with a column of type {column.type.name}")
    is_text = column.type in (OraType.VARCHAR2, OraType.CHAR)
    used = (
        None if not is_text else "C" if column.csfrm == 2 or column.char_size < column.size else "B"
    )
    precision, scale = _shape(column)
    name = choices[-1 if column.csfrm == 2 else 0].format(
        precision=column.precision, scale=column.scale
    )
    if column.type is OraType.NUMBER and column.precision and column.scale == -127:
        name = "FLOAT"
    values = [
        relation,
        attnum,
        name,
        column.size,
        column.char_size if is_text else 0,
        used,
        precision,
        scale,
        "t" if column.nullable else "f",
    ]
    session.store.rows(
        "INSERT INTO ora.columns (relation, attnum, data_type, data_length, char_length, "
        "char_used, data_precision, "
        "data_scale, nullable) VALUES ($1::int8::oid, $2::int2, $3, $4::int4, $5::int4, $6, "
        "$7::int4, $8::int4, "
        "$9::bool)",
        [None if value is None else str(value) for value in values],
    )


def _shape(column: Column) -> tuple[int | None, int | None]:
    if column.type is OraType.NUMBER:
        scale = None if column.scale == -127 else column.scale
        return column.precision or None, scale
    if column.type in (OraType.INTERVAL_DS, OraType.INTERVAL_YM):
        return column.precision, column.scale
    is_moment = column.type in (OraType.TIMESTAMP, OraType.TIMESTAMP_TZ, OraType.TIMESTAMP_LTZ)
    return None, column.scale if is_moment else None
