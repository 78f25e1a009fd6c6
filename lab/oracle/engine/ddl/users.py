"""CREATE, ALTER and DROP USER, CREATE and DROP ROLE. A password is kept as its verifier only."""

from __future__ import annotations

import hmac

from lab.oracle.engine.access import insufficient
from lab.oracle.engine.accounts import USER_LOCK, add_user, keep_verifier
from lab.oracle.engine.ddl.reader import Reader
from lab.oracle.engine.errors import StoreError
from lab.oracle.engine.lexer import Lexeme, quote
from lab.oracle.engine.workspace import Workspace
from lab.oracle.interface import OracleError
from lab.oracle.wire.auth import derive_verifier

_PATIENCE_MS = 1000
#: tables of facts about relations: their rows go with the relations
_FACTS = ("columns", "sequences", "views", "identities", "checks", "grants", "triggers")


def create_user(session: Workspace, reader: Reader) -> None:
    """CREATE USER name IDENTIFIED BY password [tablespaces, quotas] [ACCOUNT LOCK|UNLOCK]"""
    session.catalog.access.require("CREATE USER")
    name = reader.name()
    if not reader.accept("IDENTIFIED"):
        raise reader.unsupported()
    password = _password(reader)
    locked = _read_options(reader)
    if name in ("SYS", "PUBLIC") or name in session.catalog.users or _role(session, name):
        raise OracleError(1920, f"user name '{name}' conflicts with another user or role name")
    add_user(session.store, name)
    keep_verifier(session.store, name, derive_verifier(password))
    if locked:
        _lock(session, name, locked=True)


def alter_user(session: Workspace, reader: Reader) -> None:
    """ALTER USER name [IDENTIFIED BY password [REPLACE old]] [tablespaces, quotas] [ACCOUNT
    LOCK|UNLOCK]
    """
    access = session.catalog.access
    name = reader.name()
    may = access.holds("ALTER USER")
    if not may and name != access.user:
        raise insufficient()
    if name not in session.catalog.users:
        raise OracleError(1918, f"user '{name}' does not exist")
    if reader.accept("IDENTIFIED"):
        password = _password(reader)
        if reader.accept("REPLACE"):
            _check_old(session, name, _word(reader))
        keep_verifier(session.store, name, derive_verifier(password))
    if reader.at_end:
        return
    if not may:
        raise insufficient()
    locked = _read_options(reader)
    if locked is not None:
        _lock(session, name, locked=locked)


def _password(reader: Reader) -> str:
    """What stands after IDENTIFIED: only BY and a password."""
    if not reader.accept("BY") or reader.peek() == "VALUES":
        raise reader.unsupported()
    return _word(reader)


def _word(reader: Reader) -> str:
    """A password: case counts whether it is quoted or not. No error names it."""
    if reader.at_end:
        raise reader.error(988, "missing or invalid password(s)")
    token = reader.token()
    if token.kind is Lexeme.QUOTED:
        return token.text[1:-1]
    if token.kind is not Lexeme.WORD:
        raise OracleError(988, "missing or invalid password(s)", token.start)
    return token.text


def _check_old(session: Workspace, name: str, password: str) -> None:
    rows = session.store.rows("SELECT salt, key FROM ora.users WHERE name = $1", [name])
    salt, key = (bytes.fromhex(value or "") for value in rows[0])
    if not hmac.compare_digest(derive_verifier(password, salt).key, key):
        raise OracleError(28008, "invalid old password")


def _read_options(reader: Reader) -> bool | None:
    """Where a user's rows lie and how many may be has no meaning here; returns what is said of the
    lock.
    """
    locked = None
    while not reader.at_end:
        if reader.accept("DEFAULT", "TABLESPACE") or reader.accept("TEMPORARY", "TABLESPACE"):
            reader.name()
        elif reader.accept("QUOTA"):
            reader.token()
            reader.accept("K") or reader.accept("M") or reader.accept("G")
            reader.expect("ON")
            reader.name()
        elif reader.accept("ACCOUNT", "LOCK"):
            locked = True
        elif reader.accept("ACCOUNT", "UNLOCK"):
            locked = False
        elif not reader.accept("PROFILE", "DEFAULT"):
            raise reader.unsupported()
    return locked


def _lock(session: Workspace, name: str, *, locked: bool) -> None:
    session.store.rows(
        "UPDATE ora.users SET locked = $2::bool WHERE name = $1", [name, "t" if locked else "f"]
    )


