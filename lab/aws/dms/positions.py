"""Where a task shall begin and end, as the API takes it.

CdcStartPosition is an LSN (``4AF/B00000D0``) or a checkpoint
(``checkpoint:V1#1#000004AF/B00000D0#0#0#*#0#0``); PostgreSQL has no start from a time.
CdcStopPosition is ``server_time:`` or ``commit_time:`` and a time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lab.aws.errors import invalid_combination, invalid_value

_LSN = re.compile(r"[0-9A-Fa-f]{1,8}/[0-9A-Fa-f]{1,8}")
_CHECKPOINT = re.compile(
    r"checkpoint:V1#\d+#[0-9A-Fa-f]{1,8}/[0-9A-Fa-f]{1,8}(\.\w+)?#\d+#\d+#\*?#?\d+#\d+"
)
_STOP = re.compile(r"(?P<what>server_time|commit_time):\s*(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)")
_START_AT_TIME = (
    "A CDC start time is not supported for a PostgreSQL source: give CdcStartPosition as an LSN "
    "or a checkpoint of the "
    "replication slot that the endpoint's SlotName names"
)


@dataclass(frozen=True)
class Positions:
    start: str | None = None
    stop: str | None = None

    def changed(self, parameters: Mapping[str, Any]) -> Positions:
        """These positions with what a request gives instead. Raises AwsError for one that cannot
        be.
        """
        if "CdcStartTime" in parameters and "CdcStartPosition" in parameters:
            raise invalid_combination("Specify either CdcStartPosition or CdcStartTime, not both")
        if "CdcStartTime" in parameters:
            raise invalid_combination(_START_AT_TIME)
        start = parameters.get("CdcStartPosition", self.start) or None
        stop = parameters.get("CdcStopPosition", self.stop) or None
        _check_start(start)
        _check_stop(stop)
        return Positions(start, stop)


def _check_start(text: str | None) -> None:
    if text is None or _LSN.fullmatch(text) or _CHECKPOINT.fullmatch(text):
        return
    try:
        datetime.fromisoformat(text)
    except ValueError:
        raise invalid_value(
            f"CdcStartPosition {text!r} is neither an LSN (4AF/B00000D0) nor a checkpoint "
            f"(checkpoint:V1#...)"
        ) from None
    raise invalid_combination(_START_AT_TIME)


def _check_stop(text: str | None) -> None:
    match = _STOP.fullmatch(text) if text is not None else None
    try:
        if match is not None:
            datetime.fromisoformat(match["time"])
        elif text is not None:
            raise ValueError
    except ValueError:
        raise invalid_value(
            f"CdcStopPosition {text!r} must look like server_time:2018-02-09T12:12:12 or "
            "commit_time:2018-02-09T12:12:12"
        ) from None
