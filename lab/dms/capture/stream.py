"""Reading the slot: whole transactions in commit order, and the confirmation of what the target
holds.
"""

from __future__ import annotations

import os
import select
import time
from pathlib import Path
from typing import Any

import psycopg2
import psycopg2.errors
import psycopg2.extras

from lab.dms.agreed.spec import TaskSpec
from lab.dms.capture.heartbeat import Heartbeat
from lab.dms.capture.plugins import PGOUTPUT, PLUGINS, assembler, options
from lab.dms.capture.publishing import Publisher
from lab.dms.capture.selection import Selection
from lab.dms.capture.spill import MEMORY_LIMIT, Collector
from lab.dms.databases.source import Source, connect
from lab.dms.ground.changes import Transaction
from lab.dms.ground.errors import Recoverable, TaskFailed, one_line
from lab.dms.ground.logs import SORTER, SOURCE_CAPTURE, TaskLog

#: dates and times in one form whatever the server's defaults, digits of floats in full
_SESSION = (
    "-c timezone=UTC -c datestyle=ISO,YMD -c extra_float_digits=1 -c bytea_output=hex -c "
    "lc_monetary=C"
)
#: the storage of swap files beyond which DMS's sorter pauses the reading, in bytes
SWAP_LIMIT = 1048576000
#: how long one call reads on in a transaction that does not end, in seconds
_SLICE = 1.0


