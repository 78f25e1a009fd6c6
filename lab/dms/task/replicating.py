"""The loop of a running task: read, group, apply, until it is stopped or has come to its end."""

from __future__ import annotations

import contextlib
import time

from lab.dms.apply.group import Group
from lab.dms.directory.state import utc_now
from lab.dms.ground.changes import Transaction
from lab.dms.ground.errors import Recoverable
from lab.dms.ground.logs import SOURCE_CAPTURE, TASK_MANAGER
from lab.dms.task.commits import Commits
from lab.dms.task.parts import Parts
from lab.dms.task.reading import SlotReader
from lab.dms.task.recovery import Recovery

#: how long a quiet task waits for its socket before it looks around
QUIET_SECONDS = 5.0
#: how long a stalled one does nothing before it does
STALLED_SECONDS = 0.5
#: how long a source that was lost is asked for at short intervals, and the intervals
SOON_SECONDS, SOON_PAUSE_SECONDS = 3.0, 0.1


class Replicating:
    """``stop_reason`` says why it ended when it was not for a failure."""

    def __init__(self, parts: Parts, reader: SlotReader, commits: Commits) -> None:
        self._parts = parts
        self._reader = reader
        self._commits = commits
        settings = parts.spec.settings
        self._group = Group(settings.min_transaction_size, settings.commit_timeout)
        self._eager = parts.spec.switches.commit_when_idle == "yes"
        self.stop_reason = "Stop Reason NORMAL"

    def replicate(self, slot: str) -> None:
        """Replicate until stopped; what has been read by then is applied.

        Raises TaskFailed when the task cannot go on, Stopped when it is asked to stop while it
        waits for a database.
        """
        parts = self._parts
        while not parts.stop.is_set():
            try:
                self._step()
            except Recoverable as error:
                self._source_lost(slot, error)
        parts.state.set(state="stopping")
        self._commits.apply(self._group)
        # what was applied is committed; the status of a lost target is stale
        with contextlib.suppress(Recoverable):
            parts.control.more.stopped(parts.target.working())

    def _source_lost(self, slot: str, error: Recoverable) -> None:
        # what has been read is whole transactions and can be applied before the source is back
        parts = self._parts
        parts.log.warning(SOURCE_CAPTURE, str(error))
        self._commits.apply(self._group)
        if not self._back_soon(slot):
            Recovery(parts).persist(SOURCE_CAPTURE, lambda: self._reader.open(slot), error)
        parts.faults.reconnected()
        parts.log.info(SOURCE_CAPTURE, "The source database is connected again")

    def _back_soon(self, slot: str) -> bool:
        """Whether the source is back before the first pause between two attempts would be over, as
        it is after a restart. DMS would not ask so often; nobody has to wait for it here.
        """
        end = time.monotonic() + SOON_SECONDS
        while time.monotonic() < end and not self._parts.stop.wait(SOON_PAUSE_SECONDS):
            with contextlib.suppress(Recoverable):
                self._reader.open(slot)
                return True
        return False

    def _step(self) -> None:
        parts, group, capture = self._parts, self._group, self._reader.working()
        parts.faults.visit()
        applied = capture.passed if group.is_empty else 0
        if parts.interruption.look(applied) and parts.interruption.cuts_target:
            parts.target.drop()
        if parts.faults.stalled:
            parts.stop.wait(STALLED_SECONDS)
            capture.keep_alive()
            return
        waiting = parts.faults.pause(self._waiting())
        found = self._before_the_end(capture.read(waiting, group.wanted()))
        parts.metrics.note(read=found)
        parts.context.captured(found)
        group.add(self._worth_applying(found))
        if parts.stop.is_set():
            return  # what lies behind a stop position is not to be confirmed
        if group.is_empty:
            self._idle()
        elif group.is_due() or (self._eager and not found):
            self._commits.apply(group)

    def _waiting(self) -> float:
        """Seconds to wait for the source's next change."""
        if self._group.is_empty:
            waiting = QUIET_SECONDS
        else:
            waiting = 0.0 if self._eager else self._group.remaining()
        if self._parts.spec.stop_position is None:
            return waiting
        return self._parts.spec.stop_position.remaining(utc_now(), waiting)

    def _idle(self) -> None:
        """Nothing is held that would have to be applied first."""
        capture = self._reader.working()
        self._parts.context.idle()
        if not self._parts.faults.holds_slot:
            capture.confirm_idle()
        capture.keep_alive()

    def _before_the_end(self, found: list[Transaction]) -> list[Transaction]:
        """What lies before the task's CdcStopPosition; the rest is left in the slot and the task
        ends.
        """
        position = self._parts.spec.stop_position
        if position is None:
            return found
        kept, ended = position.before(found, utc_now())
        if ended:
            self.stop_reason = position.reason
            self._parts.log.info(
                TASK_MANAGER, f"The task has reached its stop position. {self.stop_reason}"
            )
            self._parts.stop.set()
        return kept

    def _worth_applying(self, found: list[Transaction]) -> list[Transaction]:
        """Those with changes; what the others say about the catalogue is taken note of."""
        kept = []
        for transaction in found:
            for schema, table in transaction.truncated:
                self._parts.log.warning(
                    SOURCE_CAPTURE, f"TRUNCATE of table '{schema}.{table}' is not replicated"
                )
            if transaction.changes or transaction.ddls:
                kept.append(transaction)
            elif transaction.catalogue_changed:
                self._parts.tables.mark_stale()
        return kept
