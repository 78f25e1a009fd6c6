"""CREATE TABLE."""

from __future__ import annotations

from lab.oracle.engine.ddl.columns import (
    ColumnDefinition,
    Constraint,
    column_sql,
    read_column,
    read_constraint,
    size_check_sql,
)
from lab.oracle.engine.ddl.from_query import create_from_query, query_start
from lab.oracle.engine.ddl.identity import add_identity
from lab.oracle.engine.ddl.reader import Reader
from lab.oracle.engine.ddl.tables import (
    add_constraint,
    check_long_columns,
    check_schema,
    keep_column,
    keep_object,
    oid_of,
    size_check_name,
)
from lab.oracle.engine.lexer import quote
from lab.oracle.engine.temporary import refuse_sequences
from lab.oracle.engine.translate.dialect import unsupported
from lab.oracle.engine.workspace import Workspace
from lab.oracle.interface import OracleError

_STORAGE_WORDS = ("LOGGING", "NOLOGGING", "NOCACHE", "NOCOMPRESS", "NOPARALLEL")


def create_table(session: Workspace, reader: Reader, *, temporary: bool = False) -> None:
    """CREATE [GLOBAL TEMPORARY] TABLE with columns and constraints, or from a query. Storage
    clauses mean nothing.
    """
    schema, name = reader.path(session.schema)
    check_schema(session, schema)
    query = query_start(reader)
    if query is not None:
        if temporary:
            raise unsupported("CREATE GLOBAL TEMPORARY TABLE ... AS SELECT")
        create_from_query(session, reader, schema, name, query, create_table)
        return
    if not reader.accept("("):
        raise (
            reader.unsupported()
            if not reader.at_end
            else reader.error(906, "missing left parenthesis")
        )
    columns, constraints = _read_definitions(reader, schema)
    by_row = _read_options(reader)
    lifetime = _read_lifetime(reader) if temporary else ""
    reader.finish()
    check_long_columns([column.type.data_type for column in columns if column.type])
    if sum(column.identity is not None for column in columns) > 1:
        raise OracleError(30669, "table can have only one identity column")
    keys = {
        part for constraint in constraints if constraint.kind == "P" for part in constraint.columns
    }
    parts = [column_sql(session, column) for column in columns]
    for column in columns:
        check = size_check_sql(schema, name, column.name, column.type) if column.type else None
        if check:
            parts.append(f"CONSTRAINT {size_check_name(column.name)} {check}")
    table = f"{quote(schema)}.{quote(name)}"
    session.store.run(f"CREATE TABLE {table} ({', '.join(parts)})")
    relation = oid_of(session, schema, name)
    session.store.run(f"SELECT ora.hidden_rowid({relation}::oid)")
    for place, column in enumerate(columns, start=1):
        keep_column(session, relation, place, column, reader)
    for place, column in enumerate(columns, start=1):
        if column.identity is not None:
            add_identity(session, schema, name, relation, place, column)
    if by_row:
        session.store.run(f"INSERT INTO ora.row_dependencies VALUES ({relation})")
    if lifetime:
        _keep_temporary(session, relation, lifetime)
    for constraint in sorted(constraints, key=lambda found: "PUCR".index(found.kind)):
        add_constraint(session, schema, name, constraint, reader)
    missing = keys - {column.name for column in columns}
    if missing:
        raise OracleError(904, f'"{missing.pop()}": invalid identifier')
    keep_object(session, "pg_class", relation)
    if not lifetime:
        session.store.run(f"SELECT ora.keep_past({relation}::oid)")


def _read_lifetime(reader: Reader) -> str:
    """ON COMMIT {DELETE | PRESERVE} ROWS; the rows of a temporary table go with the transaction by
    default.
    """
    if not reader.accept("ON", "COMMIT"):
        return "TRANSACTION"
    lifetime = "SESSION" if reader.accept("PRESERVE") else "TRANSACTION"
    if lifetime == "TRANSACTION":
        reader.expect("DELETE")
    reader.expect("ROWS")
    return lifetime


def _keep_temporary(session: Workspace, relation: int, lifetime: str) -> None:
    refuse_sequences(session.store, relation)
    session.store.run(
        f"INSERT INTO ora.temporaries (relation, lifetime) VALUES ({relation}, '{lifetime}')"
    )


def _read_definitions(
    reader: Reader, schema: str
) -> tuple[list[ColumnDefinition], list[Constraint]]:
    columns: list[ColumnDefinition] = []
    constraints: list[Constraint] = []
    while True:
        if reader.peek() in ("CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "CHECK"):
            constraints.append(read_constraint(reader, schema))
        else:
            column, inline = read_column(reader, schema)
            columns.append(column)
            constraints += inline
        if reader.accept(")"):
            return columns, constraints
        if not reader.accept(","):
            raise reader.error(907, "missing right parenthesis")


def _read_options(reader: Reader) -> bool:
    """Where a table is stored has no meaning here; whether its rows have an SCN each has."""
    by_row = False
    while not reader.at_end:
        if reader.accept("TABLESPACE"):
            reader.name()
        elif reader.peek() in _STORAGE_WORDS or reader.accept("SEGMENT", "CREATION"):
            reader.token()
        elif reader.peek() in ("PCTFREE", "PCTUSED", "INITRANS", "MAXTRANS"):
            reader.token()
            reader.number()
        elif reader.accept("STORAGE"):
            reader.parenthesised()
        elif reader.accept("ROWDEPENDENCIES"):
            by_row = True
        elif not reader.accept("NOROWDEPENDENCIES"):
            break
    return by_row
