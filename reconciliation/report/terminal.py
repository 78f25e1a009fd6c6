"""The terminal rendering: the verdict, what broke, the tables, at most a screenful of differences."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from reconciliation.describe import describe
from reconciliation.model import Status, TableResult
from reconciliation.report.model import RunReport
from reconciliation.verdict import Verdict

#: differences printed per table; the rest is counted
SHOWN = 20
_STYLES = {Verdict.READY: "bold green", Verdict.NOT_READY: "bold red", Verdict.NOT_JUDGED: "bold yellow"}
_STATUS = {Status.EQUAL: "green", Status.DIVERGENT: "red", Status.IN_FLIGHT: "yellow", Status.NOT_JUDGED: "yellow"}


def render_terminal(report: RunReport, console: Console | None = None) -> None:
    """Print the report to ``console`` (default: standard output, wide when it is a file or a pipe)."""
    out = console or Console(highlight=False, width=None if sys.stdout.isatty() else 140)
    out.print(f"[bold]{escape(report.title)}[/]  run {escape(report.run_id)}  {report.seconds:.1f} s")
    if report.outcomes:
        out.print("  ".join(f"{count} {name}" for name, count in sorted(report.counts.items())))
    if report.tables:
        out.print(_tables(report.tables))
    for result in report.tables:
        for line in _table_lines(result, report.sensitive):
            out.print(line, markup=False, soft_wrap=True)
    for finding in report.findings:
        out.print(f"{finding.check}: {finding.message}", markup=False, soft_wrap=True)
    for entry in report.accepted:
        if entry.expired:
            out.print(f"accepted difference {entry.difference.rule} on {entry.difference.table} expired on "
                      f"{entry.difference.expires}; owner: {entry.difference.owner}", markup=False)  # fmt: skip
    out.print(f"\n[{_STYLES[report.verdict]}]{report.headline}[/]")
    for reason in report.reasons:
        out.print(f"  {reason}", markup=False, soft_wrap=True)


def _tables(results: tuple[TableResult, ...]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("table", overflow="fold")
    table.add_column("status", no_wrap=True)
    for name in (*results[0].sides, "equal", "differ", "missing", "extra", "in flight"):
        table.add_column(name, justify="right")
    for result in results:
        counts = (result.source_rows, result.target_rows, result.equal_rows, result.differing_rows,
                  result.missing_rows, result.extra_rows, result.in_flight_rows)  # fmt: skip
        status = f"[{_STATUS[result.status]}]{result.status.value}[/]"
        table.add_row(escape(result.table), status, *(f"{count:,}" for count in counts))
    return table


def _table_lines(result: TableResult, sensitive: tuple[str, ...]) -> Iterator[str]:
    if result.reason:
        yield f"{result.table}: {result.reason}"
    for words in result.not_compared:
        yield f"{result.table}: not compared: {words}"
    if result.filters:
        words = " and ".join(f"{text} in {side}" for text, side in zip(result.filters, result.sides, strict=True))
        yield f"{result.table}: compared were only rows with {words}"
    for group in result.groups:
        column = f"{group.source_column} -> {group.target_column}" if group.source_column else "whole rows"
        yield f"{result.table}: {column}: {group.rows} {group.kind.value}{f', {group.cause}' if group.cause else ''}"
    for difference in result.differences[:SHOWN]:
        yield "  " + describe(difference, sensitive)
    if len(result.differences) > SHOWN:
        yield f"  ... and {len(result.differences) - SHOWN} more in the report"
