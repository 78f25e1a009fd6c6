"""Where a run of a task begins: at a new slot, or where the last run ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lab.dms.catalogue import SourceTable
from lab.dms.control_tables import ControlTables
from lab.dms.errors import TaskFailed
from lab.dms.source import Source
from lab.dms.spec import TaskSpec
from lab.dms.state import TaskState, utc_now
from lab.dms.target import Target


class Beginning:
    """Gives the slot's name and the position behind which changes are applied."""

    def __init__(self, spec: TaskSpec, state: TaskState, source: Source, control: ControlTables) -> None:
        self._spec = spec
        self._state = state
        self._source = source
        self._control = control

    def afresh(
        self, target: Target, tables: Sequence[SourceTable], say: Callable[[str], None], stopping: Callable[[], bool]
    ) -> tuple[str, int]:
        """A new slot; the one of an earlier run is dropped, and with it what it had not given away.

        ``say`` is told what the creation waits for. Raises TaskFailed when it waits too long.
        """
        kept = self._state.get("slot")
        if kept is not None:
            self._source.drop_slot(kept)
        slot = self._source.slot_name(self._spec.resource_id)
        self._state.set(slot=slot, fresh_start_date=utc_now().isoformat(), captured_lsn=None, applied_lsn=None)
        self._state.reset_statistics()
        # the position of the slot that is gone must not be taken for one of the new slot, should we be killed now
        self._control.set_position(target, 0)
        target.commit()
        self._source.prepare_sets(slot, tables)
        position = self._source.create_slot(slot, self._spec.switches.slot_wait_limit_seconds, say, stopping)
        self._control.set_position(target, position)
        target.commit()
        return slot, position

    def resume(self, target: Target, tables: Sequence[SourceTable]) -> tuple[str, int]:
        """The slot of the last run and the position the target holds; raises TaskFailed when the slot is gone."""
        slot = self._state.get("slot")
        if slot is None:
            raise TaskFailed("The task has never been started: there is no replication slot to resume from")
        confirmed = self._source.confirmed_position(slot)
        if confirmed is None:
            raise TaskFailed(
                f"Replication slot '{slot}' does not exist any more or is invalid; changes are lost. Compare both "
                "sides, then start the task with reload-target"
            )
        self._source.prepare_sets(slot, tables)
        return slot, self._control.position(target) or confirmed
