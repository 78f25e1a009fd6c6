"""TRUNCATE TABLE, COMMENT, and what all statements about tables need."""

from __future__ import annotations

from lab.oracle.engine.ddl.columns import (
    ColumnDefinition,
    Constraint,
    condition_sql,
    plain_expression,
)
from lab.oracle.engine.ddl.reader import Reader
from lab.oracle.engine.facts import Relation
from lab.oracle.engine.lexer import literal, quote
from lab.oracle.engine.workspace import Workspace
from lab.oracle.interface import OracleError

_KEYS = {"P": "PRIMARY KEY", "U": "UNIQUE"}
_COLUMN_NAMES = "SELECT attname FROM pg_attribute WHERE attrelid = $1::int8::oid AND attnum > 0"
_NO_TABLE = "table or view does not exist"


def check_long_columns(types: list[str]) -> None:
    """Raises ORA-01754 for more than one column of LONG or LONG RAW."""
    if sum(name.startswith("LONG") for name in types) > 1:
        raise OracleError(1754, "a table may contain only one column of type LONG")


def check_schema(session: Workspace, schema: str) -> None:
    """Raises ORA-01918 for a schema that is no user, ORA-01031 for the dictionary."""
    if schema == "SYS":
        raise OracleError(1031, "insufficient privileges")
    if schema not in session.catalog.users:
        raise OracleError(1918, f"user '{schema}' does not exist")


def size_check_name(column: str) -> str:
    """The hidden constraint that watches a column's length."""
    return quote(f"ora${column}")


def oid_of(session: Workspace, schema: str, name: str) -> int:
    """The store's oid of a relation."""
    rows = session.store.rows(
        "SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = $1 AND c.relname = $2",
        [schema, name],
    )
    if not rows:
        raise OracleError(942, _NO_TABLE)
    return int(rows[0][0] or 0)


def keep_column(
    session: Workspace, relation: int, attnum: int, column: ColumnDefinition, reader: Reader
) -> None:
    """Writes down the facts PostgreSQL cannot keep."""
    kind = column.type
    if kind is None:
        return
    default = reader.source(column.default) if column.default else None
    if column.virtual:
        names = {row[0] for row in session.store.rows(_COLUMN_NAMES, [str(relation)]) if row[0]}
        default = plain_expression(column.virtual, names)
    values = [
        relation,
        attnum,
        kind.data_type,
        kind.data_length,
        kind.char_length,
        kind.char_used,
        kind.precision,
        kind.scale,
        default,
    ]
    session.store.rows(
        "INSERT INTO ora.columns VALUES ($1::int8::oid, $2::int2, $3, $4::int4, $5::int4, $6, "
        "$7::int4, $8::int4, $9) "
        "ON CONFLICT (relation, attnum) DO UPDATE SET "
        "data_type = excluded.data_type, data_length = excluded.data_length, "
        "char_length = excluded.char_length, char_used = excluded.char_used, data_precision = "
        "excluded.data_precision, "
        "data_scale = excluded.data_scale, default_text = coalesce(excluded.default_text, "
        "ora.columns.default_text)",
        [None if value is None else str(value) for value in values],
    )


def keep_object(session: Workspace, kind: str, oid: int, *, generated: bool = False) -> None:
    """Remembers when an object was made and whether its name was made up."""
    session.store.rows(
        f"INSERT INTO ora.objects (class, object, generated) VALUES ('{kind}'::regclass, "
        f"$1::int8::oid, $2::bool) "
        "ON CONFLICT (class, object) DO UPDATE SET last_ddl = date_trunc('second', localtimestamp)",
        [str(oid), "t" if generated else "f"],
    )


