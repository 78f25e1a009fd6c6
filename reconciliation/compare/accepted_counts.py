"""How often accepted differences occurred in rows that were looked at again: the first look leaves
those out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from reconciliation.compare.rows import CompareError
from reconciliation.errors import GivenUp
from reconciliation.model import Key, TableContract, TableResult
from reconciliation.process import unforeseen

if TYPE_CHECKING:
    from reconciliation.session.judge import Judge


def with_accepted(
    judge: Judge, table: TableContract, keys: Sequence[Key], result: TableResult
) -> TableResult:
    """The result with what was accepted in the rows under ``keys``, as they are now.

    Without this an entry that only occurs in rows Oracle refuses would be taken for one that is not
    needed any more. What keeps the rows from being read is a note only: the table has been judged.
    """
    if not table.accepted or not keys:
        return result
    outages: list[str] = []
    try:
        again = judge.steadily(
            f"{table.source}, what was accepted,",
            lambda: judge.compare_keys(table.source, keys).accepted_values,
            outages,
        )
    except unforeseen.ON_PURPOSE:
        raise
    except Exception as error:
        reports = judge.profile.root / "reports"
        why = str(error) if isinstance(error, CompareError) else unforeseen.reason(error, reports)
        note = f"what was accepted in {len(keys)} rows read by their keys is not counted: {why}"
        if isinstance(error, GivenUp):  # waited for once
            judge.gone = error
        result = result.through(outages)
        return replace(result, notes=(*result.notes, note))
    return replace(
        result, accepted_values=dict(Counter(result.accepted_values) + Counter(again))
    ).through(outages)
