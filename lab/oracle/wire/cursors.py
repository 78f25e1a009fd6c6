"""The open cursors of one session."""

from __future__ import annotations

from dataclasses import dataclass

from lab.oracle.interface import Column, EngineSession, Execution, OracleError, Statement
from lab.oracle.wire.ahead import Supply
from lab.oracle.wire.binds import Descriptor
from lab.oracle.wire.constants import MAX_OPEN_CURSORS
from lab.oracle.wire.scan import Scan
from lab.oracle.wire.scrolling import ScrolledRows


@dataclass
class Cursor:
    """A parsed statement under the id its client knows it by, with what the last execution left
    open.
    """

    id: int
    statement: Statement
    scan: Scan
    binds: tuple[Descriptor, ...] = ()
    defines: tuple[Descriptor, ...] = ()
    #: the columns as last described to the client
    described: tuple[Column, ...] | None = None
    #: the same as the client reads their values (see ``rows.as_before``)
    fetched: tuple[Column, ...] = ()
    execution: Execution | None = None
    #: the rows of the execution, once the first are asked for
    supply: Supply | None = None
    rows_sent: int = 0
    #: the rows of a scrollable cursor's execution
    scrolled: ScrolledRows | None = None


class Cursors:
    """Cursor ids are 16 bit and chosen here; clients cache statements and close their cursors much
    later.
    """

    def __init__(self, engine: EngineSession) -> None:
        self._engine = engine
        self._cursors: dict[int, Cursor] = {}
        self._last_id = 0

    def __len__(self) -> int:
        return len(self._cursors)

    def find(self, cursor_id: int) -> Cursor | None:
        return self._cursors.get(cursor_id)

    def get(self, cursor_id: int) -> Cursor:
        """The open cursor; OracleError 1001 when there is none of that id."""
        cursor = self._cursors.get(cursor_id)
        if cursor is None:
            raise OracleError(1001, "invalid cursor")
        return cursor

    def open(self, statement: Statement, scan: Scan, reuse_id: int) -> Cursor:
        """A cursor for a statement just parsed; a client sends DDL again under its old id."""
        if reuse_id in self._cursors:
            self.close(reuse_id)
        cursor = Cursor(reuse_id or self._free_id(), statement, scan)
        self._cursors[cursor.id] = cursor
        return cursor

    def _free_id(self) -> int:
        if len(self._cursors) >= MAX_OPEN_CURSORS:
            raise OracleError(1000, "maximum open cursors exceeded")
        while True:
            self._last_id = self._last_id % MAX_OPEN_CURSORS + 1
            if self._last_id not in self._cursors:
                return self._last_id

    def end_execution(self, cursor: Cursor) -> None:
        """Gives up an open result before the cursor is executed again or closed."""
        execution, cursor.execution, cursor.supply = cursor.execution, None, None
        cursor.rows_sent, cursor.scrolled = 0, None
        if execution is not None:
            self._engine.close_execution(execution)

    def cancel(self, cursor_id: int) -> None:
        """Gives up the open result of a cursor that stays; an unknown id is ignored."""
        cursor = self._cursors.get(cursor_id)
        if cursor is not None:
            self.end_execution(cursor)

    def close(self, cursor_id: int) -> None:
        """Closes a cursor; an unknown id is ignored."""
        cursor = self._cursors.pop(cursor_id, None)
        if cursor is not None:
            self.end_execution(cursor)
