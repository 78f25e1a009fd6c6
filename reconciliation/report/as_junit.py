"""The JUnit rendering: a test case per table, in the XML that Jenkins, GitLab and their like read.

The form is the one of Jenkins' xUnit plugin (jenkins-junit.xsd). Counts and groups only: no value of any row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from xml.etree import ElementTree

from reconciliation.files import write_text
from reconciliation.group_words import in_words
from reconciliation.model import Finding, Status, TableResult
from reconciliation.report.examples import kept_words
from reconciliation.report.model import RunReport

#: characters XML 1.0 cannot hold, not even escaped
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render_junit(report: RunReport) -> str:
    """One test suite: failures for what differs or was found, errors for what was not judged."""
    cases = [*(_table_case(report, table) for table in report.tables), *_finding_cases(report)]
    if not cases:
        cases = [_case(report, report.question, report.seconds)]
    suite = ElementTree.Element("testsuite", {
        "name": _clean(f"reconciliation {report.environment}"), "tests": str(len(cases)),
        "failures": _having(cases, "failure"), "errors": _having(cases, "error"), "skipped": "0",
        "time": f"{report.seconds:.3f}", "timestamp": f"{report.started:%Y-%m-%dT%H:%M:%S}",
    })  # fmt: skip
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in (("run_id", report.run_id), ("verdict", report.headline), *report.versions.items()):
        ElementTree.SubElement(properties, "property", {"name": _clean(name), "value": _clean(value)})
    suite.extend(cases)
    suites = ElementTree.Element("testsuites")
    suites.append(suite)
    ElementTree.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suites, encoding="unicode") + "\n"


def write_junit(report: RunReport, path: Path) -> None:
    """The same into a file, whose directory is made. Raises Unwritten."""
    write_text(path, render_junit(report))


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)


def _having(cases: Iterable[ElementTree.Element], outcome: str) -> str:
    return str(sum(case.find(outcome) is not None for case in cases))


def _case(report: RunReport, name: str, seconds: float = 0.0) -> ElementTree.Element:
    return ElementTree.Element("testcase", {
        "classname": _clean(f"reconciliation.{report.environment}"), "name": _clean(name), "time": f"{seconds:.3f}",
    })  # fmt: skip


def _add(case: ElementTree.Element, kind: str, message: str, lines: Iterable[str]) -> None:
    added = ElementTree.SubElement(case, kind, {"message": _clean(message), "type": kind})
    added.text = _clean("\n".join((message, *lines)))


def _table_case(report: RunReport, table: TableResult) -> ElementTree.Element:
    case = _case(report, f"{table.table} -> {table.target_table}", table.seconds)
    if table.status is Status.DIVERGENT:
        message = (f"{table.differing_rows} rows differ, {table.missing_rows} are missing in {table.sides[1]}, "
                   f"{table.extra_rows} are only in {table.sides[1]}")  # fmt: skip
        _add(case, "failure", message, _group_lines(table))
    elif table.status is Status.IN_FLIGHT:
        _add(case, "error", f"not judged: {table.in_flight_rows} rows are in flight: "
             f"{table.reason or 'they kept changing while they differed'}", ())  # fmt: skip
    elif table.status is Status.NOT_JUDGED:
        _add(case, "error", f"not judged: {table.reason}", _group_lines(table))
    out = ElementTree.SubElement(case, "system-out")
    out.text = _clean("\n".join(_figures(table)))
    return case


def _group_lines(table: TableResult) -> Iterable[str]:
    for group in table.groups:
        where = f"{group.source_column} -> {group.target_column}" if group.source_column else "whole rows"
        cause = in_words(group)
        yield f"{where}: {group.rows} {group.kind.value}" + (f", {cause}" if cause else "")
    if (left_out := kept_words(table)) is not None:
        yield left_out


def _figures(table: TableResult) -> Iterable[str]:
    yield f"status: {table.status.value}"
    for name, count in (
        (f"rows in {table.sides[0]}", table.source_rows), (f"rows in {table.sides[1]}", table.target_rows),
        ("equal", table.equal_rows), ("differ", table.differing_rows), ("missing", table.missing_rows),
        ("extra", table.extra_rows), ("in flight", table.in_flight_rows), ("looked at again", table.rechecked_rows),
    ):  # fmt: skip
        yield f"{name}: {count}"
    for heading, counts in (("reduced", table.reductions), ("accepted", table.accepted_values)):
        yield from (f"{heading}: {name}: {count} values" for name, count in counts.items())
    yield from (f"not compared: {words}" for words in table.not_compared)
    yield from (f"only rows with: {text} in {side}" for text, side in zip(table.filters, table.sides, strict=False))
    if table.method:
        yield f"compared by: {table.method}"
    if table.watermark:
        yield f"holds up to: {table.watermark}"


def _finding_cases(report: RunReport) -> Iterable[ElementTree.Element]:
    """One case a check, with all it found."""
    by_check = sorted(report.findings, key=lambda finding: finding.check)
    for check, items in groupby(by_check, key=lambda finding: finding.check):
        found: list[Finding] = list(items)
        case = _case(report, check)
        _add(case, "failure", f"{len(found)} {'finding' if len(found) == 1 else 'findings'} of {check}",
             [finding.message for finding in found])  # fmt: skip
        yield case
