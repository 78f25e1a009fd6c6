"""Who a session is: what its client says about itself, and what of that SYS_CONTEXT and the V$
views show.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping

from lab.oracle.engine.lexer import Token, literal
from lab.oracle.engine.registry import LIMITS, Registry
from lab.oracle.engine.settings import SessionSettings
from lab.oracle.engine.store import Store
from lab.oracle.interface import OracleError

#: views whose rows come from the registry
SESSION_VIEWS = frozenset(
    ("V$SESSION", "V$SESSION_CONNECT_INFO", "V$SESSTAT", "V$MYSTAT", "V$SQL_MONITOR")
)
#: the one namespace that every user may write (SQL Language Reference, SYS_CONTEXT)
_OPEN_NAMESPACE = "CLIENTCONTEXT"
#: what SYS_CONTEXT('USERENV', ...) shows of the client
_SHOWN = (
    "program",
    "machine",
    "terminal",
    "osuser",
    "module",
    "action",
    "client_info",
    "client_identifier",
)
_AT_LOGIN = ("proxy_user",)


class Identity:
    """The facts of one session: other sessions see them in the registry, its own statements in a
    setting.
    """

    def __init__(
        self, store: Store, settings: SessionSettings, registry: Registry, user: str
    ) -> None:
        self._store = store
        self._settings = settings
        self._registry = registry
        self.session_id = store.backend
        self.serial = secrets.randbelow(0xFFFF) + 1
        self._facts: dict[str, str | None] = {"username": user}
        self._context: dict[str, str] = {}
        self._entry = registry.enter(self.session_id, self.serial)
        if self._entry is not None:
            self._entry.write(self._facts)

    @property
    def is_killed(self) -> bool:
        """Whether ALTER SYSTEM KILL SESSION has named this session."""
        return self._entry is not None and self._entry.is_killed

    def count_round_trip(self) -> None:
        """Counts a call of the client."""
        if self._entry is not None:
            self._entry.count_round_trip()

    def count_parse(self) -> None:
        """Counts a statement that the client had parsed."""
        if self._entry is not None:
            self._entry.count_parse()

    def set(self, facts: Mapping[str, str | None], *, in_transaction: bool) -> None:
        """Replaces some of the facts; the names are those of ``registry.LIMITS``."""
        self._facts |= {name: value for name, value in facts.items() if name in LIMITS}
        if self._entry is not None:
            self._entry.write(self._facts)
        self._publish(in_transaction=in_transaction)

    def set_context(
        self, namespace: str, values: Mapping[str, str], *, in_transaction: bool
    ) -> None:
        """Sets values of an application context; without values the whole context is cleared.

        Raises ORA-28267 for a namespace that belongs to a package or to nobody.
        """
        space = namespace.upper()
        if space != _OPEN_NAMESPACE:
            raise OracleError(28267, "Invalid NameSpace Value")
        if not values:
            self._context = {
                name: kept
                for name, kept in self._context.items()
                if not name.startswith(f"{space}.")
            }
        self._context |= {f"{space}.{name.upper()}": value for name, value in values.items()}
        self._publish(in_transaction=in_transaction)

    def _publish(self, *, in_transaction: bool) -> None:
        shown = {
            name: value[: LIMITS[name]]
            for name in _SHOWN + _AT_LOGIN
            if (value := self._facts.get(name))
        }
        text = json.dumps(shown | self._context, ensure_ascii=False)
        self._settings.set("client", text, in_transaction=in_transaction)

    def show_sessions(self) -> None:
        """Hands the registry to the views, for the statement that follows."""
        self._store.run(f"SET ora.sessions = {literal(self._registry.as_json())}")

    def close(self) -> None:
        """The session is no longer there."""
        if self._entry is not None:
            self._entry.close()
            self._entry = None


def reads_sessions(tokens: tuple[Token, ...]) -> bool:
    """Whether a statement names one of the views about sessions."""
    return any(token.name in SESSION_VIEWS for token in tokens)
