"""The next values of varied columns: each is given once in a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from reconciliation.errors import Unmakeable
from reconciliation.making.parents import State
from reconciliation.making.series import Series
from reconciliation.making.tables import Table
from reconciliation.model import Value

#: series with fewer values begin with their first one, and none of them is passed over
FEW = 1000
#: by how many values columns of a row are apart in a series of so many: later columns hold more
_APART = {20_000: 101, FEW: 3}
#: values looked at at once where conditions refuse some
_LOOKED_AT = 64


@dataclass(frozen=True)
class Supply:
    """Of one table. ``start`` is where long series begin, another place for each table: a key of
    one is no key of its neighbour.
    """

    table: Table
    series: Mapping[str, Series]
    start: int

    def next_of(self, name: str, count: int, state: State, ahead: int = 0) -> list[Value]:
        """Values of a column that no row of this run has and that the conditions on it alone
        accept; ``ahead`` of them are passed over. Raises Unmakeable when there are no more.
        """
        alone = [one for one in self.table.conditions_on([name]) if one.columns == (name,)]
        found: list[Value] = []
        while len(found) < count:
            missing = count - len(found)
            values = self._drawn(name, missing, bool(alone), state, ahead)
            ahead = 0
            refused = self.table.asking.refused(alone, [{name: value} for value in values])
            found += [value for value, against in zip(values, refused, strict=True) if not against][
                :missing
            ]
        return found

    def _drawn(self, name: str, missing: int, many: bool, state: State, ahead: int) -> list[Value]:
        """So many values as are missing at least, and more of a long series where ``many`` may be
        refused.
        """
        series = self.series[name]
        place = state.places.get((self.table.name, name), self._first(name)) + ahead
        wanted = max(_LOOKED_AT, 2 * missing) if many and series.size > FEW else missing
        if place + wanted > series.size:
            place, wanted = place - ahead, missing
        places = range(place, min(place + wanted, series.size))
        if not places:
            accepted = " that its CHECK accepts" if many else ""
            raise Unmakeable(
                f"{self.table.name}: {series.words} of column {name}{accepted} are used up; widen "
                "reserved_keys in the profile, or give more as [reserved] in "
                f"{self.table.contract.path or 'its contract'}"
            )
        state.places[self.table.name, name] = places.stop
        return [series.at(one) for one in places]

    def _first(self, name: str) -> int:
        column, size = self.table.columns[name], self.series[name].size
        apart = next((step for least, step in _APART.items() if size >= least), 0)
        return apart * (column.ordinal - 1) + (self.start if apart else 0)
