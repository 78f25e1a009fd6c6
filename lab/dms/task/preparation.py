"""What a run does before its first change: target, tables, slot, stream."""

from __future__ import annotations

from lab.dms.agreed.switches import describe_switches
from lab.dms.databases.unsupported import why_suspended
from lab.dms.ground.errors import TaskFailed
from lab.dms.ground.logs import SOURCE_CAPTURE, TABLES_MANAGER, TASK_MANAGER
from lab.dms.ground.lsn import format_lsn
from lab.dms.interrupting import put_back
from lab.dms.task.beginning import Beginning, check_source
from lab.dms.task.commits import Commits
from lab.dms.task.leftovers import end_reader
from lab.dms.task.parts import Parts
from lab.dms.task.reading import SlotReader
from lab.dms.task.recovery import Recovery

RESUME = "resume-processing"
NO_TABLES = (
    "No tables were found at task initialization. Either the selected table(s) or schemas(s) no "
    "longer exist or no "
    "match was found for the table selection pattern(s). If you would like to start a Task that "
    "does not initially "
    "capture any tables, set Task Setting FailOnNoTablesCaptured to false and restart task."
)


class Preparation:
    """Made for one run."""

    def __init__(self, parts: Parts, reader: SlotReader, commits: Commits) -> None:
        self._parts = parts
        self._reader = reader
        self._commits = commits

    def prepare(self, start_type: str) -> str:
        """Make ready for the first change; returns the slot.

        Raises TaskFailed when the task cannot begin, Stopped when it is asked to stop meanwhile.
        """
        recovery = Recovery(self._parts, starting=True)
        recovery.persist(TASK_MANAGER, self._parts.target.open)
        recovery.persist(TASK_MANAGER, self._load_tables)
        slot = recovery.persist(SOURCE_CAPTURE, lambda: self._open_slot(start_type))
        recovery.persist(SOURCE_CAPTURE, lambda: self._reader.open(slot))
        return slot

    def _load_tables(self) -> None:
        parts, target = self._parts, self._parts.target.working()
        check_source(parts.spec, parts.source, parts.log)
        parts.tables.load(target)
        if not parts.tables.mapped and parts.spec.settings.errors.fail_on_no_tables:
            raise TaskFailed(NO_TABLES)
        schemas = [mapped.target_schema for mapped in parts.tables.mapped] or [
            parts.spec.target.user.upper()
        ]
        parts.control.schema = parts.spec.settings.control_schema or schemas[0]
        parts.control.create_missing(target)
        parts.control.more.begun(target)

    def _open_slot(self, start_type: str) -> str:
        """The slot to read and the position to go on from: both new, or as
        the last run left them.
        """
        slot, applied = self._resumed() if start_type == RESUME else self._fresh()
        self._commits.begin(applied)
        self._note_tables()
        self._parts.context.started(format_lsn(applied))
        self._parts.log.info(
            SOURCE_CAPTURE,
            f"Replication slot '{slot}', going on from {format_lsn(applied)} ({start_type})",
        )
        return slot

    def _beginning(self) -> Beginning:
        parts = self._parts
        return Beginning(parts.spec, parts.state, parts.source, parts.control, parts.log)

    def _resumed(self) -> tuple[str, int]:
        parts, target = self._parts, self._parts.target.working()
        kept = parts.state.get("slot")
        if kept is not None:
            put_back(parts.source, kept)
        parts.faults.resuming(kept)
        slot, applied = self._beginning().resume(target)
        parts.tables.resume(parts.state.get("column_names"))
        return slot, parts.faults.resumed(slot, applied)

    def _fresh(self) -> tuple[str, int]:
        parts, target = self._parts, self._parts.target.working()
        kept = parts.state.get("slot")
        # who reads a slot that the endpoint names is nobody of ours
        if kept is not None and kept != parts.spec.source.attributes.get("slotname"):
            end_reader(parts.source, kept, parts.stop)
        slot, applied = self._beginning().afresh(target, parts.stop.is_set)
        parts.state.set(column_names=parts.tables.column_names)
        return slot, parts.faults.restarted(slot, applied)

    def _note_tables(self) -> None:
        tables, log = self._parts.tables, self._parts.log
        for schema, table in sorted(tables.names):
            self._parts.state.register_table(schema, table)
        self._suspend_unfit()
        names = ", ".join(".".join(name) for name in sorted(tables.names)) or "none"
        log.info(TABLES_MANAGER, f"Tables captured: {names}")
        switches = self._parts.spec.switches
        set_by_hand = ", ".join(
            f"{name}={getattr(switches, name)}" for name, _, _ in describe_switches()
        )
        log.info(TASK_MANAGER, f"Switches of the stand-in: {set_by_hand}")

    def _suspend_unfit(self) -> None:
        """Tables that are mapped and cannot be applied, from the first moment on."""
        parts, tables = self._parts, self._parts.tables
        for (schema, table), missing in sorted(tables.without_target.items()):
            self._commits.suspend(schema, table, f"its target table '{missing}' does not exist")
            owner, name = missing.split(".", 1)
            parts.control.more.suspended(
                parts.target.working(), owner, name, "Table does not exist"
            )
        parts.target.working().commit()
        for mapped in tables.mapped:
            if (reason := why_suspended(mapped.source)) is not None:
                self._commits.suspend(mapped.source.schema, mapped.source.name, reason)
