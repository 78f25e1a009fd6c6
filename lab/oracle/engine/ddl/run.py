"""Finds the DDL statement's handler and runs it as a transaction of its own."""

from __future__ import annotations

from lab.oracle.engine.ddl import (
    alter,
    create_table,
    drop,
    grants,
    indexes,
    sequences,
    synonyms,
    tables,
    triggers,
    users,
    views,
)
from lab.oracle.engine.ddl.authority import check_authority
from lab.oracle.engine.ddl.reader import Reader
from lab.oracle.engine.statement import Parsed
from lab.oracle.engine.transaction import COMMIT
from lab.oracle.engine.workspace import Workspace
from lab.oracle.interface import OracleError

LOCK_TIMEOUT_MS = 3000


def run_ddl(session: Workspace, statement: Parsed) -> None:
    """Executes a DDL statement and commits it. Raises OracleError; nothing of it remains then.

    What others have locked is ORA-00054, as with Oracle's DDL_LOCK_TIMEOUT; a moment is granted
    because the store's readers lock as well.
    """
    reader = Reader(statement.text, statement.tokens)
    session.store.control(f"BEGIN; SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}")
    try:
        _dispatch(session, reader)
        session.store.control(f"NOTIFY ora_ddl; {COMMIT}")
        session.announce_change()
    except Exception:
        if not session.store.lost:
            session.store.control("ROLLBACK")
        raise
    finally:
        session.forget()


def _dispatch(session: Workspace, reader: Reader) -> None:
    check_authority(session, reader)
    verb = reader.token().word
    if verb == "CREATE":
        _create(session, reader)
    elif verb == "ALTER":
        _alter(session, reader)
    elif verb == "DROP":
        _drop(session, reader)
    elif verb == "TRUNCATE":
        tables.truncate_table(session, reader)
    elif verb == "COMMENT":
        tables.comment_on(session, reader)
    elif verb in ("GRANT", "REVOKE"):
        grants.change_grants(session, reader, granting=verb == "GRANT")
    elif verb == "ANALYZE":
        return  # statistics are the store's business
    elif verb == "PURGE" and reader.accept("RECYCLEBIN"):
        return
    else:
        raise OracleError(3001, f"unimplemented feature: {verb}")


def _create(session: Workspace, reader: Reader) -> None:
    replacing = reader.accept("OR", "REPLACE")
    reader.accept("EDITIONABLE") or reader.accept("NONEDITIONABLE")
    if reader.accept("TABLE") and not replacing:
        create_table.create_table(session, reader)
    elif not replacing and reader.accept("GLOBAL", "TEMPORARY", "TABLE"):
        create_table.create_table(session, reader, temporary=True)
    elif reader.accept("SEQUENCE") and not replacing:
        sequences.create_sequence(session, reader)
    elif reader.accept("TRIGGER"):
        triggers.create_trigger(session, reader, replacing=replacing)
    elif reader.accept("VIEW"):
        views.create_view(session, reader, replacing=replacing)
    elif reader.accept("UNIQUE", "INDEX"):
        indexes.create_index(session, reader, unique=True)
    elif reader.accept("INDEX"):
        indexes.create_index(session, reader, unique=False)
    elif reader.accept("SYNONYM"):
        synonyms.create_synonym(session, reader, replacing=replacing, public=False)
    elif reader.accept("PUBLIC", "SYNONYM"):
        synonyms.create_synonym(session, reader, replacing=replacing, public=True)
    elif reader.accept("USER"):
        users.create_user(session, reader)
    elif reader.accept("ROLE"):
        users.create_role(session, reader)
    elif reader.peek() in ("TABLESPACE", "PROFILE", "DATABASE", "DIRECTORY"):
        raise OracleError(1031, "insufficient privileges")
    elif not reader.peek():
        raise reader.error(901, "invalid CREATE command")
    else:
        raise reader.error(3001, f"unimplemented feature: CREATE {reader.peek()}")


def _alter(session: Workspace, reader: Reader) -> None:
    if reader.accept("TABLE"):
        alter.alter_table(session, reader)
    elif reader.accept("SEQUENCE"):
        sequences.alter_sequence(session, reader)
    elif reader.accept("TRIGGER"):
        triggers.alter_trigger(session, reader)
    elif reader.accept("USER"):
        users.alter_user(session, reader)
    elif reader.peek() in ("SYSTEM", "DATABASE", "TABLESPACE", "PROFILE", "ROLE"):
        raise OracleError(1031, "insufficient privileges")
    else:
        raise reader.error(3001, f"unimplemented feature: ALTER {reader.peek() or '?'}")


def _drop(session: Workspace, reader: Reader) -> None:
    handlers = {
        "TABLE": drop.drop_table,
        "VIEW": views.drop_view,
        "SEQUENCE": sequences.drop_sequence,
        "TRIGGER": triggers.drop_trigger,
        "INDEX": indexes.drop_index,
        "SYNONYM": synonyms.drop_synonym,
        "PUBLIC": synonyms.drop_public_synonym,
        "USER": users.drop_user,
        "ROLE": users.drop_role,
    }
    kind = reader.token().word
    handler = handlers.get(kind)
    if handler is None:
        raise reader.error(3001, f"unimplemented feature: DROP {kind}")
    handler(session, reader)
    grants.forget_dropped(session)
