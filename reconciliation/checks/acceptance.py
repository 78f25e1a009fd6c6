"""The differences that somebody has accepted, each until a date."""

from __future__ import annotations

import datetime as dt

from reconciliation.agreed.contract import expired
from reconciliation.checks.registry import check
from reconciliation.model import Finding
from reconciliation.parallel_run import ParallelRun


@check(subject="the accepted differences", kinds=("accepted_expired",))
def check_acceptances(run: ParallelRun) -> tuple[Finding, ...]:
    """No accepted difference is past its date."""
    today = dt.datetime.now(dt.UTC).date()
    return tuple(
        Finding(
            "accepted_expired",
            f"{one.rule} on {', '.join(one.columns)} was accepted by {one.owner} until "
            f"{one.expires}: {one.reason}; renew it or have it mended",
            one.table,
        )
        for one in expired(run.contract, today)
    )
