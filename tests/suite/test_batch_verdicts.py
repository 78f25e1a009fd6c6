"""The judgement of a generated batch goes red for every way a row can go wrong, and only then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.promises.batch_verdicts import CONCERNS, VERDICTS, check
from fixtures.scenario.batch import Batch, BatchRow
from reconciliation.errors import Broken, NotJudged
from reconciliation.model import ColumnPair, Difference, DifferenceKind, Refusal, TableContract

SAME, REFUSED, KNOWN = VERDICTS
TABLE = TableContract(
    "s.t", "S.T", ("id",), (ColumnPair("id", "ID"), ColumnPair("header", "HEADER")), "header"
)
TOO_LONG = Refusal("header", "HEADER", "서울" * 64, 12899, "384 bytes in 255")
CHANGED = Difference(
    "s.t",
    "S.T",
    (7,),
    DifferenceKind.CHANGED,
    "header",
    "HEADER",
    "\U0001f6eb",
    "?",
    "text",
    "other",
)


def row(
    refusals: Sequence[Refusal] = (),
    target: Any = None,
    differences: Sequence[Difference] = (),
    exceptions: Sequence[str] = (),
    why: str = "",
) -> BatchRow:
    return BatchRow(7, {"id": 7, "header": "x"}, why, refusals, target, differences, exceptions)


GOOD = row(target={"ID": 7, "HEADER": "x"})
GOOD_REFUSED = row(
    refusals=[TOO_LONG], exceptions=['ORA-12899: value too large for column "S"."T"."HEADER"']
)


def story() -> Any:
    return SimpleNamespace(contract=TABLE)


@pytest.mark.parametrize(("guarantee", "good"), [(SAME, GOOD), (REFUSED, GOOD_REFUSED)])
def test_rows_that_behave_pass(guarantee: str, good: BatchRow) -> None:
    check(guarantee, Batch("s.t", 4711, rows=[good]), story())
    assert CONCERNS[guarantee](good)


@pytest.mark.parametrize(
    ("guarantee", "bad", "words"),
    [
        (SAME, row(target={"ID": 7}, differences=[CHANGED]), "header -> HEADER"),
        (SAME, row(exceptions=["ORA-01722: invalid number"]), "row 7 is missing in Oracle"),
        (
            REFUSED,
            row([TOO_LONG], target={"HEADER": "cut"}),
            "arrived all the same, silently altered",
        ),
        (REFUSED, row([TOO_LONG]), "the replication reports nothing about it"),
        (REFUSED, row([TOO_LONG], exceptions=["ORA-01400: cannot insert NULL"]), "ORA-12899"),
    ],
)
def test_rows_that_go_wrong_are_shown_with_the_seed(
    guarantee: str, bad: BatchRow, words: str
) -> None:
    good = replace(GOOD if guarantee == SAME else GOOD_REFUSED, key=6)
    with pytest.raises(Broken) as caught:
        check(guarantee, Batch("s.t", 4711, rows=[good, bad]), story())
    assert "1 of 2 rows, seed 4711" in str(caught.value)
    assert words in str(caught.value)


def test_a_known_row_is_named_by_why_it_is_kept() -> None:
    known = row(target={"ID": 7}, differences=[CHANGED], why="lost its last character once")
    with pytest.raises(Broken, match=r"lost its last character once: s\.t"):
        check(KNOWN, Batch("s.t", 1, rows=[GOOD, known]), story())


@pytest.mark.parametrize("guarantee", VERDICTS)
def test_a_batch_without_a_row_it_speaks_about_proves_nothing(guarantee: str) -> None:
    with pytest.raises(NotJudged, match="holds no row this guarantee speaks about"):
        check(guarantee, Batch("s.t", 1, rows=[]), story())
