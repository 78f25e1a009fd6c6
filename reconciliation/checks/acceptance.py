"""What somebody has accepted or excused, each until a date."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from reconciliation.agreed.contract import expired, expired_excuses
from reconciliation.agreed.profile import GroupExcuse
from reconciliation.checks.registry import check
from reconciliation.model import Excuse, Finding
from reconciliation.parallel_run import ParallelRun


@check(subject="the accepted differences", kinds=("accepted_expired",))
def check_acceptances(run: ParallelRun) -> Iterator[Finding]:
    """No accepted difference and no excuse is past its date."""
    today = dt.datetime.now(dt.UTC).date()
    for one in expired(run.contract, today):
        yield Finding(
            "accepted_expired",
            f"{one.rule} on {', '.join(one.columns)} of {one.table} was accepted by {one.owner} "
            f"until {one.expires}: {one.reason}; renew it or have it mended",
            one.table,
        )
    for table, excuse in expired_excuses(run.contract, today):
        yield Finding(
            "accepted_expired",
            f"that nothing is written to {table} was excused {_until(excuse)}",
            table,
        )
    for group in run.profile.excused:
        if group.expires < today:
            yield Finding(
                "accepted_expired", f"guarantee group {group.group} was excused {_until(group)}"
            )


def _until(excuse: Excuse | GroupExcuse) -> str:
    return (
        f"by {excuse.owner} until {excuse.expires}: {excuse.reason}; it excuses no longer, renew "
        "it or have it judged"
    )
