"""The values that legacy columns cannot hold, known from the types alone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from reconciliation.capacity import check_capacity
from reconciliation.checks.registry import check
from reconciliation.databases.sight import together
from reconciliation.errors import Unseen
from reconciliation.model import Finding, TableContract
from reconciliation.parallel_run import ParallelRun


@check(
    subject="the capacity of the legacy columns",
    kinds=("value_refused", "value_altered", "type_without_rule"),
)
def check_legacy_columns(run: ParallelRun) -> tuple[Finding, ...]:
    """Every value a legacy column cannot hold has been accepted by somebody.

    Raises Unseen for tables that are not as their contract says.
    """
    return together(*(partial(_of_table, run, table) for table in run.contract.tables))


def _of_table(run: ParallelRun, table: TableContract) -> Sequence[Finding]:
    if table.source in run.unfit:
        raise Unseen(run.unfit[table.source])
    return check_capacity(
        table, run.source_catalogue[table.source], run.target_catalogue[table.target]
    )
