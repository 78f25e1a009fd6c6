"""The JUnit report: what Jenkins and GitLab read, with a case per table, and
no value of any row.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from reconciliation.model import Finding, Status
from reconciliation.report import RunReport, render_junit
from reconciliation.report.as_junit import write_junit
from reconciliation.verdict import Verdict

from .samples import HOSTILE, TABLE, report

#: element -> its children and attributes, and which of these it must have: Jenkins' junit-10.xsd
SCHEMA = {
    "testsuites": ({"testsuite"}, {"name", "time", "tests", "failures", "errors"}, set()),
    "testsuite": (
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
        {
            "name",
            "tests",
            "failures",
            "errors",
            "group",
            "time",
            "skipped",
            "timestamp",
            "hostname",
            "id",
            "package",
            "file",
            "log",
            "url",
        },
        {"name", "tests", "failures", "errors"},
    ),
    "properties": ({"property"}, set(), set()),
    "property": (set(), {"name", "value"}, {"name", "value"}),
    "testcase": (
        {"skipped", "error", "failure", "system-out", "system-err"},
        {"name", "time", "classname", "group"},
        {"name"},
    ),
    "failure": (set(), {"type", "message"}, set()),
    "error": (set(), {"type", "message"}, set()),
    "system-out": (set(), set(), set()),
}


def tree(found: RunReport) -> ElementTree.Element:
    root = ElementTree.fromstring(render_junit(found))
    for element in root.iter():
        children, attributes, required = SCHEMA[element.tag]
        assert {child.tag for child in element} <= children
        assert required <= set(element.keys()) <= attributes
    return root


@pytest.fixture(scope="module")
def root() -> ElementTree.Element:
    return tree(replace(report(), findings=(), subject="tables"))


def test_a_case_per_table_and_counts_that_add_up(root: ElementTree.Element) -> None:
    suite = root.find("testsuite")
    assert suite is not None
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped", "time")] == [
        "2",
        "1",
        "1",
        "0",
        "41.500",
    ]
    assert suite.get("timestamp") == "2026-03-01T12:00:00"
    assert [case.get("name") for case in root.iter("testcase")] == [
        "travelbuddy.flightspecial -> TRAVELBUDDY.FLIGHTSPECIAL",
        "travelbuddy.hotelspecial -> ?",
    ]


def test_what_differs_is_a_failure_with_its_groups_and_figures(root: ElementTree.Element) -> None:
    failure = root.find(".//failure")
    assert failure is not None
    assert failure.get("message") == "2 rows differ, 1 are missing in Oracle, 1 are only in Oracle"
    assert failure.text is not None
    assert "header -> HEADER: 2 changed, truncated" in failure.text
    out = root.find(".//system-out")
    assert out is not None
    assert out.text is not None
    for line in (
        "rows in PostgreSQL: 11",
        "equal: 7",
        "reduced: expiry_date: rounded down: 5 values",
    ):
        assert line in out.text.splitlines()


def test_what_was_not_judged_is_an_error_and_an_equal_table_is_neither(
    root: ElementTree.Element,
) -> None:
    error = root.find(".//error")
    assert error is not None
    assert error.get("message") == f"not judged: {HOSTILE}"
    equal = replace(report().tables[0], status=Status.EQUAL)
    moving = replace(equal, status=Status.IN_FLIGHT, in_flight_rows=3)
    found = tree(replace(report(), findings=(), tables=(equal, moving)))
    assert [[child.tag for child in case] for case in found.iter("testcase")] == [
        ["system-out"],
        ["error", "system-out"],
    ]


def test_findings_are_failures_by_check() -> None:
    findings = (Finding("a", "one"), Finding("b", "two\x00\x1b"), Finding("a", "three"))
    found = tree(replace(report(), tables=(), findings=findings, subject="checks"))
    assert [(case.get("name"), case[0].text) for case in found.iter("testcase")] == [
        ("a", "2 findings of a\none\nthree"),
        ("b", "1 finding of b\ntwo\ufffd\ufffd"),
    ]


def test_a_run_without_anything_is_one_case_that_passes() -> None:
    found = tree(replace(report(), tables=(), findings=(), subject="checks", verdict=Verdict.READY))
    (case,) = found.iter("testcase")
    assert (list(case), found[0].get("failures")) == ([], "0")


def test_no_value_and_no_key_is_in_it(tmp_path: Path) -> None:
    table = report().tables[0]
    values = [
        replace(item, source_value="her name", key=("customer 4711",)) for item in table.differences
    ]
    write_junit(
        replace(report(), tables=(replace(table, differences=tuple(values)),)),
        tmp_path / "deep" / "j.xml",
    )
    text = (tmp_path / "deep" / "j.xml").read_text(encoding="utf-8")
    assert TABLE.source in text
    assert "her name" not in text
    assert "4711" not in text
