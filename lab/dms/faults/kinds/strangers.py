"""Somebody else who writes to the target: a legacy job, a colleague, a second replication."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lab.dms.databases.target import Target, TargetError
from lab.dms.faults.catalogue import STRANGER, Given, fault
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


def key_of(session: Target, owner: str, table: str) -> str:
    """The first column of a table's primary key, quoted; raises TargetError when there is none."""
    described = session.describe(owner, table)
    if described is None:
        raise TargetError(942, f"ORA-00942: table or view {owner}.{table} does not exist")
    if not described.key:
        raise TargetError(None, f"table {owner}.{table} has no primary key")
    return quoted(described.key[0])


def _regularly(given: Given, statements: Callable[[Target], Sequence[str]]) -> Stranger:
    return Stranger(owner=names(given)[0], regularly=statements, seconds=given["seconds"])


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
    "somebody else adds rows to Oracle: copies of the newest row under negative keys",
    _AFTER_COMMITS,
    table=TARGET_TABLE,
    seconds=_SECONDS,
)
def _rows_added(given: Given) -> Stranger:
    owner, table, full = names(given)

    def statements(session: Target) -> Sequence[str]:
        key, described = key_of(session, owner, table), session.describe(owner, table)
        columns = [quoted(column.name) for column in described.columns] if described else []
        values = [f"-{name}" if name == key else name for name in columns]
        newest = f"(SELECT MAX({key}) FROM {full})"
        return (
            f"INSERT INTO {full} ({','.join(columns)}) SELECT {','.join(values)} FROM {full} "
            f"WHERE {key}={newest} "
            f"AND {key}>0 AND NOT EXISTS (SELECT 1 FROM {full} WHERE {key}=-{newest})",
        )

    return _regularly(given, statements)


@fault(
    STRANGER,
    "rows_deleted",
    (32, 33),
    "somebody else deletes the newest row of an Oracle table",
    _AFTER_COMMITS,
    table=TARGET_TABLE,
    seconds=_SECONDS,
)
def _rows_deleted(given: Given) -> Stranger:
    owner, table, full = names(given)

    def statements(session: Target) -> Sequence[str]:
        key = key_of(session, owner, table)
        return (f"DELETE FROM {full} WHERE {key}=(SELECT MAX({key}) FROM {full})",)

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
    owner, table, full = names(given)

    def statements(session: Target) -> Sequence[str]:
        key = key_of(session, owner, table)
        return (
            (
                f"UPDATE {full} SET {key}=-{key} WHERE {key}=(SELECT MAX({key}) FROM {full}) AND "
                f"{key}>0"
            ),
        )

    return _regularly(given, statements)
