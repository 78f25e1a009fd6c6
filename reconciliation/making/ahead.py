"""Rows that are made ahead: what is asked about one of them is asked about several at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain

from reconciliation.making.layout import Mode
from reconciliation.making.model import OwnRow
from reconciliation.making.parents import State
from reconciliation.making.rows import Making

#: so many at the most, and only this share of the values that a column has left
MOST, SHARE = 16, 8

#: a row behind the rows that stand before it and belong to it alone, parents first
Bundle = Sequence[OwnRow]


def bundles(made: Sequence[OwnRow], count: int) -> list[Bundle]:
    """``count`` rows with what stands before them, row by row: of every table that one of them
    needs a parent in there are as many rows, in the same order.
    """
    return [made[place::count] for place in range(count)]


def unbundled(taken: Sequence[Bundle]) -> list[OwnRow]:
    """What stands before the rows, table by table, then the rows."""
    return [*chain.from_iterable(zip(*taken, strict=True))]


def room(making: Making, making_of: Callable[[str], Making], state: State) -> int:
    """How many rows may be made ahead: none where they take rows that others might borrow, few
    where values are few.
    """
    layout, table = making.layout, making.table.name
    left = [
        (series.size - state.places.get((table, name), 0)) // SHARE
        for name, series in layout.varied.items()
    ]
    for link in layout.own:
        made = layout.modes[link] is Mode.MADE and link.parent is not None
        left.append(room(making_of(link.parent or ""), making_of, state) if made else 0)
    return max(0, min([MOST, *left]))
