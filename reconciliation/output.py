"""Where a run's report goes besides the terminal: files the options name, and the history of the environment."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from reconciliation.errors import EnvironmentFault, UsageError
from reconciliation.report import RunReport, render_json
from reconciliation.report import history as past
from reconciliation.report.differences_file import NoWriter, check_writable, write_differences


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The options every command has."""
    command.add_argument("--json", action="store_true", help="print the report as one JSON object")
    command.add_argument("--html", metavar="DIR", type=Path,
                         help="write the report there as HTML and JSON, and all differences as CSV")  # fmt: skip
    command.add_argument("--junit", metavar="FILE", type=Path, help="write a JUnit report, a test case per table")
    command.add_argument("--differences", metavar="FILE", type=Path, action="append", default=[],
                         help="write every difference to FILE.csv or FILE.parquet; may be repeated")  # fmt: skip
    command.add_argument("--no-history", action="store_true",
                         help="neither add this run to reports/history nor show the runs before it")  # fmt: skip


def check(options: argparse.Namespace) -> None:
    """Raises UsageError for what could not be written at the end; to be called before anything connects."""
    if options.html and options.html.exists() and not options.html.is_dir():
        raise UsageError(f"--html {options.html} is a file; name a directory")
    for name, path in (("--junit", options.junit), *(("--differences", path) for path in options.differences)):
        if path and path.is_dir():
            raise UsageError(f"{name} {path} is a directory; name a file")
    try:
        for path in options.differences:
            check_writable(path)
    except NoWriter as error:
        raise UsageError(str(error)) from None


def deliver(report: RunReport, options: argparse.Namespace, reports: Path) -> None:
    """Print the report and write the files. EnvironmentFault for a file that cannot be written."""
    if not options.no_history and report.scope != "checks":
        report = remembered(report, reports)
    if options.json:
        sys.stdout.write(render_json(report))
    else:
        from reconciliation.report import render_terminal  # slow to import, as are the page and JUnit

        render_terminal(report)
    try:
        for path in _written(report, options):
            print(f"written: {path}", file=sys.stderr)
    except OSError as error:
        raise EnvironmentFault(f"{error.filename or 'a report'} cannot be written: {error.strerror}") from None


def _written(report: RunReport, options: argparse.Namespace) -> list[Path]:
    paths: list[Path] = []
    if options.html:
        from reconciliation.report.write import write

        paths += write(report, options.html)
    if options.junit:
        from reconciliation.report.as_junit import write_junit

        write_junit(report, options.junit)
        paths.append(options.junit)
    for path in options.differences:
        write_differences(report, path)
        paths.append(path)
    return paths


def remembered(report: RunReport, reports: Path) -> RunReport:
    """The report with the runs before it, itself the last of them; a history that cannot be kept is a note."""
    where = past.directory(reports)
    if where is None:
        return report
    note = None
    try:
        past.append(report, where)
    except OSError as error:
        note = f"this run could not be added to the history: {error.strerror}: {error.filename or where}"
    found = past.read(report.environment, where)
    if found.damaged:
        note = f"{found.damaged} damaged lines of the history were left out" + (f"; {note}" if note else "")
    return replace(report, history=found.runs, history_note=note)
