"""``drain``: how long until the replication stands still behind a quiet source, and who still
writes there. Writes markers where the profile allows mutations, nothing otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

from exit_codes import ExitCode
from reconciliation.agreed.profile import Profile
from reconciliation.cli.output import complain
from reconciliation.errors import EnvironmentFault
from reconciliation.process.interrupts import Interrupts
from reconciliation.process.visible import visible
from reconciliation.session import heartbeat
from reconciliation.session.draining import Drain, Draining
from reconciliation.session.opening import open_session
from reconciliation.session.session import Session
from reconciliation.session.sweep import sweep

CODES = {True: ExitCode.DONE, False: ExitCode.BROKEN, None: ExitCode.NOT_JUDGED}
WORDS = {True: "DRAINED", False: "NOT DRAINED", None: "NOT JUDGED"}


def look(profile: Profile, within: float | None, interrupts: Interrupts) -> Drain:
    """Opens the parallel run and watches it for ``within`` seconds (default: the arrival limit).
    Raises EnvironmentFault.
    """
    limit_seconds = profile.replication.arrival_limit_seconds if within is None else within
    with open_session(profile, each_table=True) as session:
        watch = Draining(session, limit_seconds, _tell)
        return _with_markers(session, watch, interrupts) if profile.mutations else watch.drain()


def _with_markers(session: Session, watch: Draining, interrupts: Interrupts) -> Drain:
    """What a killed run has left goes before, the markers go behind. Rows of nobody stay in Oracle,
    as evidence.
    """
    heartbeat.check(session)
    sweep(session, orphans=False)
    session.writers.dispose()  # a session that ends tells the rows it has counted
    silent: tuple[str, ...] = ()
    try:
        found = watch.drain()
        silent = found.missing
        return found
    finally:
        interrupts.finishing = True
        _clean_up(session, silent)


def _clean_up(session: Session, silent: tuple[str, ...]) -> None:
    """What was found stays found, whatever comes of it."""
    try:
        left = sweep(session, final=True, silent=silent, orphans=False).left
    except EnvironmentFault as error:
        left = (f"the markers stay, and the next run removes them: {error}",)
    for line in left:
        _tell(line)


def code_of(found: Drain) -> ExitCode:
    return CODES[found.drained]


def as_json(found: Drain) -> str:
    """One JSON object; ``verdict`` in words."""
    document = {"verdict": WORDS[found.drained], **asdict(found)}
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def as_text(found: Drain) -> str:
    """The verdict with its reason, and how far the replication is behind."""
    return "\n".join(map(visible, _lines(found))) + "\n"


def _lines(found: Drain) -> Iterator[str]:
    yield f"{WORDS[found.drained]}: {found.words}"
    yield f"position {found.position}, looked at for {found.seconds:.1f} s"
    yield "behind: " + ", ".join(
        (
            "the slot is not known"
            if found.behind_bytes is None
            else f"{found.behind_bytes:,} bytes of WAL not confirmed by the slot",
            "no latency in CloudWatch"
            if found.latency_seconds is None
            else f"{found.latency_seconds:.1f} s of latency (CloudWatch)",
        )
    )


def _tell(line: str) -> None:
    complain(f"reconciliation: {visible(line)}")
