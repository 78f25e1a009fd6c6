"""The rows next to the touched ones in the order of the key: whatever strikes the wrong row often
strikes those.

Sources: Oracle SQL Language Reference, ROWNUM ("top-N" with an ordered subquery; FETCH FIRST came
with 12.1).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from sqlalchemy import Connection, text

from reconciliation.canonical import ColumnRule
from reconciliation.compare.extent.ranges import NoRange, beyond
from reconciliation.databases.quoting import for_text
from reconciliation.databases.rows import Side, readable
from reconciliation.model import Key

#: blocks of touched rows whose neighbours are looked at in one table
MOST_BLOCKS = 10

#: first and last key of touched rows that stand next to one another
Block = tuple[Key, Key]


def blocks(keys: Iterable[Key], most: int = MOST_BLOCKS) -> tuple[Block, ...]:
    """The keys as blocks: whole numbers that follow one another are one, every other key is its
    own. Of too many, some from all over the table.
    """
    found: list[Block] = []
    for key in _ordered(keys):
        if found and _follows(found[-1][1], key):
            found[-1] = (found[-1][0], key)
        else:
            found.append((key, key))
    if len(found) <= most:
        return tuple(found)
    return tuple(found[number * (len(found) - 1) // (most - 1)] for number in range(most))


def _ordered(keys: Iterable[Key]) -> Sequence[Key]:
    listed = list(dict.fromkeys(keys))
    try:
        return sorted(listed)
    except TypeError:  # unlike values in one column: each is a block of its own
        return listed


def _follows(last: Key, key: Key) -> bool:
    *before, one = last
    *after, other = key
    return before == after and isinstance(one, int) and one + 1 == other


def beside(
    connection: Connection, side: Side, key: Sequence[ColumnRule], blocks: Iterable[Block]
) -> tuple[Key, ...]:
    """The keys of the rows right before and right behind each block, those of touched rows too, as
    Oracle holds them now, in one statement.

    Raises NoRange for a key that Oracle does not order as its canonical values are.
    """
    parts = []
    for first, last in blocks:
        parts += [_one(side, key, first, above=False), _one(side, key, last, above=True)]
    if not parts:
        return ()
    narrow = _keys_only(side)
    with readable(connection):
        rows = connection.execute(text(" UNION ALL ".join(parts)))
        found = [narrow.key_of(narrow.row(tuple(values))) for values in rows]
    return tuple(dict.fromkeys(found))


def _one(side: Side, key: Sequence[ColumnRule], bound: Key, *, above: bool) -> str:
    condition, order = map(for_text, beyond(key, bound, above=above))
    rows = f"{_keys_only(side).select(condition)} ORDER BY {order}"
    return f"SELECT * FROM ({rows}) WHERE ROWNUM <= 1"


def _keys_only(side: Side) -> Side:
    return replace(side, columns=side.key)


def usable(key: Sequence[ColumnRule], keys: Collection[Key]) -> list[Key]:
    """Those keys that can be written as a bound."""
    found = []
    for one in keys:
        try:
            beyond(key, one, above=True)
        except NoRange:
            continue
        found.append(one)
    return found
