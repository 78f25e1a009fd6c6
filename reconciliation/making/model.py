"""What flows between the making of rows and those who write them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from reconciliation.model import Key, Row


@dataclass(frozen=True)
class OwnRow:
    """A row of this run: ``table`` by its source name, its canonical ``key``, and what is written,
    by source column. Columns that PostgreSQL fills by itself are not in it.
    """

    table: str
    key: Key
    row: Row


@dataclass(frozen=True)
class Insert:
    """One row comes; ``own`` is known to the journal already."""

    own: OwnRow

    @property
    def table(self) -> str:
        return self.own.table


@dataclass(frozen=True)
class Update:
    """One statement that gives every row with one of these keys the same new values."""

    table: str
    keys: tuple[Key, ...]
    values: Row


@dataclass(frozen=True)
class Delete:
    """One statement that deletes the rows with these keys."""

    table: str
    keys: tuple[Key, ...]


Act: TypeAlias = Insert | Update | Delete
