"""The stream of the task's slot, opened again whenever the source was lost."""

from __future__ import annotations

import contextlib

from lab.dms.capture import Capture
from lab.dms.ground.errors import Recoverable
from lab.dms.task.leftovers import await_slot
from lab.dms.task.parts import Parts


class SlotReader:
    """One stream at a time; there is none before the first ``open``."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._capture: Capture | None = None

    def open(self, slot: str) -> None:
        """A new stream, whatever there was before; waits for whoever still reads the slot."""
        parts = self._parts
        self.close()
        await_slot(parts.source, slot, parts.stop)
        parts.faults.reopening(slot)
        self._capture = Capture(
            parts.spec, parts.source, slot, parts.bell.fileno(), parts.directory, parts.log
        )

    def working(self) -> Capture:
        """The stream that was opened last."""
        assert self._capture is not None
        return self._capture

    def keep_alive(self) -> None:
        """Tell the source that somebody still reads."""
        with contextlib.suppress(Recoverable):  # a lost source shows again when it is read next
            self.working().keep_alive()

    def close(self) -> None:
        if self._capture is not None:
            self._capture.close()
            self._capture = None
