"""Users as the store keeps them: a schema each, a verifier, and the privileges they start with."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from lab.oracle.engine.errors import StoreError
from lab.oracle.engine.lexer import literal, quote
from lab.oracle.engine.store import Store
from lab.oracle.interface import OracleError, Verifier

#: every session holds an advisory lock of this class whose number is its user's: V$SESSION and DROP
#: USER look there
USER_LOCK = 1330790740

_ON_DICTIONARY = re.compile(r"(SELECT|EXECUTE) ON (?:SYS\.)?(\S+)", re.IGNORECASE)
#: what each may be granted on: the dictionary's views, and packages (sql/dictionary_published.sql)
_KINDS = {"SELECT": ("v", "dictionary view"), "EXECUTE": ("c", "package")}

#: what a user gets whose configuration names no privileges: everything
ADMINISTRATOR = ("DBA", "UNLIMITED TABLESPACE")
#: what an application's owner usually has
DEVELOPER = ("CONNECT", "RESOURCE", "CREATE VIEW", "CREATE SYNONYM", "UNLIMITED TABLESPACE")


@dataclass(frozen=True)
class Account:
    """A user of the configuration; ``privileges`` None: ``ADMINISTRATOR``, once, when the user is
    made.
    """

    verifier: Verifier = field(repr=False)
    privileges: tuple[str, ...] | None = None


def keep_account(store: Store, name: str, account: Account) -> None:
    """Makes the user unless it is there, sets its password and adds the privileges the
    configuration names.

    Raises StoreError for a privilege that does not exist.
    """
    is_new = not store.rows("SELECT 1 FROM ora.users WHERE name = $1", [name])
    if is_new:
        if store.rows("SELECT 1 FROM ora.roles WHERE name = $1", [name]) or name in (
            "SYS",
            "PUBLIC",
        ):
            raise StoreError("42710", f"{name} cannot be a user: the name is taken")
        add_user(store, name)
    keep_verifier(store, name, account.verifier)
    if account.privileges is not None:
        _give(store, name, account.privileges)
    elif is_new:
        _give(store, name, ADMINISTRATOR)


def _give(store: Store, name: str, privileges: Iterable[str]) -> None:
    known = {
        row[0]
        for row in store.rows(
            "SELECT name FROM ora.system_privileges UNION SELECT name FROM ora.roles"
        )
    }
    for privilege in privileges:
        on_object = _ON_DICTIONARY.fullmatch(privilege)
        if on_object is not None:
            _give_object(store, name, on_object[1].upper(), view_of(on_object[2].upper()))
            continue
        if privilege.upper() not in known:
            raise StoreError("42704", f"{privilege} is neither a system privilege nor a role")
        store.rows(
            "INSERT INTO ora.system_grants VALUES ($1, $2) ON CONFLICT (grantee, privilege) DO "
            "NOTHING",
            [name, privilege.upper()],
        )


def view_of(name: str) -> str:
    """The dictionary view that a grant names: Oracle's grantable name of a V$ view is V_$NAME."""
    return "V$" + name[3:] if name.startswith("V_$") else name


def _give_object(store: Store, name: str, privilege: str, wanted: str) -> None:
    kind, called = _KINDS[privilege]
    found = store.rows(
        "SELECT c.oid FROM pg_class c WHERE c.relnamespace = '\"SYS\"'::regnamespace "
        "AND c.relname = $1 AND c.relkind = $2",
        [wanted, kind],
    )
    if not found:
        raise StoreError("42704", f"there is no {called} {wanted} to be granted")
    store.rows(
        "INSERT INTO ora.grants VALUES ($1::int8::oid, $2, $3, 'SYS', false) "
        "ON CONFLICT DO NOTHING",
        [found[0][0], name, privilege],
    )


def add_user(store: Store, name: str) -> None:
    """An Oracle user is a schema of the store and a row of ``ora.users``; without a verifier nobody
    can log in.
    """
    store.run(f"CREATE SCHEMA {quote(name)}; INSERT INTO ora.users (name) VALUES ({literal(name)})")


def keep_verifier(store: Store, name: str, verifier: Verifier) -> None:
    """Sets what passwords are checked with."""
    store.rows(
        "UPDATE ora.users SET salt = $2, key = $3 WHERE name = $1",
        [name, verifier.salt.hex(), verifier.key.hex()],
    )


def find_verifier(store: Store, name: str) -> Verifier | None:
    """The verifier of a user, None for an unknown one."""
    rows = store.rows("SELECT salt, key FROM ora.users WHERE name = $1", [name])
    if not rows or rows[0][0] is None or rows[0][1] is None:
        return None
    return Verifier(bytes.fromhex(rows[0][0]), bytes.fromhex(rows[0][1]))


def enter(store: Store, name: str) -> None:
    """Marks the session as the user's. Raises ORA-01017, ORA-28000 or ORA-01045 for who may not
    come in.
    """
    rows = store.rows(
        f"SELECT locked, pg_advisory_lock_shared({USER_LOCK}, id), EXISTS (SELECT 1 FROM "
        f"ora.system_grants g "
        "JOIN ora.names_of($1) AS n ON n = g.grantee WHERE g.privilege = 'CREATE SESSION') "
        "FROM ora.users WHERE name = $1",
        [name],
    )
    if not rows:
        raise OracleError(1017, "invalid username/password; logon denied")
    if rows[0][0] == "t":
        raise OracleError(28000, "the account is locked")
    if rows[0][2] != "t":
        raise OracleError(1045, f"user {name} lacks CREATE SESSION privilege; logon denied")
