"""The truth table of the verdict."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from reconciliation.verdict import OUTCOMES, Course, Outcome, Scope, Verdict, declare, worst

R, N, J = Verdict.READY, Verdict.NOT_READY, Verdict.NOT_JUDGED


def _outcome(group: str, outcome: str) -> Outcome:
    return Outcome(group, f"{group}.feature", f"{group} {outcome}", outcome, "why")


@pytest.mark.parametrize(
    ("outcomes", "required", "verdict"),
    [
        ([], [], J),
        ([], ["a"], J),
        ([("a", "passed")], [], J),
        ([("a", "passed")], ["a"], R),
        ([("a", "passed"), ("b", "passed")], ["a", "b"], R),
        ([("a", "passed")], ["a", "b"], J),
        ([("a", "failed")], ["a"], N),
        ([("a", "error")], ["a"], J),
        ([("a", "skipped")], ["a"], J),
        ([("a", "passed"), ("a", "skipped")], ["a"], J),
        ([("a", "passed"), ("a", "failed")], ["a"], N),
        ([("a", "failed")], ["a", "b"], N),
        ([("a", "failed"), ("b", "error")], ["a", "b"], N),
        ([("a", "failed")], [], N),
        ([("a", "passed"), ("c", "error")], ["a"], J),
        ([("a", "passed"), ("c", "failed")], ["a"], N),
    ],
)
def test_the_verdict(
    outcomes: list[tuple[str, str]], required: list[str], verdict: Verdict
) -> None:
    declaration = declare([_outcome(*item) for item in outcomes], required)
    assert declaration.verdict is verdict
    assert bool(declaration.reasons) is (verdict is N)
    assert verdict is not J or declaration.not_judged
    assert verdict is not R or not declaration.not_judged


def test_ready_means_everything_required_passed_and_nothing_else_happened() -> None:
    for size in range(4):
        for outcomes in itertools.product(OUTCOMES, repeat=size):
            verdict = declare([_outcome("a", outcome) for outcome in outcomes], ["a"]).verdict
            assert (verdict is R) == (
                "passed" in outcomes and set(outcomes) <= {"passed", "not concerned"}
            )
            assert (verdict is N) == ("failed" in outcomes)


def test_the_worst_of_verdicts() -> None:
    for one, two in itertools.product(Verdict, repeat=2):
        expected = N if N in (one, two) else J if J in (one, two) else R
        assert worst([one, two]) is expected
    assert worst([]) is J


def test_the_reasons_are_the_guarantees_in_their_own_words() -> None:
    declaration = declare(
        [_outcome("a", "failed"), _outcome("b", "skipped"), _outcome("c", "error")], ["a", "b", "d"]
    )
    assert declaration.reasons == ("a: a failed",)
    assert declaration.not_judged == (
        "2 of 3 guarantees could not be judged",
        "d: no scenario of this group was run",
        "b: b skipped (was skipped)",
        "c: c error (could not be judged)",
    )
    assert declaration.reason == (
        "1 of 3 guarantees are broken; and not fully judged: 2 of 3 guarantees could not be "
        "judged; d: no scenario of this group was run"
    )
    assert declaration.groups == {"a": N, "b": J, "d": J, "c": J}
    assert declaration.missing_groups == ("d",)
    assert declaration.counts == {"failed": 1, "skipped": 1, "error": 1}


GOOD, BAD, UNSURE = _outcome("a", "passed"), _outcome("a", "failed"), _outcome("a", "error")
READING = {"scope": Scope.READING, "there_are": 9, "left_out": {"b": (6, 6), "a": (1, 2)}}
PARTIAL = {"scope": Scope.PARTIAL, "there_are": 9, "left_out": {"b": (6, 6)}}


@pytest.mark.parametrize(
    ("outcomes", "course", "verdict", "reason"),
    [
        ([GOOD], {}, R, "all 1 guarantees hold"),
        (
            [GOOD],
            READING,
            R,
            "reading only: 1 guarantees hold; not judged in this scope: a (1 of 2), b",
        ),
        ([GOOD], PARTIAL, R, "partial: 1 of 9 guarantees were run; those hold"),
        ([GOOD], {"fault": "Oracle is gone"}, J, "Oracle is gone"),
        (
            [BAD],
            {"fault": "Oracle is gone"},
            N,
            "1 of 1 guarantees are broken; and not fully judged: Oracle is gone",
        ),
        ([GOOD, BAD], READING, N, "1 of 2 guarantees are broken"),
        ([GOOD, UNSURE], READING, J, "1 of 2 guarantees could not be judged"),
        ([GOOD, UNSURE], PARTIAL, J, "1 of 2 guarantees could not be judged"),
        (
            [GOOD],
            {"selected": 3, "interrupted": "interrupted by SIGTERM"},
            J,
            "interrupted by SIGTERM after 1 of 3 guarantees",
        ),
        (
            [BAD],
            {"selected": 3, "interrupted": "interrupted"},
            N,
            (
                "1 of 1 guarantees are broken; and not fully judged: interrupted after 1 of 3 "
                "guarantees"
            ),
        ),
        ([GOOD], {"selected": 3}, J, "only 1 of the 3 chosen guarantees were run"),
        ([GOOD], {**PARTIAL, "selected": 2}, J, "only 1 of the 2 chosen guarantees were run"),
        ([BAD], {"refusal": "a.feature:3: no Then"}, J, "a.feature:3: no Then"),
        ([], {}, J, "no guarantee was selected"),
        ([], {"selected": 3}, J, "no guarantee was run"),
        ([], {"selected": 3, "fault": "Oracle is gone"}, J, "Oracle is gone"),
    ],
)
def test_the_reason_says_how_the_run_went(
    outcomes: list[Outcome], course: dict[str, Any], verdict: Verdict, reason: str
) -> None:
    declaration = declare(outcomes, ["a"], Course(**course))
    assert (declaration.verdict, declaration.reason) == (verdict, reason)
    assert declaration.may_be_declared is (reason == "all 1 guarantees hold")


def test_an_unknown_outcome_is_refused() -> None:
    with pytest.raises(ValueError, match="'xpassed'"):
        _outcome("a", "xpassed")
