"""Rows a run wrote to tables that the task does not map: removed by their exact keys, which the
journal has.

The reserved range is agreed for mapped tables only; in any other table a row of that range may be
somebody else's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconciliation.model import CatalogueTable
from reconciliation.parallel_run import ParallelRun
from reconciliation.session.journal import Journal
from reconciliation.session.removal import delete_keys
from reconciliation.session.session import Session


def remove_unmapped_in_source(session: Session, left: Journal | None) -> Mapping[str, int]:
    """Remove the noted rows in PostgreSQL; rows removed by table."""
    return {
        table.full_name: delete_keys(session.writers.source, table, table.primary_key[0], keys)
        for table, keys in _noted(session.parallel_run, left)
    }


def remove_unmapped_in_target(session: Session, left: Journal | None) -> Mapping[str, int]:
    """In a lab, remove them in Oracle's table of the same name too: a broken task may have carried
    them there.
    """
    removed = {}
    for table, keys in _noted(session.parallel_run, left):
        there = _namesake(session.parallel_run, table)
        if there is not None and session.parallel_run.profile.sweep_target_orphans:
            removed[table.full_name] = delete_keys(
                session.writers.target, there, there.primary_key[0], keys
            )
    return removed


def _noted(
    run: ParallelRun, left: Journal | None
) -> Iterator[tuple[CatalogueTable, frozenset[int]]]:
    for name, keys in (left.unmapped_keys if left is not None else {}).items():
        table = run.source_catalogue.get(name)
        if table is not None and len(table.primary_key) == 1:
            yield table, keys


def _namesake(run: ParallelRun, table: CatalogueTable) -> CatalogueTable | None:
    """Oracle's table of the same name with the same key column, if there is one."""
    for there in run.target_catalogue.values():
        if _lower(there.name, *there.primary_key) == _lower(table.name, *table.primary_key):
            return there
    return None


def _lower(*names: str) -> tuple[str, ...]:
    return tuple(name.lower() for name in names)
