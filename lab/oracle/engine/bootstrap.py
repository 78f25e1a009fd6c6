"""Prepares the store's database once: Oracle's types, functions, catalogue tables and dictionary views."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files

from lab.oracle.engine.errors import StoreError
from lab.oracle.engine.lexer import literal, quote
from lab.oracle.engine.operators import operator_statements
from lab.oracle.engine.store import Store

#: raised with every change of the SQL below: an older store is refused, not half-used
REVISION = 5
_LOCK = 4_210_331_951_715

_SCRIPTS_BEFORE_OPERATORS = ("types.sql", "further_types.sql", "convert.sql")
_SCRIPTS = ("datetime.sql", "functions.sql", "bytes.sql", "further.sql", "dictionary.sql", "sessions.sql")


def prepare_store(store: Store, users: Iterable[str], version: str) -> None:
    """Creates what is missing; safe to call at every start and from several servers at once."""
    store.run(f"SELECT pg_advisory_lock({_LOCK})")
    try:
        if not store.rows("SELECT 1 FROM pg_namespace WHERE nspname = 'ora'"):
            _create(store, version)
        _refuse_other_revision(store)
        for user in users:
            add_user(store, user)
    finally:
        store.run(f"SELECT pg_advisory_unlock({_LOCK})")


def add_user(store: Store, user: str) -> None:
    """An Oracle user is a schema of the store and a row of ``ora.users``."""
    if store.rows("SELECT 1 FROM ora.users WHERE name = $1", [user]):
        return
    store.run(f"BEGIN; CREATE SCHEMA {quote(user)}; INSERT INTO ora.users (name) VALUES ({literal(user)}); COMMIT")


def _create(store: Store, version: str) -> None:
    if store.rows("SELECT rolsuper FROM pg_roles WHERE rolname = current_user") != [("t",)]:
        raise StoreError("42501", "the store's user must be a superuser of its PostgreSQL cluster (it creates types)")
    if store.rows("SHOW server_encoding") != [("UTF8",)]:
        raise StoreError("55000", "the store's database must be in UTF8: create it with ENCODING 'UTF8'")
    store.run("BEGIN")
    try:
        for script in _SCRIPTS_BEFORE_OPERATORS:
            store.run(_read(script))
        store.run(f"CREATE COLLATION ora.letters FROM {_letters(store)}")
        store.run(";\n".join(operator_statements()))
        store.run(
            f"CREATE TABLE ora.store AS SELECT {REVISION} AS revision, {literal(version)}::text AS version, "
            "date_trunc('second', localtimestamp) AS created"
        )
        for script in _SCRIPTS:
            store.run(_read(script))
        store.run("COMMIT")
    except StoreError:
        store.run("ROLLBACK")
        raise


def _letters(store: Store) -> str:
    """The collation that knows the upper and lower case of all letters, whatever the database's own is."""
    found = store.rows(
        "SELECT collname FROM pg_collation WHERE collname IN ('C.utf8', 'C.UTF-8', 'und-x-icu') ORDER BY 1 LIMIT 1"
    )
    if not found:
        raise StoreError("55000", "the store's cluster has neither the collation C.utf8 nor one of ICU")
    return f'pg_catalog."{found[0][0]}"'


def _refuse_other_revision(store: Store) -> None:
    found = store.rows("SELECT revision FROM ora.store")
    if found != [(str(REVISION),)]:
        raise StoreError("55000", f"the store has revision {found[0][0]}, this server needs {REVISION}: start afresh")


def _read(script: str) -> str:
    return files("lab.oracle.engine").joinpath("sql", script).read_text(encoding="utf-8")
