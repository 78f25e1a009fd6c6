"""A task that says it is running and does nothing, or not for every table, or holds its slot."""

from __future__ import annotations

from collections.abc import Callable

from lab.dms.faults.catalogue import CHANGE, POSITION, STRANGER, TASK, Given, fault
from lab.dms.faults.options import SCOPE
from lab.dms.faults.surroundings import Stranger
from lab.dms.ground.changes import Change

_ONE_TABLE = {"table": SCOPE["table"].needed}


@fault(
    TASK, "replication_stalled", (52,), "the task says it is running, but nothing arrives in Oracle"
)
def _replication_stalled(_: Given) -> None:
    return None


@fault(
    CHANGE,
    "nothing_applied",
    (52, 51),
    "the task reads, confirms and counts every change as captured; none arrives in Oracle",
)
def _nothing_applied(_: Given) -> Callable[[Change], list[Change]]:
    return lambda change: []


@fault(
    CHANGE,
    "table_left_behind",
    (51, 46),
    "nothing of one table arrives any more in Oracle; the task runs, and the table's state says "
    "completed",
    **_ONE_TABLE,
)
def _table_left_behind(_: Given) -> Callable[[Change], list[Change]]:
    return lambda change: []


@fault(
    STRANGER,
    "table_suspended",
    (51, 17),
    "one table is suspended (state 'Table error') and nothing of it arrives in Oracle; the task "
    "says it is running",
    **_ONE_TABLE,
)
def _table_suspended(given: Given) -> Stranger:
    return Stranger(suspended=tuple(given["table"].split(".")))


@fault(
    POSITION,
    "slot_frozen",
    (21, 22),
    "changes arrive in Oracle, but confirmed_flush_lsn does not move: the source keeps its WAL",
)
def _slot_frozen(_: Given) -> Callable[[int], int]:
    return lambda lsn: 0
