"""CdcStopPosition: a task that ends by itself at a time of its server or of
the source's commits.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from lab.dms.ground.changes import Transaction

SERVER, COMMIT = "server_time", "commit_time"


@dataclass(frozen=True)
class StopPosition:
    """``moment`` is in UTC; ``kind`` is SERVER or COMMIT."""

    kind: str
    moment: dt.datetime

    @property
    def reason(self) -> str:
        return f"Stop Reason STOPPED_AT_{self.kind.upper()}"

    def before(
        self, transactions: Sequence[Transaction], now: dt.datetime
    ) -> tuple[list[Transaction], bool]:
        """Those that belong before the end, and whether the end has come."""
        if self.kind == SERVER:
            return list(transactions), now >= self.moment
        for index, transaction in enumerate(transactions):
            committed = dt.datetime.fromisoformat(transaction.commit_time)
            if committed.replace(tzinfo=committed.tzinfo or dt.UTC) > self.moment:
                return list(transactions[:index]), True
        return list(transactions), False

    def remaining(self, now: dt.datetime, otherwise: float) -> float:
        """Seconds until the server's time has come, at most ``otherwise``."""
        if self.kind == COMMIT:
            return otherwise
        return min(otherwise, max(0.0, (self.moment - now).total_seconds()))


def parse_stop_position(text: str | None) -> StopPosition | None:
    """``server_time:2018-02-09T12:12:12`` or ``commit_time:...``; raises ValueError for anything
    else.
    """
    if not text:
        return None
    kind, _, moment = text.partition(":")
    if kind not in (SERVER, COMMIT):
        raise ValueError(
            f"cdc_stop_position is '{text}'; it must begin with {SERVER}: or {COMMIT}:"
        )
    parsed = dt.datetime.fromisoformat(moment.strip())
    return StopPosition(kind, parsed.replace(tzinfo=parsed.tzinfo or dt.UTC))
