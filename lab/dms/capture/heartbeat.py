"""The heartbeat: a small transaction now and then, so that the slot of an
idle database advances.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from lab.dms.agreed.spec import Endpoint
from lab.dms.capture.names import HEARTBEAT_TABLE
from lab.dms.databases.source import Source
from lab.quoting import qualified

_TABLE = """
CREATE TABLE IF NOT EXISTS {table} (
    hb_key integer PRIMARY KEY, hb_created_at timestamp, hb_created_by varchar(64),
    hb_last_heartbeat_at timestamp, hb_last_heartbeat_by varchar(64))
"""
_BEAT = """
INSERT INTO {table} AS beat VALUES (1, now(), current_user, now(), current_user)
ON CONFLICT (hb_key) DO UPDATE SET hb_last_heartbeat_at = excluded.hb_last_heartbeat_at,
                                   hb_last_heartbeat_by = excluded.hb_last_heartbeat_by
"""


class Heartbeat:
    """HeartbeatEnable (default false), HeartbeatFrequency in minutes (5) and HeartbeatSchema
    (public).
    """

    def __init__(
        self, endpoint: Endpoint, source: Source, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._enabled = endpoint.flag("HeartbeatEnable", False)
        self._pause = 60 * float(endpoint.attributes.get("heartbeatfrequency") or 5)
        self._table = qualified(
            endpoint.attributes.get("heartbeatschema") or "public", HEARTBEAT_TABLE
        )
        self._source = source
        self._clock = clock
        self._due = clock()

    def prepare(self) -> None:
        """Create the table; raises TaskFailed when the user may not."""
        if self._enabled:
            self._source.query(_TABLE.format(table=self._table))

    def seconds_left(self) -> float:
        """Until the next beat; infinite without a heartbeat."""
        return max(0.0, self._due - self._clock()) if self._enabled else float("inf")

    def beat_if_due(self) -> None:
        if self._enabled and self._clock() >= self._due:
            self._due = self._clock() + self._pause
            self._source.query(_BEAT.format(table=self._table))
