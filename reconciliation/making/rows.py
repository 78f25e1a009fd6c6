"""New rows of a table: parents first, then keys and varied columns, then plain values, then
whatever the conditions want changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reconciliation.canonical import source_key
from reconciliation.errors import Unmakeable
from reconciliation.making.columns import NUMBERS
from reconciliation.making.layout import Layout, Mode
from reconciliation.making.model import OwnRow
from reconciliation.making.parents import State
from reconciliation.making.plain import plain
from reconciliation.making.present import taken
from reconciliation.making.series import Series
from reconciliation.making.solving import Solver
from reconciliation.making.tables import Table
from reconciliation.model import Value
from reconciliation.parallel_run import ParallelRun

#: how often values that are there already are replaced; each time more of them are passed over
_ROUNDS = 40
#: of a column with fewer values than this none is passed over
_FEW = 1000

Rows = Sequence[dict[str, Value]]


@dataclass(frozen=True)
class Making:
    """Of one table. ``neutral``: numbers are 0 wherever they may be, for the readers of a live
    system.
    """

    run: ParallelRun
    table: Table
    layout: Layout
    solver: Solver
    mark: str
    neutral: bool

    def made(self, begun: Sequence[dict[str, Value]], state: State) -> list[OwnRow]:
        """Complete rows out of those that have their parents already. Raises Unmakeable."""
        for row in begun:
            state.numbers[self.table.name] = state.numbers.get(self.table.name, 0) + 1
            self._fill(row, state.numbers[self.table.name], state)
        self._pass_over(begun, state)
        for link in self.table.links:
            if self.layout.modes[link] is Mode.ITSELF and not link.optional:
                for row in begun:
                    for name, there in zip(link.columns, link.referenced, strict=True):
                        row[name] = row[there]
        optional = {name for link in self.table.links for name in link.optional}
        fixed = {*self.layout.varied, *(self.table.linked - optional)}
        rows = self.solver.accepted(begun, fixed)
        return [
            OwnRow(
                self.table.name,
                source_key(self.table.contract, self.table.rules, row),
                {name: row[name] for name in self.table.columns},
            )
            for row in rows
        ]

    def _fill(self, row: dict[str, Value], number: int, state: State) -> None:
        for name in self.table.columns:
            if name in row:
                continue
            series = self.layout.varied.get(name)
            row[name] = (
                self.next_of(name, series, state) if series else self.plain_value(name, number)
            )

    def plain_value(self, name: str, number: int) -> Value:
        """Raises Unmakeable for a column no value is known for."""
        column = self.table.columns[name]
        if self.neutral and not column.values and column.label in NUMBERS and column.keeps(0):
            return 0
        mark = self.mark if name == self.table.contract.mark_column else None
        for value in plain(column, number, mark):
            return value
        raise Unmakeable(
            f"{self.table.name}: no value can be made for column {name} {column.type}; give some "
            f"as [values] in {self.table.contract.path or 'its contract'}"
        )

    def next_of(self, name: str, series: Series, state: State, ahead: int = 0) -> Value:
        """The next value of a column that no row of this run has; ``ahead`` values are passed
        over.
        """
        place = state.places.get((self.table.name, name), 0) + ahead
        if place >= series.size:
            raise Unmakeable(
                f"{self.table.name}: {series.words} of column {name} are used up; widen "
                "reserved_keys in the profile, or give more as [reserved] in "
                f"{self.table.contract.path or 'its contract'}"
            )
        state.places[self.table.name, name] = place + 1
        return series.at(place)

    def _pass_over(self, rows: Sequence[dict[str, Value]], state: State) -> None:
        """Other values for those that either database holds already, or that a condition on the
        column alone refuses.
        """
        for name in self.layout.varied:

            def refused(asked: Rows, name: str = name) -> frozenset[int]:
                return self._refused(name, asked)

            self._replaced([name], refused, rows, state)
        for unique in self.table.unique:
            names = [name for name in unique if name in self.layout.varied]
            if names and not any(self.layout.varied[name].drawn for name in names):

                def met(asked: Rows, unique: Sequence[str] = unique) -> frozenset[int]:
                    return taken(self.run, self.table, unique, asked)

                self._replaced(names, met, rows, state)

    def _refused(self, name: str, rows: Rows) -> frozenset[int]:
        alone = [one for one in self.table.conditions_on([name]) if one.columns == (name,)]
        answers = self.table.asking.refused(alone, rows) if alone else ()
        return frozenset(place for place, against in enumerate(answers) if against)

    def _replaced(
        self,
        names: Sequence[str],
        met: Callable[[Rows], frozenset[int]],
        rows: Rows,
        state: State,
    ) -> None:
        asked = list(rows)
        few = any(self.layout.varied[name].size < _FEW for name in names)
        for step in range(_FEW if few else _ROUNDS):
            asked = [asked[place] for place in sorted(met(asked))]
            if not asked:
                return
            for name in names:
                for place, row in enumerate(asked):
                    ahead = 0 if few or place else 2 ** (step // 2) - 1
                    row[name] = self.next_of(name, self.layout.varied[name], state, ahead)
        raise Unmakeable(
            f"{self.table.name}: wherever it was looked among {self.layout.varied[names[0]].words} "
            f"of column {names[0]}, there are rows already; give others as [reserved] in "
            f"{self.table.contract.path or 'its contract'}"
        )
