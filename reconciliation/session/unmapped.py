"""Rows a run writes to tables that the task does not map: noted in the journal first, by their
exact keys.

The reserved range is agreed for mapped tables only; in any other table a row of that range may be
somebody else's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciliation.errors import EnvironmentFault
from reconciliation.model import CatalogueTable
from reconciliation.session.journal import Journal, journal_path, read_journal, write_journal
from reconciliation.session.removal import delete_keys

if TYPE_CHECKING:
    from reconciliation.session.judge import Judge


def note_unmapped(judge: Judge, table: str, key: int) -> None:
    """Note that a row is about to be written under a key that ``table`` (source name) does not
    have.

    Raises EnvironmentFault before the first sweep of a run: without a journal nothing may be
    written.
    """
    path = journal_path(judge.profile.root, judge.profile.name)
    journal = read_journal(path) if judge.journal_open else None
    if journal is None:
        raise EnvironmentFault(
            f"nothing was written to {table}: this run has no journal; sweep first"
        )
    noted = {**journal.unmapped_keys, table: journal.unmapped_keys.get(table, frozenset()) | {key}}
    write_journal(path, replace(journal, unmapped_keys=noted))


def remove_unmapped_in_source(judge: Judge, left: Journal | None) -> Mapping[str, int]:
    """Remove the noted rows in PostgreSQL; rows removed by table."""
    return {
        table.full_name: delete_keys(judge.source_writer, table, table.primary_key[0], keys)
        for table, keys in _noted(judge, left)
    }


def remove_unmapped_in_target(judge: Judge, left: Journal | None) -> Mapping[str, int]:
    """In a lab, remove them in Oracle's table of the same name too: a broken task may have carried
    them there.
    """
    removed = {}
    for table, keys in _noted(judge, left):
        there = _namesake(judge, table)
        if there is not None and judge.profile.sweep_target_orphans:
            removed[table.full_name] = delete_keys(
                judge.target_writer, there, there.primary_key[0], keys
            )
    return removed


def _noted(judge: Judge, left: Journal | None) -> Iterator[tuple[CatalogueTable, frozenset[int]]]:
    for name, keys in (left.unmapped_keys if left is not None else {}).items():
        table = judge.source_catalogue.get(name)
        if table is not None and len(table.primary_key) == 1:
            yield table, keys


def _namesake(judge: Judge, table: CatalogueTable) -> CatalogueTable | None:
    """Oracle's table of the same name with the same key column, if there is one."""
    for there in judge.target_catalogue.values():
        if _lower(there.name, *there.primary_key) == _lower(table.name, *table.primary_key):
            return there
    return None


def _lower(*names: str) -> tuple[str, ...]:
    return tuple(name.lower() for name in names)
