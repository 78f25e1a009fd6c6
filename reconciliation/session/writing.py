"""Transactions of the suite in PostgreSQL whose end is always known.

A connection lost at COMMIT leaves it open whether the transaction was committed; worse, a request
that is still under way may commit it later, behind everything that was cleaned up meanwhile.
PostgreSQL can tell: ``txid_status`` says of a transaction's number whether it is in progress,
committed or aborted (PostgreSQL documentation, "Transaction ID and Snapshot Information Functions",
10 and newer; the names with ``pg_`` are 13's).
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, text

from reconciliation.errors import EnvironmentFault, Lost
from reconciliation.session.writers import Writers

#: seconds for the end of a session that was told to end
_END_SECONDS = 10.0
_WHO = "SELECT txid_current() AS number, pg_backend_pid() AS pid"


@dataclass(frozen=True)
class Undecided:
    """A transaction whose COMMIT was asked for and never answered: its number, and the server's
    process.
    """

    number: int
    pid: int


class Transactions:
    """The transactions of one run in PostgreSQL, and those among them whose end is not known."""

    def __init__(self, reader: Engine, writers: Writers) -> None:
        self._reader, self._writers = reader, writers
        self._undecided: list[Undecided] = []

    @property
    def undecided(self) -> tuple[Undecided, ...]:
        """Those whose COMMIT got no answer."""
        return tuple(self._undecided)

    @contextmanager
    def begin(self, roll_back: bool = False) -> Iterator[Connection]:
        """A transaction: committed at the end of the block, or rolled back when that is what is
        wanted.

        One whose COMMIT got no answer is kept in ``undecided`` and raises Lost. Needs mutations =
        true.
        """
        with self._writers.source.connect() as connection:
            yield connection
            if roll_back:
                connection.rollback()
                return
            who = connection.execute(text(_WHO)).one()
            try:
                connection.commit()
            except Lost:
                self._undecided.append(Undecided(who.number, who.pid))
                raise

    def decide(self) -> list[str]:
        """How the undecided transactions ended, in words; one that is still open is ended first.

        From then on nothing of them can be committed any more. Raises EnvironmentFault.
        """
        found = [_decided(self._reader, one) for one in self._undecided]
        self._undecided.clear()
        return found


def _decided(reader: Engine, one: Undecided) -> str:
    end = time.monotonic() + _END_SECONDS
    with reader.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while (status := _status(connection, one)) == "in progress":
            if time.monotonic() > end:
                raise EnvironmentFault(
                    f"PostgreSQL session {one.pid} of this run still holds transaction "
                    f"{one.number} open and does not end; end it"
                )
            end_session(connection, one.pid)
            time.sleep(0.1)
    return f"transaction {one.number}, whose COMMIT got no answer, was {status or 'ended long ago'}"


def _status(connection: Connection, one: Undecided) -> str | None:
    status: str | None = connection.execute(
        text("SELECT txid_status(:number)"), {"number": one.number}
    ).scalar_one()
    return status


def end_session(connection: Connection, pid: int) -> None:
    """End a session of this program's that its own end has lost; a number somebody else has by now
    is left alone.
    """
    connection.execute(
        text(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = :pid "
            "AND usename = current_user AND application_name = 'reconciliation'"
        ),
        {"pid": pid},
    )
