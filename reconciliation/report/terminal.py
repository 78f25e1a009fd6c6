"""The terminal rendering: counts first, then every group of differences with a few examples, the verdict last."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from rich.console import Console as _Console
from rich.markup import escape
from rich.table import Table

from reconciliation.describe import describe
from reconciliation.endings import Colour
from reconciliation.group_words import in_words
from reconciliation.model import Status, TableResult
from reconciliation.report.examples import examples, kept_words
from reconciliation.report.history import rows_per_second
from reconciliation.report.model import RunReport

#: differences printed of every group, and of a table altogether; the rest is counted
PER_GROUP, SHOWN = 3, 40
#: characters of a line where standard output is a file or a pipe
PIPE_WIDTH = 140
_STYLES = {Colour.GREEN: "bold green", Colour.RED: "bold red", Colour.AMBER: "bold yellow", Colour.BLUE: "bold blue"}
_STATUS = {Status.EQUAL: "green", Status.DIVERGENT: "red", Status.IN_FLIGHT: "yellow", Status.NOT_JUDGED: "yellow"}


class Console(_Console):
    """A reader that goes away (``| head``) is an OSError like any other; rich would end the process with 1."""

    def on_broken_pipe(self) -> None:
        raise  # it is called where the error is being handled


def render_terminal(report: RunReport, console: Console | None = None) -> None:
    """Print the report to ``console`` (default: standard output; coloured only on a terminal, never with NO_COLOR)."""
    out = console or Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)
    out.print(f"[bold]{escape(report.title)}[/]  run {escape(report.run_id)}  {report.seconds:.1f} s")
    if report.outcomes:
        out.print("  ".join(f"{count} {name}" for name, count in sorted(report.counts.items())))
    if report.tables:
        out.print(_tables(report.tables, out.width))
    for result in report.tables:
        for line in _table_lines(result, report.sensitive):
            out.print(line, markup=False, soft_wrap=True)
    for finding in report.findings:
        out.print(f"{finding.check}: {finding.message}", markup=False, soft_wrap=True)
    if report.untidy:
        out.print("accepted differences to be tidied up; the verdict is not about them:")
    for entry in report.untidy:
        one = entry.difference
        columns = ", ".join((*one.columns, *one.vanished))
        out.print(f"  {one.table} {columns}: {one.rule}, until {one.expires}, {one.owner}: {entry.words}",
                  markup=False, soft_wrap=True)  # fmt: skip
    if report.history_note:
        out.print(report.history_note, markup=False, soft_wrap=True)
    out.print(f"\n[{_STYLES[report.ending.colour]}]{report.headline}[/]")
    for reason in report.reasons:
        out.print(f"  {reason}", markup=False, soft_wrap=True)
    for heading, lines in (("not judged", report.not_judged), ("not in this scope", report.out_of_scope)):
        for line in lines:
            out.print(f"  {heading}: {line}", markup=False, soft_wrap=True)


#: characters of a table's name that stay on one line at least
_NAME = 24


def _tables(results: tuple[TableResult, ...], width: int) -> Table | str:
    """The counts as a table; where a terminal has no room for every digit, as lines: no number is ever cut."""
    heads = (*results[0].sides, "equal", "differ", "missing", "extra", "in flight", "rows/s")
    rows = [_cells(result) for result in results]
    columns = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    if min(_NAME, max(len(result.table) for result in results)) + sum(columns) + 2 * len(columns) + 13 > width:
        return "\n".join(f"{escape(result.table)}: [{_STATUS[result.status]}]{result.status.value}[/]\n  "
                         + ", ".join(f"{head} {cell}" for head, cell in zip(heads, row, strict=True) if cell != "0")
                         for result, row in zip(results, rows, strict=True))  # fmt: skip
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("table", overflow="fold", min_width=12)
    table.add_column("status", no_wrap=True)
    for name in heads:
        table.add_column(name, justify="right", no_wrap=True)
    for result, row in zip(results, rows, strict=True):
        table.add_row(escape(result.table), f"[{_STATUS[result.status]}]{result.status.value}[/]", *row)
    return table


def _cells(result: TableResult) -> list[str]:
    rate = rows_per_second(result)
    counts = (result.source_rows, result.target_rows, result.equal_rows, result.differing_rows, result.missing_rows,
              result.extra_rows, result.in_flight_rows)  # fmt: skip
    return [*(f"{count:,}" for count in counts), "-" if rate is None else f"{rate:,.0f}"]


def _table_lines(result: TableResult, sensitive: tuple[str, ...]) -> Iterator[str]:
    if result.reason:
        yield f"{result.table}: {result.reason}"
    for note in result.notes:
        yield f"{result.table}: {note}"
    for words in result.not_compared:
        yield f"{result.table}: not compared: {words}"
    if result.filters:
        words = " and ".join(f"{text} in {side}" for text, side in zip(result.filters, result.sides, strict=True))
        yield f"{result.table}: compared were only rows with {words}"
    left = SHOWN
    for group, items in examples(result, PER_GROUP):
        column = f"{group.source_column} -> {group.target_column}" if group.source_column else "whole rows"
        cause = in_words(group)
        yield f"{result.table}: {column}: {group.rows} {group.kind.value}{f', {cause}' if cause else ''}"
        shown = items[:left]
        left -= len(shown)
        for difference in shown:
            yield "  " + describe(difference, sensitive)
        if group.rows > len(shown):
            yield f"  ... and {group.rows - len(shown):,} more of these in the report"
    if (left_out := kept_words(result)) is not None:
        yield f"{result.table}: {left_out}"
