"""The engine of one server: who may log in, and where the rows are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lab.oracle.engine.bootstrap import prepare_store
from lab.oracle.engine.errors import StoreError, to_oracle
from lab.oracle.engine.passwords import Verifiers
from lab.oracle.engine.registry import Registry
from lab.oracle.engine.session import Session
from lab.oracle.engine.settings import SessionSettings
from lab.oracle.engine.store import Store, StoreAddress
from lab.oracle.interface import ClientWatch, OracleError, Verifier
from lab.oracle.wire.auth import derive_verifier

DEFAULT_VERSION = "19.0.0.0.0"


class StoreEngine:
    """Implements ``Engine``; holds no connection, so it survives a fork."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.service_names: tuple[str, ...] = (str(config.get("service", "XE")),)
        self.version = _version(str(config.get("version") or DEFAULT_VERSION))
        self._registry = Registry()
        store = config["store"]
        self._address = StoreAddress(
            str(store["host"]), int(store["port"]), str(store["database"]), str(store["user"]), store.get("password")
        )
        users = {name.upper(): user for name, user in config["users"].items()}
        self._verifiers = Verifiers({name: derive_verifier(user["password"]) for name, user in users.items()})
        self._proxies = {name: frozenset(map(str.upper, user.get("proxies", ()))) for name, user in users.items()}

    @property
    def users(self) -> tuple[str, ...]:
        """The names of the users, upper case."""
        return self._verifiers.users

    def prepare(self) -> None:
        """Brings the store into shape. Raises StoreError when it cannot be reached or used."""
        store = Store(self._address)
        try:
            SessionSettings(store, "SYS")
            store.run("SET check_function_bodies = off")
            prepare_store(store, self._verifiers.users, ".".join(map(str, self.version)))
        finally:
            store.close()

    def verifier(self, user: str) -> Verifier | None:
        """The user's password verifier, None for an unknown user."""
        return self._verifiers.get(user.upper())

    def change_password(self, user: str, verifier: Verifier) -> None:
        """See ``Engine.change_password``."""
        self._verifiers.replace(user.upper(), verifier)

    def may_proxy(self, proxy: str, user: str) -> bool:
        """See ``Engine.may_proxy``."""
        return proxy.upper() in self._proxies.get(user.upper(), ())

    def connect(self, user: str, watch: ClientWatch) -> Session:
        """A session with a connection of its own to the store."""
        if user.upper() not in self._verifiers.users:
            raise OracleError(1017, "invalid username/password; logon denied")
        try:
            return Session(Store(self._address, watch), user.upper(), self._registry)
        except StoreError as error:
            raise to_oracle(error) from None


def open_engine(config: Mapping[str, Any]) -> StoreEngine:
    """The engine for a configuration (keys ``service``, ``version``, ``store``, ``users``), its store prepared.

    ``store`` has host, port, database, user (a superuser of that cluster) and password; ``users`` maps names to
    ``{"password": ..., "proxies": [...]}``, the latter naming users that may log in in this one's
    place. Raises StoreError when the store cannot be reached or is not fit.
    """
    engine = StoreEngine(config)
    engine.prepare()
    return engine


def _version(text: str) -> tuple[int, int, int, int, int]:
    parts = [int(part) for part in text.split(".")][:5]
    parts += [0] * (5 - len(parts))
    return parts[0], parts[1], parts[2], parts[3], parts[4]
