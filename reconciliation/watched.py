"""Connections that never wait for ever.

libpq has no limit for an answer: a server, a balancer or a firewall that keeps the connection open and says nothing
would hold the caller until the network gives up, which it may never do. Here every statement is watched from outside:
when the limit has passed, the socket is shut down, and the driver's call ends with "server closed the connection".
Source: PostgreSQL documentation, libpq "Connection Control Functions" (none of its timeouts covers a query).
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import psycopg2
import psycopg2.extensions

T = TypeVar("T")

#: seconds a server may take to say that it has cut a statement off, after the statement's own limit
GRACE_SECONDS = 10.0
#: seconds that a server may take for a request to cancel a statement
CANCEL_SECONDS = 3.0


def shut_down(connection: Any) -> None:
    """End a connection from another thread: whoever waits for its server gets an error at once."""
    with contextlib.suppress(OSError, psycopg2.Error):  # closed meanwhile
        duplicate = os.dup(connection.fileno())
        with socket.socket(fileno=duplicate) as same:
            same.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def watched(connection: Any, seconds: float | None) -> Iterator[None]:
    """Shut ``connection`` down when what is done within takes longer than ``seconds``; None: no limit.

    The driver's error then says so.
    """
    if seconds is None:
        yield
        return
    ended = threading.Event()

    def end() -> None:
        ended.set()
        shut_down(connection)

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    except psycopg2.Error as error:
        if ended.is_set():
            raise psycopg2.OperationalError(
                f"server closed the connection: no answer within {seconds:g} s, so it was given up"
            ) from error
        raise
    finally:
        timer.cancel()
        timer.join()  # a program without threads may fork


class WatchedCursor(psycopg2.extensions.cursor):
    """Every round trip is watched. COPY is not: who reads its rows knows how long to wait for them."""

    def _watched(self, call: Callable[[], T]) -> T:
        with watched(self.connection, self.connection.answer_limit):
            return call()

    def execute(self, query: Any, vars: Any = None) -> Any:  # noqa: A002 - the driver's name for it
        return self._watched(lambda: super(WatchedCursor, self).execute(query, vars))

    def fetchmany(self, size: int | None = None) -> Any:
        rows = self.arraysize if size is None else size
        if self.name is None:  # the rows are here already
            return super().fetchmany(rows)
        return self._watched(lambda: super(WatchedCursor, self).fetchmany(rows))


class WatchedConnection(psycopg2.extensions.connection):
    """For ``psycopg2.connect(connection_factory=...)``; ``answer_limit`` is seconds per round trip, None: no limit."""

    answer_limit: float | None = None

    def cursor(self, *arguments: Any, **options: Any) -> Any:
        options.setdefault("cursor_factory", WatchedCursor)
        return super().cursor(*arguments, **options)

    def commit(self) -> None:
        with watched(self, self.answer_limit):
            super().commit()

    def rollback(self) -> None:
        with watched(self, self.answer_limit):
            super().rollback()


_CANCEL = """
SELECT pg_cancel_backend(pid) FROM pg_stat_activity
 WHERE pid = %s AND usename = current_user AND application_name = current_setting('application_name')
"""


def cancel(connection: Any, seconds: float = CANCEL_SECONDS) -> None:
    """Cancel what ``connection`` runs; one whose server takes no such request within ``seconds`` is shut down.

    The request is a statement on a connection of its own: psycopg2's ``cancel()`` has no limit, and stops every
    thread of the process as long as it takes.
    """
    try:
        parameters = connection.get_dsn_parameters() | {"connect_timeout": str(round(seconds))}
        asking = psycopg2.connect(**parameters, password=connection.info.password)
    except psycopg2.Error:
        shut_down(connection)
        return
    with contextlib.closing(asking):
        try:
            with watched(asking, seconds), asking.cursor() as cursor:
                cursor.execute(_CANCEL, (connection.info.backend_pid,))
        except psycopg2.Error:
            shut_down(connection)


def within(seconds: float, connect: Callable[[], T], late: Callable[[], Exception]) -> T:
    """What ``connect`` gives, or ``late()`` raised after ``seconds``: for a driver without a limit for logging on.

    A connection that comes too late is closed.
    """
    found: list[T] = []
    failed: list[BaseException] = []
    given_up = threading.Event()

    def attempt() -> None:
        try:
            found.append(connect())
        except BaseException as error:  # raised again by the caller
            failed.append(error)
        if given_up.is_set() and found:
            with contextlib.suppress(Exception):
                found[0].close()  # type: ignore[attr-defined]

    thread = threading.Thread(target=attempt, name="log on", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        given_up.set()
        raise late()
    if failed:
        raise failed[0]
    return found[0]
