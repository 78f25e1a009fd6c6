"""The rows that a run writes under keys of its own: can they be made at all?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from reconciliation.checks.registry import check
from reconciliation.databases.sight import together
from reconciliation.errors import CanonicalError, Unreadable, Unseen
from reconciliation.making import Maker
from reconciliation.model import Finding, TableContract
from reconciliation.parallel_run import ParallelRun

#: nothing that is made here is written anywhere
_MARK = "verify-check"


@check(subject="the rows that a run writes", kinds=("row_not_makeable",))
def check_rows_can_be_made(run: ParallelRun) -> tuple[Finding, ...]:
    """A row can be made for every mapped table that is written to; a run that only reads needs
    none.

    Raises Unseen for tables that are not as their contract says, and for those of which it cannot
    be read what a row needs.
    """
    if not run.profile.mutations:
        return ()
    maker = Maker(run, _MARK, lambda table, keys: None)
    mapped = {table.source for table in run.resolved.tables}
    written = [one for one in run.contract.tables if one.write and one.source in mapped]
    return together(*(partial(_of_table, run, maker, table) for table in written))


def _of_table(run: ParallelRun, maker: Maker, table: TableContract) -> Iterator[Finding]:
    if table.source in run.unfit:
        raise Unseen(run.unfit[table.source])
    if not _has_rules(run, table):
        return
    against = maker.obstacle(table.source)
    if isinstance(against, Unreadable):
        raise against
    if against is not None:
        yield Finding("row_not_makeable", str(against), table.source)


def _has_rules(run: ParallelRun, table: TableContract) -> bool:
    """Of a pair of types that no rule compares the capacity of the columns tells."""
    try:
        run.rules(table.source)
    except CanonicalError:
        return False
    return True
