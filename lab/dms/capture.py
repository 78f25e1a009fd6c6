"""Reading the slot: whole transactions in commit order, and the confirmation of what the target holds."""

from __future__ import annotations

import os
import select
import time
from typing import Any

import psycopg2
import psycopg2.extras

from lab.dms.changes import Transaction
from lab.dms.decode import Assembler
from lab.dms.errors import Recoverable, TaskFailed, one_line
from lab.dms.source import connect
from lab.dms.spec import Endpoint

#: dates and times in one form whatever the server's defaults, digits of floats in full
_SESSION = "-c timezone=UTC -c datestyle=ISO,YMD -c extra_float_digits=1 -c bytea_output=hex -c lc_monetary=C"


class Capture:
    """One replication connection. Nothing it does writes to the source."""

    def __init__(self, endpoint: Endpoint, slot: str, wake_fd: int) -> None:
        self._wake_fd = wake_fd
        self._assembler = Assembler()
        self._confirmed = 0
        self._said = time.monotonic()
        self._connection: Any = connect(
            endpoint, connection_factory=psycopg2.extras.LogicalReplicationConnection, options=_SESSION
        )
        self._cursor = self._connection.cursor()
        try:
            self._cursor.start_replication(
                slot_name=slot,
                decode=True,
                options={
                    "min_proto_version": "1",
                    "max_proto_version": "1",
                    "startup_params_format": "1",
                    "proto_format": "json",
                    "expected_encoding": "UTF8",
                    "pglogical.replication_set_names": f"{slot},i{slot}",
                },
            )
        except psycopg2.Error as error:
            self.close()
            text = f"Replication from slot '{slot}' could not be started: {one_line(error)}"
            # an active slot, for one, may be free in a moment; a slot that does not exist will not come into being
            raise (Recoverable if isinstance(error, psycopg2.OperationalError) else TaskFailed)(text) from None

    def close(self) -> None:
        self._connection.close()

    def read(self, timeout: float, limit: int) -> list[Transaction]:
        """The transactions that have arrived, in commit order; waits up to ``timeout`` seconds for the first.

        Returns early once they hold ``limit`` changes, or when the wake-up descriptor becomes readable. Raises
        Recoverable when the connection is lost.
        """
        try:
            found = self._drain(limit)
            if not found:
                ready, _, _ = select.select([self._connection, self._wake_fd], [], [], timeout)
                if self._wake_fd in ready:
                    os.read(self._wake_fd, 4096)
                found = self._drain(limit)
        except (psycopg2.Error, OSError) as error:
            raise Recoverable(f"The replication connection was lost: {one_line(error)}") from None
        return found

    def _drain(self, limit: int) -> list[Transaction]:
        found: list[Transaction] = []
        changes = 0
        while changes < limit:
            message = self._cursor.read_message()
            if message is None:
                break
            transaction = self._assembler.feed(message.payload)
            if transaction is not None:
                found.append(transaction)
                changes += len(transaction.changes) or 1
            elif self._assembler.inside:
                self.keep_alive()
        return found

    def confirm(self, lsn: int) -> None:
        """Tell the slot that everything up to ``lsn`` is safe in the target."""
        if lsn > self._confirmed:
            self._confirmed = lsn
            self._feedback()

    def confirm_idle(self) -> None:
        """With nothing read that is not applied, the slot may follow the server's log: it holds nothing for us."""
        if not self._assembler.inside:
            self.confirm(self._cursor.wal_end)

    def keep_alive(self) -> None:
        """Between two pieces of long work: the server must not take us for dead (wal_sender_timeout)."""
        if time.monotonic() - self._said > 5:
            self._feedback()

    def _feedback(self) -> None:
        try:
            self._cursor.send_feedback(
                write_lsn=self._confirmed, flush_lsn=self._confirmed, apply_lsn=self._confirmed, force=True
            )
        except psycopg2.Error as error:
            raise Recoverable(f"The replication connection was lost: {one_line(error)}") from None
        self._said = time.monotonic()
