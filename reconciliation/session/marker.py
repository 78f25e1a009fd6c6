"""A marker: a row of a run's own, written behind a change to see when it has reached Oracle."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from reconciliation.canonical.types import source_label, target_label
from reconciliation.model import ColumnType, Key, TableContract
from reconciliation.parallel_run import ParallelRun

#: characters a token may need; a column with less room is not searched for one
TOKEN_ROOM = 40
_TEXTS = ("text", "varchar", "citext")
_SEARCHED = ("VARCHAR2", "NVARCHAR2")


@dataclass(frozen=True)
class Marker:
    """``table`` by its source name; ``token`` is the unique text in its mark column, None where
    there is none that can be searched; ``committed`` is the monotonic clock right after the commit.

    ``refused``: why it was not written, in one line; nothing is to be waited for then.
    """

    table: str
    key: Key
    token: str | None
    committed_at: dt.datetime
    committed: float
    refused: str = ""


def searchable_mark(run: ParallelRun, table: TableContract) -> str | None:
    """The mark column, where Oracle can be searched for a token in it: a text as it is, no LOB,
    neither padded nor too short, and no part of the key.
    """
    mark = table.mark_column
    if mark is None or mark in table.key or table.pair(mark).conversion is not None:
        return None
    here = run.source_catalogue[table.source].columns[mark].type
    there = run.target_catalogue[table.target].columns[table.pair(mark).target].type
    if source_label(here) not in _TEXTS or target_label(there) not in _SEARCHED:
        return None
    return mark if _has_room(here) and _has_room(there) else None


def _has_room(kind: ColumnType) -> bool:
    return kind.length is None or kind.length >= TOKEN_ROOM
