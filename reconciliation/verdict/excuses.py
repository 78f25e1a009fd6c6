"""What a matrix lacks, and what is excused, in words that name tables, groups, owners and dates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from reconciliation.verdict.matrix import NO_WORD, Matrix, TableRow
from reconciliation.verdict.model import Coverage, Judged, Scope

#: tables told by name in one line
NAMED = 8


def coverage_lines(matrix: Matrix, coverage: Coverage, scope: Scope) -> tuple[str, ...]:
    """What keeps mapped tables from being covered, by name; empty when nothing does.

    Only a run that set out to judge everything has to have changed every table; a guarantee about
    every table has to have a word on each in any scope.
    """
    if scope is Scope.FULL and not coverage.tables:
        return ("no table is mapped",)
    lines = [*_expired(coverage)] if scope is Scope.FULL else []
    lines += _holes(matrix)
    if scope is Scope.FULL:
        lines += _not_exercised(matrix, coverage)
    return tuple(lines)


def _expired(coverage: Coverage) -> Iterator[str]:
    for one in coverage.past:
        yield f"the excuse of {one.words} has expired"


def _holes(matrix: Matrix) -> Iterator[str]:
    """In one line: a guarantee that overlooks a table may well overlook many."""
    found = [row for row in matrix.rows if row.holes]
    if found:
        told = [f"{row.table} ({row.holes} of {len(row.cells)} guarantees)" for row in found]
        yield f"no word on {named(told)}"


def _not_exercised(matrix: Matrix, coverage: Coverage) -> Iterator[str]:
    idle = [
        row
        for row in matrix.rows
        if row.table in coverage.tables and not row.exercised and not row.excused
    ]
    if idle:
        told = [row.table + _why(matrix, row) for row in idle]
        yield f"no change was judged in {named(told)}"


def _why(matrix: Matrix, row: TableRow) -> str:
    """What most of its guarantees say kept them from judging it."""
    words = Counter(
        cell.words.removeprefix(f"{row.table}: ")
        for guarantee, cell in zip(matrix.guarantees, row.cells, strict=True)
        if guarantee.mutating and cell.judged is Judged.NOT_JUDGED and cell.words != NO_WORD
    )
    return f" ({words.most_common(1)[0][0]})" if words else ""


def counted(number: int, word: str) -> str:
    return f"{number} {word if number == 1 else f'{word}s'}"


def named(told: Sequence[str]) -> str:
    """The first of some names, and how many there are beside them."""
    rest = f" and {len(told) - NAMED} more" if len(told) > NAMED else ""
    return ", ".join(told[:NAMED]) + rest


def excused_words(coverage: Coverage) -> tuple[str, ...]:
    """The excuses in force, of mapped tables and of groups that were left out by them."""
    return (
        *(f"table {one.words}" for one in coverage.tables_in_force),
        *(f"group {one.words}" for one in coverage.groups_in_force),
    )


def excused_in_words(coverage: Coverage) -> str:
    """For the end of a sentence: how many tables and groups are excused, and which."""
    both = (("table", coverage.tables_in_force), ("group", coverage.groups_in_force))
    return "".join(
        f"; {counted(len(found), word)} excused: {named([one.words for one in found])}"
        for word, found in both
        if found
    )
