"""Identity columns: a sequence of their own behind the column's default."""

from __future__ import annotations

from lab.oracle.engine.ddl.columns import ColumnDefinition
from lab.oracle.engine.ddl.sequences import IDENTITY_PREFIX, make_sequence
from lab.oracle.engine.lexer import literal, quote
from lab.oracle.engine.workspace import Workspace


def add_identity(
    session: Workspace,
    schema: str,
    table: str,
    relation: int,
    attnum: int,
    column: ColumnDefinition,
) -> None:
    """Gives a new column its sequence and its default."""
    if column.identity is None:
        return
    name = f"{IDENTITY_PREFIX}{relation}"
    sequence = make_sequence(session, schema, name, column.identity.options)
    place, target = f"{quote(schema)}.{quote(table)}", f"{quote(schema)}.{quote(name)}"
    session.store.run(
        f"ALTER SEQUENCE {target} OWNED BY {place}.{quote(column.name)}; ALTER TABLE {place} ALTER "
        f"{quote(column.name)} SET DEFAULT nextval({literal(target)}::regclass)::numeric"
    )
    session.store.rows(
        "INSERT INTO ora.identities VALUES ($1::int8::oid, $2::int2, $3, $4::int8::oid)",
        [str(relation), str(attnum), column.identity.generation, str(sequence)],
    )
    session.store.rows(
        "UPDATE ora.columns SET default_text = $3 WHERE relation = $1::int8::oid AND attnum = "
        "$2::int2",
        [str(relation), str(attnum), f"{target}.nextval"],
    )


def forget_identity(session: Workspace, relation: int) -> None:
    """The column goes, its sequence with it."""
    session.store.run(
        "DELETE FROM ora.sequences s USING ora.identities i "
        f"WHERE i.relation = {relation} AND s.relation = i.sequence; "
        f"DELETE FROM ora.identities WHERE relation = {relation}"
    )
