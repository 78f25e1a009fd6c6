"""Every row of every mapped table, also of those written before the replication started."""

from __future__ import annotations

from pytest_bdd import parsers, then, when

from fixtures.promises.whole_tables import TABLE_PROMISES, compare_once
from fixtures.run import Run
from reconciliation.model import TableResult
from reconciliation.parallel_run import ParallelRun
from steps.inspection import any_of


@when("every mapped table is compared row by row", target_fixture="results")
def compare_every_table(parallel_run: ParallelRun, run: Run) -> list[TableResult]:
    return compare_once(parallel_run, run)


@then(parsers.re(rf"(?P<promise>{any_of(tuple(TABLE_PROMISES))})"))
def the_tables_keep_their_promise(promise: str, results: list[TableResult]) -> None:
    TABLE_PROMISES[promise](results)
