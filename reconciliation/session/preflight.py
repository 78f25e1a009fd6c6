"""Preflight: seconds, before anything else, one clear line when the surroundings do not allow a
verdict.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import text

from reconciliation.databases.faults import place
from reconciliation.databases.sight import oracle, postgresql
from reconciliation.errors import Unreadable, Unseen
from reconciliation.model import TableContract
from reconciliation.parallel_run import ParallelRun
from reconciliation.replication import SlotInfo, slot


@dataclass(frozen=True)
class Preflight:
    """What was found before the run, in words. ``clock_difference_seconds`` is Oracle's clock minus
    PostgreSQL's; ``unseen`` says by source name which tables may not be read.
    """

    lines: tuple[str, ...]
    versions: Mapping[str, str] = field(default_factory=dict)
    clock_difference_seconds: float | None = None
    slot: SlotInfo | None = None
    seconds: float = 0.0
    unseen: Mapping[str, str] = field(default_factory=dict)


def preflight(
    run: ParallelRun, versions: Mapping[str, str], began: float, each_table: bool
) -> Preflight:
    """The last part: privileges are checked (Unseen names those that are missing, unless
    ``each_table`` is judged on its own), clocks, slot and lag are noted.

    ``began`` is the monotonic clock when the preflight began.
    """
    unseen = _unseen(run)
    if unseen and not each_table:
        raise Unseen("; ".join(unseen.values()))
    lines = [
        f"{place(run.source.url)}: PostgreSQL {versions['PostgreSQL']}",
        f"{place(run.target.url)}: {versions['Oracle']}",
        f"contract: {len(run.contract.tables)} tables, {_fit_words(len({**run.unfit, **unseen}))}",
        f"task {run.task.identifier}: {run.task.status}, {len(run.mapping.rules)} rules",
    ]
    difference = _clock_difference(run)
    lines.append(
        "clock difference: not established"
        if difference is None
        else f"clock difference: Oracle is {difference:+.1f} s from PostgreSQL"
    )
    found = slot(run)
    lines.append(_slot_words(found))
    seconds = time.monotonic() - began
    return Preflight(tuple(lines), dict(versions), difference, found, seconds, unseen)


def _slot_words(found: SlotInfo | None) -> str:
    if found is None:
        return "slot: none in this database"
    return (
        f"slot {found.name}: {'active' if found.active else 'inactive'}, "
        f"{found.unconfirmed_bytes} bytes of WAL not yet confirmed by the replication"
    )


def _fit_words(unfit: int) -> str:
    if unfit:
        return f"{unfit} of them are not as agreed and cannot be judged"
    return "all columns exist on both sides"


def _unseen(run: ParallelRun) -> dict[str, str]:
    """What is missing, by source name, on the tables that are as agreed otherwise."""
    unseen: dict[str, str] = {}
    for table in run.contract.tables:
        if table.source not in run.unfit:
            lines = [str(error) for error in _missing_privileges(run, table)]
            unseen |= {table.source: "; ".join(lines)} if lines else {}
    return unseen


def _missing_privileges(run: ParallelRun, table: TableContract) -> Iterator[Unseen]:
    wanted = ("SELECT", "INSERT", "UPDATE", "DELETE") if run.profile.mutations else ("SELECT",)
    with run.source.connect() as connection:
        here = postgresql.table_unseen(connection, table.source, wanted)
    with run.target.connect() as connection:
        there = oracle.rows_unseen(connection, table.target)
        kept = oracle.delete_refused(connection, table.target) if run.profile.mutations else None
    yield from filter(None, (here, there, kept))


#: as text, because the driver drops the zone of a zoned value
_ORACLE_CLOCK = """SELECT TO_CHAR(SYSTIMESTAMP, 'YYYY-MM-DD"T"HH24:MI:SS.FF6TZH:TZM') FROM DUAL"""


def _clock_difference(run: ParallelRun) -> float | None:
    """Seconds; both clocks are read as near to each other as possible. None when Oracle does not
    say.
    """
    try:
        with run.source.connect() as here, run.target.connect() as there:
            there.execute(text("SELECT 1 FROM DUAL"))
            ours: dt.datetime = here.execute(text("SELECT clock_timestamp()")).scalar_one()
            theirs = dt.datetime.fromisoformat(there.execute(text(_ORACLE_CLOCK)).scalar_one())
    except (Unreadable, ValueError):
        return None
    return round((theirs - ours).total_seconds(), 3)
