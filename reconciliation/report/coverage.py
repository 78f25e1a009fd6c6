"""What the page says about coverage: mapped tables in rows, guarantees in numbered columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciliation.verdict import ORDER, Cell, Guarantee, Judged, Matrix, TableRow

#: by how a cell came out: its colour on the page and its sign, for those who cannot tell colours
SIGNS: Mapping[Judged, tuple[str, str]] = {
    Judged.HOLDS: ("good", "✓"),
    Judged.BROKEN: ("bad", "✗"),
    Judged.NOT_JUDGED: ("unsure", "?"),
    Judged.EXCUSED: ("idle", "e"),
    Judged.NOT_CONCERNED: ("none", "·"),
}
#: reasons that are spelled out below the matrix
SPELLED_OUT = 200
#: lines of a reason under the pointer
POINTED_AT = 5


@dataclass(frozen=True)
class CellView:
    """``title`` is what a pointer that rests on it says; ``first``: of its group."""

    css: str
    sign: str
    title: str
    first: bool


@dataclass(frozen=True)
class RowView:
    table: str
    cells: Sequence[CellView]


@dataclass(frozen=True)
class GroupHead:
    """The columns of one group, with their numbers."""

    name: str
    short: str
    columns: Sequence[tuple[int, Guarantee]]


@dataclass(frozen=True)
class Against:
    """The guarantees that do not hold for a table for one and the same reason, the first of them in
    its words.
    """

    table: str
    numbers: Sequence[int]
    first: Guarantee
    judged: Judged
    words: str


@dataclass(frozen=True)
class CoverageView:
    """``left_out`` counts the reasons that ``against`` would hold beside those it does."""

    heads: Sequence[GroupHead]
    rows: Sequence[RowView]
    against: Sequence[Against]
    left_out: int
    legend: Sequence[tuple[str, str]]


def coverage_view(matrix: Matrix) -> CoverageView | None:
    """None where no guarantee said anything of a table."""
    if not matrix.guarantees or not matrix.rows:
        return None
    against = sorted(_against(matrix), key=lambda one: ORDER.index(one.judged))
    return CoverageView(
        tuple(_heads(matrix)),
        tuple(_row(matrix, row) for row in matrix.rows),
        against[:SPELLED_OUT],
        len(against[SPELLED_OUT:]),
        tuple((css, f"{sign} {judged.value}") for judged, (css, sign) in SIGNS.items()),
    )


def _heads(matrix: Matrix) -> Iterator[GroupHead]:
    heads = matrix.heads()
    numbered = list(enumerate(matrix.guarantees, 1))
    for group in matrix.groups:
        yield GroupHead(
            group,
            heads[group],
            tuple(pair for pair in numbered if pair[1].group == group),
        )


def _row(matrix: Matrix, row: TableRow) -> RowView:
    firsts = {number for head in _heads(matrix) for number, _ in head.columns[:1]}
    cells = tuple(
        CellView(
            *SIGNS[cell.judged],
            _title(f"{number} {guarantee.scenario}", cell.judged, cell.words),
            number in firsts,
        )
        for number, (guarantee, cell) in enumerate(
            zip(matrix.guarantees, row.cells, strict=True), 1
        )
    )
    return RowView(row.table, cells)


def _title(what: str, judged: Judged, words: str) -> str:
    lines = words.splitlines()
    more = ["..."] if len(lines) > POINTED_AT else []
    return "\n".join([f"{what}: {judged.value}", *lines[:POINTED_AT], *more])


def _against(matrix: Matrix) -> Iterator[Against]:
    for row in matrix.rows:
        found: dict[Cell, list[int]] = {}
        for number, cell in enumerate(row.cells, 1):
            if cell.judged in (Judged.BROKEN, Judged.NOT_JUDGED):
                found.setdefault(cell, []).append(number)
        for cell, numbers in found.items():
            first = matrix.guarantees[numbers[0] - 1]
            yield Against(row.table, numbers, first, cell.judged, cell.words)
