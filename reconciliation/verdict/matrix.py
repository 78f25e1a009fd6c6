"""The matrix of coverage: mapped tables in rows, in columns the guarantees about rows of them.

A table a guarantee should have a word on and has none is NOT JUDGED in it: nothing is taken for
covered because nobody looked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from reconciliation.verdict.model import Cell, Coverage, Judged, Outcome

#: what a hole says of itself
NO_WORD = "the guarantee says nothing about this table"
#: from worst to best, as cells are told
ORDER = (
    Judged.BROKEN,
    Judged.NOT_JUDGED,
    Judged.EXCUSED,
    Judged.HOLDS,
    Judged.NOT_CONCERNED,
)
#: exercised: something was seen of the table, be it good or bad
EXERCISED = (Judged.HOLDS, Judged.BROKEN)
_MEANS = {"failed": Judged.BROKEN, "error": Judged.NOT_JUDGED, "skipped": Judged.NOT_JUDGED}


@dataclass(frozen=True)
class Guarantee:
    """A column of the matrix."""

    group: str
    feature: str
    scenario: str
    mutating: bool = False
    nodeid: str = ""


@dataclass(frozen=True)
class TableRow:
    """A row of the matrix; ``cells`` stand in the order of the guarantees. ``holes`` counts those
    of them that nothing was said about.
    """

    table: str
    cells: tuple[Cell, ...]
    exercised: bool
    excused: bool = False
    holes: int = 0

    @property
    def counts(self) -> Mapping[Judged, int]:
        return Counter(cell.judged for cell in self.cells)

    @property
    def worst(self) -> Judged:
        return min(self.counts, key=ORDER.index, default=Judged.NOT_JUDGED)


@dataclass(frozen=True)
class Matrix:
    """Empty where nothing is known of tables."""

    guarantees: tuple[Guarantee, ...] = ()
    rows: tuple[TableRow, ...] = ()

    @property
    def groups(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one.group for one in self.guarantees))

    def heads(self) -> Mapping[str, str]:
        """What stands above each group's columns: the number of `04-changes`, unless another group
        has the same.
        """
        numbers = {name: _number(name) for name in self.groups}
        seldom = Counter(numbers.values())
        return {name: number if seldom[number] == 1 else name for name, number in numbers.items()}

    def cells(self) -> Iterator[tuple[str, Guarantee, Cell]]:
        """Every cell, table by table."""
        for row in self.rows:
            for guarantee, cell in zip(self.guarantees, row.cells, strict=True):
                yield row.table, guarantee, cell

    def of_group(self, row: TableRow, group: str) -> Mapping[Judged, int]:
        """How the guarantees of a group came out for one table."""
        return Counter(
            cell.judged
            for guarantee, cell in zip(self.guarantees, row.cells, strict=True)
            if guarantee.group == group
        )


def _number(group: str) -> str:
    number, _, words = group.partition("-")
    return number if number.isdigit() and words else group


def matrix_of(outcomes: Iterable[Outcome], coverage: Coverage) -> Matrix:
    """The mapped tables in their order; behind them those a guarantee named that are not mapped."""
    columns = sorted(filter(_is_about_rows, outcomes), key=lambda one: one.group)
    names = dict.fromkeys([*coverage.tables, *(name for one in columns for name in one.cells)])
    return Matrix(
        tuple(
            Guarantee(one.group, one.feature, one.scenario, one.mutating, one.nodeid)
            for one in columns
        ),
        tuple(_row(name, columns, coverage) for name in names),
    )


def _is_about_rows(outcome: Outcome) -> bool:
    """One that changes rows of every table and says nothing of any is not left out for that."""
    return bool(outcome.cells) or (outcome.mutating and outcome.every)


def _row(table: str, columns: list[Outcome], coverage: Coverage) -> TableRow:
    cells = tuple(_cell(table, one, coverage) for one in columns)
    return TableRow(
        table,
        cells,
        any(
            one.mutating and cell.judged in EXERCISED
            for one, cell in zip(columns, cells, strict=True)
        ),
        coverage.excuse(table) is not None,
        sum(cell.words == NO_WORD for cell in cells),
    )


def _cell(table: str, outcome: Outcome, coverage: Coverage) -> Cell:
    cell = outcome.cells.get(table) or _unsaid(table, outcome, coverage)
    excuse = coverage.excuse(table)
    if cell.judged is Judged.EXCUSED and excuse is None:
        return Cell(Judged.NOT_JUDGED, _not_excused(table, coverage))
    if cell.judged is Judged.NOT_JUDGED and excuse is not None and outcome.mutating:
        return Cell(Judged.EXCUSED, excuse.words)
    if cell.judged is Judged.HOLDS and not _explained(outcome):
        return Cell(Judged.NOT_JUDGED, first_line(outcome.message) or outcome.outcome)
    return cell


def _unsaid(table: str, outcome: Outcome, coverage: Coverage) -> Cell:
    if table not in coverage.tables or not outcome.every:
        return Cell(Judged.NOT_CONCERNED)
    if outcome.outcome != "passed" and not outcome.cells:
        return Cell(Judged.NOT_JUDGED, first_line(outcome.message) or outcome.outcome)
    return Cell(Judged.NOT_JUDGED, NO_WORD)


def _not_excused(table: str, coverage: Coverage) -> str:
    expired = coverage.expired(table)
    return (
        f"its excuse has expired: {expired.words}"
        if expired is not None
        else "it was left out, and no excuse of it is agreed"
    )


def _explained(outcome: Outcome) -> bool:
    """Whether the cells say why the guarantee does not hold; one that ended otherwise did not reach
    its end for any table.
    """
    means = _MEANS.get(outcome.outcome)
    return means is None or bool(outcome.tables(means))


def first_line(words: str) -> str:
    return words.partition("\n")[0]


def settled(outcome: Outcome, coverage: Coverage | None = None) -> Outcome:
    """The outcome as its cells have it: one table that is broken breaks the guarantee, and one that
    could not be judged, and is not excused, keeps it from holding.
    """
    broken, unjudged = (outcome.tables(one) for one in (Judged.BROKEN, Judged.NOT_JUDGED))
    if coverage is not None and outcome.mutating:
        unjudged = tuple(table for table in unjudged if coverage.excuse(table) is None)
    if broken and outcome.outcome != "failed":
        return _told("failed", broken, outcome)
    if unjudged and outcome.outcome == "passed":
        return _told("error", unjudged, outcome)
    return outcome


def _told(word: str, tables: Sequence[str], outcome: Outcome) -> Outcome:
    lines = [outcome.cells[table].told_of(table) for table in tables]
    return replace(outcome, outcome=word, message="\n".join(lines))
