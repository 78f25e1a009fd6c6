"""The engine of one server: who may log in, and where the rows are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lab.oracle.engine.accounts import Account, enter, find_verifier, keep_verifier
from lab.oracle.engine.bootstrap import prepare_store, read_charset
from lab.oracle.engine.epoch import SharedEpoch
from lab.oracle.engine.errors import StoreError, to_oracle
from lab.oracle.engine.registry import Registry
from lab.oracle.engine.session import Session
from lab.oracle.engine.settings import SessionSettings
from lab.oracle.engine.store import Store, StoreAddress
from lab.oracle.engine.versions import DEFAULT_VERSION, read_version
from lab.oracle.interface import ClientWatch, OracleError, Verifier
from lab.oracle.wire.auth import derive_verifier

#: what the banner of a version says that the protocol spoken here is too new for
LAB_ONLY = " (lab only: spoken to with the protocol of 12.1)"


class StoreEngine:
    """Implements ``Engine``; holds no connection, so it survives a fork."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self.service_names: tuple[str, ...] = (str(config.get("service", "XE")),)
        self.version = read_version(str(config.get("version") or DEFAULT_VERSION))
        self._charset = read_charset(config.get("charset"))
        is_old = self.version[:2] < (12, 1)
        #: whether clients are told that the server is too old for them, as thin drivers are told by
        #: the real one
        self.refuses_thin_clients = is_old and config.get("protocol") != "modern"
        self._note = LAB_ONLY if is_old else ""
        self._registry = Registry()
        store = config["store"]
        self._address = StoreAddress(
            str(store["host"]),
            int(store["port"]),
            str(store["database"]),
            str(store["user"]),
            store.get("password"),
        )
        self._epoch = SharedEpoch()
        self._accounts = {name.upper(): _account(user) for name, user in config["users"].items()}
        self._proxies = {
            name.upper(): frozenset(map(str.upper, user.get("proxies", ())))
            for name, user in config["users"].items()
        }

    @property
    def users(self) -> tuple[str, ...]:
        """The names of the configured users, upper case."""
        return tuple(self._accounts)

    def prepare(self) -> None:
        """Brings the store into shape. Raises StoreError when it cannot be reached or used."""
        store = Store(self._address)
        try:
            SessionSettings(store, "SYS")
            store.run("SET check_function_bodies = off")
            prepare_store(
                store, self._accounts, ".".join(map(str, self.version)), self._note, self._charset
            )
        finally:
            store.close()

    def verifier(self, user: str) -> Verifier | None:
        """The user's password verifier, None for an unknown user; asked of
        the store for all alike.
        """
        try:
            store = Store(self._address)
            try:
                return find_verifier(store, user.upper())
            finally:
                store.close()
        except StoreError as error:
            raise to_oracle(error) from None

    def change_password(self, user: str, verifier: Verifier) -> None:
        """See ``Engine.change_password``."""
        try:
            store = Store(self._address)
            try:
                keep_verifier(store, user.upper(), verifier)
            finally:
                store.close()
        except StoreError as error:
            raise to_oracle(error) from None

    def may_proxy(self, proxy: str, user: str) -> bool:
        """See ``Engine.may_proxy``."""
        return proxy.upper() in self._proxies.get(user.upper(), ())

    def connect(self, user: str, watch: ClientWatch) -> Session:
        """A session with a connection of its own to the store."""
        try:
            store = Store(self._address, watch)
        except StoreError as error:
            raise to_oracle(error) from None
        try:
            session = Session(store, user.upper(), self.version, self._epoch, self._registry)
            enter(store, user.upper())
        except OracleError:
            store.close()
            raise
        except StoreError as error:
            store.close()
            raise to_oracle(error) from None
        return session


def open_engine(config: Mapping[str, Any]) -> StoreEngine:
    """The engine for a configuration (keys ``service``, ``version``, ``store``, ``users``), its
    store prepared.

    ``store`` has host, port, database, user (a superuser of that cluster) and password; ``users``
    maps names to ``{"password": ..., "privileges": [...], "proxies": [...]}``: the privileges, and
    the users that may log in in this one's place, are optional. Raises StoreError when the store
    cannot be reached or is not fit, ValueError for a version that is not presented and for a
    character set that there is not (key ``charset``).
    """
    engine = StoreEngine(config)
    engine.prepare()
    return engine


def _account(user: Mapping[str, Any]) -> Account:
    privileges = user.get("privileges")
    return Account(
        derive_verifier(user["password"]), None if privileges is None else tuple(privileges)
    )
