"""New rows of a table: parents first, then keys and varied columns, then plain values, then
whatever the conditions want changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reconciliation.canonical import source_key
from reconciliation.errors import Unmakeable
from reconciliation.making.columns import NUMBERS
from reconciliation.making.layout import Layout, Mode
from reconciliation.making.model import OwnRow
from reconciliation.making.parents import State
from reconciliation.making.plain import plain
from reconciliation.making.present import taken
from reconciliation.making.solving import Solver
from reconciliation.making.supply import FEW, Supply
from reconciliation.making.tables import Table
from reconciliation.model import Value
from reconciliation.parallel_run import ParallelRun

#: how often values that are there already are replaced; each time more of them are passed over
_ROUNDS = 40

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
    supply: Supply
    mark: str
    neutral: bool

    def made(self, begun: Rows, state: State) -> list[OwnRow]:
        """Complete rows out of those that have their parents already. Raises Unmakeable."""
        self._fill(begun, state)
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

    def _fill(self, rows: Rows, state: State) -> None:
        varied = [name for name in self.layout.varied if any(name not in row for row in rows)]
        drawn = {name: self.supply.next_of(name, len(rows), state) for name in varied}
        for place, row in enumerate(rows):
            number = state.numbers.get(self.table.name, 0) + 1
            state.numbers[self.table.name] = number
            for name in self.table.columns:
                if name not in row:
                    row[name] = drawn[name][place] if name in drawn else self._plain(name, number)

    def _plain(self, name: str, number: int) -> Value:
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

    def _pass_over(self, rows: Rows, state: State) -> None:
        """Other values for those that either database holds already."""
        for unique in self.table.unique:
            names = [name for name in unique if name in self.layout.varied]
            if names and not any(self.layout.varied[name].drawn for name in names):
                self._replaced(unique, names, rows, state)

    def _replaced(
        self, unique: Sequence[str], names: Sequence[str], rows: Rows, state: State
    ) -> None:
        asked = list(rows)
        few = any(self.layout.varied[name].size < FEW for name in names)
        for step in range(FEW if few else _ROUNDS):
            met = taken(self.run, self.table, unique, asked)
            asked = [asked[place] for place in sorted(met)]
            if not asked:
                return
            for name in names:
                values = self.supply.next_of(
                    name, len(asked), state, 0 if few else 2 ** (step // 2) - 1
                )
                for row, value in zip(asked, values, strict=True):
                    row[name] = value
        raise Unmakeable(
            f"{self.table.name}: wherever it was looked among {self.layout.varied[names[0]].words} "
            f"of column {names[0]}, there are rows already; give others as [reserved] in "
            f"{self.table.contract.path or 'its contract'}"
        )
