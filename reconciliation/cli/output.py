"""Where a run's report goes besides the terminal: files the options name, and the history of the
environment.
"""

from __future__ import annotations

import argparse
import errno
import io
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TextIO

from reconciliation.errors import EnvironmentFault, Unwritten, UsageError, unwritten_words
from reconciliation.process import unforeseen
from reconciliation.process.files import refuse_directory, refuse_file, remove
from reconciliation.process.visible import visible_lines
from reconciliation.report import RunReport, render_json
from reconciliation.report import history as past
from reconciliation.report.differences_file import NoWriter, check_writable, write_differences
from reconciliation.report.write import places, write
from reconciliation.verdict import Verdict

STANDARD_OUTPUT = "standard output"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """The options every command has."""
    command.add_argument("--json", action="store_true", help="print the report as one JSON object")
    command.add_argument(
        "--html",
        metavar="DIR",
        type=Path,
        help="write the report there as HTML and JSON, and all differences as CSV",
    )
    command.add_argument(
        "--junit", metavar="FILE", type=Path, help="write a JUnit report, a test case per table"
    )
    command.add_argument(
        "--differences",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="write every difference to FILE.csv or FILE.parquet; may be repeated",
    )
    command.add_argument(
        "--no-history",
        action="store_true",
        help="neither add this run to reports/history nor show the runs before it",
    )


def check(options: argparse.Namespace) -> None:
    """Raises UsageError for what could not be written at the end; to be called before anything
    connects.
    """
    if options.html:
        refuse_directory("--html", options.html)
        for path in places(options.html):
            refuse_file("--html:", path)
    for name, path in (
        ("--junit", options.junit),
        *(("--differences", path) for path in options.differences),
    ):
        if path:
            refuse_file(name, path)
    if getattr(options, "checkpoints", None):
        refuse_directory("--checkpoints", options.checkpoints)
    try:
        for path in options.differences:
            check_writable(path)
    except NoWriter as error:
        raise UsageError(str(error)) from None


def take_away_old(options: argparse.Namespace) -> None:
    """No file of an earlier run stays where this run's will stand: a run that is killed leaves none
    that speaks for it.

    To be called when all that was asked for can be meant, and before anything connects. Raises
    Unwritten.
    """
    repair = getattr(options, "repair", None)
    remove([*_report_files(options), *options.differences, *([repair] if repair else [])])


def _report_files(options: argparse.Namespace) -> list[Path]:
    return [
        *(places(options.html) if options.html else ()),
        *([options.junit] if options.junit else []),
    ]


def deliver(report: RunReport, options: argparse.Namespace, reports: Path) -> RunReport:
    """Write the files, then print the report; gives it as it was printed.

    With a file missing a run is not READY: what was written of it is taken away again, and what is
    printed says why. EnvironmentFault when something could not be written or printed; everything
    else was.
    """
    is_kept = not options.no_history and report.subject != "checks"
    if is_kept:
        report = with_history(report, reports)
    missing = _write_all(report, options, reports)
    if missing and report.verdict is Verdict.READY:
        report = _not_whole(report, missing, options)
        report = with_history(report, reports) if is_kept else report
    try:
        with _mistakes_told(STANDARD_OUTPUT, reports):
            _show(report, options)
    except Unwritten as reason:
        missing.append(reason)
    if missing and report.verdict is Verdict.READY:
        report = _not_whole(report, missing, options)
    note = remember(report, reports) if is_kept else None
    if note:
        complain(f"reconciliation: {visible_lines(note)}")
    if missing:
        raise EnvironmentFault(unwritten_words(missing))
    return report


def _not_whole(
    report: RunReport, missing: Sequence[Unwritten], options: argparse.Namespace
) -> RunReport:
    """What is left of READY; the files that say it are taken away."""
    with suppress(Unwritten):
        remove(_report_files(options))
    return replace(report, verdict=Verdict.NOT_JUDGED, not_judged=(unwritten_words(missing),))


