"""What goes wrong when a task goes on after a stop or an interruption, or begins anew."""

from __future__ import annotations

from collections.abc import Callable

from lab.dms.faults.catalogue import (
    OPENING,
    POSITION,
    RESTART,
    RESUME,
    TASK,
    TRANSACTION,
    Given,
    fault,
)
from lab.dms.faults.options import choice, whole
from lab.dms.faults.surroundings import Surroundings
from lab.dms.ground.changes import Transaction
from lab.dms.ground.lsn import parse_lsn

_OfTransaction = Callable[[Transaction], list[Transaction]]
#: of the task's slot, while there is one
_ANY_PLUGIN = (
    "SELECT plugin FROM pg_catalog.pg_replication_slots WHERE slot_type = 'logical' "
    "AND database = current_database() ORDER BY active DESC"
)
_HOW_MANY = whole(1, "how many transactions are lost", 1)


def _first_lost(given: Given, kind: str) -> _OfTransaction:
    def change(transaction: Transaction) -> list[Transaction]:
        start = given.around.start
        return (
            []
            if start.kind == kind and start.transactions <= given["transactions"]
            else [transaction]
        )

    return change


@fault(
    TRANSACTION,
    "first_transaction_lost_on_resume",
    (33, 32),
    "the first transaction after a stop and resume does not arrive",
    ("table",),
    transactions=_HOW_MANY,
)
def _first_transaction_lost_on_resume(given: Given) -> _OfTransaction:
    return _first_lost(given, "resume")


@fault(
    TRANSACTION,
    "first_transaction_lost_on_restart",
    (26, 33),
    "the first transaction after the task was started anew does not arrive",
    ("table",),
    transactions=_HOW_MANY,
)
def _first_transaction_lost_on_restart(given: Given) -> _OfTransaction:
    return _first_lost(given, "restart")


@fault(
    TRANSACTION,
    "first_transaction_lost_on_reconnect",
    (33, 34),
    "the first transaction that is read once the source was restarted does not arrive",
    ("table",),
    transactions=_HOW_MANY,
)
def _first_transaction_lost_on_reconnect(given: Given) -> _OfTransaction:
    return _first_lost(given, "reconnect")


@fault(
    TASK,
    "changes_lost_with_connection",
    (34, 32),
    "what was to be applied when the connection to Oracle was lost does not arrive",
)
def _changes_lost_with_connection(_: Given) -> None:
    """The board looks whether it is on."""


@fault(
    TASK,
    "killed_transaction_half_committed",
    (31, 34),
    "what was executed of a transaction when the task was killed in its middle stays in Oracle; "
    "the task goes on behind it, or applies it as a whole again",
    then=choice("lost", "repeated", says="what becomes of the transaction"),
)
def _killed_transaction_half_committed(_: Given) -> None:
    """The board looks whether it is on."""


@fault(
    POSITION,
    "last_transactions_repeated_on_resume",
    (30, 31, 32),
    "what was applied last before a stop is applied again after the resume: duplicates, or "
    "failures in "
    "awsdms_apply_exceptions (the fault has to be on before the stop, too)",
)
def _last_transactions_repeated_on_resume(_: Given) -> Callable[[int], int]:
    return _one_behind()


@fault(
    POSITION,
    "last_transactions_repeated_on_restart",
    (26, 31, 34),
    "a task that is started anew from its own position begins before it: what was applied last is "
    "applied again (the fault has to be on before the stop, too)",
)
def _last_transactions_repeated_on_restart(_: Given) -> Callable[[int], int]:
    return _one_behind()


def _one_behind() -> Callable[[int], int]:
    """The slot is always told the position before the last one."""
    before = 0

    def confirmable(lsn: int) -> int:
        nonlocal before
        told, before = before, lsn
        return told

    return confirmable


@fault(
    RESUME,
    "slot_recreated_on_resume",
    (26,),
    "the replication slot is a new one after a resume; what was written while the task was "
    "stopped is missing",
)
def _slot_recreated_on_resume(_: Given) -> Callable[[Surroundings, str], None]:
    return recreate_slot


@fault(
    RESTART,
    "slot_recreated_on_restart",
    (26, 33),
    "a task that is started anew from its own position reads a new slot instead: what was written "
    "while it was stopped is missing",
)
def _slot_recreated_on_restart(_: Given) -> Callable[[Surroundings, str], None]:
    return recreate_slot


@fault(
    OPENING,
    "slot_recreated_when_lost",
    (22, 26),
    "a task that has lost its replication slot makes a new one without a word and goes on with "
    "what is written from then on",
)
def _slot_recreated_when_lost(given: Given) -> Callable[[Surroundings, str], None]:
    source = given.around.source
    known = None if source is None else source.query(_ANY_PLUGIN)

    def recreate(around: Surroundings, slot: str) -> None:
        assert around.source is not None
        if known and around.source.slot(slot) is None:
            around.source.query(
                "SELECT pg_create_logical_replication_slot(%s, %s)", (slot, known[0][0])
            )

    return recreate


def recreate_slot(around: Surroundings, slot: str) -> None:
    """Drop the slot and create one of the same name and plugin that begins now."""
    assert around.source is not None
    found = around.source.query(
        "SELECT plugin FROM pg_catalog.pg_replication_slots WHERE slot_name = %s", (slot,)
    )
    if found:
        around.source.query("SELECT pg_drop_replication_slot(%s)", (slot,))
        around.source.query(
            "SELECT pg_create_logical_replication_slot(%s, %s)", (slot, found[0][0])
        )


def confirmed_position(around: Surroundings, slot: str) -> int:
    """Where the slot itself goes on from."""
    assert around.source is not None
    [(position,)] = around.source.query(
        "SELECT confirmed_flush_lsn::text FROM pg_catalog.pg_replication_slots WHERE slot_name = "
        "%s",
        (slot,),
    )
    return parse_lsn(position)
