"""What goes wrong when a task goes on after a stop, or begins anew."""

from __future__ import annotations

from collections.abc import Callable

from lab.dms.faults.catalogue import POSITION, RESUME, TRANSACTION, Given, fault
from lab.dms.faults.options import whole
from lab.dms.faults.surroundings import Surroundings
from lab.dms.ground.changes import Transaction
from lab.dms.ground.lsn import parse_lsn

_OfTransaction = Callable[[Transaction], list[Transaction]]
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
    POSITION,
    "last_transactions_repeated_on_resume",
    (30, 31, 32),
    "what was applied last before a stop is applied again after the resume: duplicates, or "
    "failures in "
    "awsdms_apply_exceptions (the fault has to be on before the stop, too)",
)
def _last_transactions_repeated_on_resume(_: Given) -> Callable[[int], int]:
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
