"""The matrix on a terminal: readable with many tables, and whatever does not hold is told."""

from __future__ import annotations

import datetime as dt

from fixtures.reporting.coverage_lines import NAME, TABLES, WORDS, coverage_lines
from reconciliation.verdict import Cell, Course, Coverage, Judged, Outcome, declare

HOLDS = Cell(Judged.HOLDS)
BROKEN = Cell(Judged.BROKEN, "2 of 3 rows:\nrow 1 differs\nrow 2 differs")


def lines(
    tables: tuple[str, ...], broken: tuple[str, ...] = (), group: str = "04-changes"
) -> list[str]:
    cells = {table: BROKEN if table in broken else HOLDS for table in tables}
    outcomes = [
        Outcome(group, "f", "It arrives", "passed", cells=cells, mutating=True),
        Outcome("07-tables", "f", "All agree", "passed", cells=dict.fromkeys(tables, HOLDS)),
    ]
    coverage = Coverage(tables, dt.date(2026, 12, 1))
    return coverage_lines(declare(outcomes, [group], Course(coverage=coverage)))


def test_a_line_a_table_and_a_column_a_group() -> None:
    head, *rest = lines(("pay.fee", "pay.invoice"), ("pay.fee",))
    assert head.startswith("  2 mapped tables, 2 guarantees about rows: x broken, ? not judged,")
    assert rest == [
        "  table        04  07",
        "  pay.fee      x1  +1",
        "  pay.invoice  +1  +1",
        "  pay.fee: 1 broken: It arrives: 2 of 3 rows: row 1 differs",
    ]
    assert lines(("pay.fee",))[0].startswith("  1 mapped table, 2 guarantees")


def test_of_very_many_tables_those_are_shown_that_do_not_hold() -> None:
    tables = tuple(f"t{number:03}" for number in range(TABLES + 1))
    assert lines(tables, ("t007",))[1:] == [
        "  table  04  07",
        "  t007   x1  +1",
        f"  {TABLES} tables more, for which everything holds",
        "  t007: 1 broken: It arrives: 2 of 3 rows: row 1 differs",
    ]
    assert len(lines(tables[:-1])) == TABLES + 2


def test_long_names_are_cut() -> None:
    told = lines((f"pay.{'n' * 200}",), group=f"own-{'g' * 200}")
    assert all(len(line) < NAME + WORDS for line in told)


def test_where_no_guarantee_is_about_rows_nothing_is_drawn() -> None:
    assert coverage_lines(declare([Outcome("a", "f", "s", "passed")], ["a"])) == []
