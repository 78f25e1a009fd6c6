"""Values that a table's conditions accept: the plain ones, or others found by trying."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence

from reconciliation.errors import Unmakeable
from reconciliation.making.asking import ROWS_PER_STATEMENT, Condition
from reconciliation.making.columns import Column
from reconciliation.making.literals import beside, tried
from reconciliation.making.plain import plain
from reconciliation.making.tables import Table
from reconciliation.model import Row, Value

#: combinations of values tried for the columns of conditions that hang together
TRIED = 2000
#: values of one column among them
_PER_COLUMN = 60
#: and of each, where one or two of them are changed at once; where more are, fewer
_SHARES = {1: _PER_COLUMN, 2: 16}

Assignment = Mapping[str, Value]


class Solver:
    """Of one table; an assignment that was found once is tried first from then on."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self._found: list[Assignment] = []
        self.unsolved: Sequence[Condition] = ()  # those the last search found nothing for

    def accepted(self, rows: Sequence[Row], fixed: Collection[str]) -> list[Row]:
        """The rows, with other values in columns that are not ``fixed`` where a condition needs it.

        Raises Unmakeable, naming the condition, when no value was found.
        """
        done = list(rows)
        refused = self._refused(done)
        for known in list(self._found):
            done, refused = self._with(known, done, refused, fixed)
        for place in [place for place, against in enumerate(refused) if against]:
            if not refused[place]:
                continue
            found = self.search(done[place], refused[place], fixed, number=place)
            if found is None:
                raise self._unmakeable(refused[place] & set(self.unsolved), fixed)
            self._found.append(found)
            done, refused = self._with(found, done, refused, fixed)
        return done

    def _refused(self, rows: Sequence[Row]) -> list[frozenset[Condition]]:
        return self.table.asking.refused(self.table.conditions, rows)

    def _with(
        self,
        known: Assignment,
        rows: list[Row],
        refused: list[frozenset[Condition]],
        fixed: Collection[str],
    ) -> tuple[list[Row], list[frozenset[Condition]]]:
        """The rows with an assignment where it mends them."""
        places = [place for place, against in enumerate(refused) if against]
        if not places or set(known) & set(fixed):
            return rows, refused
        changed = [{**rows[place], **known} for place in places]
        for place, row, against in zip(places, changed, self._refused(changed), strict=True):
            if not against:
                rows[place], refused[place] = row, against
        return rows, refused

    def search(
        self,
        row: Row,
        refused: Collection[Condition],
        fixed: Collection[str],
        *,
        number: int = 0,
        other_than: Row | None = None,
    ) -> Assignment | None:
        """Values for the columns of the refusing conditions, and of those that hang together with
        them, that all of these accept; as few as possible are others than the row's.

        With ``other_than`` every value differs from that row's; ``number`` turns the order.
        """
        found: dict[str, Value] = {}
        left = list(refused)
        while left:
            together = self._together(left[:1], fixed)
            assignment = self._of_one_group(row, together, fixed, number, other_than)
            if assignment is None:
                self.unsolved = together
                return None
            found |= assignment
            left = [one for one in left if one not in together]
        return found

    def _of_one_group(
        self,
        row: Row,
        conditions: Sequence[Condition],
        fixed: Collection[str],
        number: int,
        other_than: Row | None,
    ) -> Assignment | None:
        read = dict.fromkeys(name for one in conditions for name in one.columns)
        free = [name for name in read if name in row and name not in fixed]
        near = {name: row[name] for name in read if name in row}
        spoken = {name: self._spoken(name, conditions) for name in free}
        choices = {
            name: self._choices(name, spoken[name], near, number, other_than) for name in free
        }
        for part in _parts(_assignments(choices, full=other_than is not None)):
            rows = [{**row, **assignment} for assignment in part]
            answers = self.table.asking.refused(conditions, rows)
            for assignment, against in zip(part, answers, strict=True):
                if not against:
                    return assignment
        return None

    def _together(
        self, refused: Collection[Condition], fixed: Collection[str]
    ) -> tuple[Condition, ...]:
        """The conditions, and all that read a column which may be changed for their sake."""
        found = list(refused)
        while True:
            free = {name for one in found for name in one.columns if name not in fixed}
            more = [one for one in self.table.conditions_on(free) if one not in found]
            if not more:
                return tuple(found)
            found += more

    def _spoken(self, name: str, conditions: Sequence[Condition]) -> list[Value]:
        """The values of conditions that hang together, as a column's: its own conditions first."""
        column = self.table.columns[name]
        ordered = sorted(conditions, key=lambda one: name not in one.columns)
        return [value for one in ordered for value in tried(column, one.expression)]

    def _choices(
        self,
        name: str,
        spoken: Sequence[Value],
        near: Row,
        number: int,
        other_than: Row | None,
    ) -> list[Value]:
        """Values for a column beside those of its neighbours; of one that refers to other rows only
        NULL.
        """
        column = self.table.columns[name]
        avoided = near[name] if other_than is None else other_than.get(name)
        every = [] if name in self.table.linked else self._wished(column, spoken, near, number)
        distinct: dict[str, Value] = {}
        for value in (*every, *([None] if column.nullable else [])):
            if column.holds(value) and value != avoided:
                distinct.setdefault(repr(value), value)
        found = list(distinct.values())[: _PER_COLUMN - 1]
        return [*found, *([None] if "None" in distinct and None not in found else [])]

    def _wished(
        self, column: Column, spoken: Sequence[Value], near: Row, number: int
    ) -> Iterator[Value]:
        if column.values:
            yield from plain(column, number)
            return
        turn = number % len(spoken) if spoken and len(spoken) < _PER_COLUMN else 0
        spoken = [*spoken[turn:], *spoken[:turn]]
        yield from spoken[: _PER_COLUMN // 2]
        for name, value in near.items():
            if name != column.name and self.table.columns[name].label == column.label:
                yield from _quietly(beside(column, value))
        for shift in range(4):
            yield from plain(column, number + shift)
        for value in list(itertools.islice(plain(column, number), 2)):
            if isinstance(value, str):
                yield from (value.upper(), value.lower(), value.title())
        yield from spoken[_PER_COLUMN // 2 :]

    def _unmakeable(self, refused: Collection[Condition], fixed: Collection[str]) -> Unmakeable:
        first = min(refused, key=lambda one: one.what)
        free = [name for name in first.columns if name not in fixed] or list(first.columns)
        return Unmakeable(
            f"{self.table.name}: no values were found for {', '.join(free)} that {first.words} "
            f"accepts; give some as [values] in {self.table.contract.path or 'its contract'}"
        )


def _quietly(values: Iterator[Value]) -> Iterator[Value]:
    """Values up to one beyond the last day, or the first, that there is."""
    with contextlib.suppress(OverflowError):
        yield from values


def _assignments(choices: Mapping[str, Sequence[Value]], *, full: bool) -> Iterator[Assignment]:
    """Combinations with one changed column, then with two, and so on; ``full``: all at once."""
    names = list(choices)
    sizes = [len(names)] if full else range(1, len(names) + 1)
    for size in sizes:
        for chosen in itertools.combinations(names, size):
            limited = [choices[name][: _SHARES.get(size, 6)] for name in chosen]
            for values in itertools.product(*limited):
                yield dict(zip(chosen, values, strict=True))


def _parts(assignments: Iterator[Assignment]) -> Iterator[list[Assignment]]:
    limited = itertools.islice(assignments, TRIED)
    while part := list(itertools.islice(limited, ROWS_PER_STATEMENT)):
        yield part
