"""Session settings (NLS formats, time zone, schema): kept in the store's session where functions
read them.
"""

from __future__ import annotations

from lab.oracle.engine.lexer import literal
from lab.oracle.engine.store import Store

DEFAULTS = {
    "nls_date_format": "DD-MON-RR",
    "nls_timestamp_format": "DD-MON-RR HH.MI.SSXFF AM",
    "nls_timestamp_tz_format": "DD-MON-RR HH.MI.SSXFF AM TZR",
    "nls_nchar_conv_excp": "FALSE",
    "time_zone": "+00:00",
    "client": "{}",
}
_FIXED = (
    "SET search_path = ora, pg_catalog; SET timezone = 'UTC'; SET datestyle = 'ISO'; "
    "SET intervalstyle = 'postgres'; SET standard_conforming_strings = on; "
    "SET client_min_messages = error; SET statement_timeout = 0; "
    "SET idle_in_transaction_session_timeout = 0; "
    # a view of the dictionary takes twice as long to plan as to read, and half of that with these
    "SET join_collapse_limit = 4; SET from_collapse_limit = 4; "
    # else the statement of a session whose process was killed would run on; PostgreSQL 13 has no
    # such setting
    "SELECT set_config(name, '1s', false) FROM pg_settings "
    "WHERE name = 'client_connection_check_interval'"
)


class SessionSettings:
    """The settings of one session. In Oracle they outlive a rollback, in PostgreSQL they do not."""

    def __init__(self, store: Store, user: str) -> None:
        self._store = store
        self._values = {**DEFAULTS, "login": user, "schema": user}
        self._unsafe: set[str] = set()
        store.run(f"{_FIXED}; {self._commands(set(self._values))}")

    def _commands(self, names: set[str]) -> str:
        return "; ".join(
            f"SET ora.{name} = {literal(self._values[name])}" for name in sorted(names)
        )

    def set(self, name: str, value: str, *, in_transaction: bool) -> None:
        """Changes a setting; within a transaction it is remembered in case that is rolled back."""
        self._values[name] = value
        self._store.run(self._commands({name}))
        if in_transaction:
            self._unsafe.add(name)

    def after_commit(self) -> None:
        """What was set in the transaction is kept now."""
        self._unsafe.clear()

    def after_rollback(self) -> None:
        """Sets again what the rollback has taken back, wholly or to a savepoint."""
        if self._unsafe:
            self._store.run(self._commands(self._unsafe))
