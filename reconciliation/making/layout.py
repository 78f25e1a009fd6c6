"""How the rows of a table come to differ: which of its columns are varied, from which values, and
which of its links need a parent of each row's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from reconciliation.errors import Unmakeable
from reconciliation.making.asking import Condition
from reconciliation.making.columns import Column
from reconciliation.making.kept_free import Reserved, every_series
from reconciliation.making.links import Link
from reconciliation.making.series import Series
from reconciliation.making.tables import Table

#: with so many values a series is long enough, and a longer one is not looked for
_ENOUGH = 1000
#: so many of its values are looked at in one place
_SAMPLED = 16
#: with fewer it is better to have rows told apart by what they refer to
_FEW = 30


class Mode(Enum):
    """Where the row comes from that a link refers to."""

    MADE = "made"  # by this run
    BORROWED = "borrowed"  # an application's row, which is only read
    ITSELF = "itself"
    NOTHING = "nothing"  # the link is left NULL


@dataclass(frozen=True)
class Layout:
    """``varied`` columns take a new value of their series for each row; ``own`` links a parent that
    no other row has.
    """

    modes: Mapping[Link, Mode]
    varied: Mapping[str, Series]
    own: frozenset[Link]


def lay_out(table: Table, modes: Mapping[Link, Mode], reserved: Reserved) -> Layout:
    """Raises Unmakeable for a key, or another unique set of columns, no new values can be made
    for.
    """
    varied: dict[str, Series] = {}
    own: set[Link] = set()
    for unique in table.unique:
        told_apart = set(varied) | {name for link in own for name in link.columns}
        if told_apart & set(unique):
            continue
        found = _most_room(table, [n for n in unique if n not in table.linked], reserved)
        link = _link_within(modes, unique)
        # a flag tells two rows apart, a parent of their own any number
        few = found is not None and found[1].size < _FEW and link and modes[link] is Mode.MADE
        if found is not None and not few:
            varied[found[0]] = found[1]
            continue
        if link is None:
            raise _no_room(table, unique)
        if modes[link] in (Mode.MADE, Mode.BORROWED):
            own.add(link)
    return Layout(modes, varied, frozenset(own))


def _most_room(table: Table, names: Iterable[str], reserved: Reserved) -> tuple[str, Series] | None:
    """The column that no condition reads, if there is one, and that has most values to give."""
    found = [
        (bool(table.conditions_on([name])), -min(series.size, 10**6), place, name, series)
        for place, name in enumerate(names)
        if (series := series_of(table, table.columns[name], reserved)) is not None
    ]
    if not found:
        return None
    *_, name, series = min(found, key=lambda one: one[:3])
    return name, series


def series_of(table: Table, column: Column, reserved: Reserved) -> Series | None:
    """The first series of the column with enough values that the conditions on it alone accept, or
    the one with most of them; None without any.
    """
    alone = [one for one in table.conditions_on([column.name]) if one.columns == (column.name,)]
    best: Series | None = None
    most = 0
    for series in every_series(column, reserved, table.tried(column)):
        accepted, asked = _accepted(table, column, series, alone)
        if not accepted:
            continue
        # refused ones among those that are accepted are passed over when rows are made
        share = len(accepted) / len([place for place in asked if place <= accepted[-1]])
        room = min(_ENOUGH, int((accepted[-1] + 1) * share) or 1)
        room = room if accepted[0] < _SAMPLED else 1  # it takes long to get there
        if room > most:
            best, most = replace(series, size=accepted[-1] + 1), room
        if most == _ENOUGH:
            break
    return best


def _accepted(
    table: Table, column: Column, series: Series, alone: Sequence[Condition]
) -> tuple[list[int], list[int]]:
    """The places that are held and accepted, of all places looked at: the first ones, and some at
    ever larger distances.
    """
    last = [series.size - 1 >> shift for shift in range(0, 31, 2)]
    asked = sorted(
        {near for place in last for near in range(max(0, place - _SAMPLED + 1), place + 1)}
    )
    values = [series.at(place) for place in asked]
    refused = table.asking.refused(alone, [{column.name: value} for value in values])
    accepted = [
        place
        for place, value, against in zip(asked, values, refused, strict=True)
        if column.holds(value) and not against
    ]
    return accepted, asked


def _link_within(modes: Mapping[Link, Mode], unique: Iterable[str]) -> Link | None:
    """A link through which a unique set of columns gets values of its own: one this run makes
    parents for before one that borrows them.
    """
    ranked = (Mode.NOTHING, Mode.ITSELF, Mode.MADE, Mode.BORROWED)
    found = [link for link in modes if set(link.columns) & set(unique)]
    inside = [link for link in found if set(link.columns) <= set(unique)]
    return min(inside or found, key=lambda link: ranked.index(modes[link]), default=None)


def _no_room(table: Table, unique: tuple[str, ...]) -> Unmakeable:
    typed = ", ".join(f"{name} ({table.columns[name].type})" for name in unique)
    return Unmakeable(
        f"{table.name}: no values of {typed} can be kept free for runs, and no two rows may agree "
        "in them; give first and last ones as [reserved] in "
        f"{table.contract.path or 'its contract'}"
    )
