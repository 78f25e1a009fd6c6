"""What a comparison of whole tables proves broken, and what it could not judge."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from fixtures.promises.whole_tables import every_table_was_judged, no_row_differs
from reconciliation.errors import Broken, NotJudged
from reconciliation.model import Status, TableResult


def result(status: Status, source: int = 3, target: int = 3, reason: str = "a lock") -> TableResult:
    return TableResult(
        "s.t", "S.T", status, source, target, 0, 1, 0, 0, reason=reason, in_flight_rows=1
    )


EQUAL = result(Status.EQUAL)
Promise = Callable[[list[TableResult]], None]


@pytest.mark.parametrize(
    ("promise", "results"),
    [
        (no_row_differs, [EQUAL, result(Status.DIVERGENT), result(Status.NOT_JUDGED)]),
        (
            every_table_was_judged,
            [EQUAL, result(Status.DIVERGENT, target=0), result(Status.NOT_JUDGED)],
        ),
    ],
)
def test_a_difference_breaks_the_promise_whatever_else_could_not_be_judged(
    promise: Promise, results: list[TableResult]
) -> None:
    with pytest.raises(Broken, match=r"s\.t"):
        promise(results)


@pytest.mark.parametrize(
    ("promise", "results", "words"),
    [
        (
            no_row_differs,
            [EQUAL, result(Status.IN_FLIGHT, reason="the task is stopped")],
            "1 rows are in flight: the task",
        ),
        (no_row_differs, [result(Status.NOT_JUDGED)], "no table could be judged: s.t: a lock"),
        (no_row_differs, [], "no table could be judged"),
        (no_row_differs, [EQUAL, result(Status.NOT_JUDGED)], r"^s\.t was not judged: a lock$"),
        (
            no_row_differs,
            [result(Status.NOT_JUDGED), result(Status.IN_FLIGHT)],
            "s.t was not judged: .*; .*are in flight",
        ),
        (
            every_table_was_judged,
            [EQUAL, result(Status.NOT_JUDGED, 0, 0)],
            "1 of 2 tables could not be judged",
        ),
        (every_table_was_judged, [], "no table is mapped"),
        (
            every_table_was_judged,
            [EQUAL, result(Status.IN_FLIGHT, target=0)],
            "(?s)1 of 2 tables .*1 rows are in flight",
        ),
        (
            every_table_was_judged,
            [EQUAL, result(Status.IN_FLIGHT)],
            "(?s)1 of 2 tables .*1 rows are in flight",
        ),
    ],
)
def test_what_could_not_be_judged_is_not_broken(
    promise: Promise, results: list[TableResult], words: str
) -> None:
    with pytest.raises(NotJudged, match=words):
        promise(results)


def test_equal_tables_keep_both_promises() -> None:
    no_row_differs([EQUAL])
    every_table_was_judged([EQUAL])


def test_rows_that_were_only_late_are_rows() -> None:
    """The counts are those of the first look; a table is equal when its rows have arrived by the
    last.
    """
    every_table_was_judged([result(Status.EQUAL, target=0)])
