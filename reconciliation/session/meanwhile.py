"""How much others write to the mapped tables during a run: lag without traffic says little."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass

from reconciliation.errors import EnvironmentFault
from reconciliation.replication.traffic import Traffic, traffic
from reconciliation.report import Meanwhile
from reconciliation.session.session import Session


@dataclass(frozen=True)
class Mark:
    """What was written up to a moment: by everybody, and by this run."""

    written: Traffic
    own: int
    at: float


def mark(judge: Session) -> Mark | None:
    """From now on; None where PostgreSQL does not say."""
    judge.writers.dispose()  # a session that ends tells the rows it has counted
    with suppress(EnvironmentFault):
        return Mark(traffic(judge.parallel_run), judge.pace.rows, time.monotonic())
    return None


def since(judge: Session, begun: Mark | None) -> Meanwhile | None:
    """What others have written since then. Their sessions count rows up to ten seconds late, and
    those a service wrote for this run are others': about so many.
    """
    now = mark(judge) if begun is not None else None
    if begun is None or now is None:
        return None
    rows = sum(now.written.since(begun.written).values()) - (now.own - begun.own)
    return Meanwhile(max(0, rows), now.at - begun.at)


def words(found: Meanwhile | None) -> str:
    """For the end of a line about lag."""
    if found is None:
        return "how much others wrote meanwhile is not known"
    return f"others wrote about {found.per_second:.1f} rows/s to the mapped tables meanwhile"
