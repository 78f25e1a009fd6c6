"""Connections that never wait for ever.

libpq has no limit for an answer: a server, a balancer or a firewall that keeps the connection open
and says nothing would hold the caller until the network gives up, which it may never do. Here every
statement is watched from outside: when nothing has come for as long as the limit says, the socket
is shut down, and the driver's call ends with "server closed the connection". Source: PostgreSQL
documentation, libpq "Connection Control Functions" (none of its timeouts covers a query).
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

import psycopg2
from psycopg2 import extensions
from psycopg2.sql import Composable

from reconciliation.databases.alarms import alarms
from reconciliation.process import pulse
from reconciliation.process.limits import Limits

T = TypeVar("T")


class Closable(Protocol):
    """What both drivers' connections have in common here."""

    def close(self) -> None: ...


C = TypeVar("C", bound=Closable)

#: seconds a server may take to say that it has cut a statement off, after the statement's own limit
GRACE_SECONDS = 10.0
#: seconds that a server may take for a question about another connection
ASKING_SECONDS = 3.0
#: Linux's struct tcp_info (include/uapi/linux/tcp.h, 4.1 and newer): its size, and where
#: tcpi_bytes_received is in it
_TCP_INFO_BYTES, _BYTES_RECEIVED = 192, 128


def shut_down(connection: extensions.connection) -> None:
    """End a connection from another thread: whoever waits for its server gets an error at once."""
    with contextlib.suppress(OSError, psycopg2.Error):  # closed meanwhile
        duplicate = os.dup(connection.fileno())
        with socket.socket(fileno=duplicate) as same:
            same.shutdown(socket.SHUT_RDWR)


def received(connection: extensions.connection) -> int | None:
    """Bytes that have come from the server so far, by the system's own count; None where it keeps
    none.
    """
    with contextlib.suppress(OSError, psycopg2.Error, AttributeError, struct.error):
        duplicate = os.dup(connection.fileno())
        with socket.socket(fileno=duplicate) as same:
            info = same.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO_BYTES)
        count: int = struct.unpack_from("Q", info, _BYTES_RECEIVED)[0]
        return count
    return None


@contextlib.contextmanager
def watched(
    connection: extensions.connection,
    seconds: float | None,
    working: Callable[[], bool] | None = None,
) -> Iterator[None]:
    """Shut ``connection`` down when nothing comes from its server for ``seconds``; None: no limit.

    A slow answer that is under way is waited for, however long it takes; so is one that ``working``
    says is being worked on. The driver's error says what happened.
    """
    if seconds is None:
        yield
        return
    over, ended = threading.Event(), threading.Event()
    at_first = received(connection)

    def watch() -> None:
        seen, pause = at_first, 0.0  # it begins when the limit has passed for the first time
        while not over.wait(pause):
            pause = seconds
            before, seen = seen, received(connection)
            if before == seen and not (working is not None and working()):
                # the answer came while its server was asked
                if over.is_set() or received(connection) != seen:
                    continue
                ended.set()
                shut_down(connection)
                return
            pulse.beat()

    alarm = alarms.after(seconds, watch)
    try:
        yield
    except psycopg2.Error as error:
        if ended.is_set():
            raise psycopg2.OperationalError(
                f"server closed the connection: no answer within {seconds:g} s, so it was given up"
            ) from error
        raise
    finally:
        over.set()
        alarms.cancel(alarm)


class WatchedCursor(extensions.cursor):
    """Every round trip is watched. COPY is not: who reads its rows knows how
    long to wait for them.
    """

    def _watched(self, call: Callable[[], T]) -> T:
        connection = self.connection
        if not isinstance(connection, WatchedConnection):  # somebody else's, without a limit
            return call()
        working = (lambda: is_working(connection)) if connection.unhurried else None
        with watched(connection, connection.answer_limit, working):
            return call()

    def execute(
        self,
        query: str | bytes | Composable,
        vars: Sequence[object] | Mapping[str, object] | None = None,  # noqa: A002 - the driver's name
    ) -> None:
        self._watched(lambda: super(WatchedCursor, self).execute(query, vars))

    def fetchmany(self, size: int | None = None) -> list[tuple[object, ...]]:
        rows = self.arraysize if size is None else size
        if self.name is None:  # the rows are here already
            return super().fetchmany(rows)
        return self._watched(lambda: super(WatchedCursor, self).fetchmany(rows))


class WatchedConnection(extensions.connection):
    """For ``psycopg2.connect(connection_factory=...)``; ``answer_limit`` is seconds per round trip,
    None: no limit.

    ``unhurried``: a statement may take longer, as long as the server says that it works on it, and
    no longer than ``longest`` seconds, which the server sees to.
    """

    answer_limit: float | None = None
    longest: float = Limits.statement
    unhurried: bool = False

    def __init__(self, dsn: str) -> None:
        super().__init__(dsn)
        self.cursor_factory = WatchedCursor

    def commit(self) -> None:
        with watched(self, self.answer_limit):
            super().commit()

    def rollback(self) -> None:
        with watched(self, self.answer_limit):
            super().rollback()


#: sessions of a program are told apart by their process; somebody else may have its number by now
_OURS = (
    "pid = %s AND usename = current_user AND application_name = current_setting('application_name')"
)
_CANCEL = f"SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE {_OURS}"
#: ClientWrite: its answer is ready and cannot be sent, so nothing will come here any more
_WORKING = f"""
SELECT 1 FROM pg_stat_activity WHERE {_OURS} AND state = 'active' AND wait_event IS DISTINCT
  FROM 'ClientWrite'
"""


def cancel(connection: extensions.connection, seconds: float = ASKING_SECONDS) -> None:
    """Cancel what ``connection`` runs; one whose server takes no such request within ``seconds`` is
    shut down.

    The request is a statement on a connection of its own: psycopg2's ``cancel()`` has no limit, and
    stops every thread of the process as long as it takes.
    """
    try:
        _asked(connection, _CANCEL, seconds)
    except psycopg2.Error:
        shut_down(connection)


def is_working(connection: extensions.connection, seconds: float = ASKING_SECONDS) -> bool:
    """Whether the server answers, on a connection of its own, that it works on what ``connection``
    was asked.
    """
    try:
        return bool(_asked(connection, _WORKING, seconds))
    except psycopg2.Error:
        return False


def _asked(
    connection: extensions.connection, statement: str, seconds: float
) -> list[tuple[object, ...]]:
    asking = psycopg2.connect(
        extensions.make_dsn(**connection.get_dsn_parameters()),
        connect_timeout=round(seconds),
        password=connection.info.password,
    )
    with contextlib.closing(asking), watched(asking, seconds), asking.cursor() as cursor:
        cursor.execute(statement, (connection.info.backend_pid,))
        rows: list[tuple[object, ...]] = cursor.fetchall()
        return rows


def within(seconds: float, connect: Callable[[], C], late: Callable[[], Exception]) -> C:
    """What ``connect`` gives, or ``late()`` raised after ``seconds``: for a driver without a limit
    for logging on.

    A connection that comes too late is closed.
    """
    found: list[C] = []
    failed: list[BaseException] = []
    given_up = threading.Event()

    def attempt() -> None:
        try:
            found.append(connect())
        except BaseException as error:  # raised again by the caller
            failed.append(error)
        if given_up.is_set() and found:
            with contextlib.suppress(Exception):
                found[0].close()

    thread = threading.Thread(target=attempt, name="log on", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        given_up.set()
        raise late()
    if failed:
        raise failed[0]
    return found[0]
