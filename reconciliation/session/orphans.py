"""Rows that a run left in Oracle under keys nobody can foresee: a broken replication renumbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import RowMapping, text

from reconciliation.canonical.values import of_type
from reconciliation.databases.quoting import text_quoted, text_quoted_table
from reconciliation.databases.rows import plain_key
from reconciliation.errors import EnvironmentFault
from reconciliation.model import CatalogueTable, Key, TableContract
from reconciliation.parallel_run import ParallelRun
from reconciliation.session.journal import Journal
from reconciliation.session.removal import delete_keys
from reconciliation.session.session import Session

#: orphans are found by comparing keys in memory; a legacy table larger than this is no lab's table
LARGEST_JOURNALLED_TABLE = 200_000


def orphans(
    before: frozenset[Key], target: frozenset[Key], source: frozenset[Key]
) -> frozenset[Key]:
    """Keys that appeared in Oracle since ``before`` without standing in PostgreSQL: nobody else
    writes there.
    """
    return target - before - source


def keys_to_note(run: ParallelRun, tables: Iterable[TableContract]) -> Mapping[str, frozenset[Key]]:
    """What stands in Oracle, by source name, where rows that appear there may be removed."""
    if not run.profile.sweep_target_orphans:
        return {}
    return {table.source: target_keys(run, table) for table in tables}


def remove_orphans(
    session: Session, table: TableContract, left: Journal | None, marker_key: Key | None
) -> int:
    """Remove them, and the marker that arrived under ``marker_key``; rows removed."""
    run = session.parallel_run
    if not run.profile.sweep_target_orphans:
        return 0
    found = {marker_key} if marker_key is not None else set()
    if left is not None and table.source in left.target_keys:
        found |= orphans(
            left.target_keys[table.source],
            target_keys(run, table),
            _source_keys(run, table),
        )
    column = table.pair(table.key[0]).target
    return delete_keys(
        session.writers.target,
        run.target_catalogue[table.target],
        column,
        (of_type(int, key[0]) for key in found),
    )


def target_keys(run: ParallelRun, table: TableContract) -> frozenset[Key]:
    """All keys of Oracle's table; EnvironmentFault for a table too large to be a lab's."""
    columns = tuple(table.pair(name).target for name in table.key)
    catalogue = run.target_catalogue[table.target]
    with run.target.connect() as connection:
        count = connection.execute(
            text(f"SELECT COUNT(*) FROM {text_quoted_table(catalogue)}")
        ).scalar_one()
        if count > LARGEST_JOURNALLED_TABLE:
            raise EnvironmentFault(
                f"{table.target} has {count} rows; sweep_target_orphans is for labs, switch it off"
            )
        return _keys(connection.execute(text(_select_keys(catalogue, columns))).mappings(), columns)


def _source_keys(run: ParallelRun, table: TableContract) -> frozenset[Key]:
    catalogue = run.source_catalogue[table.source]
    with run.source.connect() as connection:
        return _keys(
            connection.execute(text(_select_keys(catalogue, table.key))).mappings(), table.key
        )


def _select_keys(table: CatalogueTable, columns: tuple[str, ...]) -> str:
    named = ", ".join(f"{text_quoted(column)} AS {text_quoted(column)}" for column in columns)
    return f"SELECT {named} FROM {text_quoted_table(table)}"


def _keys(rows: Iterable[RowMapping], columns: tuple[str, ...]) -> frozenset[Key]:
    # Oracle's upper-case names come back in lower case from SQLAlchemy
    key_of = plain_key(columns)
    return frozenset(key_of(dict(zip(columns, row.values(), strict=True))) for row in rows)
