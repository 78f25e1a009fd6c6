"""The transaction of a session: statement atomicity by savepoints, Oracle's
transaction statements.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from lab.oracle.engine.errors import StoreError
from lab.oracle.engine.store import Store

Result = TypeVar("Result")
_POINT = '"ora$statement"'
#: held shared by whoever commits, until the changes are visible; whoever reads the SCN takes it
#: alone (sql/scn.sql)
COMMIT_LOCK = 4_210_331_951_716
#: one request to the store: nothing can come between the two
COMMIT = f"SELECT pg_catalog.pg_advisory_xact_lock_shared({COMMIT_LOCK}); COMMIT"


class Transaction:
    """Oracle opens a transaction with the first change; PostgreSQL is told so here."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.is_open = False
        self._has_changes = False
        self._has_point = False
        #: ALTER SESSION SET ISOLATION_LEVEL: a transaction, with its snapshot, then begins with a
        #: query as well
        self.is_serializable = False
        #: number of the transaction, and how often something was rolled back
        self.serial = 0
        self.undos = 0
        #: changes made by the client's current call, and whether a savepoint stands before the last
        #: of them
        self._call_changes = 0
        self._call_guarded = False

    def begin(self, mode: str = "") -> None:
        """Opens a transaction unless one is open."""
        if not self.is_open:
            serializable = "ISOLATION LEVEL REPEATABLE READ" if self.is_serializable else ""
            self._store.control(f"BEGIN {mode or serializable}")
            self.is_open, self._has_changes, self._has_point = True, bool(mode), False
            self.serial += 1

    def atomic(self, action: Callable[[], Result], *, changes: bool = True) -> Result:
        """Runs one statement; when it fails, what it did is undone and the transaction lives on.

        With ``changes`` a transaction is opened; without, none is needed and none is opened.
        """
        if changes or self.is_serializable:
            self.begin()
        if not self.is_open:
            return action()
        guarded = self._has_changes
        if guarded:
            self._mark()
        try:
            result = action()
        except StoreError:
            self._undo(guarded)
            raise
        self._has_changes = True
        if changes:
            self._call_changes += 1
            self._call_guarded = guarded
        return result

    def start_call(self) -> None:
        """From here on changes belong to another call of the client."""
        self._call_changes = 0

    def take_back(self) -> bool:
        """Undoes the current call's change as if it had failed; False when it is committed or was
        made in steps.
        """
        if not self.is_open or self._call_changes != 1:
            return False
        self._undo(self._call_guarded)
        self._call_changes = 0
        return True

    def _mark(self) -> None:
        release = f"RELEASE SAVEPOINT {_POINT}; " if self._has_point else ""
        self._store.control(f"{release}SAVEPOINT {_POINT}")
        self._has_point = True

    def _undo(self, guarded: bool) -> None:
        if self._store.lost:
            return
        if guarded:
            self._store.control(f"ROLLBACK TO SAVEPOINT {_POINT}")
        else:
            self.end("ROLLBACK")

    def undo_statement(self) -> None:
        """Takes back the last statement run by ``atomic`` (a query that was broken off while it was
        being fetched).
        """
        if self.is_open and self._has_point:
            self._undo(guarded=True)

    def end(self, word: str) -> None:
        """COMMIT or ROLLBACK."""
        if self.is_open:
            self.is_open, self._has_changes, self._has_point = False, False, False
            self.undos += word != "COMMIT"
            self._store.control(COMMIT if word == "COMMIT" else word)

    def savepoint(self, name: str) -> None:
        """SAVEPOINT of the client; ``name`` is quoted."""
        self.begin()
        self._release_own()
        self._store.control(f"SAVEPOINT {name}")
        self._has_changes = True

    def rollback_to(self, name: str) -> None:
        """ROLLBACK TO SAVEPOINT of the client. Raises StoreError 3B001 when there is no such
        savepoint.
        """
        self._release_own()
        self._mark()
        try:
            self._store.control(f"ROLLBACK TO SAVEPOINT {name}")
        except StoreError:
            self._store.control(f"ROLLBACK TO SAVEPOINT {_POINT}")
            raise
        self._has_point = False
        self.undos += 1

    def _release_own(self) -> None:
        if self._has_point:
            self._store.control(f"RELEASE SAVEPOINT {_POINT}")
            self._has_point = False
