"""The rows that made rows refer to: made before them, or borrowed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from reconciliation.errors import Unmakeable, Unreadable, Unseen
from reconciliation.making.borrowing import Lender
from reconciliation.making.layout import Layout, Mode
from reconciliation.making.links import Link
from reconciliation.making.model import OwnRow
from reconciliation.making.tables import Table
from reconciliation.model import Key, Row, Value
from reconciliation.parallel_run import ParallelRun


@dataclass
class State:
    """What a run has given away so far: numbers of rows, places in series, shared parents, and
    which of them nobody has been given yet.
    """

    numbers: dict[str, int] = field(default_factory=dict)
    places: dict[tuple[str, str], int] = field(default_factory=dict)
    foundation: dict[tuple[str, int], OwnRow] = field(default_factory=dict)
    pending: list[OwnRow] = field(default_factory=list)
    borrowed: dict[tuple[str, str], set[Key]] = field(default_factory=dict)

    def copy(self) -> State:
        return State(
            dict(self.numbers),
            dict(self.places),
            dict(self.foundation),
            list(self.pending),
            {place: set(keys) for place, keys in self.borrowed.items()},
        )


@dataclass(frozen=True)
class Parents:
    """``make(table, count, state)`` makes rows of a table with what stands before them; the
    last ``count`` are the table's.
    """

    run: ParallelRun
    make: Callable[[str, int, State], list[OwnRow]]

    def given(
        self, table: Table, layout: Layout, count: int, state: State
    ) -> tuple[list[OwnRow], list[dict[str, Value]]]:
        """The parents that belong to single rows, and the beginnings of ``count`` rows: their
        columns that refer to other rows.
        """
        before: list[OwnRow] = []
        rows: list[dict[str, Value]] = [{} for _ in range(count)]
        for link in table.links:
            if layout.modes[link] is Mode.ITSELF:
                for row in rows:
                    row.update(dict.fromkeys(name for name in link.columns if name not in row))
                continue
            open_columns = [name for name in link.columns if any(name not in row for row in rows)]
            if not open_columns:
                continue
            if layout.modes[link] is Mode.NOTHING:
                self._left(link, rows)
            elif layout.modes[link] is Mode.MADE:
                before += self._made(table, link, link in layout.own, rows, state)
            else:
                self._borrowed(table, link, link in layout.own, rows, state)
        return before, rows

    def ensure(self, table: Table, link: Link, state: State) -> OwnRow:
        """The row that all rows of a table share for a link, made when it is first needed.

        Rows of other tables share it, too. Two links of one table to the same parent have a row
        each: from one account to another.
        """
        parent = _made_parent(table, link)
        same = [one for one in table.links if one.parent == parent]
        place = parent, same.index(link)
        if place not in state.foundation:
            made = self.make(parent, 1, state)
            state.foundation[place] = made[-1]
            state.pending += made
        return state.foundation[place]

    def _left(self, link: Link, rows: Sequence[dict[str, Value]]) -> None:
        for row in rows:
            for name in link.optional:
                row.setdefault(name, None)

    def _made(
        self,
        table: Table,
        link: Link,
        own: bool,
        rows: Sequence[dict[str, Value]],
        state: State,
    ) -> list[OwnRow]:
        before: list[OwnRow] = []
        if own:
            before = self.make(_made_parent(table, link), len(rows), state)
            parents = before[len(before) - len(rows) :]
        else:
            parents = [self.ensure(table, link, state)] * len(rows)
        for row, parent in zip(rows, parents, strict=True):
            values = {
                name: parent.row[there]
                for name, there in zip(link.columns, link.referenced, strict=True)
            }
            _agree(table, link, row, values)
        return before

    def _borrowed(
        self,
        table: Table,
        link: Link,
        own: bool,
        rows: Sequence[dict[str, Value]],
        state: State,
    ) -> None:
        lender = Lender(self.run, table, link)
        used = state.borrowed.setdefault((table.name, link.name), set())
        given = {name: rows[0][name] for name in link.columns if name in rows[0]}
        wanted = len(rows) if own else 1
        try:
            found = lender.borrowed(wanted, given, unused=own, but=used)
        except Unreadable as error:
            raise self._unread(link, error) from error
        if len(found) < wanted and link.optional and not found:
            self._left(link, rows)
            return
        if len(found) < wanted:
            raise _none_to_borrow(table, link, len(found), wanted)
        used |= {lender.key(parent) for parent in found} if own else set()
        for place, row in enumerate(rows):
            _agree(table, link, row, found[place if own else 0])

    def _unread(self, link: Link, error: Unreadable) -> Unreadable:
        """Why a parent cannot be read; what was known beforehand names it, and the grant."""
        known = self.run.unfit.get(link.parent or "")
        if known is None:
            return error
        columns = ", ".join(link.columns)
        return Unseen(f"{link.parent_words}, which {columns} refers to, is not judged: {known}")


def _made_parent(table: Table, link: Link) -> str:
    """Raises Unmakeable where there is none: then rows of it are borrowed."""
    if link.parent is None:
        raise Unmakeable(
            f"{table.name}: {link.parent_words}, which {', '.join(link.columns)} refers to, is not "
            "mapped, and a run makes rows of mapped tables only; map and contract that table"
        )
    return link.parent


def _agree(table: Table, link: Link, row: dict[str, Value], values: Row) -> None:
    for name, value in values.items():
        if row.setdefault(name, value) != value:
            raise Unmakeable(
                f"{table.name}: {name} belongs to several foreign keys, and no row of "
                f"{link.parent_words} agrees with what the others refer to; write = false with an "
                "[excuse] in its contract leaves the table out"
            )


def _none_to_borrow(table: Table, link: Link, found: int, wanted: int) -> Unmakeable:
    columns = ", ".join(link.columns)
    there = "no row" if not found else f"{found} rows of the {wanted} needed"
    return Unmakeable(
        f"{table.name}: {columns} must refer to {link.parent_words}, of which this run makes no "
        f"rows and which has {there} to refer to in both databases; write one there, or map and "
        "contract that table"
    )
