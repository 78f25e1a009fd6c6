"""One connection to the store, on libpq: binary results, prepared statements, breaking off a
running statement.
"""

from __future__ import annotations

import contextlib
import select
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import OperationalError, pq

from lab.oracle.engine.errors import StoreError
from lab.oracle.interface import ClientWatch

Params = Sequence[bytes | None]

PREPARED_LIMIT = 300
#: short statements never look at the client's socket
WATCH_AFTER_MS = 50
#: PostgreSQL ignores a cancel that comes before it has begun with the statement
CANCEL_AGAIN_MS = 250
#: rows per PGresult of a streamed query
CHUNK_ROWS = 1000
_PIPELINE_ROWS = 500

_OK = (
    pq.ExecStatus.COMMAND_OK,
    pq.ExecStatus.TUPLES_OK,
    pq.ExecStatus.EMPTY_QUERY,
    pq.ExecStatus.TUPLES_CHUNK,
)


@dataclass(frozen=True)
class StoreAddress:
    """Where the store is; the password never shows."""

    host: str
    port: int
    database: str
    user: str
    password: str | None

    def __repr__(self) -> str:
        return f"StoreAddress({self.user}@{self.host}:{self.port}/{self.database})"

    def conninfo(self) -> bytes:
        """The connection string for libpq."""
        fields = {"host": self.host, "port": self.port, "dbname": self.database, "user": self.user}
        if self.password is not None:
            fields["password"] = self.password
        quoted = (f"{key}='{_escape(str(value))}'" for key, value in fields.items())
        return " ".join(
            [*quoted, "application_name='oracle-stand-in'", "client_encoding=UTF8"]
        ).encode()


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")


