"""SQLAlchemy's own suite for dialects against the stand-in, and that the judging of its outcome can
fail.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sqlalchemy_suite.runner import Outcome, run_suite
from tests.sqlalchemy_suite.verdict import complaints, read_exceptions, summary

PASSED, FAILED, LEFT_OUT = (
    Outcome("passed"),
    Outcome("failed", "ORA-00900"),
    Outcome("left out", "Oracle: no TIME"),
)


@pytest.mark.timeout(2400)
def test_the_suite_passes_but_for_the_listed_exceptions(
    tmp_path: Path, record_property: pytest.RecordProperty, capsys: pytest.CaptureFixture[str]
) -> None:
    outcomes = run_suite(tmp_path)
    record_property("suite", summary(outcomes))
    with capsys.disabled():
        print(f"\n{summary(outcomes)}")
    assert complaints(outcomes, read_exceptions()) == []


def test_a_failure_that_is_not_listed_is_found() -> None:
    outcomes = dict.fromkeys(map(str, range(99)), PASSED) | {"A::a": FAILED}
    assert complaints(outcomes, {}, least_run=1) == ["failed and is not listed: A::a: ORA-00900"]
    assert complaints(outcomes, {"A::a": "reason"}, least_run=1) == []


@pytest.mark.parametrize("outcome", [PASSED, LEFT_OUT])
def test_an_exception_that_no_longer_fails_is_found(outcome: Outcome) -> None:
    outcomes = {"A::a": outcome, "A::b": PASSED}
    expected = [f"listed as an exception but {outcome.kind}: A::a"]
    assert complaints(outcomes, {"A::a": "reason"}, least_run=1) == expected


def test_an_exception_that_is_gone_from_the_suite_is_found() -> None:
    expected = ["listed as an exception but no longer in the suite: A::gone"]
    assert complaints({"A::a": PASSED}, {"A::gone": "reason"}, least_run=1) == expected


def test_tests_left_out_count_neither_as_run_nor_as_passed() -> None:
    outcomes = {"A::a": PASSED} | dict.fromkeys(map(str, range(50)), LEFT_OUT)
    assert complaints(outcomes, {}, least_run=2) == ["only 1 tests ran, 2 are expected"]


def test_listed_failures_cannot_be_more_than_the_share_allows() -> None:
    outcomes = dict.fromkeys(map(str, range(91)), PASSED) | dict.fromkeys(
        map(str, range(91, 100)), FAILED
    )
    found = complaints(outcomes, dict.fromkeys(map(str, range(91, 100)), "reason"), least_run=1)
    assert found == ["only 91 of 100 tests passed, less than 92%"]


def test_an_exception_needs_a_reason_and_stands_once(tmp_path: Path) -> None:
    file = tmp_path / "exceptions.toml"
    file.write_text('[[group]]\nreason = " "\ntests = ["A::a"]\n')
    with pytest.raises(ValueError, match="no reason"):
        read_exceptions(file)
    file.write_text('[[group]]\nreason = "r"\ntests = ["A::a", "A::a"]\n')
    with pytest.raises(ValueError, match="listed twice"):
        read_exceptions(file)
