"""What statements work on: the part of a session that the rooms below it know.

``Session`` is the one class that is meant. It stands above these rooms, so they name it by what
they use of it.
"""

from __future__ import annotations

from typing import Protocol

from lab.oracle.engine.catalog import Catalog
from lab.oracle.engine.identity import Identity
from lab.oracle.engine.registry import Registry
from lab.oracle.engine.store import Store
from lab.oracle.engine.temporary import Temporaries
from lab.oracle.engine.transaction import Transaction


class Workspace(Protocol):
    """A session as DDL and LOBs see it; ``schema`` is the one that names without one belong to."""

    user: str
    schema: str
    store: Store
    catalog: Catalog
    transaction: Transaction
    temporaries: Temporaries

    def settle(self) -> None:
        """Frees the connection for another statement."""

    def forget(self) -> None:
        """Nothing remembered of the schema may be used any more."""

    def announce_change(self) -> None:
        """Tells the other sessions of this server that a change of the schema is committed."""


class Controlled(Workspace, Protocol):
    """A session as the statements see it that control sessions and transactions."""

    identity: Identity
    registry: Registry

    def commit(self) -> None:
        """Makes the changes permanent."""

    def rollback(self) -> None:
        """Takes the changes back."""

    def after_rollback(self, *, wholly: bool) -> None:
        """Puts right what PostgreSQL takes back and Oracle does not."""

    def set_schema(self, schema: str) -> None:
        """Raises ORA-01435 for an unknown one."""

    def set_setting(self, name: str, value: str) -> None:
        """A setting of the session, whatever becomes of the transaction."""
