"""The last word: everything was judged, nothing was dropped, nothing came late."""

from __future__ import annotations

from pytest_bdd import parsers, then

from fixtures.promises.declarations import DECLARATIONS
from fixtures.run import Run
from reconciliation.parallel_run import ParallelRun
from steps.inspection import any_of


@then(parsers.re(rf"(?P<declaration>{any_of(tuple(DECLARATIONS))})"))
def it_may_be_declared(declaration: str, parallel_run: ParallelRun, run: Run) -> None:
    DECLARATIONS[declaration](parallel_run, run)
