"""CdcStartPosition: where in the source's log a task is told to begin."""

from __future__ import annotations

import re

from lab.dms.ground.errors import TaskFailed
from lab.dms.ground.lsn import parse_lsn

_LSN = re.compile(r"[0-9A-Fa-f]{1,8}/[0-9A-Fa-f]{1,8}")
_CHECKPOINT = re.compile(r"checkpoint:V1#\d+#([0-9A-Fa-f]{1,8}/[0-9A-Fa-f]{1,8})(?:#.*)?")
_DATE = re.compile(r"(?:(?:server|commit)_time:)?\d{4}-\d{2}-\d{2}.*")


def parse_start_position(text: str) -> int:
    """An LSN (``4AF/B00000D0``) or a checkpoint (``checkpoint:V1#1#000004AF/B00000D0#0#0#*#0#0``)
    as a position.

    Raises TaskFailed for anything else, dates among them: PostgreSQL has no start from a point in
    time.
    """
    given = text.strip()
    checkpoint = _CHECKPOINT.fullmatch(given)
    if checkpoint or _LSN.fullmatch(given):
        return parse_lsn(checkpoint[1] if checkpoint else given)
    if _DATE.fullmatch(given):
        raise TaskFailed(
            f"CdcStartPosition is '{given}': a PostgreSQL source cannot be read from a point in "
            f"time; give an LSN "
            "(4AF/B00000D0) or a checkpoint"
        )
    raise TaskFailed(
        f"CdcStartPosition is '{given}'; it must be an LSN (4AF/B00000D0) or a checkpoint "
        "(checkpoint:V1#1#000004AF/B00000D0#0#0#*#0#0)"
    )
