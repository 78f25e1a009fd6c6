"""How fast a run may write. A transaction is written at once, so that its locks are short; the next
one waits until the rows of those before it are paid for.
"""

from __future__ import annotations

import time

from reconciliation.process import pulse

#: seconds of one sleep, behind which a sign of life is given
_STEP = 0.5


class Pace:
    """``rows_per_second`` on the average, None: as fast as PostgreSQL takes them."""

    def __init__(self, rows_per_second: float | None) -> None:
        self._limit = rows_per_second
        self._free_at = 0.0
        #: all that was changed so far
        self.rows = 0

    def wait(self) -> None:
        """Until the next transaction may begin."""
        while (left := self._free_at - time.monotonic()) > 0:
            time.sleep(min(left, _STEP))
            pulse.beat()

    def wrote(self, rows: int) -> None:
        """So many rows were changed just now."""
        self.rows += rows
        if self._limit is not None:
            self._free_at = max(self._free_at, time.monotonic()) + rows / self._limit
