"""Preflight: seconds, before anything else, one clear line when the surroundings do not allow a
verdict.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import text

from reconciliation.databases.faults import place
from reconciliation.databases.sight import oracle, postgresql
from reconciliation.errors import Unreadable, Unseen
from reconciliation.model import TableContract
from reconciliation.parallel_run import ParallelRun
from reconciliation.replication import SlotInfo, slot

#: what a run does in PostgreSQL besides reading
_CHANGING = ("INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True)
class Preflight:
    """What was found before the run, in words. ``clock_difference_seconds`` is Oracle's clock minus
    PostgreSQL's; ``unseen`` says by source name which tables may not be read, ``unwritable`` to
    which of those that may be read a run could not write, or could not remove its rows from.
    """

    lines: tuple[str, ...]
    versions: Mapping[str, str] = field(default_factory=dict)
    clock_difference_seconds: float | None = None
    slot: SlotInfo | None = None
    seconds: float = 0.0
    unseen: Mapping[str, str] = field(default_factory=dict)
    unwritable: Mapping[str, str] = field(default_factory=dict)


def preflight(
    run: ParallelRun, versions: Mapping[str, str], began: float, each_table: bool
) -> Preflight:
    """The last part: privileges are checked, clocks, slot and lag are noted. A table that may not
    be read is ``unseen``, one that may only be read ``unwritable``, as long as some table remains
    with which the run can do what it does; otherwise Unseen names all that is missing.

    With ``each_table`` every table is judged on its own, and one that lacks anything is ``unseen``.
    ``began`` is the monotonic clock when the preflight began.
    """
    unread, unwritable = _lacking(run, _reading), _lacking(run, _writing)
    lacking = {
        name: "; ".join(found[name] for found in (unread, unwritable) if name in found)
        for name in {**unread, **unwritable}
    }
    if not each_table and not _some_table_remains(run, unread, unwritable):
        raise Unseen("; ".join({**run.unfit, **lacking}.values()))
    unseen = lacking if each_table else {name: lacking[name] for name in unread}
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
    refused = {name: why for name, why in unwritable.items() if name not in unseen}
    lines += [f"nothing is written to {name}: {why}" for name, why in refused.items()]
    seconds = time.monotonic() - began
    return Preflight(tuple(lines), dict(versions), difference, found, seconds, unseen, refused)


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


def _lacking(
    run: ParallelRun, looks: Callable[[ParallelRun, TableContract], Iterator[Unseen | None]]
) -> dict[str, str]:
    """What is missing, by source name, on the tables that are as agreed otherwise."""
    found: dict[str, str] = {}
    for table in run.contract.tables:
        if table.source not in run.unfit:
            lines = [str(error) for error in looks(run, table) if error is not None]
            found |= {table.source: "; ".join(lines)} if lines else {}
    return found


def _reading(run: ParallelRun, table: TableContract) -> Iterator[Unseen | None]:
    with run.source.connect() as connection:
        yield postgresql.table_unseen(connection, table.source, ("SELECT",))
    with run.target.connect() as connection:
        yield oracle.rows_unseen(connection, table.target)


def _writing(run: ParallelRun, table: TableContract) -> Iterator[Unseen | None]:
    """A run that may not remove from Oracle what stays there writes nothing."""
    if not _is_written_to(run, table):
        return
    with run.source.connect() as connection:
        # whether it can be read has been asked
        if postgresql.table_unseen(connection, table.source, ("SELECT",)) is None:
            yield postgresql.table_unseen(connection, table.source, ("SELECT", *_CHANGING))
    with run.target.connect() as connection:
        yield oracle.delete_refused(connection, table.target)


def _is_written_to(run: ParallelRun, table: TableContract) -> bool:
    return run.profile.mutations and table.write and table.source not in run.unfit


def _some_table_remains(
    run: ParallelRun, unread: Mapping[str, str], unwritable: Mapping[str, str]
) -> bool:
    """Whether a table can be read and, of those that can be, a run of this profile has one to write
    to, unless it writes to none.
    """
    unseen = {*run.unfit, *unread}
    read = [table for table in run.contract.tables if table.source not in unseen]
    written = [table.source for table in read if _is_written_to(run, table)]
    return bool(read) and (not written or any(name not in unwritable for name in written))


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
