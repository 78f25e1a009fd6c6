"""Rows of this run for any mapped table, as data: keys, values and parents."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from reconciliation.errors import Unmakeable, Unreadable, Unseen
from reconciliation.making.ahead import Bundle, bundles, room, unbundled
from reconciliation.making.changes import Changes
from reconciliation.making.kept_free import Reserved, letters_of
from reconciliation.making.layout import Layout, Mode, lay_out
from reconciliation.making.links import Link, Order, in_a_ring, parents_first
from reconciliation.making.model import OwnRow
from reconciliation.making.parents import Parents, State
from reconciliation.making.rows import Making
from reconciliation.making.solving import Solver
from reconciliation.making.supply import Supply
from reconciliation.making.tables import Table, Tables
from reconciliation.model import Key, Row
from reconciliation.parallel_run import ParallelRun

#: the turn of a change by which a whole row is given other values
_ANEW = 1009
#: by so many values the first keys of two tables are apart, where there are enough of them
_APART = 7


class Maker:
    """Gives every key once. ``note(table, keys)`` is called before rows with these keys are given,
    so that whoever cleans up knows of every row there may be; ``reserve(table, keys)`` before,
    when rows are made that may be given later.
    """

    def __init__(
        self,
        run: ParallelRun,
        mark: str,
        note: Callable[[str, Sequence[Key]], None],
        reserve: Callable[[str, Sequence[Key]], None] = lambda table, keys: None,
    ) -> None:
        self._run, self._mark, self._note, self._reserve = run, mark, note, reserve
        self._tables = Tables(run)
        self._state = State()
        self._parents = Parents(run, self._make)
        self._makings: dict[str, Making] = {}
        self._obstacles: dict[str, Unmakeable | Unreadable | None] = {}
        self._examples: dict[str, OwnRow] = {}
        self._changeable: dict[str, tuple[str, ...]] = {}
        self._ahead: dict[str, deque[Bundle]] = defaultdict(deque)
        self._counts: dict[str, int] = defaultdict(int)

    # ------------------------------------------------------------------ which tables

    @cached_property
    def tables(self) -> tuple[str, ...]:
        """The contracted tables a row can be written to, by source name, parents first."""
        return tuple(name for name in self._order.tables if self.hindrance(name) is None)

    def hindrance(self, table: str) -> str | None:
        """One line that says why no row of a table can be made; None when one can."""
        found = self.obstacle(table)
        return None if found is None else str(found)

    def obstacle(self, table: str) -> Unmakeable | Unreadable | None:
        """The same as what it is: Unreadable where nobody knows, for want of a grant, say."""
        if table not in self._obstacles:
            try:
                if table in self._order.rings:
                    raise in_a_ring(table, self._mandatory(self._tables[table]))
                self._examples[table] = self._make(table, 1, self._state.copy())[-1]
                self._obstacles[table] = None
            except Unmakeable as error:
                self._obstacles[table] = error.with_traceback(None)
            except Unreadable as error:  # a grant that is missing, a lock
                self._obstacles[table] = Unseen(
                    f"{table}: what a row of it needs is not known; {error}"
                )
        return self._obstacles[table]

    @cached_property
    def _order(self) -> Order:
        known = list(self._makeable_as_agreed())
        needs = {table.name: self._mandatory(table) for table in known}
        wants = {
            table.name: [link.parent for link in table.links if link.optional and link.parent]
            for table in known
        }
        return parents_first([table.name for table in known], needs, wants)

    def _makeable_as_agreed(self) -> Iterator[Table]:
        for contract in self._run.contract.tables:
            try:
                yield self._tables[contract.source]
            except Unmakeable as error:
                self._obstacles[contract.source] = error.with_traceback(None)

    @staticmethod
    def _mandatory(table: Table) -> list[str]:
        return [link.parent for link in table.links if link.parent and not link.optional]

    # ------------------------------------------------------------------ new rows

    def foundation(self, tables: Iterable[str]) -> tuple[OwnRow, ...]:
        """The rows that rows of these tables refer to and share, parents first: each is given once
        in a run, so a later call gives those that are new. Tables with a hindrance need none.
        """
        state = self._state.copy()
        for table in tables:
            if self.hindrance(table) is None:
                self._lay_foundation(table, state)
        return self._given(state, ())

    def rows(self, table: str, count: int, bare: bool = False) -> tuple[OwnRow, ...]:
        """New rows; the last ``count`` are the table's. Before them stand the parents that belong
        to single rows, and those that ``foundation`` was not asked for.

        ``bare``: NULL wherever both schemas allow it. Raises Unmakeable.
        """
        hindrance = self.hindrance(table)
        if hindrance is not None:
            raise Unmakeable(hindrance)
        waiting = self._ahead[table]
        if len(waiting) < count:
            self._make_ahead(table, count - len(waiting))
        made = unbundled([waiting.popleft() for _ in range(count)])
        if bare:
            before = len(made) - count
            made = [*made[:before], *(self._bare(own) for own in made[before:])]
        self._counts[table] += count
        return self._given(self._state, made)

    def _make_ahead(self, table: str, missing: int) -> None:
        """As many as are missing, and beside them about as many again as were given before: both
        databases are asked which keys are taken, as quickly for many rows as for one.
        """
        further = min(self._counts[table], room(self._making(table), self._making, self._state))
        count = missing + further
        state = self._state.copy()
        try:
            made = self._make(table, count, state)
        except Unmakeable:
            if count == missing:
                raise
            count, state = missing, self._state.copy()
            made = self._make(table, count, state)
        if count > missing:
            for name, keys in _keys_by_table(made).items():
                self._reserve(name, keys)
        self._state = state
        self._ahead[table] += bundles(made, count)

    def _given(self, state: State, made: Sequence[OwnRow]) -> tuple[OwnRow, ...]:
        given = (*state.pending, *made)
        for table, keys in _keys_by_table(given).items():
            self._note(table, keys)
        state.pending = []
        self._state = state
        return given

    def _lay_foundation(self, table: str, state: State) -> None:
        making = self._making(table)
        for link in making.table.links:
            if making.layout.modes[link] is not Mode.MADE or link.parent is None:
                continue
            if link in making.layout.own:
                self._lay_foundation(link.parent, state)
            else:
                self._parents.ensure(making.table, link, state)

    def _make(self, table: str, count: int, state: State) -> list[OwnRow]:
        making = self._making(table)
        before, begun = self._parents.given(making.table, making.layout, count, state)
        return [*before, *making.made(begun, state)]

    def _bare(self, own: OwnRow) -> OwnRow:
        changes, table = self._changes(own.table), self._making(own.table).table
        names = [name for name in table.columns if name not in table.identifying]
        return replace(own, row={**own.row, **changes.emptied(own.row, names)})

    # ------------------------------------------------------------------ other values

    def changeable(self, table: str) -> tuple[str, ...]:
        """The columns an UPDATE may change, and other values are known for; none of a table with a
        hindrance.
        """
        if table not in self._changeable:
            if self.hindrance(table) is not None:
                return ()
            example = self._examples[table]
            may = self._changes(table)
            self._changeable[table] = tuple(
                name
                for name in may.may_change
                if may.change(example, [name], 0, self._state.copy())
            )
        return self._changeable[table]

    def change(self, own: OwnRow, columns: Iterable[str] | None = None, turn: int = 0) -> Row:
        """New values an UPDATE may set, each other than the row's; another ``turn`` gives others.
        {} if no column can be changed.
        """
        return self._changes(own.table).change(own, columns, turn, self._state)

    def anew(self, own: OwnRow) -> OwnRow:
        """A row under the same key with other values wherever there are any."""
        return replace(own, row={**own.row, **self.change(own, turn=_ANEW)})

    def emptied(self, own: OwnRow) -> Row:
        """NULL for every column an UPDATE may set to it; {} if there is none."""
        changes = self._changes(own.table)
        return changes.emptied(own.row, changes.may_change)

    def fitted(self, own: OwnRow, wish: Row) -> OwnRow:
        """The row with the wished values, as far as its key, foreign keys, UNIQUE and CHECK let
        them.
        """
        return self.fitted_all([own], [wish])[0]

    def fitted_all(self, owns: Sequence[OwnRow], wishes: Sequence[Row]) -> tuple[OwnRow, ...]:
        """``fitted`` for many rows of one table, in a few statements."""
        return tuple(self._changes(owns[0].table).fitted(owns, wishes)) if owns else ()

    # ------------------------------------------------------------------ parts

    def _changes(self, table: str) -> Changes:
        return Changes(self._making(table))

    def _making(self, table: str) -> Making:
        if table not in self._makings:
            known = self._tables[table]
            layout = self._layout(known)
            neutral = self._run.profile.kind == "live"
            start = _APART * list(self._order.tables).index(table)
            self._makings[table] = Making(
                self._run,
                known,
                layout,
                Solver(known),
                Supply(known, layout.varied, start),
                self._mark,
                neutral,
            )
        return self._makings[table]

    def _layout(self, table: Table) -> Layout:
        first, last = self._run.profile.reserved_keys
        reserved = Reserved(first, last, dict(table.contract.reserved), letters_of(self._mark))
        return lay_out(table, self._modes(table), reserved)

    def _modes(self, table: Table) -> Mapping[Link, Mode]:
        return {link: self._mode(table, link) for link in table.links}

    def _mode(self, table: Table, link: Link) -> Mode:
        if link.parent == table.name:
            return Mode.ITSELF
        if (table.name, link.parent) in self._order.cut:
            return Mode.NOTHING
        if link.parent not in self._order.tables or self.hindrance(link.parent) is not None:
            return Mode.BORROWED
        written = self._tables[link.parent].columns
        return Mode.MADE if all(name in written for name in link.referenced) else Mode.BORROWED


def _keys_by_table(rows: Iterable[OwnRow]) -> dict[str, list[Key]]:
    found: dict[str, list[Key]] = defaultdict(list)
    for own in rows:
        found[own.table].append(own.key)
    return found
