"""Rows as Oracle held them at an earlier SCN.

Sources: Oracle SQL Language Reference, SELECT, "flashback_query_clause": SELECT and FLASHBACK on
the table (or FLASHBACK ANY TABLE), and undo that reaches back so far.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection, Engine, text

from reconciliation.collateral.change import UNKNOWN, Image
from reconciliation.collateral.scn import code_of
from reconciliation.databases import grants
from reconciliation.databases.rows import Side, each_asked, rows_by_key
from reconciliation.errors import Locked, TooSlow, Unreadable
from reconciliation.model import Key, Row


@dataclass(frozen=True)
class Past:
    """What is known of a table's rows as they were. ``known`` are single rows, None for one that
    was not there; ``whole`` says that every row was read. ``why`` says what keeps the rest from
    being read, or is empty.
    """

    known: Mapping[Key, Row | None] = field(default_factory=dict)
    whole: bool = False
    why: str = ""

    def image(self, key: Key) -> Image:
        """One row as it was."""
        if key in self.known or self.whole:
            return self.known.get(key)
        return UNKNOWN

    def with_none(self, keys: Iterable[Key]) -> Past:
        """The same where no row stood under these keys."""
        return replace(self, known={**self.known, **dict.fromkeys(keys)})

    def reading(self, engine: Engine, side: Side, scn: int | None, keys: Sequence[Key]) -> Past:
        """The same with the rows of ``keys`` as they were at an SCN, as far as it may be asked for
        them.
        """
        unknown = [key for key in keys if self.image(key) is UNKNOWN]
        if scn is None or not unknown:
            return self
        then = replace(side, as_of=scn)
        asked = {"": lambda connection: rows_by_key(connection, then, unknown)}
        rows = each_asked(engine, asked)[""]
        if isinstance(rows, Unreadable):
            return replace(self, why=_why(side, scn, rows, engine.url.username or "USER"))
        return replace(self, known={**self.known, **{key: rows.get(key) for key in unknown}})


def refusal(connection: Connection, side: Side, scn: int) -> str:
    """Why rows cannot be read as they were at an SCN; empty where they can."""
    try:
        connection.execute(text(replace(side, columns=side.key, as_of=scn).select("ROWNUM <= 1")))
    except (Locked, TooSlow):
        raise
    except Unreadable as error:
        return _why(side, scn, error, connection.engine.url.username or "USER")
    return ""


def _why(side: Side, scn: int, error: Unreadable, user: str) -> str:
    said = code_of(error)
    grant = grants.oracle_table(side.table.full_name, user.upper(), "FLASHBACK")
    out = f": {grant}" if said in ("ORA-01031", "ORA-00942", "ORA-41900") else ""
    return f"nothing can be read AS OF SCN {scn} ({said}){out}"
