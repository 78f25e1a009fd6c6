"""Prepares the store's database once: Oracle's types, functions, catalogue tables and dictionary views."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

from lab.oracle.engine.accounts import Account, keep_account
from lab.oracle.engine.characters import character_statements
from lab.oracle.engine.errors import StoreError
from lab.oracle.engine.lexer import literal
from lab.oracle.engine.operators import operator_statements
from lab.oracle.engine.store import Store

#: raised with every change of the SQL below: an older store is refused, not half-used
REVISION = 14
_LOCK = 4_210_331_951_715

_SCRIPTS_BEFORE_OPERATORS = ("types.sql", "further_types.sql", "numbers.sql", "zones.sql", "convert.sql", "rowids.sql")
_SCRIPTS = (
    "datetime.sql",
    "functions.sql",
    "bytes.sql",
    "further.sql",
    "nanoseconds.sql",
    "values.sql",
    "bits.sql",
    "regexp.sql",
    "number_formats.sql",
    "calendar.sql",
    "nls.sql",
    "privileges.sql",
    "dictionary.sql",
)
#: views that rest on the others
_SCRIPTS_LAST = ("sessions.sql", "dictionary_further.sql", "dictionary_published.sql")


def prepare_store(store: Store, accounts: Mapping[str, Account], version: str, note: str = "") -> None:
    """Creates what is missing; safe to call at every start and from several servers at once.

    The store presents the ``version`` of the last start, with ``note`` at the end of its banner.
    """
    store.run(f"SELECT pg_advisory_lock({_LOCK})")
    try:
        if not store.rows("SELECT 1 FROM pg_namespace WHERE nspname = 'ora'"):
            _create(store, version)
        _refuse_other_revision(store)
        store.run(
            f"UPDATE ora.store SET version = {literal(version)}, note = {literal(note)} "
            f"WHERE (version, note) IS DISTINCT FROM ({literal(version)}, {literal(note)})"
        )
        for name, account in accounts.items():
            _in_transaction(store, name, account)
    finally:
        store.run(f"SELECT pg_advisory_unlock({_LOCK})")


def _in_transaction(store: Store, name: str, account: Account) -> None:
    store.run("BEGIN")
    try:
        keep_account(store, name, account)
        store.run("COMMIT")
    except StoreError:
        store.run("ROLLBACK")
        raise


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
            "''::text AS note, date_trunc('second', localtimestamp) AS created"
        )
        for script in (*_SCRIPTS, *_SCRIPTS_LAST):
            store.run(_read(script))
        store.run(";\n".join(character_statements()))
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
