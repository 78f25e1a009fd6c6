"""What flows from capture to apply: the committed transactions of the source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

INSERT, UPDATE, DELETE = "I", "U", "D"
#: the counter of DescribeTableStatistics for each operation
COUNTER = {INSERT: "inserts", UPDATE: "updates", DELETE: "deletes"}


@dataclass(frozen=True, slots=True)
class Change:
    """One row change, values as they stand in pglogical's JSON, whichever plugin brought them.

    ``new`` is empty for a delete. ``old`` is set for a delete and for an update of the key; it
    holds the key, other columns are None. Under REPLICA IDENTITY FULL it is set for every update
    and holds the whole row. A column missing from ``new`` is a TOASTed value the update did not
    touch.
    """

    operation: str
    schema: str
    table: str
    new: Mapping[str, Any]
    old: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Ddl:
    """A DDL statement as the source ran it, from the audit table; it precedes the change at index
    ``before``.

    ``tag`` is the command as PostgreSQL names it: CREATE TABLE, ALTER TABLE or DROP TABLE.
    """

    schema: str
    table: str
    tag: str
    sql: str
    before: int = 0


@dataclass(frozen=True, slots=True)
class Transaction:
    """``end_lsn`` is the position behind its commit record: what is confirmed once the target has
    committed.

    ``changes`` can be iterated over as often as needed; those of a large transaction are read from
    disk each time.
    """

    xid: int
    end_lsn: int
    commit_time: str
    changes: Sequence[Change]
    catalogue_changed: bool = False
    truncated: tuple[tuple[str, str], ...] = ()
    ddls: tuple[Ddl, ...] = ()
