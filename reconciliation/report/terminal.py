"""The terminal rendering: counts first, then every group of differences with a few examples, the
verdict last.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

from rich.console import Console as _Console
from rich.table import Table
from rich.text import Text

from reconciliation.describe import describe
from reconciliation.differences.group_words import in_words
from reconciliation.endings import Colour
from reconciliation.model import Status, TableResult
from reconciliation.process.visible import visible
from reconciliation.report.examples import examples, kept_words
from reconciliation.report.history import rows_per_second
from reconciliation.report.model import RunReport

#: differences printed of every group, and of a table altogether; the rest is counted
PER_GROUP, SHOWN = 3, 40
#: characters of a line where standard output is a file or a pipe
PIPE_WIDTH = 140
_STYLES = {
    Colour.GREEN: "bold green",
    Colour.RED: "bold red",
    Colour.AMBER: "bold yellow",
    Colour.BLUE: "bold blue",
}
_STATUS = {
    Status.EQUAL: "green",
    Status.DIVERGENT: "red",
    Status.IN_FLIGHT: "yellow",
    Status.NOT_JUDGED: "yellow",
}


class Console(_Console):
    """A reader that goes away (``| head``) is an OSError like any other; rich would end the process
    with 1.
    """

    def on_broken_pipe(self) -> None:
        raise  # it is called where the error is being handled


def render_terminal(report: RunReport, console: _Console | None = None) -> None:
    """Print the report to ``console`` (default: standard output; coloured only on a terminal, never
    with NO_COLOR).

    Names and values are printed as they are: no markup and no emoji is made of them, and no
    terminal obeys them.
    """
    out = console or Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)
    run = f"  run {visible(report.run_id)}  {report.seconds:.1f} s"
    out.print(Text.assemble((visible(report.title), "bold"), run), soft_wrap=True)
    if report.outcomes:
        out.print(
            Text("  ".join(f"{count} {name}" for name, count in sorted(report.counts.items())))
        )
    if report.tables:
        out.print(_tables(report.tables, out.width))
    for line in _lines(report):
        out.print(Text(visible(line)), soft_wrap=True)
    out.print(Text(f"\n{report.headline}", _STYLES[report.ending.colour]))
    against = (
        ("", report.reasons),
        ("not judged: ", report.not_judged),
        ("not in this scope: ", report.out_of_scope),
    )
    for heading, lines in against:
        for line in lines:
            out.print(Text(f"  {heading}{visible(line)}"), soft_wrap=True)


def _lines(report: RunReport) -> Iterator[str]:
    for result in report.tables:
        yield from _table_lines(result, report.sensitive)
    for finding in report.findings:
        yield f"{finding.check}: {finding.message}"
    if report.untidy:
        yield "accepted differences to be tidied up; the verdict is not about them:"
    for entry in report.untidy:
        one = entry.difference
        columns = ", ".join((*one.columns, *one.vanished))
        yield f"  {one.table} {columns}: {one.rule}, until {one.expires}, {one.owner}: {entry.words}"  # noqa: E501
    if report.history_note:
        yield report.history_note


#: characters of a table's name that stay on one line at least
_NAME = 24


def _tables(results: tuple[TableResult, ...], width: int) -> Table | Text:
    """The counts as a table; where a terminal has no room for every digit, as lines: no number is
    ever cut.
    """
    heads = (*results[0].sides, "equal", "differ", "missing", "extra", "in flight", "rows/s")
    rows = [_cells(result) for result in results]
    columns = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    if (
        min(_NAME, max(len(visible(result.table)) for result in results))
        + sum(columns)
        + 2 * len(columns)
        + 13
        > width
    ):
        return Text("\n").join(
            _narrow(result, heads, row) for result, row in zip(results, rows, strict=True)
        )
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("table", overflow="fold", min_width=12)
    table.add_column("status", no_wrap=True)
    for name in heads:
        table.add_column(name, justify="right", no_wrap=True)
    for result, row in zip(results, rows, strict=True):
        table.add_row(Text(visible(result.table)), _status(result), *row)
    return table


def _narrow(result: TableResult, heads: Sequence[str], row: Sequence[str]) -> Text:
    counts = ", ".join(
        f"{head} {cell}" for head, cell in zip(heads, row, strict=True) if cell != "0"
    )
    return Text(f"{visible(result.table)}: ") + _status(result) + Text(f"\n  {counts}")


def _status(result: TableResult) -> Text:
    return Text(result.status.value, _STATUS[result.status])


def _cells(result: TableResult) -> list[str]:
    rate = rows_per_second(result)
    counts = (
        result.source_rows,
        result.target_rows,
        result.equal_rows,
        result.differing_rows,
        result.missing_rows,
        result.extra_rows,
        result.in_flight_rows,
    )
    return [*(f"{count:,}" for count in counts), "-" if rate is None else f"{rate:,.0f}"]


def _table_lines(result: TableResult, sensitive: tuple[str, ...]) -> Iterator[str]:
    if result.reason:
        yield f"{result.table}: {result.reason}"
    for note in result.notes:
        yield f"{result.table}: {note}"
    for words in result.not_compared:
        yield f"{result.table}: not compared: {words}"
    if result.filters:
        words = " and ".join(
            f"{text} in {side}" for text, side in zip(result.filters, result.sides, strict=True)
        )
        yield f"{result.table}: compared were only rows with {words}"
    left = SHOWN
    for group, items in examples(result, PER_GROUP):
        column = (
            f"{group.source_column} -> {group.target_column}"
            if group.source_column
            else "whole rows"
        )
        cause = in_words(group)
        yield (
            f"{result.table}: {column}: {group.rows} "
            f"{group.kind.value}{f', {cause}' if cause else ''}"
        )
        shown = items[:left]
        left -= len(shown)
        for difference in shown:
            yield "  " + describe(difference, sensitive)
        if group.rows > len(shown):
            yield f"  ... and {group.rows - len(shown):,} more of these in the report"
    if (left_out := kept_words(result)) is not None:
        yield f"{result.table}: {left_out}"