class Store:
    """A PostgreSQL connection. Every failure raises StoreError; a break raises it with SQLSTATE
    57014.
    """

    def __init__(self, address: StoreAddress, watch: ClientWatch | None = None) -> None:
        #: tables that errors name after another: name in the store -> schema and table
        self.stands_for: dict[str, tuple[str, str]] = {}
        self._conn = pq.PGconn.connect(address.conninfo())
        if self._conn.status != pq.ConnStatus.OK:
            message = self._conn.get_error_message()
            self._conn.finish()
            raise StoreError("08001", f"the store at {address!r} cannot be reached: {message}")
        self._watch = watch
        self._prepared: OrderedDict[tuple[str, tuple[int, ...]], bytes] = OrderedDict()
        self._serial = 0
        self.notified = False
        self._conn.nonblocking = 1

    # -- plain statements
    # -------------------------------------------------------------------------------------

    def run(self, sql: str) -> pq.abc.PGresult:
        """One or several statements without parameters; the last result, in text."""
        self._conn.send_query(sql.encode())
        return self._last_result()

    def control(self, sql: str) -> None:
        """A statement of transaction control, which no break may interrupt: half undone would be
        worse than late.
        """
        watch, self._watch = self._watch, None
        try:
            self.run(sql)
        finally:
            self._watch = watch

    def rows(self, sql: str, params: Sequence[str | None] = ()) -> list[tuple[str | None, ...]]:
        """All rows of a small query, every value as text."""
        raw = [None if value is None else value.encode() for value in params]
        self._conn.send_query_params(sql.encode(), raw)
        result = self._last_result()
        width = range(result.nfields)
        return [
            tuple(_text(result.get_value(row, col)) for col in width)
            for row in range(result.ntuples)
        ]

    # -- prepared statements
    # ----------------------------------------------------------------------------------

    def prepare(self, sql: str, oids: tuple[int, ...]) -> bytes:
        """The name of the prepared statement for this text and these parameter types."""
        key = (sql, oids)
        name = self._prepared.get(key)
        if name is not None:
            self._prepared.move_to_end(key)
            return name
        self._serial += 1
        name = b"s%d" % self._serial
        self._conn.send_prepare(name, sql.encode(), oids or None)
        self._last_result()
        self._prepared[key] = name
        if len(self._prepared) > PREPARED_LIMIT:
            _, old = self._prepared.popitem(last=False)
            self.run(f"DEALLOCATE {old.decode()}")
        return name

    def forget_prepared(self) -> None:
        """Drops every prepared statement, after the schema has changed."""
        self._prepared.clear()
        self.run("DEALLOCATE ALL")

    def describe(self, name: bytes) -> pq.abc.PGresult:
        """The result columns of a prepared statement."""
        self._conn.send_describe_prepared(name)
        return self._last_result()

    def execute(self, name: bytes, params: Params) -> pq.abc.PGresult:
        """A prepared statement; binary parameters, binary result, complete in memory."""
        self._send(name, params)
        return self._last_result()

    def start_stream(self, name: bytes, params: Params) -> pq.abc.PGresult:
        """Starts a query; the first chunk of its rows. ``next_chunk`` gives the others."""
        self._send(name, params)
        self._conn.set_chunked_rows_mode(CHUNK_ROWS)
        chunk = self.next_chunk()
        if chunk is None:
            raise StoreError("XX000", "the store gave no result")
        return chunk

    def next_chunk(self) -> pq.abc.PGresult | None:
        """The next chunk of the running stream; None at its end."""
        self._wait()
        result = self._conn.get_result()
        if result is None:
            return None
        if result.status == pq.ExecStatus.TUPLES_OK and not result.ntuples:
            self._drain()  # the closing, empty result: only its columns matter
        elif result.status not in _OK:
            self._drain()
            raise StoreError.of(result, self.stands_for)
        return result

    def execute_for_last(self, name: bytes, params: Params) -> tuple[int, pq.abc.PGresult | None]:
        """A statement that returns every row it changes, however many: their number, and the last
        of them.
        """
        count, last = 0, None
        chunk: pq.abc.PGresult | None = self.start_stream(name, params)
        while chunk is not None:
            if chunk.ntuples:
                count, last = count + chunk.ntuples, chunk
            chunk = self.next_chunk()
        return count, last

    def await_result(self) -> bool:
        """Waits until ``next_chunk`` would not wait; False when the client says something before
        that.
        """
        if self._watch is None:
            return False
        poller = select.poll()
        poller.register(self._conn.socket, select.POLLIN)
        poller.register(self._watch.fileno(), select.POLLIN)
        while self._conn.is_busy():
            ready = [fd for fd, _ in poller.poll()]
            if self._watch.fileno() in ready:
                return False
            self._consume()
        return True

    def execute_many(
        self, name: bytes, rows: Sequence[Params]
    ) -> tuple[list[pq.abc.PGresult], StoreError | None]:
        """A prepared statement for every row, pipelined; the results until the first failure, and
        that failure.
        """
        done: list[pq.abc.PGresult] = []
        for start in range(0, len(rows), _PIPELINE_ROWS):
            failure = self._pipeline(name, rows[start : start + _PIPELINE_ROWS], done)
            if failure is not None:
                return done, failure
        return done, None

    def _pipeline(
        self, name: bytes, rows: Sequence[Params], done: list[pq.abc.PGresult]
    ) -> StoreError | None:
        self._conn.enter_pipeline_mode()
        formats = [pq.Format.BINARY] * len(rows[0])
        for row in rows:
            self._conn.send_query_prepared(name, row, formats, pq.Format.BINARY)
        self._conn.pipeline_sync()
        failure = None
        for _ in rows:
            self._wait()
            result = self._conn.get_result()
            self._drain()
            if failure is not None:
                continue
            if result is None:
                raise StoreError("08006", "the connection to the store is lost")
            if result.status in _OK:
                done.append(result)
            else:
                failure = StoreError.of(result, self.stands_for)
        self._wait()
        self._conn.get_result()  # the sync itself
        self._conn.exit_pipeline_mode()
        return failure

    def _send(self, name: bytes, params: Params) -> None:
        self._conn.send_query_prepared(
            name, params, [pq.Format.BINARY] * len(params), pq.Format.BINARY
        )

    # -- waiting
    # ----------------------------------------------------------------------------------------------

    def _last_result(self) -> pq.abc.PGresult:
        last, failure = None, None
        while True:
            self._wait()
            result = self._conn.get_result()
            if result is None:
                break
            last = result
            if result.status not in _OK and failure is None:
                failure = StoreError.of(result, self.stands_for)
        if failure is not None:
            raise failure
        if last is None:
            raise StoreError("08006", "the connection to the store is lost")
        return last

    def _drain(self) -> None:
        while True:
            self._wait()
            if self._conn.get_result() is None:
                return

    def _wait(self) -> None:
        """Until a result can be taken without blocking; watches the client meanwhile."""
        conn, poller, watch = self._conn, select.poll(), self._watch
        poller.register(conn.socket, select.POLLIN)
        pending = conn.flush()
        timeout = WATCH_AFTER_MS if watch is not None else None
        while pending or conn.is_busy():
            poller.modify(conn.socket, select.POLLIN | select.POLLOUT if pending else select.POLLIN)
            events = dict(poller.poll(timeout))
            if watch is not None and (not events or watch.fileno() in events):
                timeout = self._look_at_client(poller, watch)
            if conn.socket in events:
                if events[conn.socket] & ~select.POLLOUT:
                    self._consume()
                if pending:
                    pending = conn.flush()
        self._collect_notifies()

    def _look_at_client(self, poller: select.poll, watch: ClientWatch) -> int | None:
        """Cancels when the client has asked for it; after how many milliseconds to look again,
        None: when it speaks.

        The break may have been read by an earlier wait of the same call, so nothing need be
        readable now.
        """
        if watch.break_requested():
            with contextlib.suppress(KeyError):
                poller.unregister(watch.fileno())  # a client that is gone stays readable
            self.cancel()
            return CANCEL_AGAIN_MS
        poller.register(watch.fileno(), select.POLLIN)
        return None

    def _consume(self) -> None:
        try:
            self._conn.consume_input()
        except Exception as error:
            raise StoreError("08006", f"the connection to the store is lost: {error}") from None

    def cancel(self) -> None:
        """Asks PostgreSQL to give the running statement up; it may be too busy to listen."""
        with contextlib.suppress(OperationalError):
            self._conn.get_cancel().cancel()

    # -- notifications, transaction, end
    # ----------------------------------------------------------------------

    def poll_notifications(self) -> bool:
        """True when another session has changed the schema since the last call."""
        self._consume()
        self._collect_notifies()
        seen, self.notified = self.notified, False
        return seen

    def _collect_notifies(self) -> None:
        while self._conn.notifies() is not None:
            self.notified = True

    @property
    def in_transaction(self) -> bool:
        """Whether PostgreSQL has a transaction block open."""
        return self._conn.transaction_status not in (
            pq.TransactionStatus.IDLE,
            pq.TransactionStatus.UNKNOWN,
        )

    @property
    def backend(self) -> int:
        """The process of PostgreSQL at the other end."""
        return self._conn.backend_pid

    @property
    def lost(self) -> bool:
        """Whether the connection is gone for good."""
        return self._conn.status != pq.ConnStatus.OK

    @property
    def has_hung_up(self) -> bool:
        """Whether PostgreSQL has ended the connection, also when nothing has been read since."""
        poller = select.poll()
        poller.register(self._conn.socket, select.POLLRDHUP)
        return bool(poller.poll(0))

    @property
    def server_version(self) -> int:
        """PostgreSQL's version number, 150018 for 15.18."""
        return self._conn.server_version

    def close(self) -> None:
        """Gives the connection up; PostgreSQL rolls back what is open."""
        self._conn.finish()


def _text(raw: bytes | None) -> str | None:
    return None if raw is None else raw.decode()