def drop_user(session: Workspace, reader: Reader) -> None:
    """DROP USER name [CASCADE]"""
    session.catalog.access.require("DROP USER")
    name = reader.name()
    cascade = reader.accept("CASCADE")
    reader.finish()
    if name not in session.catalog.users:
        raise OracleError(1918, f"user '{name}' does not exist")
    _check_absent(session, name)
    owned = (
        "SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE "
        "n.nspname = $1"
    )
    if not cascade and session.store.rows(f"{owned} LIMIT 1", [name]):
        raise OracleError(1922, f"CASCADE must be specified to drop '{name}'")
    _refuse_dependent_views(session, name)
    session.store.run(f"DROP SCHEMA {quote(name)} CASCADE")
    for table in _FACTS:
        session.store.run(
            f"DELETE FROM ora.{table} WHERE relation NOT IN (SELECT oid FROM pg_class)"
        )
    session.store.rows("DELETE FROM ora.triggers WHERE owner = $1", [name])
    session.store.rows("DELETE FROM ora.synonyms WHERE owner = $1", [name])
    session.store.rows("DELETE FROM ora.grants WHERE grantee = $1 OR grantor = $1", [name])
    session.store.rows("DELETE FROM ora.system_grants WHERE grantee = $1", [name])
    session.store.rows("DELETE FROM ora.users WHERE name = $1", [name])


def _check_absent(session: Workspace, name: str) -> None:
    """Raises ORA-01940 while the user has a session; one that has just logged off may take a moment
    to end.
    """
    connected = OracleError(1940, "cannot drop a user that is currently connected")
    if name == session.catalog.access.user:
        raise connected
    session.store.run(f"SET LOCAL lock_timeout = {_PATIENCE_MS}")
    try:
        session.store.rows(
            f"SELECT pg_advisory_xact_lock({USER_LOCK}, id) FROM ora.users WHERE name = $1", [name]
        )
    except StoreError as error:
        if error.state == "55P03":
            raise connected from None
        raise
    session.store.run("SET LOCAL lock_timeout = 0")


def _refuse_dependent_views(session: Workspace, name: str) -> None:
    """In Oracle another user's view on a dropped table stays and is invalid; here it would go."""
    rows = session.store.rows(
        "SELECT v.relname FROM pg_depend d JOIN pg_rewrite w ON w.oid = d.objid JOIN pg_class v "
        "ON v.oid = w.ev_class "
        "JOIN pg_class c ON c.oid = d.refobjid JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass AND "
        "n.nspname = $1 "
        "AND v.relnamespace <> c.relnamespace LIMIT 1",
        [name],
    )
    if rows:
        raise OracleError(
            3001, f"unimplemented feature: dropping a user whose tables the view {rows[0][0]} reads"
        )


def _role(session: Workspace, name: str) -> list[tuple[str | None, ...]]:
    return session.store.rows("SELECT maintained FROM ora.roles WHERE name = $1", [name])


def create_role(session: Workspace, reader: Reader) -> None:
    """CREATE ROLE name [NOT IDENTIFIED]; the creator gets it with the ADMIN option."""
    session.catalog.access.require("CREATE ROLE")
    name = reader.name()
    reader.accept("NOT", "IDENTIFIED")
    reader.finish()
    if name in ("SYS", "PUBLIC") or name in session.catalog.users or _role(session, name):
        raise OracleError(1921, f"role name '{name}' conflicts with another user or role name")
    session.store.rows("INSERT INTO ora.roles (name) VALUES ($1)", [name])
    session.store.rows(
        "INSERT INTO ora.system_grants VALUES ($1, $2, true)", [session.catalog.access.user, name]
    )


def drop_role(session: Workspace, reader: Reader) -> None:
    """DROP ROLE name"""
    name = reader.name()
    reader.finish()
    found = _role(session, name)
    if not found:
        raise OracleError(1919, f"role '{name}' does not exist")
    access = session.catalog.access
    admin = session.store.rows(
        "SELECT 1 FROM ora.system_grants WHERE grantee = $1 AND privilege = $2 AND admin",
        [access.user, name],
    )
    if found[0][0] == "t" or not (admin or access.holds("DROP ANY ROLE")):
        raise insufficient()
    session.store.rows("DELETE FROM ora.system_grants WHERE grantee = $1 OR privilege = $1", [name])
    session.store.rows("DELETE FROM ora.grants WHERE grantee = $1", [name])
    session.store.rows("DELETE FROM ora.roles WHERE name = $1", [name])
