"""One task from its start to its end: prepare, replicate, stop or fail."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from lab.dms.agreed.spec import TaskSpec
from lab.dms.agreed.switches import describe_switches
from lab.dms.apply.applier import Applier, StopOnError
from lab.dms.apply.control_tables import ControlTables
from lab.dms.apply.group import Group, captured
from lab.dms.apply.policies import policies_of
from lab.dms.capture import Capture
from lab.dms.databases.source import Source
from lab.dms.databases.target import OracleTarget, Target
from lab.dms.databases.unsupported import why_suspended
from lab.dms.directory.bell import Bell
from lab.dms.directory.state import TaskState, utc_now
from lab.dms.faults import FaultBoard, Surroundings
from lab.dms.ground.changes import Transaction
from lab.dms.ground.errors import Recoverable, TargetLost, TaskFailed
from lab.dms.ground.logs import (
    METADATA_MANAGER,
    SORTER,
    SOURCE_CAPTURE,
    TABLES_MANAGER,
    TARGET_APPLY,
    TASK_MANAGER,
    TaskLog,
    odbc_line,
)
from lab.dms.ground.lsn import format_lsn
from lab.dms.monitoring.context import ContextLog
from lab.dms.monitoring.metrics import Metrics
from lab.dms.task.beginning import Beginning, check_source
from lab.dms.task.leftovers import await_slot, end_reader
from lab.dms.task.retry import Retry, Stopped
from lab.dms.transform.lobs import Lookup
from lab.dms.transform.tables import Tables

RESUME = "resume-processing"
TABLE_ERROR = "Table error"
NO_TABLES = (
    "No tables were found at task initialization. Either the selected table(s) or schemas(s) no "
    "longer exist or no "
    "match was found for the table selection pattern(s). If you would like to start a Task that "
    "does not initially "
    "capture any tables, set Task Setting FailOnNoTablesCaptured to false and restart task."
)
#: how long a quiet task waits for its socket before it looks around
QUIET_SECONDS = 5.0
_Result = TypeVar("_Result")


class Task:
    """Runs in one thread; ``stop`` may be called from a signal handler."""

    def __init__(
        self,
        spec: TaskSpec,
        directory: Path,
        state: TaskState,
        log: TaskLog,
        connect_target: Callable[[TaskSpec], Target] = lambda spec: OracleTarget(
            spec.target, spec.settings.statement_cache
        ),
    ) -> None:
        self._spec = spec
        self._directory = directory
        self._state = state
        self._log = log
        self._connect_target = connect_target
        self._stop = threading.Event()
        self._source = Source(spec.source)
        self._target: Target | None = None
        self._capture: Capture | None = None
        self._tables = Tables(spec, self._source.tables, log)
        around = Surroundings(directory, log, spec, state, self._source, connect_target)
        self._faults = FaultBoard(directory.parent / "faults.json", around)
        # behind the board, which takes back what a task before this one has acknowledged
        self._bell = Bell(directory)
        log.keeps_back = self._faults.keeps_back_line
        self._control = ControlTables("", spec.resource_id, spec.settings.control)
        self._applier = Applier(
            self._tables,
            self._control,
            policies_of(spec),
            spec.switches,
            self._faults,
            log,
            spec.settings,
            Lookup(self._source.query),
        )
        around.suspended = self._applier.suspended
        self._applied_lsn = 0
        self._captured_lsn = 0
        #: why the task ended when it was not for a failure
        self.stop_reason = "Stop Reason NORMAL"
        self.metrics = Metrics(shown=self._faults.shown_metrics)
        self._context = ContextLog(log, lambda: self._tables.mapped)

    def stop(self) -> None:
        """Ask the task to apply what it has read and to end."""
        self._stop.set()
        self._bell.ring()

    def run(self, start_type: str) -> None:
        """Replicate until stopped; raises TaskFailed with the reason when the task cannot go on."""
        try:
            slot = self._prepare(start_type)
            self._state.set(state="running")
            self._log.info(TASK_MANAGER, f"Task '{self._spec.task_identifier}' is running")
            self._replicate(slot)
        except Stopped:
            self._log.info(TASK_MANAGER, "Task was asked to stop while it waited for a database")
        finally:
            self._close()

    # -------------------------------------------------------------- preparation

    def _prepare(self, start_type: str) -> str:
        retry = self._retry(starting=True)
        self._persist(retry, TASK_MANAGER, self._open_target)
        self._persist(retry, TASK_MANAGER, self._load_tables)
        slot = self._persist(retry, SOURCE_CAPTURE, lambda: self._open_slot(start_type))
        self._persist(retry, SOURCE_CAPTURE, lambda: self._open_capture(slot))
        return slot

    def _open_target(self) -> None:
        self._drop_target()
        self._target = self._connect_target(self._spec)

    def _load_tables(self) -> None:
        target = self._working_target()
        check_source(self._spec, self._source, self._log)
        self._tables.load(target)
        if not self._tables.mapped and self._spec.settings.errors.fail_on_no_tables:
            raise TaskFailed(NO_TABLES)
        schemas = [mapped.target_schema for mapped in self._tables.mapped] or [
            self._spec.target.user.upper()
        ]
        self._control.schema = self._spec.settings.control_schema or schemas[0]
        self._control.create_missing(target)
        self._control.more.begun(target)

    def _open_slot(self, start_type: str) -> str:
        """The slot to read and the position to go on from: both new, or as
        the last run left them.
        """
        target = self._working_target()
        start = Beginning(self._spec, self._state, self._source, self._control, self._log)
        if start_type == RESUME:
            self._faults.resuming(self._state.get("slot"))
            slot, applied = start.resume(target)
            self._tables.resume(self._state.get("column_names"))
            self._applied_lsn = self._faults.resumed(slot, applied)
        else:
            kept = self._state.get("slot")
            # who reads a slot that the endpoint names is nobody of ours
            if kept is not None and kept != self._spec.source.attributes.get("slotname"):
                end_reader(self._source, kept, self._stop)
            slot, self._applied_lsn = start.afresh(target, self._stop.is_set)
            self._state.set(column_names=self._tables.column_names)
            self._faults.restarted()
        self._captured_lsn = int(self._state.get("captured_lsn") or self._applied_lsn)
        self._committed(self._applied_lsn)
        self._note_tables()
        self._context.started(format_lsn(self._applied_lsn))
        self._log.info(
            SOURCE_CAPTURE,
            f"Replication slot '{slot}', going on from {format_lsn(self._applied_lsn)} "
            f"({start_type})",
        )
        return slot

    def _note_tables(self) -> None:
        for schema, table in sorted(self._tables.names):
            self._state.register_table(schema, table)
        for (schema, table), missing in sorted(self._tables.without_target.items()):
            self._suspend(schema, table, f"its target table '{missing}' does not exist")
            self._control.more.suspended(
                self._working_target(), *missing.split(".", 1), "Table does not exist"
            )
        self._working_target().commit()
        for mapped in self._tables.mapped:
            if (reason := why_suspended(mapped.source)) is not None:
                self._suspend(mapped.source.schema, mapped.source.name, reason)
        names = ", ".join(".".join(name) for name in sorted(self._tables.names)) or "none"
        self._log.info(TABLES_MANAGER, f"Tables captured: {names}")
        set_by_hand = ", ".join(
            f"{name}={getattr(self._spec.switches, name)}" for name, _, _ in describe_switches()
        )
        self._log.info(TASK_MANAGER, f"Switches of the stand-in: {set_by_hand}")

    def _open_capture(self, slot: str) -> None:
        if self._capture is not None:
            self._capture.close()
            self._capture = None
        await_slot(self._source, slot, self._stop)
        self._capture = Capture(
            self._spec, self._source, slot, self._bell.fileno(), self._directory, self._log
        )

    # -------------------------------------------------------------- replication

    def _replicate(self, slot: str) -> None:
        settings = self._spec.settings
        group = Group(settings.min_transaction_size, settings.commit_timeout)
        eager = self._spec.switches.commit_when_idle == "yes"
        while not self._stop.is_set():
            try:
                self._step(group, eager)
            except Recoverable as error:
                # what has been read is whole transactions and can be applied before the source is
                # back
                self._log.warning(SOURCE_CAPTURE, str(error))
                self._apply(group)
                self._persist(
                    self._retry(), SOURCE_CAPTURE, lambda: self._open_capture(slot), error
                )
                self._log.info(SOURCE_CAPTURE, "The source database is connected again")
        self._state.set(state="stopping")
        self._apply(group)
        with contextlib.suppress(
            Recoverable
        ):  # what was applied is committed; the status of a lost target is stale
            self._control.more.stopped(self._working_target())

    def _step(self, group: Group, eager: bool) -> None:
        capture = self._working_capture()
        self._faults.visit()
        if self._faults.stalled:
            self._stop.wait(0.5)
            capture.keep_alive()
            return
        waiting = (
            0.0
            if eager and not group.is_empty
            else group.remaining()
            if not group.is_empty
            else QUIET_SECONDS
        )
        if self._spec.stop_position is not None:
            waiting = self._spec.stop_position.remaining(utc_now(), waiting)
        found = self._before_the_end(capture.read(self._faults.pause(waiting), group.wanted()))
        self.metrics.note(read=found)
        self._context.captured(found)
        group.add(self._worth_applying(found))
        if self._stop.is_set():
            return  # what lies behind a stop position is not to be confirmed
        if group.is_empty:
            self._context.idle()
            if not self._faults.holds_slot:
                capture.confirm_idle()
            capture.keep_alive()
        elif group.is_due() or (eager and not found):
            self._apply(group)

    def _before_the_end(self, found: list[Transaction]) -> list[Transaction]:
        """What lies before the task's CdcStopPosition; the rest is left in the slot and the task
        ends.
        """
        if self._spec.stop_position is None:
            return found
        kept, ended = self._spec.stop_position.before(found, utc_now())
        if ended:
            self.stop_reason = self._spec.stop_position.reason
            self._log.info(
                TASK_MANAGER, f"The task has reached its stop position. {self.stop_reason}"
            )
            self._stop.set()
        return kept

    def _worth_applying(self, found: list[Transaction]) -> list[Transaction]:
        """Those with changes; what the others say about the catalogue is taken note of."""
        kept = []
        for transaction in found:
            for schema, table in transaction.truncated:
                self._log.warning(
                    SOURCE_CAPTURE, f"TRUNCATE of table '{schema}.{table}' is not replicated"
                )
            if transaction.changes or transaction.ddls:
                kept.append(transaction)
            elif transaction.catalogue_changed:
                self._tables.mark_stale()
        return kept

    def _apply(self, group: Group) -> None:
        """Apply the group and commit it, however often the target is lost meanwhile."""
        if group.is_empty:
            return
        started = time.monotonic()
        self._faults.visit()
        for part in self._faults.commits(group.transactions):
            self._persist(self._retry(), TARGET_APPLY, lambda part=part: self._apply_once(part))
        count, elapsed = len(group.transactions), time.monotonic() - started
        if elapsed > 10:
            self._log.info(SORTER, f"{count} transactions took {elapsed:.1f} seconds to apply")
        self.metrics.note(applied_lsn=self._applied_lsn)
        self._context.applied(group.transactions)
        group.clear()
        with contextlib.suppress(Recoverable):  # a lost source shows again when it is read next
            self._working_capture().confirm(self._faults.confirmable(self._applied_lsn))

    def _apply_once(self, transactions: list[Transaction]) -> None:
        if self._target is None:
            self._open_target()
            # a commit whose answer was lost may have been made
            self._committed(
                max(self._applied_lsn, self._control.position(self._working_target()) or 0)
            )
        target = self._working_target()
        left = [
            transaction for transaction in transactions if transaction.end_lsn > self._applied_lsn
        ]
        if not left:
            return
        try:
            done = self._applier.apply(target, left, self._keep_alive)
            last = left[-1].end_lsn
            seen = captured(left, self._captured_lsn, self._tables.names)
            read, applied = self._faults.counted(seen, done.counts)
            self._state.note_group(
                read, last, applied, last, dict.fromkeys(done.suspended, TABLE_ERROR)
            )
            self._captured_lsn = max(self._captured_lsn, last)
            target.commit()
        except StopOnError as error:
            target.rollback()
            self._control.add_exception(target, *error.table, error.statement, error.failure.text)
            target.commit()
            raise
        except Recoverable:
            # whichever side it was: what was executed must not be executed twice
            self._drop_target()
            raise
        self._committed(last)
        self._faults.committed(done.counts)
        for (schema, table), reason in done.suspended.items():
            self._say_suspended(schema, table, reason)

    def _committed(self, lsn: int) -> None:
        """The target holds everything up to ``lsn``: what was noted for it is true now."""
        self._applied_lsn = lsn
        self._state.settle(lsn)
        self._applier.suspended |= self._state.tables_in_state(TABLE_ERROR)

    def _suspend(self, schema: str, table: str, reason: str) -> None:
        self._applier.suspended.add((schema, table))
        self._state.set_table_state(schema, table, TABLE_ERROR)
        self._say_suspended(schema, table, reason)

    def _say_suspended(self, schema: str, table: str, reason: str) -> None:
        self._log.error(TASK_MANAGER, f"Table '{schema}'.'{table}' was suspended: {reason}")

    # ------------------------------------------------------------------- errors

    def _persist(
        self,
        retry: Retry,
        component: str,
        work: Callable[[], _Result],
        first: Recoverable | None = None,
    ) -> _Result:
        """Do the work until it succeeds or the retries are used up."""

        def again(error: Recoverable) -> None:
            if line := odbc_line(str(error)):
                self._log.error(METADATA_MANAGER, line)
            self._log.warning(component, f"{error} (recovery attempt {retry.attempts + 1} follows)")
            if isinstance(error, TargetLost):
                self._drop_target()

        return retry.until_done(work, again, first)

    def _retry(self, *, starting: bool = False) -> Retry:
        return Retry(
            self._spec.settings.errors,
            self._spec.resource_id,
            self._stop,
            starting=starting,
            interval=self._spec.switches.recoverable_interval_seconds,
        )

    def _keep_alive(self) -> None:
        with contextlib.suppress(Recoverable):  # a lost source shows again when it is read next
            self._working_capture().keep_alive()

    def _working_target(self) -> Target:
        if self._target is None:
            self._open_target()
        assert self._target is not None
        return self._target

    def _working_capture(self) -> Capture:
        assert self._capture is not None
        return self._capture

    def _drop_target(self) -> None:
        if self._target is not None:
            with contextlib.suppress(Recoverable):
                self._target.close()
            self._target = None

    def _close(self) -> None:
        self._faults.close()
        self._drop_target()
        if self._capture is not None:
            self._capture.close()
        self._source.close()
        self._bell.close()
