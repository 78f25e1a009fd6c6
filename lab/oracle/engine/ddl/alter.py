"""ALTER TABLE."""

from __future__ import annotations

import re

from lab.oracle.engine.ddl import triggers
from lab.oracle.engine.ddl.columns import (
    ColumnDefinition,
    column_sql,
    default_sql,
    read_column,
    read_constraint,
    size_check_sql,
)
from lab.oracle.engine.ddl.identity import forget_identity
from lab.oracle.engine.ddl.reader import Reader
from lab.oracle.engine.ddl.tables import (
    add_constraint,
    check_long_columns,
    keep_column,
    size_check_name,
    table_named,
)
from lab.oracle.engine.ddl.types import ColumnType
from lab.oracle.engine.facts import ColumnFact, Relation
from lab.oracle.engine.lexer import quote
from lab.oracle.engine.temporary import refuse_sequences
from lab.oracle.engine.workspace import Workspace
from lab.oracle.interface import OracleError


def alter_table(session: Workspace, reader: Reader) -> None:
    """One action on a table: columns, constraints, triggers, its name."""
    table = table_named(session, *reader.path(session.schema))
    session.temporaries.refuse_in_use(table, altering=True)
    if reader.accept("ADD"):
        _add(session, reader, table)
    elif reader.accept("MODIFY"):
        _modify(session, reader, table)
    elif reader.accept("DROP"):
        _drop(session, reader, table)
    elif reader.accept("RENAME"):
        _rename(session, reader, table)
    elif reader.accept("ENABLE", "ALL", "TRIGGERS"):
        triggers.switch_all(session, table, enable=True)
    elif reader.accept("DISABLE", "ALL", "TRIGGERS"):
        triggers.switch_all(session, table, enable=False)
    else:
        raise reader.unsupported()
    reader.finish()
    if not table.lifetime:
        session.store.run(f"SELECT ora.keep_past({table.oid}::oid)")
    else:
        refuse_sequences(session.store, table.oid)
        session.temporaries.redefined(table)


def _sql(table: Relation) -> str:
    return f"ALTER TABLE {quote(table.schema)}.{quote(table.name)}"


