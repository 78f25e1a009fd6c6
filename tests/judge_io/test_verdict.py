"""The truth table of the verdict."""

from __future__ import annotations

import itertools

import pytest

from reconciliation.verdict import OUTCOMES, GuaranteeOutcome, Verdict, declare, worst

R, N, J = Verdict.READY, Verdict.NOT_READY, Verdict.NOT_JUDGED


def _outcome(group: str, outcome: str) -> GuaranteeOutcome:
    return GuaranteeOutcome(group, f"{group}.feature", f"{group} {outcome}", outcome, "why")


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
def test_the_verdict(outcomes: list[tuple[str, str]], required: list[str], verdict: Verdict) -> None:
    declaration = declare([_outcome(*item) for item in outcomes], required)
    assert declaration.verdict is verdict
    assert bool(declaration.reasons) is (verdict is not R)


def test_ready_means_everything_required_passed_and_nothing_else_happened() -> None:
    for size in range(4):
        for outcomes in itertools.product(OUTCOMES, repeat=size):
            verdict = declare([_outcome("a", outcome) for outcome in outcomes], ["a"]).verdict
            assert (verdict is R) == (size > 0 and set(outcomes) == {"passed"})
            assert (verdict is N) == ("failed" in outcomes)


def test_the_worst_of_verdicts() -> None:
    for one, two in itertools.product(Verdict, repeat=2):
        expected = N if N in (one, two) else J if J in (one, two) else R
        assert worst([one, two]) is expected
    assert worst([]) is J


def test_the_reasons_are_the_guarantees_in_their_own_words() -> None:
    declaration = declare([_outcome("a", "failed"), _outcome("b", "skipped"), _outcome("c", "error")],
                          ["a", "b", "d"])  # fmt: skip
    assert declaration.reasons == ("a: a failed", "b: b skipped (was skipped)", "c: c error (could not be judged)",
                                   "d: no scenario of this group was run")  # fmt: skip
    assert declaration.groups == {"a": N, "b": J, "d": J, "c": J}
    assert declaration.missing_groups == ("d",)
    assert declaration.counts == {"failed": 1, "skipped": 1, "error": 1}


def test_an_unknown_outcome_is_refused() -> None:
    with pytest.raises(ValueError, match="'xpassed'"):
        _outcome("a", "xpassed")
