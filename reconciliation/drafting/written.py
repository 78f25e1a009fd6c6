"""What a draft says of the rows a run would write: under which keys, with a mark in which column,
and what one is called in a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from reconciliation.canonical.types import source_label
from reconciliation.model import CatalogueTable, ColumnType

#: a mark is some thirty characters long
_MARK_LENGTH = 40
_MARKED = frozenset({"varchar", "text", "citext"})
_MARKED_THERE = frozenset({"VARCHAR2", "NVARCHAR2"})
#: digits of the whole numbers a profile reserves
_RESERVED_DIGITS = 9
_RESERVED = "numbers from reserved_keys of the profile"
_TOPMOST = "the topmost numbers that both columns hold"
_LETTERS = "texts that begin with the run's own letters"
_FUTURE = "days from the year 2900 on"
#: how a key column of a type is varied, the types with most room first
_VARIED = {
    "uuid": "drawn at random",
    "text": _LETTERS,
    "varchar": _LETTERS,
    "citext": _LETTERS,
    "bytea": "drawn at random",
    "int8": _RESERVED,
    "int4": _RESERVED,
    "numeric": _RESERVED,
    "timestamptz": _FUTURE,
    "timestamp": _FUTURE,
    "date": _FUTURE,
    "bpchar": _LETTERS,
    "int2": _TOPMOST,
}


class Paired(Protocol):
    """A pair of columns that needs no decision."""

    @property
    def source(self) -> str: ...

    @property
    def target(self) -> str: ...

    @property
    def source_type(self) -> ColumnType: ...

    @property
    def target_type(self) -> ColumnType: ...


def mark_column(pairs: Iterable[Paired], here: CatalogueTable, there: CatalogueTable) -> str | None:
    """The first plain text column with room for a mark on both sides; None when there is none.

    Keys, foreign keys, unique columns and those a CHECK reads are left alone.
    """
    bound, bound_there = _bound(here), _bound(there)
    for pair in pairs:
        if pair.source in bound or pair.target in bound_there:
            continue
        if source_label(pair.source_type) in _MARKED and pair.target_type.name in _MARKED_THERE:
            lengths = (pair.source_type.length, pair.target_type.length)
            if all(length is None or length >= _MARK_LENGTH for length in lengths):
                return pair.source
    return None


def _bound(table: CatalogueTable) -> set[str]:
    """Columns whose values something besides their type decides about."""
    lists = (
        table.primary_key,
        *table.unique_keys,
        *(key.columns for key in table.foreign_keys),
        *(check.columns for check in table.checks),
    )
    computed = [column.name for column in table.columns.values() if column.generated]
    return {column for columns in lists for column in columns} | set(computed)


def keys_of_a_run(here: CatalogueTable, there: CatalogueTable, pairs: Sequence[Paired]) -> str:
    """Which key column differs from row to row of a run, and how; in words."""
    parents = {column for key in here.foreign_keys for column in key.columns}
    own = [column for column in here.primary_key if column not in parents]
    if not own:
        return f"{_listed(here.primary_key)}: those of a parent's row, made for each"
    targets = {pair.source: pair.target for pair in pairs}
    order = list(_VARIED)
    labels = {column: source_label(here.columns[column].type) for column in own}
    varied = min(own, key=lambda name: _place(order, labels[name]))
    way = _VARIED.get(labels[varied])
    if way is None:
        return f"{varied}: nothing is known to vary {labels[varied]} by; say so in [reserved]"
    both = here.columns.get(varied), there.columns.get(targets.get(varied, ""))
    if way is _RESERVED and any(_is_narrow(column.type) for column in both if column):
        way = _TOPMOST
    rest = [column for column in here.primary_key if column != varied]
    beside = f"; {_listed(rest)} as in other rows of the run" if rest else ""
    return f"{varied}: {way}{beside}"


def _place(order: Sequence[str], label: str) -> int:
    return order.index(label) if label in order else len(order)


def _is_narrow(kind: ColumnType) -> bool:
    """Whether a number of a column may not have as many digits as reserved ones."""
    return kind.precision is not None and kind.precision - (kind.scale or 0) < _RESERVED_DIGITS


def _listed(columns: Iterable[str]) -> str:
    return ", ".join(columns)


def called(table: str) -> str | None:
    """What a row of a table (its plain name) may be called in a sentence, where the name itself is
    no plain word: ``settlement line`` of ``settlement_lines``; None where it is, and where it has
    no words of the letters a to z.
    """
    singular = _singular(" ".join(_words(table)))
    return singular if singular != table and re.fullmatch(r"[a-z]+(?: [a-z]+)*", singular) else None


def _words(name: str) -> Iterator[str]:
    for part in re.split(r"[\s_\-.]+", name):
        yield from (word.lower() for word in re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", part).split())


def _singular(words: str) -> str:
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("ss", "ss"), ("us", "us"), ("s", "")):
        if words.endswith(ending) and len(words) > len(ending) + 1:
            return words.removesuffix(ending) + instead
    return words
