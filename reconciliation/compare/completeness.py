"""Columns nobody compares: a table with one of them is never called equal, unless somebody said why
it may be.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from reconciliation.model import Status, TableContract, TableResult
from reconciliation.parallel_run import ParallelRun


def with_gaps(run: ParallelRun, table: TableContract, result: TableResult) -> TableResult:
    """The result with the columns that were left out: NOT_JUDGED instead of EQUAL where nobody
    decided about one.
    """
    result = replace(result, not_compared=tuple(_decided(table)))
    undecided = uncompared(run, table)
    if not undecided:
        return result
    words = (
        f"not compared: {'; '.join(undecided)}. Pair each in a [[column]] "
        f"of {table.path or 'the contract'}, or give the reason in a [[not_compared]]"
    )
    status = Status.DIVERGENT if result.status is Status.DIVERGENT else Status.NOT_JUDGED
    return replace(
        result, status=status, reason=f"{result.reason}; {words}" if result.reason else words
    )


def uncompared(run: ParallelRun, table: TableContract) -> list[str]:
    """Words for every column of both tables that the contract neither pairs
    nor leaves out by name.
    """
    here, there = run.source_catalogue[table.source], run.target_catalogue[table.target]
    ours = _left(
        here.columns,
        [pair.source for pair in table.pairs],
        [one.source for one in table.not_compared],
    )
    theirs = _left(
        there.columns,
        [pair.target for pair in table.pairs],
        [one.target for one in table.not_compared],
    )
    goes = _destinations(run, table.source) if ours else {}
    left, right = table.sides
    words = []
    for name in ours:
        goal = goes.get(name)
        into = (
            f", which the task replicates to {goal}"
            if goal
            else ", which the task does not replicate"
        )
        words.append(f"{left} column {name} ({here.columns[name].type}){into}")
    written = set(goes.values())
    words += [
        f"{right} column {name} ({there.columns[name].type})"
        for name in theirs
        if name not in written
    ]
    return words


def _left(
    columns: Iterable[str], paired: Iterable[str], decided: Iterable[str | None]
) -> list[str]:
    known = {*paired, *decided}
    return [name for name in columns if name not in known]


def _destinations(run: ParallelRun, source: str) -> dict[str, str]:
    """Where the task sends the columns of a table."""
    mapped = next((one for one in run.resolved.tables if one.source == source), None)
    if mapped is None:
        return {}
    return {
        column.source: column.target for column in mapped.columns if column.source and column.target
    }


def _decided(table: TableContract) -> Iterable[str]:
    for one in table.not_compared:
        names = " -> ".join(name for name in (one.source, one.target) if name)
        yield f"{names}: {one.reason}"