def _write_all(report: RunReport, options: argparse.Namespace, reports: Path) -> list[Unwritten]:
    """Every file that was asked for; gives those that could not be written."""
    missing = []
    for place, writer in _writers(report, options):
        try:
            with _mistakes_told(place, reports):
                written = list(writer())
        except Unwritten as reason:
            missing.append(reason)
            continue
        for path in written:
            complain(f"written: {path}")
    return missing


@contextmanager
def _mistakes_told(place: Path | str, reports: Path) -> Iterator[None]:
    """What nobody foresaw in making one output keeps no other from being made. Raises Unwritten."""
    try:
        yield
    except Unwritten:
        raise
    except Exception as error:
        raise Unwritten(place, unforeseen.told(error, reports)) from error


def _writers(
    report: RunReport, options: argparse.Namespace
) -> Iterator[tuple[Path, Callable[[], Iterable[Path]]]]:
    """Each with the place it writes to."""
    if options.html:
        yield options.html, partial(write, report, options.html)
    if options.junit:
        yield options.junit, partial(_write_junit, report, options.junit)
    for path in options.differences:
        yield path, partial(_write_differences, report, path)


def _write_junit(report: RunReport, path: Path) -> list[Path]:
    from reconciliation.report.as_junit import write_junit  # slow to import

    write_junit(report, path)
    return [path]


def _write_differences(report: RunReport, path: Path) -> list[Path]:
    write_differences(report, path)
    return [path]


def _show(report: RunReport, options: argparse.Namespace) -> None:
    with printing():
        if options.json:
            sys.stdout.write(_json_for(sys.stdout, report))
        else:
            from reconciliation.report import render_terminal  # slow to import

            render_terminal(report)


@contextmanager
def printing() -> Iterator[None]:
    """For what writes to standard output and to nothing else. Raises Unwritten when not all of it
    was taken.
    """
    if sys.stdout is None:  # closed by whoever started the program
        raise Unwritten(STANDARD_OUTPUT, os.strerror(errno.EBADF))
    try:
        yield
        sys.stdout.flush()
    except OSError as error:
        let_go(sys.stdout)
        raise Unwritten(STANDARD_OUTPUT, error.strerror or str(error)) from None


def _json_for(stream: TextIO, report: RunReport) -> str:
    """JSON's own escapes for everything where the stream's encoding does not have all of it."""
    text = render_json(report)
    try:
        text.encode(stream.encoding or "utf-8")
    except UnicodeEncodeError:
        return json.dumps(json.loads(text), indent=2) + "\n"
    return text


def show_anything(stream: TextIO) -> None:
    """What the encoding of the stream does not have is shown as an escape, not refused: a row may
    hold anything.
    """
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")


def complain(line: str) -> None:
    """Say a line on standard error, if that takes it: nowhere is left to say that it does not."""
    try:
        print(line, file=sys.stderr, flush=True)
    except OSError:
        let_go(sys.stderr)


def let_go(stream: TextIO) -> None:
    """What is still buffered would fail again when the interpreter ends, and change the exit
    status.
    """
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
        stream.flush()


def with_history(report: RunReport, reports: Path) -> RunReport:
    """The report with the runs before it, itself the last of them. It is kept by ``remember``, once
    it has ended.
    """
    where = past.directory(reports)
    if where is None:
        return report
    found = past.read(report.environment, where)
    note = f"{found.damaged} damaged lines of the history were left out" if found.damaged else None
    return replace(report, history=past.with_own(found, report), history_note=note)


def remember(report: RunReport, reports: Path) -> str | None:
    """Add the run, as it ended, to the history of its environment; gives a line when that cannot be
    done.
    """
    where = past.directory(reports)
    try:
        if where is not None:
            past.append(report, where)
    except OSError as error:
        return (
            f"this run could not be added to the history: {error.strerror}: "
            f"{error.filename or where}"
        )
    return None
