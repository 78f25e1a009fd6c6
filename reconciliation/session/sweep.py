"""Cleaning up after a run, and before one: nothing a run wrote may stay, also when the run was
killed.

What belongs to a run is known by its key (the reserved range), by the journal (keys it wrote to
tables that are not mapped) and, in a lab, by what the journal says was there before: rows that
appeared in Oracle since the run began and stand under no key of PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import text

from reconciliation.databases.quoting import text_quoted, text_quoted_table
from reconciliation.errors import Broken
from reconciliation.model import CatalogueTable, Key, TableContract
from reconciliation.parallel_run import ParallelRun
from reconciliation.replication import describe_task, start_task
from reconciliation.session.journal import Journal
from reconciliation.session.orphans import keys_to_note, remove_orphans
from reconciliation.session.position import eventually, wait_for, write_marker
from reconciliation.session.session import Session
from reconciliation.session.unmapped import remove_unmapped_in_source, remove_unmapped_in_target


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


def sweep(session: Session, final: bool = False, longer: float = 0.0) -> SweepReport:
    """Remove every row of a run on both sides; takes the environment's run lock, which lasts until
    ``session.close()``.

    Rows are removed in PostgreSQL first and the replication is waited for; what is left in Oracle
    then is removed there. Ends by writing a new journal, or by removing it when this is the
    ``final`` sweep of a run. ``longer`` is seconds beyond the arrival limit: those of an outage in
    which nothing could be delivered.
    """
    session.lock.hold()
    run = session.parallel_run
    tables = [table for table in run.contract.tables if _has_reserved_range(run, table)]
    databases = _databases(run)
    left, killed = _taken_up(session, tables, databases)
    restarted = killed and _start_again(run)
    swept = _swept(session, tables, left, longer)
    if final:
        session.journal.remove()
    else:
        session.journal.write(databases, keys_to_note(run, tables))
    return SweepReport(swept, after_killed_run=killed, restarted_task=restarted)


def _taken_up(
    session: Session, tables: Iterable[TableContract], databases: str
) -> tuple[Journal | None, bool]:
    """The journal that was left, and whether by a run that was killed; from now on it is this
    run's.
    """
    journal = session.journal
    left = journal.left(databases)
    killed = left is not None and not journal.is_open
    if left is None:  # before the first mutation, and this sweep mutates
        journal.write(databases, keys_to_note(session.parallel_run, tables))
    else:
        journal.take_up()
    return left, killed


def _swept(
    session: Session, tables: Sequence[TableContract], left: Journal | None, longer: float
) -> Mapping[str, SweptTable]:
    swept = {
        table.source: SweptTable(table.source, source_rows=_delete_in_source(session, table))
        for table in tables
    }
    unmapped = remove_unmapped_in_source(session, left)
    for table in tables:
        dirty = swept[table.source].source_rows > 0 or left is not None
        swept[table.source] = _clean_target(
            session, table, swept[table.source], dirty, left, longer
        )
    removed = remove_unmapped_in_target(session, left)
    return swept | {
        name: SweptTable(name, rows, removed.get(name, 0)) for name, rows in unmapped.items()
    }


def _databases(run: ParallelRun) -> str:
    """Tells two incarnations of a lab apart: addresses, and when the source database was made."""
    with run.source.connect() as connection:
        system = connection.execute(
            text("SELECT system_identifier::text FROM pg_control_system()")
        ).scalar_one()
    here, there = run.source_credentials, run.target_credentials
    return f"{system} {here.database} {there.host}:{there.port}/{there.database}"


def _start_again(run: ParallelRun) -> bool:
    """A run that was killed while it had stopped the task left it stopped."""
    if not run.profile.control_task or describe_task(run).status not in ("stopped", "failed"):
        return False
    start_task(run)
    return True


def _has_reserved_range(run: ParallelRun, table: TableContract) -> bool:
    """Only tables with a single whole-number key have room for a reserved range of numbers; a
    table that is not as its contract says is written to by nobody.
    """
    if table.source in run.unfit:
        return False
    columns = run.source_catalogue[table.source].columns
    return len(table.key) == 1 and columns[table.key[0]].type.name in ("int4", "int8", "numeric")


# ------------------------------------------------------------------ removing


def _range(run: ParallelRun, table: CatalogueTable, column: str) -> tuple[str, dict[str, int]]:
    first, last = run.profile.reserved_keys
    return (
        f"FROM {text_quoted_table(table)} WHERE {text_quoted(column)} BETWEEN :first AND :last",
        {
            "first": first,
            "last": last,
        },
    )


def _delete_in_source(session: Session, table: TableContract) -> int:
    run = session.parallel_run
    rest, binds = _range(run, run.source_catalogue[table.source], table.key[0])
    with run.source.connect() as connection:
        if not connection.execute(text(f"SELECT COUNT(*) {rest}"), binds).scalar_one():
            return 0
    with session.writers.source.begin() as connection:
        return connection.execute(text(f"DELETE {rest}"), binds).rowcount


def _clean_target(
    session: Session,
    table: TableContract,
    swept: SweptTable,
    dirty: bool,
    left: Journal | None,
    longer: float,
) -> SweptTable:
    run, marker_key = session.parallel_run, None
    if dirty and describe_task(run).status == "running":
        marker_key = _pass_position(session, table, longer)
    rest, binds = _range(run, run.target_catalogue[table.target], table.pair(table.key[0]).target)
    if dirty:
        _await_empty(run, rest, binds, longer)
    target_rows = _delete_in_target(session, rest, binds)
    removed = remove_orphans(session, table, left, marker_key)
    return replace(swept, target_rows=target_rows, orphans=removed)


def _pass_position(session: Session, table: TableContract, longer: float) -> Key | None:
    """Write a marker behind everything, wait for it and remove it: what the run wrote has arrived
    by then.

    Gives the key of a marker that arrived under another key than written, so that it can be removed
    there.
    """
    run = session.parallel_run
    key = run.profile.reserved_keys[1]  # the last reserved key is kept for this
    limit = run.profile.replication.arrival_limit_seconds + longer
    arrival = wait_for(run, write_marker(session, table.source, key), limit)
    _delete_in_source(session, table)
    return arrival.found_key if arrival.arrived and arrival.found_key != (key,) else None


def _await_empty(run: ParallelRun, rest: str, binds: Mapping[str, int], longer: float) -> None:
    """Wait until the deletes have arrived; a broken replication never delivers them, and then they
    are done by hand.
    """

    def empty() -> None:
        with run.target.connect() as connection:
            rows = connection.execute(text(f"SELECT COUNT(*) {rest}"), binds).scalar_one()
        if rows:
            raise Broken(f"{rows} rows of the reserved range in Oracle")

    running = describe_task(run).status == "running"
    try:
        limit = run.profile.replication.arrival_limit_seconds + longer
        eventually(empty, limit if running else 0, "the sweep in Oracle")
    except Broken:
        return


def _delete_in_target(session: Session, rest: str, binds: Mapping[str, int]) -> int:
    with session.parallel_run.target.connect() as connection:
        if not connection.execute(text(f"SELECT COUNT(*) {rest}"), binds).scalar_one():
            return 0
    with session.writers.target.begin() as connection:
        return connection.execute(text(f"DELETE {rest}"), binds).rowcount
