"""Cleaning up after a run, and before one: nothing a run wrote may stay, also when the run was
killed.

What belongs to a run is known by its key (the reserved range), by the journal (keys it wrote to
tables that are not mapped) and, in a lab, by what the journal says was there before: rows that
appeared in Oracle since the run began and stand under no key of PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sqlalchemy import text

from reconciliation.databases.rows import plain_key, quoted, quoted_table
from reconciliation.errors import Broken, EnvironmentFault
from reconciliation.model import CatalogueTable, Key, TableContract
from reconciliation.replication import describe_task, start_task
from reconciliation.session.journal import (
    Journal,
    journal_path,
    now_words,
    orphans,
    read_journal,
    write_journal,
)
from reconciliation.session.lock import hold_run_lock
from reconciliation.session.position import eventually, wait_for, write_marker
from reconciliation.session.removal import delete_keys
from reconciliation.session.unmapped import remove_unmapped_in_source, remove_unmapped_in_target

if TYPE_CHECKING:
    from reconciliation.session.judge import Judge

#: orphans are found by comparing keys in memory; a legacy table larger than this is no lab's table
LARGEST_JOURNALLED_TABLE = 200_000


@dataclass(frozen=True)
class SweptTable:
    """Rows removed: in PostgreSQL, in Oracle within the reserved range, in
    Oracle under other keys.
    """

    table: str
    source_rows: int = 0
    target_rows: int = 0
    orphans: int = 0


@dataclass(frozen=True)
class SweepReport:
    """``after_killed_run`` says that a journal of an earlier run was found and used."""

    tables: Mapping[str, SweptTable] = field(default_factory=dict)
    after_killed_run: bool = False
    restarted_task: bool = False

    @property
    def removed(self) -> int:
        return sum(
            table.source_rows + table.target_rows + table.orphans for table in self.tables.values()
        )


def sweep(judge: Judge, final: bool = False, longer: float = 0.0) -> SweepReport:
    """Remove every row of a run on both sides; takes the environment's run lock, which lasts until
    ``judge.close()``.

    Rows are removed in PostgreSQL first and the replication is waited for; what is left in Oracle
    then is removed there. Ends by writing a new journal, or by removing it when this is the
    ``final`` sweep of a run. ``longer`` is seconds beyond the arrival limit: those of an outage in
    which nothing could be delivered.
    """
    hold_run_lock(judge)
    path = journal_path(judge.profile.root, judge.profile.name)
    databases = _databases(judge)
    left = read_journal(path)
    if left is not None and left.databases != databases:
        left = None  # about databases that are gone: a lab that was built anew
    killed = left is not None and not judge.journal_open
    tables = [table for table in judge.contract.tables if _has_reserved_range(judge, table)]
    if left is None:  # before the first mutation, and this sweep mutates
        write_journal(path, _new_journal(judge, tables, databases))
    judge.journal_open = True
    report = SweepReport(after_killed_run=killed, restarted_task=killed and _start_again(judge))
    swept = {
        table.source: SweptTable(table.source, source_rows=_delete_in_source(judge, table))
        for table in tables
    }
    unmapped = remove_unmapped_in_source(judge, left)
    for table in tables:
        dirty = swept[table.source].source_rows > 0 or left is not None
        swept[table.source] = _clean_target(judge, table, swept[table.source], dirty, left, longer)
    removed = remove_unmapped_in_target(judge, left)
    swept |= {name: SweptTable(name, rows, removed.get(name, 0)) for name, rows in unmapped.items()}
    if final:
        path.unlink(missing_ok=True)
        judge.journal_open = False
    else:
        write_journal(path, _new_journal(judge, tables, databases))
    return replace(report, tables=swept)


def _databases(judge: Judge) -> str:
    """Tells two incarnations of a lab apart: addresses, and when the source database was made."""
    with judge.source.connect() as connection:
        system = connection.execute(
            text("SELECT system_identifier::text FROM pg_control_system()")
        ).scalar_one()
    here, there = judge.source_credentials, judge.target_credentials
    return f"{system} {here.database} {there.host}:{there.port}/{there.database}"


def _start_again(judge: Judge) -> bool:
    """A run that was killed while it had stopped the task left it stopped."""
    if not judge.profile.control_task or describe_task(judge).status not in ("stopped", "failed"):
        return False
    start_task(judge)
    return True


def _has_reserved_range(judge: Judge, table: TableContract) -> bool:
    """Only tables with a single whole-number key have room for a reserved range of numbers."""
    columns = judge.source_catalogue[table.source].columns
    return len(table.key) == 1 and columns[table.key[0]].type.name in ("int4", "int8", "numeric")


# ------------------------------------------------------------------ removing


def _range(judge: Judge, table: CatalogueTable, column: str) -> tuple[str, dict[str, int]]:
    first, last = judge.profile.reserved_keys
    return f"FROM {quoted_table(table)} WHERE {quoted(column)} BETWEEN :first AND :last", {
        "first": first,
        "last": last,
    }


def _delete_in_source(judge: Judge, table: TableContract) -> int:
    rest, binds = _range(judge, judge.source_catalogue[table.source], table.key[0])
    with judge.source.connect() as connection:
        if not connection.execute(text(f"SELECT COUNT(*) {rest}"), binds).scalar_one():
            return 0
    with judge.source_writer.begin() as connection:
        return connection.execute(text(f"DELETE {rest}"), binds).rowcount


def _clean_target(
    judge: Judge,
    table: TableContract,
    swept: SweptTable,
    dirty: bool,
    left: Journal | None,
    longer: float,
) -> SweptTable:
    marker_key: Key | None = None
    if dirty and describe_task(judge).status == "running":
        marker_key = _pass_position(judge, table, longer)
    rest, binds = _range(
        judge, judge.target_catalogue[table.target], table.pair(table.key[0]).target
    )
    if dirty:
        _await_empty(judge, rest, binds, longer)
    target_rows = _delete_in_target(judge, rest, binds)
    removed = _remove_orphans(judge, table, left, marker_key)
    return replace(swept, target_rows=target_rows, orphans=removed)


def _pass_position(judge: Judge, table: TableContract, longer: float) -> Key | None:
    """Write a marker behind everything, wait for it and remove it: what the run wrote has arrived
    by then.

    Gives the key of a marker that arrived under another key than written, so that it can be removed
    there.
    """
    key = judge.profile.reserved_keys[1]  # the last reserved key is kept for this
    limit = judge.profile.replication.arrival_limit_seconds + longer
    arrival = wait_for(judge, write_marker(judge, table.source, key), limit)
    _delete_in_source(judge, table)
    return arrival.found_key if arrival.arrived and arrival.found_key != (key,) else None


def _await_empty(judge: Judge, rest: str, binds: Mapping[str, int], longer: float) -> None:
    """Wait until the deletes have arrived; a broken replication never delivers them, and then they
    are done by hand.
    """

    def empty() -> None:
        with judge.target.connect() as connection:
            rows = connection.execute(text(f"SELECT COUNT(*) {rest}"), binds).scalar_one()
        if rows:
            raise Broken(f"{rows} rows of the reserved range in Oracle")

    running = describe_task(judge).status == "running"
    try:
        limit = judge.profile.replication.arrival_limit_seconds + longer
        eventually(empty, limit if running else 0, "the sweep in Oracle")
    except Broken:
        return


def _delete_in_target(judge: Judge, rest: str, binds: Mapping[str, int]) -> int:
    with judge.target.connect() as connection:
        if not connection.execute(text(f"SELECT COUNT(*) {rest}"), binds).scalar_one():
            return 0
    with judge.target_writer.begin() as connection:
        return connection.execute(text(f"DELETE {rest}"), binds).rowcount


# ------------------------------------------------------------------ rows under other keys


def _remove_orphans(
    judge: Judge, table: TableContract, left: Journal | None, marker_key: Key | None
) -> int:
    if not judge.profile.sweep_target_orphans:
        return 0
    found = {marker_key} if marker_key is not None else set()
    if left is not None and table.source in left.target_keys:
        found |= orphans(
            left.target_keys[table.source], target_keys(judge, table), _source_keys(judge, table)
        )
    column = table.pair(table.key[0]).target
    return delete_keys(
        judge.target_writer, judge.target_catalogue[table.target], column, (key[0] for key in found)
    )


def target_keys(judge: Judge, table: TableContract) -> frozenset[Key]:
    """All keys of Oracle's table; EnvironmentFault for a table too large to be a lab's."""
    columns = tuple(table.pair(name).target for name in table.key)
    catalogue = judge.target_catalogue[table.target]
    with judge.target.connect() as connection:
        count = connection.execute(
            text(f"SELECT COUNT(*) FROM {quoted_table(catalogue)}")
        ).scalar_one()
        if count > LARGEST_JOURNALLED_TABLE:
            raise EnvironmentFault(
                f"{table.target} has {count} rows; sweep_target_orphans is for labs, switch it off"
            )
        return _keys(connection.execute(text(_select_keys(catalogue, columns))).mappings(), columns)


def _source_keys(judge: Judge, table: TableContract) -> frozenset[Key]:
    catalogue = judge.source_catalogue[table.source]
    with judge.source.connect() as connection:
        return _keys(
            connection.execute(text(_select_keys(catalogue, table.key))).mappings(), table.key
        )


def _select_keys(table: CatalogueTable, columns: tuple[str, ...]) -> str:
    named = ", ".join(f"{quoted(column)} AS {quoted(column)}" for column in columns)
    return f"SELECT {named} FROM {quoted_table(table)}"


def _keys(rows: Iterable[Mapping[str, object]], columns: tuple[str, ...]) -> frozenset[Key]:
    # Oracle's upper-case names come back in lower case from SQLAlchemy
    key_of = plain_key(columns)
    return frozenset(key_of(dict(zip(columns, row.values(), strict=True))) for row in rows)


def _new_journal(judge: Judge, tables: Iterable[TableContract], databases: str) -> Journal:
    keys = {}
    if judge.profile.sweep_target_orphans:
        keys = {table.source: target_keys(judge, table) for table in tables}
    return Journal(judge.profile.name, now_words(), databases, judge.profile.reserved_keys, keys)
