"""Transactions that are lost, repeated, taken apart or put in another order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lab.dms.faults.catalogue import COMMIT, PER_CHANGE, TRANSACTION, Given, fault
from lab.dms.faults.options import whole
from lab.dms.ground.changes import Change, Transaction

_OfTransaction = Callable[[Transaction], list[Transaction]]


def changes_of(transaction: Transaction) -> tuple[Change, ...]:
    """The changes that can be taken apart; none of a transaction with DDL, whose changes have their
    places.
    """
    return () if transaction.ddls else tuple(transaction.changes)


@fault(
    TRANSACTION,
    "transaction_lost_every_nth",
    (33, 34, 35),
    "every nth transaction does not arrive in Oracle",
    ("table", "probability", "seed"),
    n=whole(5, "which of the transactions are lost", 1),
)
def _transaction_lost_every_nth(given: Given) -> _OfTransaction:
    count = 0

    def change(transaction: Transaction) -> list[Transaction]:
        nonlocal count
        count += 1
        return [] if count % given["n"] == 0 else [transaction]

    return change


@fault(
    TRANSACTION,
    "transaction_repeated",
    (34, 30),
    "transactions are applied twice: inserts show in awsdms_apply_exceptions, tables without a "
    "key have rows twice",
    PER_CHANGE,
)
def _transaction_repeated(_: Given) -> _OfTransaction:
    return lambda transaction: [transaction, transaction]


@fault(
    TRANSACTION,
    "transaction_half_applied",
    (34, 32),
    "only the first half of a transaction's changes arrives in Oracle",
    PER_CHANGE,
)
def _transaction_half_applied(_: Given) -> _OfTransaction:
    def change(transaction: Transaction) -> list[Transaction]:
        changes = changes_of(transaction)
        half = (len(changes) + 1) // 2
        return (
            [replace(transaction, changes=changes[:half])] if half < len(changes) else [transaction]
        )

    return change


@fault(
    TRANSACTION,
    "transaction_reversed",
    (16, 32),
    "the changes of a transaction are applied from the last to the first",
    PER_CHANGE,
)
def _transaction_reversed(_: Given) -> _OfTransaction:
    def change(transaction: Transaction) -> list[Transaction]:
        changes = changes_of(transaction)
        return [replace(transaction, changes=changes[::-1])] if len(changes) > 1 else [transaction]

    return change


@fault(
    TRANSACTION,
    "last_change_of_transaction_lost",
    (34, 35),
    "the last change of each transaction with several does not arrive in Oracle",
    PER_CHANGE,
)
def _last_change_of_transaction_lost(_: Given) -> _OfTransaction:
    def change(transaction: Transaction) -> list[Transaction]:
        changes = changes_of(transaction)
        return [replace(transaction, changes=changes[:-1])] if len(changes) > 1 else [transaction]

    return change


class _Swap:
    """Keeps the first of two transactions back until the second one has been applied."""

    def __init__(self) -> None:
        self._kept: list[Transaction] = []

    def __call__(self, transaction: Transaction) -> list[Transaction]:
        if self._kept:
            return [transaction, self._kept.pop()]
        self._kept.append(transaction)
        return []

    def release(self) -> list[Transaction]:
        """What is kept back still, when the fault is switched off."""
        kept, self._kept = self._kept, []
        return kept


@fault(
    TRANSACTION,
    "transactions_swapped",
    (32, 34),
    "of two transactions the later one is applied first: Oracle keeps the older values",
    ("table",),
)
def _transactions_swapped(_: Given) -> _OfTransaction:
    return _Swap()


@fault(
    COMMIT,
    "transaction_committed_in_parts",
    (58,),
    "readers of Oracle see the first half of a transaction before the rest arrives",
    PER_CHANGE,
)
def _transaction_committed_in_parts(_: Given) -> _OfTransaction:
    def split(transaction: Transaction) -> list[Transaction]:
        changes = changes_of(transaction)
        half = (len(changes) + 1) // 2
        if half == len(changes):
            return [transaction]
        # the position in between is one that no transaction ends at: a task that is killed there
        # repeats the first half
        first = replace(transaction, changes=changes[:half], end_lsn=transaction.end_lsn - 1)
        return [first, replace(transaction, changes=changes[half:])]

    return split