def _add(session: Workspace, reader: Reader, table: Relation) -> None:
    if reader.peek() in ("CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "CHECK"):
        add_constraint(
            session, table.schema, table.name, read_constraint(reader, table.schema), reader
        )
        return
    several = reader.accept("(")
    while True:
        column, constraints = read_column(reader, table.schema)
        _add_column(session, reader, table, column)
        for constraint in constraints:
            add_constraint(session, table.schema, table.name, constraint, reader)
        if not several or not reader.accept(","):
            break
    if several:
        reader.expect(")")


def _add_column(
    session: Workspace, reader: Reader, table: Relation, column: ColumnDefinition
) -> None:
    if column.name in table.columns:
        raise OracleError(1430, "column being added already exists in table")
    if column.identity is not None:
        raise OracleError(3001, "unimplemented feature: adding an identity column to a table")
    if column.type is None:
        raise OracleError(2263, "need to specify the datatype for this column")
    check_long_columns(
        [column.type.data_type, *(fact.data_type for fact in table.columns.values())]
    )
    if column.nullable is False and column.default is None and _has_rows(session, table):
        raise OracleError(1758, "table must be empty to add mandatory (NOT NULL) column")
    session.store.run(f"{_sql(table)} ADD COLUMN {column_sql(session, column)}")
    keep_column(session, table.oid, _attnum(session, table, column.name), column, reader)
    _set_size_check(session, table, column.name, column.type)


def _has_rows(session: Workspace, table: Relation) -> bool:
    return bool(
        session.store.rows(f"SELECT 1 FROM {quote(table.schema)}.{quote(table.name)} LIMIT 1")
    )


def _attnum(session: Workspace, table: Relation, column: str) -> int:
    rows = session.store.rows(
        "SELECT attnum FROM pg_attribute WHERE attrelid = $1::int8::oid AND attname = $2 AND NOT "
        "attisdropped",
        [str(table.oid), column],
    )
    return int(rows[0][0] or 0)


def _set_size_check(session: Workspace, table: Relation, column: str, kind: ColumnType) -> None:
    session.store.run(f"{_sql(table)} DROP CONSTRAINT IF EXISTS {size_check_name(column)}")
    check = size_check_sql(table.schema, table.name, column, kind)
    if check:
        session.store.run(f"{_sql(table)} ADD CONSTRAINT {size_check_name(column)} {check}")


def _known(table: Relation, name: str) -> ColumnFact:
    found = table.columns.get(name)
    if found is None:
        raise OracleError(904, f'"{name}": invalid identifier')
    return found


def _modify(session: Workspace, reader: Reader, table: Relation) -> None:
    several = reader.accept("(")
    while True:
        column, constraints = read_column(reader, table.schema, typed=False)
        if constraints:
            raise OracleError(3001, "unimplemented feature: a constraint in MODIFY")
        _modify_column(session, reader, table, column)
        if not several or not reader.accept(","):
            break
    if several:
        reader.expect(")")


def _modify_column(
    session: Workspace, reader: Reader, table: Relation, column: ColumnDefinition
) -> None:
    old = _known(table, column.name)
    name = quote(column.name)
    if column.identity is not None or (
        old.identity and (column.type is not None or column.default is not None)
    ):
        raise OracleError(3001, "unimplemented feature: MODIFY of an identity column")
    if column.type is not None:
        _change_type(session, table, old, column.type)
        keep_column(session, table.oid, old.attnum, column, reader)
    if column.default is not None:
        fact = column.fact() if column.type else old
        session.store.run(
            f"{_sql(table)} ALTER {name} SET{default_sql(session, fact, column.default)}"
        )
        session.store.rows(
            "UPDATE ora.columns SET default_text = $3 WHERE relation = $1::int8::oid AND attnum "
            "= $2::int2",
            [str(table.oid), str(old.attnum), reader.source(column.default)],
        )
    if column.nullable is True:
        if old.nullable:
            raise OracleError(1451, "column to be modified to NULL cannot be modified to NULL")
        session.store.run(f"{_sql(table)} ALTER {name} DROP NOT NULL")
    elif column.nullable is False:
        if not old.nullable:
            raise OracleError(1442, "column to be modified to NOT NULL is already NOT NULL")
        if session.store.rows(
            f"SELECT 1 FROM {quote(table.schema)}.{quote(table.name)} WHERE {name} IS NULL LIMIT 1"
        ):
            raise OracleError(2296, f"cannot enable ({table.schema}.) - null values found")
        session.store.run(f"{_sql(table)} ALTER {name} SET NOT NULL")


def _change_type(session: Workspace, table: Relation, old: ColumnFact, new: ColumnType) -> None:
    """Wider within the same type, or any type while the column is empty."""
    name = quote(old.name)
    place = f"{quote(table.schema)}.{quote(table.name)}"
    filled = bool(session.store.rows(f"SELECT 1 FROM {place} WHERE {name} IS NOT NULL LIMIT 1"))
    if filled and _without_digits(old.data_type) != _without_digits(new.data_type):
        raise OracleError(1439, "column to be modified must be empty to change datatype")
    if filled and new.data_type == "NUMBER" and _narrower(old, new):
        raise OracleError(
            1440, "column to be modified must be empty to decrease precision or scale"
        )
    if filled and new.data_type != "NUMBER" and _fewer_digits(old, new):
        code, what = (
            (1440, "column") if new.data_type == "FLOAT" else (30082, "datetime/interval column")
        )
        raise OracleError(code, f"{what} to be modified must be empty to decrease its precision")
    measured = new.size_check()
    if filled and measured is not None:
        function, maximum = measured
        size = f"{function}({name}{'' if new.data_type == 'RAW' else '::text'})"
        if session.store.rows(f"SELECT 1 FROM {place} WHERE {size} > {maximum} LIMIT 1"):
            raise OracleError(1441, "cannot decrease column length because some value is too big")
    session.store.run(f"{_sql(table)} DROP CONSTRAINT IF EXISTS {size_check_name(old.name)}")
    fact = ColumnDefinition(old.name, new).fact()
    converted = fact.assign(name) if filled else "NULL"
    stored = new.stored.partition(" COLLATE")[0]
    session.store.run(f"{_sql(table)} ALTER {name} TYPE {new.stored} USING ({converted})::{stored}")
    _set_size_check(session, table, old.name, new)


def _without_digits(data_type: str) -> str:
    return re.sub(r"\(\d\)", "", data_type)


def _fewer_digits(old: ColumnFact, new: ColumnType) -> bool:
    return (new.precision or 0) < (old.precision or 0) or (new.scale or 0) < (old.scale or 0)


def _narrower(old: ColumnFact, new: ColumnType) -> bool:
    if new.precision is None and new.scale is None:
        return False
    if old.precision is None and old.scale is None:
        return True
    old_scale, new_scale = old.scale or 0, new.scale or 0
    return (
        new_scale < old_scale
        or (new.precision or 38) - new_scale < (old.precision or 38) - old_scale
    )


def _drop(session: Workspace, reader: Reader, table: Relation) -> None:
    if reader.accept("CONSTRAINT"):
        _drop_constraint(session, table, reader.name(), cascade=reader.accept("CASCADE"))
    elif reader.accept("PRIMARY", "KEY"):
        rows = session.store.rows(
            "SELECT conname FROM pg_constraint WHERE contype = 'p' AND conrelid = $1::int8::oid",
            [str(table.oid)],
        )
        if not rows:
            raise OracleError(2441, "Cannot drop nonexistent primary key")
        _drop_constraint(session, table, rows[0][0] or "", cascade=reader.accept("CASCADE"))
    else:
        names = [reader.name()] if reader.accept("COLUMN") else reader.names()
        for name in names:
            fact = _known(table, name)
            if fact.identity:
                forget_identity(session, table.oid)
            session.store.run(f"{_sql(table)} DROP COLUMN {quote(name)}")
            session.store.run(
                f"DELETE FROM ora.columns WHERE relation = {table.oid} AND attnum = {fact.attnum}"
            )


def _drop_constraint(session: Workspace, table: Relation, name: str, *, cascade: bool) -> None:
    rows = session.store.rows(
        "SELECT 1 FROM pg_constraint WHERE conrelid = $1::int8::oid AND conname = $2",
        [str(table.oid), name],
    )
    if not rows or name.startswith("ora$"):
        raise OracleError(2443, "Cannot drop constraint  - nonexistent constraint")
    session.store.run(f"{_sql(table)} DROP CONSTRAINT {quote(name)}{' CASCADE' if cascade else ''}")
    session.store.rows(
        "DELETE FROM ora.checks WHERE relation = $1::int8::oid AND name = $2",
        [str(table.oid), name],
    )


def _rename(session: Workspace, reader: Reader, table: Relation) -> None:
    if reader.accept("COLUMN"):
        old = _known(table, reader.name())
        reader.expect("TO")
        new = reader.name()
        session.store.run(f"{_sql(table)} DROP CONSTRAINT IF EXISTS {size_check_name(old.name)}")
        session.store.run(f"{_sql(table)} RENAME COLUMN {quote(old.name)} TO {quote(new)}")
        _set_size_check(session, table, new, _type_of(old))
        return
    reader.expect("TO")
    new = reader.name()
    session.store.run(f"{_sql(table)} RENAME TO {quote(new)}")
    renamed = Relation(table.schema, new, table.oid, False, table.columns)
    for fact in table.columns.values():
        _set_size_check(session, renamed, fact.name, _type_of(fact))


def _type_of(fact: ColumnFact) -> ColumnType:
    return ColumnType(fact.data_type, "", fact.data_length, fact.char_length, fact.char_used)
