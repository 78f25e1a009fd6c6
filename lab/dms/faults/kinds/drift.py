"""The target's tables changed behind the task's back. What a dropped column held does not come
back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lab.dms.databases.target import Target, TargetError
from lab.dms.faults.catalogue import STRANGER, Given, fault
from lab.dms.faults.kinds.strangers import TARGET_TABLE, names
from lab.dms.faults.options import text, whole
from lab.dms.faults.surroundings import Stranger
from lab.quoting import quoted

_Prepared = tuple[Sequence[str], Sequence[str]]
_COLUMN = text(None, "the column, as the target names it", required=True)


def _type_of(session: Target, owner: str, table: str, column: str) -> str:
    """A column's type as ALTER TABLE takes it; raises TargetError when there is no such column."""
    found = session.query(
        "SELECT DATA_TYPE, CHAR_LENGTH, CHAR_USED, DATA_LENGTH, DATA_PRECISION, DATA_SCALE FROM "
        "ALL_TAB_COLUMNS "
        "WHERE OWNER = :1 AND TABLE_NAME = :2 AND COLUMN_NAME = :3",
        (owner, table, column),
    )
    if not found:
        raise TargetError(904, f'ORA-00904: "{owner}"."{table}"."{column}": invalid identifier')
    name, characters, used, length, precision, scale = found[0]
    if name in ("VARCHAR2", "CHAR"):
        return f"{name}({int(characters)} CHAR)" if used == "C" else f"{name}({int(length)} BYTE)"
    if name in ("NVARCHAR2", "NCHAR"):
        return f"{name}({int(characters)})"
    if name == "RAW":
        return f"RAW({int(length)})"
    if name == "NUMBER" and precision is not None:
        return f"NUMBER({int(precision)},{int(scale or 0)})"
    return str(name)


def _altering(given: Given, prepare: Callable[[Target, str, str], _Prepared]) -> Stranger:
    """A stranger who alters the fault's table: ``prepare`` gets the column's type and ``ALTER TABLE
    name``.
    """
    owner, table, full = names(given)
    return Stranger(
        owner=owner,
        prepare=lambda session: prepare(
            session, _type_of(session, owner, table, given["column"]), f"ALTER TABLE {full}"
        ),
    )


@fault(
    STRANGER,
    "column_dropped",
    (17, 18, 19),
    "a column is dropped in Oracle: rows of its table are refused with ORA-00904",
    table=TARGET_TABLE,
    column=_COLUMN,
)
def _column_dropped(given: Given) -> Stranger:
    column = quoted(given["column"])
    return _altering(
        given,
        lambda _, kind, alter: (
            (f"{alter} DROP COLUMN {column}",),
            (f"{alter} ADD ({column} {kind})",),
        ),
    )


@fault(
    STRANGER,
    "column_renamed",
    (17, 25, 66),
    "a column has another name in Oracle: rows of its table are refused with ORA-00904",
    table=TARGET_TABLE,
    column=_COLUMN,
    to=text("RENAMED", "the new name"),
)
def _column_renamed(given: Given) -> Stranger:
    old, new = quoted(given["column"]), quoted(given["to"])
    return _altering(
        given,
        lambda _, kind, alter: (
            (f"{alter} RENAME COLUMN {old} TO {new}",),
            (f"{alter} RENAME COLUMN {new} TO {old}",),
        ),
    )


@fault(
    STRANGER,
    "column_narrowed",
    (11, 17),
    "a text column is made shorter in Oracle: rows with longer texts are refused with ORA-12899",
    table=TARGET_TABLE,
    column=_COLUMN,
    length=whole(10, "the new length in bytes; no text in the column may be longer", 1),
)
def _column_narrowed(given: Given) -> Stranger:
    column = quoted(given["column"])
    return _altering(
        given,
        lambda _, kind, alter: (
            (f"{alter} MODIFY ({column} VARCHAR2({given['length']} BYTE))",),
            (f"{alter} MODIFY ({column} {kind})",),
        ),
    )


@fault(
    STRANGER,
    "column_made_not_null",
    (13, 17),
    "a column is NOT NULL in Oracle: rows without a value in it are refused with ORA-01400",
    table=TARGET_TABLE,
    column=_COLUMN,
)
def _column_made_not_null(given: Given) -> Stranger:
    column = quoted(given["column"])
    return _altering(
        given,
        lambda _, kind, alter: (
            (f"{alter} MODIFY ({column} NOT NULL)",),
            (f"{alter} MODIFY ({column} NULL)",),
        ),
    )


@fault(
    STRANGER,
    "leftover_control_table",
    (54,),
    "a control table of an earlier task stands in the target's schema",
    schema=text(None, "the schema, as the target names it", required=True),
    name=text("awsdms_validation_failures_v2", "the control table"),
)
def _leftover_control_table(given: Given) -> Stranger:
    full = f"{quoted(given['schema'])}.{quoted(given['name'])}"
    create = f'CREATE TABLE {full} ("TASK_NAME" VARCHAR2(128) NOT NULL, "FAILURE_TIME" TIMESTAMP)'
    return Stranger(owner=given["schema"], prepare=lambda _: ((create,), (f"DROP TABLE {full}",)))
