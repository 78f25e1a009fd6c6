"""Everything that is agreed on beforehand and only has to be looked at: source, set-up, mapping,
capacity.
"""

from __future__ import annotations

from collections.abc import Sequence

from pytest_bdd import parsers, then, when

from fixtures.promises.inspections import PROMISES
from fixtures.reporting import evidence
from fixtures.run import Run
from reconciliation.checks.registry import SUBJECTS, Examined, examine
from reconciliation.errors import Broken
from reconciliation.model import Finding
from reconciliation.parallel_run import ParallelRun


def any_of(phrases: Sequence[str]) -> str:
    """A pattern that takes exactly these phrases: a sentence about anything
    else is a missing step.
    """
    return "|".join(sorted(phrases, key=len, reverse=True))


@when(
    parsers.re(rf"(?P<subject>{any_of(tuple(SUBJECTS))}) (?:is|are) examined"),
    target_fixture="examined",
)
def examine_subject(subject: str, parallel_run: ParallelRun, run: Run) -> Examined:
    examined = examine(parallel_run, subject)
    run.findings += [finding for finding in examined.findings if finding not in run.findings]
    return examined


@then("nothing stands against it")
def nothing_stands_against_it(examined: Examined) -> None:
    _answer(examined.findings, examined)


@then(parsers.re(rf"(?P<promise>{any_of(tuple(PROMISES))})"))
def the_mapping_keeps_its_promise(promise: str, examined: Examined) -> None:
    _answer(
        [finding for finding in examined.findings if finding.check in PROMISES[promise]], examined
    )


def _answer(broken: Sequence[Finding], examined: Examined) -> None:
    """What was found is broken whatever else could not be seen; without a finding, what was not
    seen may hide one.
    """
    evidence.attach_findings(broken)
    if broken:
        raise Broken(evidence.findings_in_words(broken))
    if examined.unjudged is not None:
        raise examined.unjudged
