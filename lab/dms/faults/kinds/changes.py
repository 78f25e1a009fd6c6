"""Changes that are lost, repeated or made other changes."""

from __future__ import annotations

from collections.abc import Callable

from lab.dms.faults.catalogue import CHANGE, PER_CHANGE, Given, fault
from lab.dms.faults.options import whole
from lab.dms.ground.changes import DELETE, INSERT, UPDATE, Change

_OfChange = Callable[[Change], list[Change]]
_FILTERED = ("table", "probability", "seed")


def _without(operation: str) -> _OfChange:
    return lambda change: [] if change.operation == operation else [change]


@fault(
    CHANGE,
    "deletes_ignored",
    (2, 8, 29, 38),
    "rows deleted in PostgreSQL stay in Oracle",
    PER_CHANGE,
)
def _deletes_ignored(_: Given) -> _OfChange:
    return _without(DELETE)


@fault(
    CHANGE,
    "updates_ignored",
    (2, 3, 38),
    "rows updated in PostgreSQL keep their old values in Oracle",
    PER_CHANGE,
)
def _updates_ignored(_: Given) -> _OfChange:
    return _without(UPDATE)


@fault(
    CHANGE,
    "inserts_ignored",
    (34, 35),
    "rows inserted in PostgreSQL are missing in Oracle",
    PER_CHANGE,
)
def _inserts_ignored(_: Given) -> _OfChange:
    return _without(INSERT)


@fault(
    CHANGE,
    "update_lost_every_nth",
    (38, 34),
    "every nth updated row keeps its old values in Oracle",
    _FILTERED,
    n=whole(2, "which of the updates are lost", 1),
)
def _update_lost_every_nth(given: Given) -> _OfChange:
    count = 0

    def change(change: Change) -> list[Change]:
        nonlocal count
        if change.operation != UPDATE:
            return [change]
        count += 1
        return [] if count % given["n"] == 0 else [change]

    return change


@fault(
    CHANGE,
    "changes_lost",
    (34, 35),
    "single changes of a transaction do not arrive in Oracle",
    PER_CHANGE,
)
def _changes_lost(_: Given) -> _OfChange:
    return lambda change: []


@fault(
    CHANGE,
    "duplicate_insert_refused",
    (59, 20, 30),
    "every insert is sent twice; the second one shows in awsdms_apply_exceptions",
    PER_CHANGE,
)
def _duplicate_insert_refused(_: Given) -> _OfChange:
    return lambda change: [change, change] if change.operation == INSERT else [change]


@fault(
    CHANGE,
    "key_updates_applied",
    (1,),
    "a changed primary key does reach Oracle, the row moves to it (DMS ignores such updates)",
    PER_CHANGE,
)
def _key_updates_applied(_: Given) -> _OfChange:
    def change(change: Change) -> list[Change]:
        return [Change(DELETE, change.schema, change.table, {}, change.old), _as_insert(change)]

    return lambda one: change(one) if _changes_key(one) else [one]


@fault(
    CHANGE,
    "key_updates_double_the_row",
    (1, 31),
    "a changed primary key becomes a new row in Oracle, and the old one stays",
    PER_CHANGE,
)
def _key_updates_double_the_row(_: Given) -> _OfChange:
    return lambda change: [_as_insert(change)] if _changes_key(change) else [change]


@fault(
    CHANGE,
    "updates_become_inserts",
    (59, 38),
    "updates are sent as inserts: refused where the key exists (ORA-00001), the row keeps its "
    "old values",
    PER_CHANGE,
)
def _updates_become_inserts(_: Given) -> _OfChange:
    return lambda change: [_as_insert(change)] if change.operation == UPDATE else [change]


def _changes_key(change: Change) -> bool:
    old = change.old
    return (
        change.operation == UPDATE
        and old is not None
        and any(
            value is not None and name in change.new and change.new[name] != value
            for name, value in old.items()
        )
    )


def _as_insert(change: Change) -> Change:
    return Change(INSERT, change.schema, change.table, change.new)
