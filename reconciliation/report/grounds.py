"""What stands against tables that are not equal, in one line each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reconciliation.compare.unreadable import and_unreadable
from reconciliation.model import Status, TableResult


@dataclass(frozen=True)
class Grounds:
    """Lines: ``reasons`` of the divergent tables, ``not_judged`` of all the others not equal."""

    reasons: tuple[str, ...]
    not_judged: tuple[str, ...]


def grounds(results: Sequence[TableResult]) -> Grounds:
    """What stands against equal tables."""
    against = [result for result in results if result.status is not Status.EQUAL]
    return Grounds(
        reasons=tuple(
            result_in_words(result) for result in against if result.status is Status.DIVERGENT
        ),
        not_judged=tuple(
            result_in_words(result) for result in against if result.status is not Status.DIVERGENT
        ),
    )


def result_in_words(result: TableResult) -> str:
    """What stands against a table, in one line."""
    if result.status is Status.NOT_JUDGED:
        return f"{result.table} was not judged: {result.reason}"
    if result.status is Status.IN_FLIGHT:
        why = result.reason or "they kept changing while they differed"
        return f"{result.table}: {result.in_flight_rows} rows are in flight: {why}"
    target = result.sides[1]
    return (
        f"{result.table}: {result.differing_rows} rows differ, {result.missing_rows} are missing "
        f"in {target}, {result.extra_rows} are only in {target}{and_unreadable(result)}"
    )
