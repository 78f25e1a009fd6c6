"""CREATE and DROP INDEX."""

from __future__ import annotations

from lab.oracle.engine.ddl.columns import expression_sql, plain_expression
from lab.oracle.engine.ddl.reader import Reader
from lab.oracle.engine.ddl.tables import check_schema, keep_object, oid_of, table_named
from lab.oracle.engine.lexer import quote
from lab.oracle.engine.workspace import Workspace
from lab.oracle.interface import OracleError


def create_index(session: Workspace, reader: Reader, *, unique: bool) -> None:
    """CREATE [UNIQUE] INDEX name ON table (column [DESC], ...)"""
    schema, name = reader.path(session.schema)
    check_schema(session, schema)
    reader.expect("ON")
    table = table_named(session, *reader.path(session.schema))
    session.temporaries.refuse_in_use(table)
    if table.schema != schema:
        raise OracleError(3001, "unimplemented feature: an index outside its table's schema")
    if not reader.accept("("):
        raise reader.error(906, "missing left parenthesis")
    keys: list[str] = []
    expressions: dict[int, str] = {}
    while True:
        tokens = reader.expression(("ASC", "DESC"))
        if any(token.word == "ORA_ROWSCN" for token in tokens):
            raise OracleError(43807, "indexes on ORA_ROWSCN not allowed")
        key = expression_sql(session, tokens)
        column = tokens[0].name if len(tokens) == 1 else ""
        if column and column not in table.columns:
            raise OracleError(904, f'"{column}": invalid identifier', tokens[0].start)
        direction = " DESC" if reader.accept("DESC") else ""
        reader.accept("ASC")
        keys.append((quote(column) if column else f"({key})") + direction)
        if not column:
            expressions[len(keys)] = plain_expression(tokens, table.columns)
        if not reader.accept(","):
            break
    reader.expect(")")
    while not reader.at_end:
        if reader.accept("TABLESPACE"):
            reader.name()
        elif reader.peek() in ("LOGGING", "NOLOGGING", "ONLINE", "NOPARALLEL", "NOCOMPRESS"):
            reader.token()
        else:
            raise reader.unsupported()
    session.store.run(
        f"CREATE {'UNIQUE ' if unique else ''}INDEX {quote(name)} ON "
        f"{quote(table.schema)}.{quote(table.name)} "
        f"({', '.join(keys)})"
    )
    relation = oid_of(session, schema, name)
    for place, text in expressions.items():
        session.store.rows(
            "INSERT INTO ora.index_expressions VALUES ($1::int8::oid, $2::int4, $3) "
            "ON CONFLICT (relation, place) DO UPDATE SET expression = excluded.expression",
            [str(relation), str(place), text],
        )
    keep_object(session, "pg_class", relation)
    session.temporaries.redefined(table)


def drop_index(session: Workspace, reader: Reader) -> None:
    """DROP INDEX [schema.]name"""
    schema, name = reader.path(session.schema)
    reader.finish()
    rows = session.store.rows(
        "SELECT k.conname, (SELECT indrelid FROM pg_index WHERE indexrelid = c.oid) "
        "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "LEFT JOIN pg_constraint k ON k.conindid = c.oid AND k.contype IN ('p', 'u') "
        "WHERE c.relkind = 'i' AND n.nspname = $1 AND c.relname = $2",
        [schema, name],
    )
    if not rows:
        raise OracleError(1418, "specified index does not exist")
    if rows[0][0] is not None:
        raise OracleError(2429, "cannot drop index used for enforcement of unique/primary key")
    table = session.catalog.by_oid(int(rows[0][1] or 0))
    if table is not None:
        session.temporaries.refuse_in_use(table)
        session.temporaries.redefined(table)
    session.store.run(
        f"DELETE FROM ora.index_expressions WHERE relation = {oid_of(session, schema, name)}; "
        f"DROP INDEX {quote(schema)}.{quote(name)}"
    )
