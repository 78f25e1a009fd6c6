"""Everything that is agreed on beforehand and only has to be looked at: source, set-up, mapping, capacity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pytest_bdd import parsers, then, when

from fixtures import evidence
from fixtures.inspections import PROMISES, SUBJECTS, inspect
from fixtures.run import Run
from reconciliation.errors import Broken
from reconciliation.model import Finding


def any_of(phrases: Sequence[str]) -> str:
    """A pattern that takes exactly these phrases: a sentence about anything else is a missing step."""
    return "|".join(sorted(phrases, key=len, reverse=True))


@when(parsers.re(rf"(?P<subject>{any_of(tuple(SUBJECTS))}) (?:is|are) examined"), target_fixture="findings")
def examine(subject: str, judge: Any, run: Run) -> Sequence[Finding]:
    findings = inspect(judge, subject)
    run.findings += [finding for finding in findings if finding not in run.findings]
    return findings


@then("nothing stands against it")
def nothing_stands_against_it(findings: Sequence[Finding]) -> None:
    evidence.attach_findings(findings)
    if findings:
        raise Broken(evidence.findings_in_words(findings))


@then(parsers.re(rf"(?P<promise>{any_of(tuple(PROMISES))})"))
def the_mapping_keeps_its_promise(promise: str, findings: Sequence[Finding]) -> None:
    broken = [finding for finding in findings if finding.check in PROMISES[promise]]
    evidence.attach_findings(broken)
    if broken:
        raise Broken(evidence.findings_in_words(broken))
