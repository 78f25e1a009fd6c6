"""A drawn schema, as data."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.schemas.pairs import Pair


@dataclass(frozen=True)
class Column:
    """``name`` and ``target`` are as both catalogues store them. ``nullable`` is PostgreSQL's and
    Oracle's."""

    name: str
    target: str
    pair: Pair
    nullable: tuple[bool, bool] = (False, False)
    identity: str = ""  # "ALWAYS" or "BY DEFAULT"
    default: str = ""  # PostgreSQL's


@dataclass(frozen=True)
class Reference:
    """A foreign key to ``parent``, another table or the table itself, column for column.

    ``late`` closes a ring: it is added when both tables are there, and no row of the world has it.
    """

    parent: str
    columns: tuple[str, ...]
    referenced: tuple[str, ...]
    late: bool = False
    in_oracle: bool = True


@dataclass(frozen=True)
class Check:
    """A condition that a world's rows keep; ``words`` name columns in braces."""

    words: str
    columns: tuple[str, ...]
    in_oracle: bool = True


@dataclass(frozen=True)
class Table:
    name: str
    target: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    unique: tuple[tuple[str, ...], ...] = ()  # beside the key; the last column of each varies
    references: tuple[Reference, ...] = ()
    checks: tuple[Check, ...] = ()
    rows: int = 2

    def column(self, name: str) -> Column:
        return next(one for one in self.columns if one.name == name)


@dataclass(frozen=True)
class Schema:
    """Parents before their children, but for what is ``late``; ``source`` and ``target`` are names
    of schemas.
    """

    tables: tuple[Table, ...]
    source: str = "shop"
    target: str = "SHOP"
    seed: int = field(default=0)

    def table(self, name: str) -> Table:
        return next(one for one in self.tables if one.name == name)