class Capture:
    """One replication connection. Beside it the source's catalogue is read, and the heart beats."""

    def __init__(
        self,
        spec: TaskSpec,
        source: Source,
        slot: str,
        wake_fd: int,
        directory: Path,
        log: TaskLog,
        *,
        swap_limit: int = SWAP_LIMIT,
    ) -> None:
        self._slot = slot
        self._wake_fd = wake_fd
        self._log = log
        self._swap_limit = swap_limit
        self._follows = spec.switches.idle_slot == "follows"
        self._confirmed = 0
        self._seen = 0
        self._said = time.monotonic()
        plugin = _plugin_of(source, slot)
        self._selection = Selection.of(spec, source.tables, self._warn)
        self._publisher = Publisher(spec, source, plugin, slot)
        self._heartbeat = Heartbeat(spec.source, source)
        limit = min(MEMORY_LIMIT, spec.settings.memory_limit_mb << 20)
        self._assembler = assembler(
            plugin, self._selection, Collector(directory, limit, self._swapping), source
        )
        self._open(spec, plugin)

    def _open(self, spec: TaskSpec, plugin: str) -> None:
        self._connection: Any = connect(
            spec.source,
            connection_factory=psycopg2.extras.LogicalReplicationConnection,
            options=_SESSION,
        )
        self._cursor = self._connection.cursor()
        try:
            self._cursor.start_replication(
                slot_name=self._slot, decode=plugin != PGOUTPUT, options=options(plugin, self._slot)
            )
        except psycopg2.Error as error:
            self.close()
            text = f"Replication from slot '{self._slot}' could not be started: {one_line(error)}"
            # an active slot may be free in a moment; one that does not exist or is invalid will not
            # come into being
            passing = isinstance(error, psycopg2.OperationalError)
            passing = passing and not isinstance(
                error, psycopg2.errors.ObjectNotInPrerequisiteState
            )
            raise (Recoverable if passing else TaskFailed)(text) from None

    def close(self) -> None:
        self._connection.close()

    def read(self, timeout: float, limit: int) -> list[Transaction]:
        """The transactions that have arrived, in commit order; waits up to ``timeout`` seconds for
        the first.

        Returns early once they hold ``limit`` changes, when the wake-up descriptor becomes
        readable, or when one that is being read has not ended for a while. Raises Recoverable when
        the connection is lost.
        """
        self._heartbeat.beat_if_due()
        try:
            found = self._drain(limit)
            if not found and not self._assembler.inside:
                waiting = min(timeout, self._heartbeat.seconds_left())
                ready, _, _ = select.select([self._connection, self._wake_fd], [], [], waiting)
                if self._wake_fd in ready:
                    os.read(self._wake_fd, 4096)
                found = self._drain(limit)
        except (psycopg2.Error, OSError) as error:
            raise Recoverable(f"The replication connection was lost: {one_line(error)}") from None
        for transaction in found:
            if transaction.catalogue_changed:
                self._follow_catalogue()
                break
        return found

    def _drain(self, limit: int) -> list[Transaction]:
        found: list[Transaction] = []
        changes = messages = 0
        read, feed = self._cursor.read_message, self._assembler.feed
        began = time.monotonic()
        while changes < limit:
            message = read()
            if message is None:
                if not self._assembler.inside or not self._more_to_come(began):
                    break
                continue
            transaction = feed(message.payload, message.data_start)
            messages += 1
            if transaction is not None:
                self._seen = transaction.end_lsn
                found.append(transaction)
                changes += len(transaction.changes) or 1
                self._watch_storage(transaction)
            elif not messages & 255:
                self.keep_alive()
                if time.monotonic() - began > _SLICE:
                    break
        return found

    def _more_to_come(self, began: float) -> bool:
        """Wait a moment for the rest of a transaction, within the slice."""
        left = began + _SLICE - time.monotonic()
        return left > 0 and bool(select.select([self._connection], [], [], left)[0])

    def _follow_catalogue(self) -> None:
        """A table was made, changed or dropped: what the server sends has to follow."""
        self._selection.reload()
        self._publisher.publish(self._selection.published)

    # ------------------------------------------------------------- confirmation

    def confirm(self, lsn: int) -> None:
        """Tell the slot that everything up to ``lsn`` is safe in the target."""
        if lsn > self._confirmed:
            self._confirmed = lsn
            self._feedback()

    @property
    def passed(self) -> int:
        """The position before which every commit was handed out; 0 while one is being read. The
        server tells how far it has come even where it found nothing to send.
        """
        return 0 if self._assembler.inside else max(self._seen, self._cursor.wal_end)

    def confirm_idle(self) -> None:
        """With nothing read that is not applied, the slot may move behind the last transaction that
        was read.

        It stands there while the database is idle, however much is written elsewhere on the server;
        the heartbeat is for that. Only the switch idle_slot lets it follow the server's log.
        """
        if not self._assembler.inside:
            self.confirm(max(self._seen, self._cursor.wal_end if self._follows else 0))

    def keep_alive(self) -> None:
        """Between two pieces of long work: the server must not take us for dead
        (wal_sender_timeout).
        """
        if time.monotonic() - self._said > 5:
            self._feedback()

    def _feedback(self) -> None:
        try:
            self._cursor.send_feedback(
                write_lsn=self._confirmed,
                flush_lsn=self._confirmed,
                apply_lsn=self._confirmed,
                force=True,
            )
        except psycopg2.Error as error:
            raise Recoverable(f"The replication connection was lost: {one_line(error)}") from None
        self._said = time.monotonic()

    # ---------------------------------------------------------------------- log

    def _warn(self, text: str) -> None:
        self._log.warning(SOURCE_CAPTURE, text)

    def _swapping(self) -> None:
        self._log.info(SORTER, "A transaction exceeds the memory limit and goes on in a swap file")

    def _watch_storage(self, transaction: Transaction) -> None:
        if getattr(transaction.changes, "bytes", 0) > self._swap_limit:
            self._log.info(
                SORTER,
                "Reading from source is paused. Total storage used by swap files exceeded the "
                "limit "
                f"{self._swap_limit} bytes",
            )


_LOST = (
    "The slot has fallen behind by more than max_slot_wal_keep_size and changes are lost. "
    "Compare both sides, then "
    "start the task with reload-target"
)


def _plugin_of(source: Source, slot: str) -> str:
    state = source.slot(slot)
    if state is None:
        raise TaskFailed(f"Replication slot '{slot}' does not exist")
    if state.is_lost:
        raise TaskFailed(f"Replication slot '{slot}' is lost. {_LOST}")
    if state.plugin not in PLUGINS:
        raise TaskFailed(
            f"Replication slot '{slot}' is of plugin {state.plugin}; it must be one of "
            f"{', '.join(PLUGINS)}"
        )
    return state.plugin
