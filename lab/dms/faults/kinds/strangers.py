"""Somebody else who writes to the target: a legacy job, a colleague, a second replication."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lab.dms.databases.target import Target
from lab.dms.faults.catalogue import STRANGER, Given, fault
from lab.dms.faults.kinds.target_rows import TargetRows
from lab.dms.faults.options import number, target_object, text
from lab.dms.faults.surroundings import Stranger
from lab.dms.ground.statements import literal
from lab.quoting import quoted

TARGET_TABLE = target_object("the table")
_SECONDS = number(0, "also every so many seconds, 0: only after commits of the task", 0)
_COLUMN = text(None, "the column, as the target names it", required=True)
_AFTER_COMMITS = ("every", "probability", "seed")


def names(given: Given) -> tuple[str, str, str]:
    """The owner, the name and the quoted full name of the fault's table."""
    owner, table = given["table"].split(".")
    return owner, table, f"{quoted(owner)}.{quoted(table)}"


def _regularly(given: Given, statements: Callable[[Target], Sequence[str]]) -> Stranger:
    def prepare(session: Target) -> tuple[Sequence[str], Sequence[str]]:
        statements(session)  # what cannot be done is refused when it is switched on
        return (), ()

    return Stranger(
        owner=names(given)[0], prepare=prepare, regularly=statements, seconds=given["seconds"]
    )


@fault(
    STRANGER,
    "column_overwritten",
    (15, 70),
    "somebody else writes a column of Oracle's rows over what was replicated",
    _AFTER_COMMITS,
    table=TARGET_TABLE,
    column=_COLUMN,
    value=text("somebody else", "what is written"),
    seconds=_SECONDS,
)
def _column_overwritten(given: Given) -> Stranger:
    _, _, full = names(given)
    column, value = quoted(given["column"]), literal(given["value"])
    sql = f"UPDATE {full} SET {column}={value} WHERE {column} IS NULL OR {column}<>{value}"
    return _regularly(given, lambda session: (sql,))


@fault(
    STRANGER,
    "rows_added",
    (31,),
    "somebody else adds rows to Oracle: copies of the newest row under other keys, negative ones "
    "where they are numbers",
    _AFTER_COMMITS,
    table=TARGET_TABLE,
    seconds=_SECONDS,
)
def _rows_added(given: Given) -> Stranger:
    owner, table, _ = names(given)

    def statements(session: Target) -> Sequence[str]:
        rows = TargetRows.of(session, owner, table)
        varied = rows.varied()
        columns = ",".join(map(quoted, rows.kinds))
        values = ",".join(varied.get(name, quoted(name)) for name in rows.kinds)
        first = rows.newest(*map(rows.is_first, varied))  # a copy may have the greatest key
        where = " AND ".join([first, *(_is_new(rows, name) for name in varied)])
        return (
            f"INSERT INTO {rows.full} ({columns}) SELECT {values} FROM {rows.full} N WHERE {where}",
        )

    return _regularly(given, statements)


def _is_new(rows: TargetRows, column: str) -> str:
    """A condition for a row N whose copy would not be there already."""
    others = " AND ".join(
        f"O.{quoted(name)} = N.{quoted(name)}" for name in rows.key if name != column
    )
    theirs = f" AND {others}" if others and column in rows.key else ""
    same = f"O.{quoted(column)} = {rows.other(column, 'N')}{theirs}"
    return f"NOT EXISTS (SELECT 1 FROM {rows.full} O WHERE {same})"


@fault(
    STRANGER,
    "rows_deleted",
    (32, 33),
    "somebody else deletes the newest row of an Oracle table that no other row refers to",
    _AFTER_COMMITS,
    table=TARGET_TABLE,
    seconds=_SECONDS,
)
def _rows_deleted(given: Given) -> Stranger:
    owner, table, _ = names(given)

    def statements(session: Target) -> Sequence[str]:
        rows = TargetRows.of(session, owner, table)
        return (f"DELETE FROM {rows.full} WHERE {rows.newest(childless=True)}",)

    return _regularly(given, statements)


@fault(
    STRANGER,
    "delete_hits_rows_with_null",
    (73,),
    "whenever a row is deleted, Oracle's rows with NULL in a column go with it",
    table=TARGET_TABLE,
    column=_COLUMN,
)
def _delete_hits_rows_with_null(given: Given) -> Stranger:
    owner, _, full = names(given)
    sql = f"DELETE FROM {full} WHERE {quoted(given['column'])} IS NULL"
    return Stranger(owner=owner, regularly=lambda session: (sql,), after="applied_deletes")


@fault(
    STRANGER,
    "key_moved",
    (77, 59),
    "somebody else gives Oracle's newest row another key: later changes of the row do not find it",
    _AFTER_COMMITS,
    table=TARGET_TABLE,
    seconds=_SECONDS,
)
def _key_moved(given: Given) -> Stranger:
    owner, table, _ = names(given)

    def statements(session: Target) -> Sequence[str]:
        rows = TargetRows.of(session, owner, table)
        key = rows.numbered()
        where = rows.newest(rows.is_first(key), childless=True)  # a moved one may be the greatest
        return (f"UPDATE {rows.full} SET {quoted(key)} = {rows.other(key)} WHERE {where}",)

    return _regularly(given, statements)
