"""Execute, re-execute and fetch: from a parsed request through the engine to the bytes of the
answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from lab.oracle.interface import Bind, EngineSession, Execution, Kind, OracleError, OraType
from lab.oracle.wire import replies
from lab.oracle.wire.ahead import Supply
from lab.oracle.wire.binds import Descriptor, Row
from lab.oracle.wire.constants import ExecFlag, Option
from lab.oracle.wire.cursors import Cursor, Cursors
from lab.oracle.wire.lobs import LobStore
from lab.oracle.wire.replies import Outcome
from lab.oracle.wire.requests import Call, Execute, Fetch, Reexecute, scalar_binds_only
from lab.oracle.wire.rows import (
    RowEncoder,
    as_before,
    from_national,
    has_lobs,
    is_national_text,
    out_value,
    returned_rows,
)
from lab.oracle.wire.scrolling import Orientation, ScrolledRows


class Executor:
    """Runs the statements of one session. Every method returns the whole answer or raises
    OracleError.
    """

    def __init__(self, engine: EngineSession) -> None:
        self._engine = engine
        self._schema = engine.schema
        self.lobs = LobStore()
        self.cursors = Cursors(engine)
        #: the result that rows were taken from last
        self._supply: Supply | None = None
        #: the cursor opened last
        self.last: Cursor | None = None

    def execute(self, call: Execute) -> bytes:
        """Answers an execute call. A cursor opened by a call that fails is closed again."""
        if call.sql is None:
            cursor = self.cursors.get(call.cursor_id)
            with self._ending_on_error(cursor):
                return self._execute_open(cursor, call)
        statement = self._engine.parse(call.sql)
        cursor = self.last = self.cursors.open(statement, call.scan, call.cursor_id)
        try:
            return self._execute_open(cursor, call)
        except BaseException:
            self.cursors.close(cursor.id)
            raise

    def _execute_open(self, cursor: Cursor, call: Execute) -> bytes:
        if call.options & Option.DEFINE:
            cursor.defines = call.defines
            if cursor.supply is not None and cursor.execution is not None:
                cursor.supply.use_encoder(self._encoder(cursor, cursor.execution))
        elif call.binds:
            cursor.binds = call.binds
        if call.options & Option.DESCRIBE:
            return self._describe(cursor)
        if not call.options & Option.EXECUTE:
            # a call with defines asks for rows even without the flag
            count = call.prefetch if call.options & (Option.FETCH | Option.DEFINE) else 0
            if cursor.scrolled is not None:
                cursor.scrolled.move(call.orientation, call.position)
            return self._rows(cursor, count) if cursor.execution else self._done(cursor)
        if call.flags & ExecFlag.SCROLLABLE and cursor.scrolled is not None and call.position > 1:
            # this is how a client fetches on: executing with the number of the row it wants next
            cursor.scrolled.move(Orientation.ABSOLUTE, call.position)
            return self._rows(cursor, call.prefetch if call.options & Option.FETCH else 0)
        execution = self._run(
            cursor,
            call.rows,
            call.iterations,
            batch_errors=bool(call.options & Option.BATCH_ERRORS),
            row_counts=bool(call.flags & ExecFlag.ROW_COUNTS),
            commit=bool(call.options & Option.COMMIT),
        )
        if execution.columns is not None:
            if call.flags & ExecFlag.SCROLLABLE:
                cursor.scrolled = ScrolledRows(partial(self._engine.fetch, execution))
            return self._query(
                cursor, execution, call.prefetch if call.options & Option.FETCH else 0
            )
        counts = _per_iteration(execution) if call.flags & ExecFlag.ROW_COUNTS else None
        return self._change(cursor, execution, counts)

    def reexecute(self, call: Reexecute) -> bytes:
        """Answers a re-execute, with rows when the client asks for them."""
        cursor = self.cursors.get(call.cursor_id)
        execution = self._run(cursor, call.rows, call.iterations, commit=call.commit)
        if execution.columns is not None:
            with self._ending_on_error(cursor):
                return self._query(cursor, execution, call.prefetch or 0)
        return self._change(cursor, execution, None)

    def fetch(self, call: Fetch) -> bytes:
        """Answers a fetch of further rows."""
        cursor = self.cursors.get(call.cursor_id)
        if cursor.execution is None:
            raise OracleError(1002, "fetch out of sequence")
        with self._ending_on_error(cursor):
            return self._rows(cursor, call.count)

    @contextmanager
    def _ending_on_error(self, cursor: Cursor) -> Iterator[None]:
        """A result that failed cannot be read on: rows would be missing without anybody noticing
        (ORA-01002).
        """
        try:
            yield
        except OracleError:
            self.cursors.end_execution(cursor)
            raise

    def take_back(self, call: Call) -> bool:
        """Undoes an answered call whose answer the client has broken off; False when it has to
        stand.

        The client never sees the rows of the answer, so the result they came from is given up.
        """
        if not isinstance(call, Execute | Reexecute | Fetch):
            return False
        cursor = (
            self.last
            if isinstance(call, Execute) and call.sql is not None
            else self.cursors.find(call.cursor_id)
        )
        if cursor is None or cursor.statement.kind not in (Kind.QUERY, Kind.DML):
            return False
        undone = self._engine.take_back()
        if cursor.statement.kind is Kind.DML and not undone:
            return False
        if isinstance(call, Execute) and call.sql is not None:
            self.cursors.close(cursor.id)
        else:
            self.cursors.end_execution(cursor)
        return True

    # -- running
    # ----------------------------------------------------------------------------------------------

    def _run(
        self,
        cursor: Cursor,
        rows: list[Row],
        iterations: int,
        *,
        batch_errors: bool = False,
        row_counts: bool = False,
        commit: bool = False,
    ) -> Execution:
        self.cursors.end_execution(cursor)
        if not scalar_binds_only(cursor.binds):
            raise OracleError(3115, "unsupported network datatype or representation")
        receives = self._receives(cursor)
        binds = [
            Bind(OraType(bind.type), bind.size, bind.csfrm, receive)
            for bind, receive in zip(cursor.binds, receives, strict=True)
        ]
        execution = self._engine.execute(
            cursor.statement,
            binds,
            self._engine_rows(cursor.binds, rows),
            iterations=iterations,
            batch_errors=batch_errors,
            row_counts=row_counts,
            commit=commit,
        )
        if execution.columns is not None:
            cursor.execution = execution
        return execution

    def _receives(self, cursor: Cursor) -> list[bool]:
        """Per bind, whether it gets a value: as the client sees it for SQL, as the engine sees it
        for PL/SQL.
        """
        known = cursor.statement.returning if cursor.scan.is_plsql else cursor.scan.returning
        return [i < len(known) and known[i] for i in range(len(cursor.binds))]

    def _engine_rows(self, binds: Sequence[Descriptor], rows: list[Row]) -> list[Row]:
        """Locators replaced by contents, national text recoded to UTF-8; rows of plain binds stay
        as they are.
        """
        for index, bind in enumerate(binds):
            if bind.is_lob:
                for row in rows:
                    locator = row[index]
                    row[index] = self.lobs.content(locator) if locator else None
            elif is_national_text(bind.type, bind.csfrm):
                for row in rows:
                    row[index] = from_national(row[index])
        return rows

    # -- answering
    # ----------------------------------------------------------------------------------------------

    def _outcome(self, cursor: Cursor, rowcount: int = 0) -> Outcome:
        return Outcome(self._engine.in_transaction, cursor.id, rowcount)

    def _done(self, cursor: Cursor) -> bytes:
        return replies.error_record(self._outcome(cursor))

    def _describe(self, cursor: Cursor) -> bytes:
        cursor.described = cursor.fetched = self._engine.describe(cursor.statement)
        return replies.describe(cursor.described) + self._done(cursor)

    def _query(self, cursor: Cursor, execution: Execution, count: int) -> bytes:
        """Describes when the client does not know the columns yet; LOB columns wait for the
        client's defines.
        """
        columns = tuple(execution.columns or ())
        described = b""
        if columns != cursor.described:
            cursor.fetched = as_before(cursor.fetched, columns)
            cursor.described = columns
            cursor.defines = ()
            described = replies.describe(columns)
        if described and has_lobs(cursor.fetched):
            return described + self._done(cursor)
        return described + self._rows(cursor, count)

    def _rows(self, cursor: Cursor, count: int) -> bytes:
        """Up to ``count`` rows and the record that says whether there are more."""
        if count == 0:
            return replies.error_record(self._outcome(cursor, cursor.rows_sent))
        execution = cursor.execution
        if execution is None:
            raise OracleError(1002, "fetch out of sequence")
        if cursor.scrolled is not None:
            rows, exhausted = cursor.scrolled.take(count)
            taken, body = len(rows), self._encoder(cursor, execution).encode(rows)
            cursor.rows_sent = cursor.scrolled.position
        else:
            if cursor.supply is None:
                cursor.supply = Supply(self._engine, execution, self._encoder(cursor, execution))
            taken, body, exhausted = cursor.supply.take(count)
            self._supply = cursor.supply
            cursor.rows_sent += taken
        # the end is told with the first fetch that is not filled, as Oracle does: clients count
        # round trips
        ended = exhausted and taken < count
        outcome = Outcome(
            self._engine.in_transaction, cursor.id, cursor.rows_sent, end_of_fetch=ended
        )
        return (replies.ROW_HEADER + body if taken else b"") + replies.error_record(outcome)

    def _encoder(self, cursor: Cursor, execution: Execution) -> RowEncoder:
        return RowEncoder(cursor.fetched or execution.columns or (), cursor.defines, self.lobs)

    def work_ahead(self) -> None:
        """Uses the time until the client's next call, when the last one took rows, to prepare the
        next ones.
        """
        supply, self._supply = self._supply, None
        if supply is not None:
            supply.work_ahead()

    def _change(
        self, cursor: Cursor, execution: Execution, row_counts: Sequence[int] | None
    ) -> bytes:
        """The answer to everything that is not a query."""
        receiving = [
            b for b, receive in zip(cursor.binds, self._receives(cursor), strict=True) if receive
        ]
        parts = []
        if cursor.scan.is_plsql and cursor.binds:
            parts.append(self._plsql_values(cursor, receiving, execution))
        elif receiving:
            parts.append(
                replies.ROW_HEADER + returned_rows(receiving, execution.returned, self.lobs)
            )
        if row_counts is not None:
            parts.append(replies.row_counts(row_counts))
        elif self._engine.schema != self._schema:
            self._schema = self._engine.schema
            parts.append(replies.session_state(self._schema))
        parts.append(
            replies.error_record(
                Outcome(
                    self._engine.in_transaction,
                    cursor.id,
                    execution.rowcount,
                    batch_errors=execution.batch_errors,
                    rowid=execution.rowid,
                )
            )
        )
        return b"".join(parts)

    def _plsql_values(
        self, cursor: Cursor, receiving: Sequence[Descriptor], execution: Execution
    ) -> bytes:
        vector = replies.io_vector(self._receives(cursor))
        if not receiving:
            return vector
        returned: list[list[bytes | None]] = (
            execution.returned[0] if execution.returned else [[None]] * len(receiving)
        )
        values = b"".join(
            out_value(bind, given[0] if given else None, self.lobs)
            for bind, given in zip(receiving, returned, strict=True)
        )
        return vector + replies.ROW_MARK + values


def _per_iteration(execution: Execution) -> list[int]:
    """Rows of each iteration, 0 for those that failed, which the engine leaves out."""
    counts = list(execution.row_counts)
    for row, _ in sorted(execution.batch_errors, key=lambda item: item[0]):
        counts.insert(row, 0)
    return counts
