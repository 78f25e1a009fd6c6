"""Other values for a row: what an UPDATE may set, NULLs, and values somebody wishes."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from reconciliation.errors import Unmakeable
from reconciliation.making.asking import Condition
from reconciliation.making.model import OwnRow
from reconciliation.making.parents import State
from reconciliation.making.plain import plain
from reconciliation.making.present import taken
from reconciliation.making.rows import Making
from reconciliation.model import Row, Value

#: plain values looked at for one other than the row's
_LOOKED_AT = 50


@dataclass(frozen=True)
class Changes:
    """Of the rows of one table."""

    making: Making

    @property
    def may_change(self) -> tuple[str, ...]:
        """Contracted columns that are no part of a key or of a link, that PostgreSQL does not
        number, and that do not move a row to another partition.
        """
        table = self.making.table
        kept = table.identifying | table.linked | table.movers
        return tuple(
            name
            for name, column in table.columns.items()
            if column.rules and name not in kept and not column.source.identity
        )

    def change(self, own: OwnRow, columns: Iterable[str] | None, turn: int, state: State) -> Row:
        wanted = self.may_change if columns is None else tuple(columns)
        new: dict[str, Value] = {}
        for name in wanted:
            if name in self.may_change:
                found = self._other(own, name, turn, state)
                new |= {name: found} if found is not None else {}
        return self._accepted(own, new, turn)

    def _other(self, own: OwnRow, name: str, turn: int, state: State) -> Value:
        """A value other than the row's; None when there is none."""
        table, before = self.making.table, own.row.get(name)
        if name in self.making.layout.varied:
            try:
                return self._unused(own, name, state)
            except Unmakeable:  # there are no more: it stays as it is
                return None
        column = table.columns[name]
        start = zlib.crc32(repr(own.key).encode()) % 100_000 + 7 * turn
        mark = self.making.mark if name == table.contract.mark_column else None
        for number in range(start, start + _LOOKED_AT):
            for value in plain(column, number + 1, mark):
                if value != before:
                    return value
        return None

    def _unused(self, own: OwnRow, name: str, state: State) -> Value:
        """The next value of a column whose values no two rows may share."""
        making = self.making
        unique = next(one for one in making.table.unique if name in one)
        series = making.layout.varied[name]
        while True:
            (value,) = making.supply.next_of(name, 1, state)
            if series.drawn or not taken(
                making.run, making.table, unique, [{**own.row, name: value}]
            ):
                return value

    def _accepted(self, own: OwnRow, new: dict[str, Value], turn: int) -> Row:
        """Those of the new values, or others, that the conditions accept; without the columns for
        which there are none.
        """
        solver, table = self.making.solver, self.making.table
        while new:
            row = {**own.row, **new}
            (refused,) = table.asking.refused(table.conditions_on(new), [row])
            if not refused:
                break
            unlike = set(row) - set(new)
            varied = set(self.making.layout.varied)
            found = solver.search(
                row, refused, unlike | varied, number=turn, other_than=own.row
            ) or self._one_of(own, new, refused, turn)
            together = self._changed_together(new, refused)
            if found is None:
                new = {name: value for name, value in new.items() if name not in together}
                continue
            new = {
                name: found.get(name, value)
                for name, value in new.items()
                if name in found or name not in together
            }
            (again,) = table.asking.refused(table.conditions_on(new), [{**own.row, **new}])
            if again:  # a condition that none of the searched ones has to do with
                new = {name: value for name, value in new.items() if name not in found}
        return new

    def _one_of(
        self, own: OwnRow, new: Row, refused: Collection[Condition], turn: int
    ) -> Row | None:
        """A new value for one column where its neighbours stay as they are."""
        together = self._changed_together(new, refused)
        for name in sorted(together):
            base = {**own.row, **{n: v for n, v in new.items() if n not in together or n == name}}
            if name in self.making.layout.varied:  # it has the one value that no other row has
                if not any(self.making.table.asking.refused(self.making.table.conditions, [base])):
                    return {name: new[name]}
                continue
            fixed = set(base) - {name}
            against = self.making.table.conditions_on([name])
            found = self.making.solver.search(base, against, fixed, number=turn, other_than=own.row)
            if found is not None:
                return found
        return None

    def _changed_together(self, new: Row, refused: Collection[Condition]) -> frozenset[str]:
        """The changed columns that the refusing conditions, or conditions beside them, read."""
        found, table = list(refused), self.making.table
        while True:
            names = {name for one in found for name in one.columns if name in new}
            more = [one for one in table.conditions_on(names) if one not in found]
            if not more:
                return frozenset(names)
            found += more

    # ------------------------------------------------------------------ NULL

    def emptied(self, row: Row, names: Iterable[str]) -> Row:
        """NULL for as many of the columns as both schemas and the conditions allow."""
        table = self.making.table
        wanted = [name for name in names if _may_be_null(self, name)]
        while True:
            empty: dict[str, Value] = dict.fromkeys(wanted)
            (refused,) = table.asking.refused(table.conditions_on(wanted), [{**row, **empty}])
            if not refused:
                return empty
            together = self._changed_together(empty, refused)
            kept = self._emptied_one_by_one(row, empty, sorted(together))
            wanted = [name for name in wanted if name not in together or name in kept]
            if set(kept) == together:
                return {}

    def _emptied_one_by_one(self, row: Row, empty: Row, names: Sequence[str]) -> list[str]:
        others = {name: None for name in empty if name not in names}
        kept: list[str] = []
        for name in names:
            tried = {**row, **others, **dict.fromkeys([*kept, name])}
            (refused,) = self.making.table.asking.refused(
                self.making.table.conditions_on([name]), [tried]
            )
            kept += [] if refused else [name]
        return kept

    # ------------------------------------------------------------------ wishes

    def fitted(self, owns: Sequence[OwnRow], wishes: Sequence[Row]) -> list[OwnRow]:
        """The rows with the wished values that key, links, unique columns and conditions allow."""
        table = self.making.table
        kept = table.identifying | table.linked | set(self.making.layout.varied)
        granted = [
            {
                name: value
                for name, value in wish.items()
                if name in table.columns
                and name not in kept
                and not table.columns[name].always
                and (value is not None or table.columns[name].source.nullable)
            }
            for wish in wishes
        ]
        rows = [{**own.row, **wish} for own, wish in zip(owns, granted, strict=True)]
        refused = table.asking.refused(table.conditions, rows)
        asked: list[tuple[int, str]] = []
        for place, against in enumerate(refused):
            together = self._changed_together(granted[place], against) if against else ()
            asked += [(place, name) for name in sorted(together)]
        self._grant_one_each(owns, granted, asked)
        return [
            replace(own, row={**own.row, **wish}) for own, wish in zip(owns, granted, strict=True)
        ]

    def _grant_one_each(
        self,
        owns: Sequence[OwnRow],
        granted: list[dict[str, Value]],
        asked: Sequence[tuple[int, str]],
    ) -> None:
        """Of wishes that do not go together the first that goes alone, row by row."""
        table = self.making.table
        single = []
        for place, name in asked:
            apart = {n: v for n, v in granted[place].items() if (place, n) not in asked}
            single.append({**owns[place].row, **apart, name: granted[place][name]})
        answers = table.asking.refused(table.conditions, single)
        done: set[int] = set()
        for (place, name), against in zip(asked, answers, strict=True):
            if against or place in done:
                del granted[place][name]
            else:
                done.add(place)


def _may_be_null(changes: Changes, name: str) -> bool:
    column = changes.making.table.columns[name]
    return column.nullable and (not column.values or None in column.values)
