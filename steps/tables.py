"""Every row of every mapped table, also of those written before the replication started."""

from __future__ import annotations

import pytest
from pytest_bdd import parsers, then, when

from fixtures.promises.whole_tables import ROWS_AGREE, TABLE_PROMISES, cells_of, compare_once
from fixtures.run import Run
from reconciliation.model import TableResult
from reconciliation.parallel_run import ParallelRun
from steps.inspection import any_of


@when("every mapped table is compared row by row", target_fixture="results")
def compare_every_table(parallel_run: ParallelRun, run: Run) -> list[TableResult]:
    return compare_once(parallel_run, run)


@then(parsers.re(rf"(?P<promise>{any_of(tuple(TABLE_PROMISES))})"))
def the_tables_keep_their_promise(
    promise: str, results: list[TableResult], run: Run, request: pytest.FixtureRequest
) -> None:
    if promise == ROWS_AGREE:
        run.answers[request.node.nodeid] = cells_of(results)
    TABLE_PROMISES[promise](results)