def add_constraint(
    session: Workspace, schema: str, table: str, constraint: Constraint, reader: Reader
) -> None:
    """Adds a constraint; an unnamed one gets a SYS_C name as in Oracle."""
    name = constraint.name or _made_up_name(session)
    columns = ", ".join(map(quote, constraint.columns))
    if constraint.kind in _KEYS:
        body = f"{_KEYS[constraint.kind]} ({columns})"
    elif constraint.kind == "C":
        body = f"CHECK ({condition_sql(session, constraint.condition)})"
    else:
        target_schema, target = constraint.target or ("", "")
        _refuse_temporary(session, (schema, table), (target_schema, target))
        targets = (
            f" ({', '.join(map(quote, constraint.target_columns))})"
            if constraint.target_columns
            else ""
        )
        body = (
            f"FOREIGN KEY ({columns}) REFERENCES "
            f"{quote(target_schema)}.{quote(target)}{targets}{constraint.on_delete}"
        )
    session.store.run(
        f"ALTER TABLE {quote(schema)}.{quote(table)} ADD CONSTRAINT {quote(name)} {body}"
    )
    if constraint.kind == "C":
        session.store.rows(
            "INSERT INTO ora.checks VALUES ($1::int8::oid, $2, $3)",
            [str(oid_of(session, schema, table)), name, reader.source(constraint.condition)],
        )
    rows = session.store.rows(
        "SELECT oid, conindid FROM pg_constraint WHERE conrelid = $1::int8::oid AND conname = $2",
        [str(oid_of(session, schema, table)), name],
    )
    keep_object(session, "pg_constraint", int(rows[0][0] or 0), generated=constraint.name is None)
    if constraint.kind in "PU":
        keep_object(session, "pg_class", int(rows[0][1] or 0), generated=constraint.name is None)


def _refuse_temporary(session: Workspace, *tables: tuple[str, str]) -> None:
    for schema, name in tables:
        if session.store.rows(
            "SELECT 1 FROM ora.temporaries t JOIN pg_class c ON c.oid = t.relation JOIN "
            "pg_namespace n "
            "ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2",
            [schema, name],
        ):
            raise OracleError(
                14455, "attempt to create referential integrity constraint on temporary table"
            )


def _made_up_name(session: Workspace) -> str:
    return (
        f"SYS_C{int(session.store.rows('SELECT nextval($1)', ['ora.made_up_names'])[0][0] or 0):06}"
    )


def table_named(session: Workspace, schema: str, name: str) -> Relation:
    """A table that may be changed. Raises ORA-00942 or, for the dictionary, ORA-01031."""
    found = session.catalog.find(schema, name, schema)
    if found is None:
        raise OracleError(942, _NO_TABLE)
    if found.schema == "SYS":
        raise OracleError(1031, "insufficient privileges")
    if found.is_view:
        raise OracleError(942, _NO_TABLE)
    return found


def truncate_table(session: Workspace, reader: Reader) -> None:
    """TRUNCATE TABLE [schema.]name [DROP|REUSE STORAGE]"""
    reader.expect("TABLE")
    schema, name = reader.path(session.schema)
    reader.accept("DROP", "STORAGE") or reader.accept("REUSE", "STORAGE")
    reader.finish()
    found = table_named(session, schema, name)
    if session.store.rows(
        "SELECT 1 FROM pg_constraint WHERE contype = 'f' AND confrelid = $1::int8::oid AND "
        "conrelid <> confrelid",
        [str(found.oid)],
    ):
        raise OracleError(2266, "unique/primary keys in table referenced by enabled foreign keys")
    if found.lifetime:
        session.temporaries.truncate(found)
    else:
        session.store.run(
            f"TRUNCATE {quote(schema)}.{quote(name)}; "
            f"SELECT ora.keep_past({found.oid}::oid, forget => true)"
        )


def comment_on(session: Workspace, reader: Reader) -> None:
    """COMMENT ON TABLE|COLUMN ... IS '...'"""
    reader.expect("ON")
    kind = reader.token().word
    path = [reader.name()]
    while reader.accept("."):
        path.append(reader.name())
    reader.expect("IS")
    text = reader.token().string
    reader.finish()
    wanted = {"TABLE": 2, "COLUMN": 3}.get(kind)
    if wanted is None:
        raise OracleError(3001, f"unimplemented feature: COMMENT ON {kind}")
    if len(path) < wanted:
        path.insert(0, session.schema)
    found = session.catalog.find(path[0], path[1], path[0])
    if found is None:
        raise OracleError(942, _NO_TABLE)
    if kind == "COLUMN" and path[2] not in found.columns:
        raise OracleError(904, f'"{path[2]}": invalid identifier')
    target = ".".join(map(quote, path))
    what = "VIEW" if kind == "TABLE" and found.is_view else kind
    session.store.run(f"COMMENT ON {what} {target} IS {literal(text) if text else 'NULL'}")
