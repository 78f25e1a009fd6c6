"""The JUnit rendering: a test case per table. Counts and groups only: no value of any row."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from reconciliation.describe import unreadable_words
from reconciliation.differences.group_words import in_words
from reconciliation.model import Finding, Status, TableResult
from reconciliation.process.files import write_text
from reconciliation.report.examples import kept_words
from reconciliation.report.junit import Case, add, case, document, tell
from reconciliation.report.model import RunReport


def render_junit(report: RunReport) -> str:
    """One test suite: failures for what differs or was found, errors for what was not judged."""
    cases = [
        *(_table_case(report, table) for table in report.tables),
        *_finding_cases(report),
        *_unjudged_cases(report),
    ]
    if not cases:
        cases = [_case(report, report.question, report.seconds)]
    facts = {
        "run_id": report.run_id,
        "verdict": report.ending.word,
        "scope": report.scope.value,
        **report.versions,
    }
    return document(
        f"reconciliation {report.environment}", cases, report.started, report.seconds, facts
    )


def write_junit(report: RunReport, path: Path) -> None:
    """The same into a file, whose directory is made. Raises Unwritten."""
    write_text(path, render_junit(report))


def _case(report: RunReport, name: str, seconds: float = 0.0) -> Case:
    return case(f"reconciliation.{report.environment}", name, seconds)


def _table_case(report: RunReport, table: TableResult) -> Case:
    made = _case(report, f"{table.table} -> {table.target_table}", table.seconds)
    if table.status is Status.DIVERGENT:
        message = (
            f"{table.differing_rows} rows differ, {table.missing_rows} are missing "
            f"in {table.sides[1]}, {table.extra_rows} are only in {table.sides[1]}"
        )
        message += f"; {table.reason}" if table.unreadable else ""
        add(made, "failure", message, _group_lines(table))
    elif table.status is Status.IN_FLIGHT:
        add(
            made,
            "error",
            f"not judged: {table.in_flight_rows} rows are in flight: "
            f"{table.reason or 'they kept changing while they differed'}",
            (),
        )
    elif table.status is Status.NOT_JUDGED:
        add(made, "error", f"not judged: {table.reason}", _group_lines(table))
    tell(made, _figures(table))
    return made


def _group_lines(table: TableResult) -> Iterable[str]:
    for group in table.groups:
        where = (
            f"{group.source_column} -> {group.target_column}"
            if group.source_column
            else "whole rows"
        )
        cause = in_words(group)
        yield f"{where}: {group.rows} {group.kind.value}" + (f", {cause}" if cause else "")
    if (left_out := kept_words(table)) is not None:
        yield left_out


def _figures(table: TableResult) -> Iterable[str]:
    yield f"status: {table.status.value}"
    for name, count in (
        (f"rows in {table.sides[0]}", table.source_rows),
        (f"rows in {table.sides[1]}", table.target_rows),
        ("equal", table.equal_rows),
        ("differ", table.differing_rows),
        ("missing", table.missing_rows),
        ("extra", table.extra_rows),
        ("in flight", table.in_flight_rows),
        ("unreadable", table.unreadable_rows),
        ("looked at again", table.rechecked_rows),
    ):
        yield f"{name}: {count}"
    for heading, counts in (("reduced", table.reductions), ("accepted", table.accepted_values)):
        yield from (f"{heading}: {name}: {count} values" for name, count in counts.items())
    yield from (f"cannot be read: {unreadable_words(cell)}" for cell in table.unreadable)
    yield from (f"not compared: {words}" for words in table.not_compared)
    yield from (
        f"only rows with: {text} in {side}"
        for text, side in zip(table.filters, table.sides, strict=False)
    )
    if table.method:
        yield f"compared by: {table.method}"
    if table.watermark:
        yield f"holds up to: {table.watermark}"


def _finding_cases(report: RunReport) -> Iterable[Case]:
    """One case a check, with all it found."""
    by_check = sorted(report.findings, key=lambda finding: finding.check)
    for check, items in groupby(by_check, key=lambda finding: finding.check):
        found: list[Finding] = list(items)
        made = _case(report, check)
        add(
            made,
            "failure",
            f"{len(found)} {'finding' if len(found) == 1 else 'findings'} of {check}",
            [finding.message for finding in found],
        )
        yield made


def _unjudged_cases(report: RunReport) -> Iterable[Case]:
    for one in report.unjudged:
        made = _case(report, one.subject)
        add(made, "error", f"not judged: {one.reason}", ())
        yield made
