"""The judgement of a generated batch goes red for every way a row can go wrong, and only then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from fixtures.promises.batch_verdicts import CONCERNS, VERDICTS, check, check_batches
from fixtures.scenario.batch_rows import Batch, BatchRow
from reconciliation.errors import Broken
from reconciliation.model import ColumnPair, Difference, DifferenceKind, Refusal, TableContract
from reconciliation.verdict import Judged

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
    return BatchRow((7,), {"id": 7, "header": "x"}, why, refusals, target, differences, exceptions)


GOOD = row(target={"ID": 7, "HEADER": "x"})
GOOD_REFUSED = row(
    refusals=[TOO_LONG], exceptions=['ORA-12899: value too large for column "S"."T"."HEADER"']
)


SUBJECT: Any = SimpleNamespace(contract=TABLE, table="s.t")
STORY: Any = SimpleNamespace()


@pytest.mark.parametrize(("guarantee", "good"), [(SAME, GOOD), (REFUSED, GOOD_REFUSED)])
def test_rows_that_behave_pass(guarantee: str, good: BatchRow) -> None:
    check(guarantee, Batch("s.t", 4711, rows=[good]), STORY, SUBJECT)
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
    good = replace(GOOD if guarantee == SAME else GOOD_REFUSED, key=(6,))
    with pytest.raises(Broken) as caught:
        check(guarantee, Batch("s.t", 4711, rows=[good, bad]), STORY, SUBJECT)
    assert "1 of 2 rows, seed 4711" in str(caught.value)
    assert words in str(caught.value)


def test_a_known_row_is_named_by_why_it_is_kept() -> None:
    known = row(target={"ID": 7}, differences=[CHANGED], why="lost its last character once")
    with pytest.raises(Broken, match=r"lost its last character once: s\.t"):
        check(KNOWN, Batch("s.t", 1, rows=[GOOD, known]), STORY, SUBJECT)


class SeveralTables:
    """A story about two tables that notes what is said of each."""

    def __init__(self) -> None:
        self.standing = [SimpleNamespace(contract=TABLE, table=name) for name in ("s.t", "s.u")]
        self.answers = self
        self.said: dict[str, Judged] = {}

    def record(self, table: str, judged: Judged, words: str) -> None:
        self.said[table] = judged
        self.standing = [one for one in self.standing if one.table != table]

    def each(self, judge: Any) -> None:
        for subject in self.standing:
            judge(subject)


@pytest.mark.parametrize("guarantee", VERDICTS)
def test_a_table_without_a_row_the_guarantee_speaks_about_is_not_concerned(guarantee: str) -> None:
    story: Any = SeveralTables()
    speaking = replace(GOOD if guarantee == SAME else GOOD_REFUSED, why="kept")
    batches = {"s.t": Batch("s.t", 1), "s.u": Batch("s.u", 1, rows=[speaking])}
    check_batches(guarantee, batches, story)
    assert story.said == {"s.t": Judged.NOT_CONCERNED}


def test_values_of_a_few_tables_are_made_simpler() -> None:
    story: Any = SeveralTables()
    story.standing = [SimpleNamespace(contract=TABLE, table=f"s.t{place}") for place in range(5)]
    bad = row(target={"ID": 7}, differences=[CHANGED])
    batches = {one.table: Batch(one.table, 1, rows=[bad]) for one in story.standing}
    asked: list[str] = []

    def judged(judge: Any) -> None:
        for subject in story.standing:
            with pytest.raises(Broken):
                judge(subject)

    story.each = judged
    check_batches(SAME, batches, story, lambda row, subject: asked.append(subject.table))
    assert asked == ["s.t0", "s.t1", "s.t2"]
