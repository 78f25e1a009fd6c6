"""Triggers: BEFORE ... FOR EACH ROW that fill columns of the new row."""

from __future__ import annotations

from dataclasses import dataclass

from lab.oracle.engine.ddl.reader import Reader
from lab.oracle.engine.ddl.tables import check_schema, table_named
from lab.oracle.engine.ddl.trigger_body import Body
from lab.oracle.engine.facts import Relation
from lab.oracle.engine.lexer import quote
from lab.oracle.engine.workspace import Workspace
from lab.oracle.interface import OracleError


@dataclass(frozen=True)
class StoredTrigger:
    """A trigger as the store knows it."""

    owner: str
    name: str
    schema: str
    table: str


def create_trigger(session: Workspace, reader: Reader, *, replacing: bool) -> None:
    """CREATE [OR REPLACE] TRIGGER name BEFORE INSERT [OR UPDATE] ON table FOR EACH ROW BEGIN ...
    END;
    """
    owner, name = reader.path(session.schema)
    check_schema(session, owner)
    if not reader.accept("BEFORE"):
        raise reader.unsupported()
    events = _read_events(reader)
    reader.expect("ON")
    table = table_named(session, *reader.path(owner))
    if table.lifetime:
        raise OracleError(3001, "unimplemented feature: a trigger on a temporary table")
    if reader.peek() == "REFERENCING":
        raise reader.unsupported()
    if not reader.accept("FOR", "EACH", "ROW"):
        raise OracleError(3001, "unimplemented feature: statement triggers")
    disabled = reader.accept("DISABLE")
    reader.accept("ENABLE")
    if reader.peek() == "WHEN":
        raise reader.unsupported()
    start = reader.here()
    body = Body(session, reader, table)
    text = body.translated()
    reader.accept(";")
    reader.accept("/")
    reader.finish()
    existing = find_trigger(session, owner, name)
    if existing is not None:
        if not replacing:
            raise OracleError(4081, f"trigger '{name}' already exists")
        _drop(session, existing)
    _create(session, owner, name, table, events, text)
    session.store.rows(
        "INSERT INTO ora.triggers VALUES ($1, $2, $3::int8::oid, $4, $5, $6, $7)",
        [
            owner,
            name,
            str(table.oid),
            " OR ".join(events),
            reader.text,
            reader.text[:start],
            reader.text[start:],
        ],
    )
    if disabled:
        _switch(session, StoredTrigger(owner, name, table.schema, table.name), enable=False)


def _read_events(reader: Reader) -> list[str]:
    events = []
    while True:
        word = reader.token().word
        if word not in ("INSERT", "UPDATE"):
            raise OracleError(3001, f"unimplemented feature: a trigger BEFORE {word}")
        events.append(word)
        if reader.peek() == "OF":
            raise reader.unsupported()
        if not reader.accept("OR"):
            return events


def _function(owner: str, name: str) -> str:
    return f"{quote(owner)}.{quote(f'ora${name}')}"


def _create(
    session: Workspace, owner: str, name: str, table: Relation, events: list[str], body: str
) -> None:
    function = _function(owner, name)
    session.store.run(
        f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$ora_body$ BEGIN {body} RETURN NEW; END $ora_body$"
    )
    session.store.run(
        f"CREATE TRIGGER {quote(name)} BEFORE {' OR '.join(events)} ON "
        f"{quote(table.schema)}.{quote(table.name)} "
        f"FOR EACH ROW EXECUTE FUNCTION {function}()"
    )


def find_trigger(session: Workspace, owner: str, name: str) -> StoredTrigger | None:
    """A trigger by its name, None when there is none."""
    rows = session.store.rows(
        "SELECT n.nspname, c.relname FROM ora.triggers t JOIN pg_class c ON c.oid = t.relation "
        "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE t.owner = $1 AND t.name = $2",
        [owner, name],
    )
    return StoredTrigger(owner, name, rows[0][0] or "", rows[0][1] or "") if rows else None


def _existing(session: Workspace, owner: str, name: str) -> StoredTrigger:
    found = find_trigger(session, owner, name)
    if found is None:
        raise OracleError(4080, f"trigger '{name}' does not exist")
    return found


def alter_trigger(session: Workspace, reader: Reader) -> None:
    """ALTER TRIGGER [schema.]name ENABLE | DISABLE | COMPILE"""
    found = _existing(session, *reader.path(session.schema))
    if reader.accept("COMPILE"):
        pass
    elif reader.accept("ENABLE"):
        _switch(session, found, enable=True)
    else:
        reader.expect("DISABLE")
        _switch(session, found, enable=False)
    reader.finish()


def drop_trigger(session: Workspace, reader: Reader) -> None:
    """DROP TRIGGER [schema.]name"""
    found = _existing(session, *reader.path(session.schema))
    reader.finish()
    _drop(session, found)


def _drop(session: Workspace, found: StoredTrigger) -> None:
    session.store.run(
        f"DROP TRIGGER {quote(found.name)} ON {quote(found.schema)}.{quote(found.table)}"
    )
    session.store.run(f"DROP FUNCTION {_function(found.owner, found.name)}()")
    session.store.rows(
        "DELETE FROM ora.triggers WHERE owner = $1 AND name = $2", [found.owner, found.name]
    )


def drop_triggers_of(session: Workspace, table: Relation) -> None:
    """All triggers of a table that is about to go."""
    for owner, name in session.store.rows(
        "SELECT owner, name FROM ora.triggers WHERE relation = $1::int8::oid", [str(table.oid)]
    ):
        _drop(session, StoredTrigger(owner or "", name or "", table.schema, table.name))


def _switch(session: Workspace, found: StoredTrigger, *, enable: bool) -> None:
    word = "ENABLE" if enable else "DISABLE"
    session.store.run(
        f"ALTER TABLE {quote(found.schema)}.{quote(found.table)} {word} TRIGGER {quote(found.name)}"
    )


def switch_all(session: Workspace, table: Relation, *, enable: bool) -> None:
    """ALTER TABLE ... ENABLE | DISABLE ALL TRIGGERS"""
    word = "ENABLE" if enable else "DISABLE"
    text = f"ALTER TABLE {quote(table.schema)}.{quote(table.name)}"
    session.store.run(f"{text} {word} TRIGGER USER")
    if not table.lifetime:  # the store's own one, which keeps the table's past
        session.store.run(f'{text} ENABLE ALWAYS TRIGGER "ora$past"')
