"""Oracle's system change number at one moment, by whichever way the account may ask for it.

Sources: Oracle PL/SQL Packages and Types Reference, DBMS_FLASHBACK; Database Reference,
V$DATABASE; SQL Language Reference, ORA_ROWSCN: it is never below the SCN of the commit that wrote
the row, and may be above it, as it is kept by block. So whatever is committed later has a higher
one than any row shows now, and the highest of a table serves where the database's own may not be
read.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from reconciliation.databases import grants
from reconciliation.databases.quoting import text_quoted_table
from reconciliation.databases.sight.oracle import user_of
from reconciliation.errors import Locked, TooSlow, Unreadable
from reconciliation.model import CatalogueTable

_CURRENT = (
    "SELECT DBMS_FLASHBACK.GET_SYSTEM_CHANGE_NUMBER FROM DUAL",
    "SELECT CURRENT_SCN FROM V$DATABASE",
)


@dataclass(frozen=True)
class Scn:
    """``number`` is None where none can be had; ``why`` says what is missing, or is empty."""

    number: int | None
    why: str = ""


def current(connection: Connection) -> Scn:
    """The database's SCN now, or the grants without which it cannot be read."""
    for statement in _CURRENT:
        try:
            return Scn(int(connection.execute(text(statement)).scalar_one()))
        except (Locked, TooSlow):
            raise
        except Unreadable:
            continue
    user = user_of(connection)
    return Scn(None, f"no current SCN: {' or '.join(grants.oracle_scn(user))}")


def of_table(connection: Connection, table: CatalogueTable, now: Scn) -> Scn:
    """The SCN that rows of a table written from now on lie beyond: ``now``, or where that is not
    known the highest that the table shows.

    None for what has no ORA_ROWSCN: a view, an external table.
    """
    name = text_quoted_table(table)
    asked = (
        f"SELECT ORA_ROWSCN FROM {name} WHERE 1 = 0"
        if now.number is not None
        else f"SELECT MAX(ORA_ROWSCN) FROM {name}"
    )
    try:
        shown = connection.execute(text(asked)).scalars().all()
    except (Locked, TooSlow):
        raise
    except Unreadable as error:
        return Scn(None, f"no ORA_ROWSCN ({code_of(error)})")
    if now.number is not None:
        return now
    highest = shown[0] if shown else None
    return Scn(0 if highest is None else int(highest), now.why)


def code_of(error: Exception) -> str:
    """What Oracle says, in short: its code, where there is one."""
    found = next((word for word in str(error).split() if "ORA-" in word), "")
    return found.strip("():,.") or str(error)
