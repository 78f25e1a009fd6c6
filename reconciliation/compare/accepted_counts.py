"""How often accepted differences occurred in rows that were rechecked: the first comparison leaves
those out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from reconciliation.compare import by_key
from reconciliation.compare.rows import CompareError
from reconciliation.errors import GivenUp
from reconciliation.model import Key, TableContract, TableResult
from reconciliation.parallel_run import ParallelRun
from reconciliation.process import unforeseen


def with_accepted(
    run: ParallelRun, table: TableContract, keys: Sequence[Key], result: TableResult
) -> TableResult:
    """The result with what was accepted in the rows under ``keys``, as they are now.

    Without this an entry that only occurs in rows Oracle refuses would be taken for one that is not
    needed any more. What keeps the rows from being read is a note only: the table has been judged.
    """
    if not table.accepted or not keys:
        return result
    outages: list[str] = []
    try:
        again = run.steadily(
            f"{table.source}, what was accepted,",
            lambda: by_key.compare_keys(run, table.source, keys).accepted_values,
            outages,
        )
    except unforeseen.ON_PURPOSE:
        raise
    except Exception as error:
        reports = run.profile.root / "reports"
        why = str(error) if isinstance(error, CompareError) else unforeseen.reason(error, reports)
        note = f"what was accepted in {len(keys)} rows read by their keys is not counted: {why}"
        if isinstance(error, GivenUp):  # waited for once
            run.outage.give_up(error)
        result = result.through(outages)
        return replace(result, notes=(*result.notes, note))
    return replace(
        result, accepted_values=dict(Counter(result.accepted_values) + Counter(again))
    ).through(outages)
