"""Everything that is agreed on beforehand and only has to be looked at: source, set-up, mapping,
capacity.
"""

from __future__ import annotations

from collections.abc import Sequence

from pytest_bdd import parsers, then, when

from fixtures.promises.inspections import check_promise
from fixtures.run import Run
from reconciliation.checks import Examined, examine, promises, subjects
from reconciliation.parallel_run import ParallelRun


def any_of(phrases: Sequence[str]) -> str:
    """A pattern that takes exactly these phrases: a sentence about anything
    else is a missing step.
    """
    return "|".join(sorted(phrases, key=len, reverse=True))


@when(
    parsers.re(rf"(?P<subject>{any_of(subjects())}) (?:is|are) examined"),
    target_fixture="examined",
)
def examine_subject(subject: str, parallel_run: ParallelRun, run: Run) -> Examined:
    examined = examine(parallel_run, subject)
    run.findings += [finding for finding in examined.findings if finding not in run.findings]
    return examined


@then(parsers.re(rf"(?P<promise>{any_of(promises())})"))
def the_promise_is_kept(promise: str, examined: Examined) -> None:
    check_promise(promise, examined)
