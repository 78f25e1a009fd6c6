"""Where a run of a task begins: at a new slot, at one it was given, or where the last run ended."""

from __future__ import annotations

from collections.abc import Callable

from lab.dms.agreed.spec import TaskSpec
from lab.dms.agreed.start_position import parse_start_position
from lab.dms.apply.control_tables import ControlTables
from lab.dms.capture.ddl_audit import prepare_ddl_capture
from lab.dms.capture.heartbeat import Heartbeat
from lab.dms.capture.plugins import choose_plugin
from lab.dms.capture.publishing import Publisher, withdraw
from lab.dms.capture.selection import Selection
from lab.dms.databases.prerequisites import check_prerequisites
from lab.dms.databases.slots import SlotState
from lab.dms.databases.source import Source
from lab.dms.databases.target import Target
from lab.dms.directory.state import TaskState, utc_now
from lab.dms.ground.errors import TaskFailed
from lab.dms.ground.logs import SOURCE_CAPTURE, TaskLog
from lab.dms.ground.lsn import format_lsn


def check_source(spec: TaskSpec, source: Source, log: TaskLog) -> None:
    """Raise TaskFailed with the way out when the source cannot give its changes away."""
    advice = check_prerequisites(source)
    if advice is not None:
        log.info(SOURCE_CAPTURE, advice)
    choose_plugin(spec, source)


class Beginning:
    """Gives the slot's name and the position behind which changes are applied."""

    def __init__(
        self, spec: TaskSpec, state: TaskState, source: Source, control: ControlTables, log: TaskLog
    ) -> None:
        self._spec = spec
        self._state = state
        self._source = source
        self._control = control
        self._log = log

    def afresh(self, target: Target, stopping: Callable[[], bool]) -> tuple[str, int]:
        """A new slot, or the one that the endpoint's SlotName names; the one of an earlier run is
        dropped.

        With it goes what it had not given away. Raises TaskFailed when the creation waits too long
        for open transactions, or when there is no such slot or no such position.
        """
        given = self._spec.source.attributes.get("slotname")
        kept = self._state.get("slot")
        if kept is not None and kept != given:
            self._source.drop_slot(kept)
            withdraw(self._source, kept)
        if given is None and self._spec.cdc_start_position is not None:
            raise TaskFailed(
                f"CdcStartPosition is '{self._spec.cdc_start_position}', but the source endpoint "
                f"names no slot to "
                "start from; set SlotName to an existing replication slot"
            )
        # the position of the slot that is gone must not be taken for one of the new slot, should we
        # be killed now
        self._control.set_position(target, 0)
        target.commit()
        slot, position = self._new_slot(stopping) if given is None else self._given_slot(given)
        self._state.reset_statistics()
        self._control.set_position(target, position)
        target.commit()
        return slot, position

    def resume(self, target: Target) -> tuple[str, int]:
        """The slot of the last run and the position the target holds; raises TaskFailed when the
        slot is gone.
        """
        slot = self._state.get("slot")
        if slot is None:
            raise TaskFailed(
                "The task has never been started: there is no replication slot to resume from"
            )
        found = self._source.slot(slot)
        way_out = "changes are lost. Compare both sides, then start the task with reload-target"
        if found is None or found.confirmed is None:
            raise TaskFailed(f"Replication slot '{slot}' does not exist any more; {way_out}")
        if found.is_lost:
            raise TaskFailed(
                f"Replication slot '{slot}' has fallen behind by more than "
                f"max_slot_wal_keep_size; {way_out}"
            )
        self._prepare_source(slot, found.plugin)
        return slot, self._control.position(target) or found.confirmed

    def _new_slot(self, stopping: Callable[[], bool]) -> tuple[str, int]:
        slot, plugin = (
            self._source.slot_name(self._spec.resource_id),
            choose_plugin(self._spec, self._source),
        )
        self._note(slot)
        # before the slot: what is sent is decided by the catalogue as it was at the time of a
        # change
        self._prepare_source(slot, plugin)
        limit = self._spec.switches.slot_wait_limit_seconds
        return slot, self._source.create_slot(slot, plugin, limit, self._warn, stopping)

    def _given_slot(self, slot: str) -> tuple[str, int]:
        if self._spec.cdc_start_position is None:
            raise TaskFailed(
                f"The source endpoint names slot '{slot}', but the task has no CdcStartPosition; "
                f"give the LSN to start "
                "from, or remove SlotName"
            )
        position = parse_start_position(self._spec.cdc_start_position)
        found = self._source.slot(slot)
        _check_given(slot, found, position)
        assert found is not None
        self._note(slot)
        self._prepare_source(slot, found.plugin)
        return slot, position

    def _note(self, slot: str) -> None:
        self._state.set(
            slot=slot, fresh_start_date=utc_now().isoformat(), captured_lsn=None, applied_lsn=None
        )

    def _prepare_source(self, slot: str, plugin: str) -> None:
        prepare_ddl_capture(self._spec.source, self._source, self._log)
        Heartbeat(self._spec.source, self._source).prepare()
        tables = Selection.of(self._spec, self._source.tables).published
        Publisher(self._spec, self._source, plugin, slot).publish(tables)

    def _warn(self, text: str) -> None:
        self._log.warning(SOURCE_CAPTURE, text)


def _check_given(slot: str, found: SlotState | None, position: int) -> None:
    if found is None or found.confirmed is None:
        raise TaskFailed(
            f"Replication slot '{slot}' does not exist; create it, or remove SlotName from the "
            f"endpoint"
        )
    if found.is_lost:
        raise TaskFailed(
            f"Replication slot '{slot}' is lost; create it again and choose a new CdcStartPosition"
        )
    if position < found.confirmed:
        raise TaskFailed(
            f"CdcStartPosition {format_lsn(position)} is older than the confirmed position "
            f"{format_lsn(found.confirmed)} of replication slot '{slot}'; changes between them "
            f"are gone"
        )
