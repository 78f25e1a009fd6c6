"""Prepares the store's database once: Oracle's types, functions, catalogue tables and dictionary
views.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

from lab.oracle.engine.accounts import Account, keep_account
from lab.oracle.engine.characters import character_statements
from lab.oracle.engine.errors import StoreError
from lab.oracle.engine.lexer import literal
from lab.oracle.engine.operators import operator_statements
from lab.oracle.engine.store import Store
from lab.oracle.engine.transaction import COMMIT_LOCK

#: raised with every change of the SQL below: an older store is refused, not half-used
REVISION = 17
_LOCK = 4_210_331_951_715

#: what a database's character set may be -> PostgreSQL's name of it, and what stands for a
#: character that it lacks; the store itself is in UTF-8
CHARSETS = {
    "AL32UTF8": ("UTF8", ""),
    "KO16MSWIN949": ("UHC", "?"),
    "WE8MSWIN1252": ("WIN1252", "\u00bf"),
    "WE8ISO8859P1": ("LATIN1", "\u00bf"),
}
DEFAULT_CHARSET = "AL32UTF8"
_SCRIPTS_BEFORE_OPERATORS = ("numbers.sql", "zones.sql", "convert.sql", "rowids.sql")
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
    "scn.sql",
    "past.sql",
    "dictionary.sql",
)
#: views that rest on the others
_SCRIPTS_LAST = ("sessions.sql", "dictionary_further.sql", "dictionary_published.sql")


def read_charset(name: object) -> str | None:
    """The character set a configuration names, None when it names none. Raises ValueError for one
    there is not.
    """
    if name is None or name in CHARSETS:
        return None if name is None else str(name)
    raise ValueError(f"{name!r} is no character set of this server: {', '.join(CHARSETS)}")


def prepare_store(
    store: Store,
    accounts: Mapping[str, Account],
    version: str,
    note: str = "",
    charset: str | None = None,
) -> None:
    """Creates what is missing; safe to call at every start and from several servers at once.

    The store presents the ``version`` of the last start, with ``note`` at the end of its banner,
    and keeps the character set that it was made with; raises StoreError when ``charset``, one of
    ``CHARSETS``, asks for another.
    """
    store.run(f"SELECT pg_advisory_lock({_LOCK})")
    try:
        _refuse_untracked_commits(store)
        if not store.rows("SELECT 1 FROM pg_namespace WHERE nspname = 'ora'"):
            _create(store, version, charset or DEFAULT_CHARSET)
        _refuse_other_revision(store)
        if charset is not None:
            _refuse_other_charset(store, charset)
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


def _create(store: Store, version: str, charset: str) -> None:
    if store.rows("SELECT rolsuper FROM pg_roles WHERE rolname = current_user") != [("t",)]:
        raise StoreError(
            "42501",
            "the store's user must be a superuser of its PostgreSQL cluster (it creates types)",
        )
    if store.rows("SHOW server_encoding") != [("UTF8",)]:
        raise StoreError(
            "55000", "the store's database must be in UTF8: create it with ENCODING 'UTF8'"
        )
    store.run("BEGIN")
    try:
        for script in ("types.sql", "further_types.sql"):
            store.run(_read(script))
        store.run(_charset_functions(charset))
        for script in _SCRIPTS_BEFORE_OPERATORS:
            store.run(_read(script))
        store.run(f"CREATE COLLATION ora.letters FROM {_letters(store)}")
        store.run(";\n".join(operator_statements()))
        if charset != DEFAULT_CHARSET:
            store.run(_read("charset_bytes_char.sql"))
        store.run(
            f"CREATE TABLE ora.store AS SELECT {REVISION} AS revision, {literal(version)}::text "
            f"AS version, "
            "''::text AS note, date_trunc('second', localtimestamp) AS created"
        )
        for script in (*_SCRIPTS, *_SCRIPTS_LAST):
            store.run(_read(script))
        store.run(";\n".join(character_statements()))
        store.run("COMMIT")
    except StoreError:
        store.run("ROLLBACK")
        raise


def _charset_functions(charset: str) -> str:
    """What counts, compares and shows the bytes of text."""
    encoding, replacement = CHARSETS[charset]
    if charset == DEFAULT_CHARSET:
        return _read("charset_utf8.sql")
    values = {"charset": charset, "encoding": encoding, "replacement": replacement}
    text = _read("charset_bytes.sql")
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _letters(store: Store) -> str:
    """The collation that knows the upper and lower case of all letters, whatever the database's own
    is.
    """
    found = store.rows(
        "SELECT collname FROM pg_collation WHERE collname IN ('C.utf8', 'C.UTF-8', 'und-x-icu') "
        "ORDER BY 1 LIMIT 1"
    )
    if not found:
        raise StoreError(
            "55000", "the store's cluster has neither the collation C.utf8 nor one of ICU"
        )
    return f'pg_catalog."{found[0][0]}"'


def _refuse_other_revision(store: Store) -> None:
    found = store.rows("SELECT revision FROM ora.store")
    if found != [(str(REVISION),)]:
        raise StoreError(
            "55000",
            f"the store has revision {found[0][0]}, this server needs {REVISION}: start afresh",
        )


def _refuse_untracked_commits(store: Store) -> None:
    if store.rows("SHOW track_commit_timestamp") != [("on",)]:
        raise StoreError(
            "55000",
            "the store's PostgreSQL must have track_commit_timestamp = on: set it and restart it",
        )


def _refuse_other_charset(store: Store, charset: str) -> None:
    found = store.rows("SELECT ora.charset()")[0][0]
    if found != charset:
        raise StoreError(
            "55000", f"the store has the character set {found}, not {charset}: start afresh"
        )


def _read(script: str) -> str:
    text = files("lab.oracle.engine").joinpath("sql", script).read_text(encoding="utf-8")
    return text.replace("{commit_lock}", str(COMMIT_LOCK))
