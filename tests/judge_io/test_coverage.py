"""Coverage decides: every mapped table in every guarantee about rows, or an excuse beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

import pytest

from reconciliation.verdict import (
    NO_WORD,
    Cell,
    Course,
    Coverage,
    Declaration,
    Excused,
    Judged,
    Outcome,
    Scope,
    Verdict,
    coverage_lines,
    declare,
    matrix_of,
)

R, N, J = Verdict.READY, Verdict.NOT_READY, Verdict.NOT_JUDGED
TODAY = dt.date(2026, 12, 1)
HOLDS, BROKEN = Cell(Judged.HOLDS), Cell(Judged.BROKEN, "2 rows differ")
UNSURE, EXCUSED = Cell(Judged.NOT_JUDGED, "locked"), Cell(Judged.EXCUSED, "no key")
TABLES = ("pay.fee", "pay.invoice")
NO_KEY = Excused("pay.fee", "no key", "dba", TODAY)
NO_STOP = Excused("06", "the task is not ours to stop", "ops", TODAY)
BOTH_HOLD = dict.fromkeys(TABLES, HOLDS)


def guarantee(
    cells: Mapping[str, Cell],
    scenario: str = "A deleted row disappears",
    outcome: str = "passed",
    group: str = "04-changes",
    mutating: bool = True,
    every: bool = True,
) -> Outcome:
    return Outcome(
        group,
        f"{group}.feature",
        scenario,
        outcome,
        "gone\nquite" if outcome != "passed" else "",
        cells=cells,
        mutating=mutating,
        every=every,
    )


def coverage(*excused: Excused, groups: tuple[Excused, ...] = ()) -> Coverage:
    return Coverage(TABLES, TODAY, excused, groups)


def judge(
    outcomes: list[Outcome], covered: Coverage | None = None, scope: Scope = Scope.FULL
) -> Declaration:
    groups = sorted({one.group for one in outcomes})
    return declare(outcomes, groups, Course(scope, coverage=covered or coverage()))


def cells_of(declaration: Declaration) -> dict[str, list[Judged]]:
    return {row.table: [cell.judged for cell in row.cells] for row in declaration.matrix.rows}


def test_every_table_in_every_guarantee_is_ready_and_counted() -> None:
    found = judge([guarantee(BOTH_HOLD), guarantee(BOTH_HOLD, "An inserted row arrives")])
    assert (found.verdict, found.scope, found.may_be_declared) == (R, Scope.FULL, True)
    assert found.reason == "all 2 guarantees hold for 2 tables"
    assert cells_of(found) == {name: [Judged.HOLDS] * 2 for name in TABLES}
    assert found.excuses == ()


@pytest.mark.parametrize("mutating", [True, False])
@pytest.mark.parametrize("scope", Scope)
def test_a_table_without_a_word_is_not_judged_by_name(mutating: bool, scope: Scope) -> None:
    hole = guarantee({"pay.fee": HOLDS}, "A row is there", mutating=mutating)
    found = judge([guarantee(BOTH_HOLD), hole], scope=scope)
    assert (found.verdict, found.may_be_declared) == (J, False)
    assert found.reason == "no word on pay.invoice (1 of 2 guarantees)"
    assert found.matrix.rows[1].cells[1] == Cell(Judged.NOT_JUDGED, NO_WORD)


def test_a_guarantee_about_one_table_overlooks_no_other() -> None:
    one = guarantee({"pay.fee": HOLDS}, "A fee is announced", every=False)
    found = judge([guarantee(BOTH_HOLD), one])
    assert found.verdict is R
    assert cells_of(found)["pay.invoice"] == [Judged.HOLDS, Judged.NOT_CONCERNED]


def test_a_guarantee_about_every_table_that_says_nothing_of_any_leaves_holes() -> None:
    found = judge([guarantee(BOTH_HOLD), guarantee({}, "An inserted row arrives")])
    assert found.verdict is J
    assert found.reason.startswith("no word on pay.fee (1 of 2 guarantees), pay.invoice")
    reading = guarantee({}, "Every mapped table has a key", mutating=False)
    assert judge([guarantee(BOTH_HOLD), reading]).verdict is R


def test_a_mapped_table_that_no_guarantee_knows_is_in_the_matrix() -> None:
    found = judge([guarantee({"pay.fee": HOLDS})])
    assert found.reason == (
        "no word on pay.invoice (1 of 1 guarantees); no change was judged in pay.invoice"
    )


def test_a_broken_table_breaks_the_guarantee_and_the_others_stay_green() -> None:
    found = judge([guarantee({"pay.fee": HOLDS, "pay.invoice": BROKEN}, outcome="failed")])
    assert found.verdict is N
    assert found.reason == "1 of 1 guarantees are broken, in 1 of 2 tables: pay.invoice"
    assert found.reasons == ("04-changes: A deleted row disappears (pay.invoice)",)
    assert cells_of(found) == {"pay.fee": [Judged.HOLDS], "pay.invoice": [Judged.BROKEN]}


@pytest.mark.parametrize(
    ("cell", "outcome", "verdict"), [(BROKEN, "failed", N), (UNSURE, "error", J)]
)
def test_cells_outweigh_an_outcome_that_is_better(
    cell: Cell, outcome: str, verdict: Verdict
) -> None:
    found = judge([guarantee({"pay.fee": HOLDS, "pay.invoice": cell})])
    assert (found.verdict, found.counts) == (verdict, {outcome: 1})
    [told] = (*found.broken, *found.unjudged)
    assert told.message == f"pay.invoice: {cell.words}"


def test_broken_beats_not_judged() -> None:
    found = judge([guarantee({"pay.fee": UNSURE, "pay.invoice": BROKEN}, outcome="error")])
    assert (found.verdict, found.counts) == (N, {"failed": 1})


def test_a_table_no_change_of_which_was_judged_is_not_judged_with_the_reason() -> None:
    found = judge([guarantee({"pay.fee": UNSURE, "pay.invoice": HOLDS}, outcome="error")])
    assert found.verdict is J
    assert found.reason == (
        "1 of 1 guarantees could not be judged; no change was judged in pay.fee (locked)"
    )


def test_reading_a_table_does_not_exercise_it() -> None:
    reads = guarantee(BOTH_HOLD, "All rows agree", mutating=False)
    changes = guarantee({"pay.fee": Cell(Judged.NOT_CONCERNED), "pay.invoice": HOLDS})
    found = judge([changes, reads])
    assert (found.verdict, found.reason) == (J, "no change was judged in pay.fee")
    assert judge([changes, reads], scope=Scope.PARTIAL).verdict is R


@pytest.mark.parametrize("said", [EXCUSED, UNSURE, None])
def test_an_excused_table_keeps_nobody_from_ready(said: Cell | None) -> None:
    cells = {"pay.invoice": HOLDS} | ({"pay.fee": said} if said else {})
    found = judge([guarantee(cells)], coverage(NO_KEY))
    assert (found.verdict, found.may_be_declared) == (R, True)
    assert found.reason == (
        "all 1 guarantees hold for 1 table; 1 table excused: "
        "pay.fee (no key; dba, until 2026-12-01)"
    )
    assert cells_of(found)["pay.fee"] == [Judged.EXCUSED]
    assert found.excuses == ("table pay.fee (no key; dba, until 2026-12-01)",)


def test_an_excuse_covers_no_breach_and_no_reading() -> None:
    broken = guarantee({"pay.fee": BROKEN, "pay.invoice": HOLDS}, outcome="failed")
    assert judge([broken], coverage(NO_KEY)).verdict is N
    reads = guarantee({"pay.fee": UNSURE, "pay.invoice": HOLDS}, "Rows agree", mutating=False)
    found = judge([guarantee({"pay.invoice": HOLDS}), reads], coverage(NO_KEY))
    assert found.verdict is J
    assert cells_of(found)["pay.fee"] == [Judged.EXCUSED, Judged.NOT_JUDGED]


def test_an_expired_excuse_is_none() -> None:
    past = replace(NO_KEY, expires=TODAY - dt.timedelta(days=1))
    found = judge([guarantee({"pay.fee": EXCUSED, "pay.invoice": HOLDS})], coverage(past))
    assert (found.verdict, found.excuses) == (J, ())
    words = "pay.fee (no key; dba, until 2026-11-30)"
    assert found.reason.startswith(f"the excuse of {words} has expired")
    [cell] = found.matrix.rows[0].cells
    assert cell == Cell(Judged.NOT_JUDGED, f"its excuse has expired: {words}")


def test_an_excuse_nobody_has_agreed_to_is_none() -> None:
    found = judge([guarantee({"pay.fee": EXCUSED, "pay.invoice": HOLDS})])
    assert found.verdict is J
    assert found.matrix.rows[0].cells[0].words == "it was left out, and no excuse of it is agreed"


def test_a_run_that_has_changed_no_mapped_table_has_only_read() -> None:
    excused = [NO_KEY, replace(NO_KEY, name="pay.invoice")]
    found = judge([guarantee(dict.fromkeys(TABLES, EXCUSED))], coverage(*excused))
    assert (found.scope, found.may_be_declared) == (Scope.READING, False)
    assert found.reason.startswith(
        "reading only: 1 guarantees hold; no mapped table was changed; 2 tables excused: pay.fee"
    )
    reads = guarantee(BOTH_HOLD, "All rows agree", mutating=False)
    found = judge([reads])
    assert (found.verdict, found.scope) == (J, Scope.READING)
    assert found.reason == "no change was judged in pay.fee, pay.invoice"


def test_a_task_that_maps_nothing_is_not_judged() -> None:
    found = judge([guarantee({}, mutating=False)], Coverage((), TODAY))
    assert (found.verdict, found.reason) == (J, "no table is mapped")


def test_an_excused_group_is_not_missing() -> None:
    course = Course(coverage=coverage(groups=(NO_STOP,)))
    found = declare([guarantee(BOTH_HOLD)], ["04-changes", "06-interruption"], course)
    assert (found.verdict, found.may_be_declared, found.missing_groups) == (R, True, ())
    words = "06 (the task is not ours to stop; ops, until 2026-12-01)"
    assert found.reason == f"all 1 guarantees hold for 2 tables; 1 group excused: {words}"
    assert found.excuses == (f"group {words}",)
    assert "06-interruption" not in found.groups


@pytest.mark.parametrize("name", ["06-interruption", "06-inter", "0", "6"])
def test_a_group_is_excused_by_its_name_or_its_number(name: str) -> None:
    excuse = replace(NO_STOP, name=name)
    assert excuse.covers("06-interruption") is (name == "06-interruption")
    assert NO_STOP.covers("06-interruption")


def test_an_expired_excuse_of_a_group_is_none() -> None:
    past = replace(NO_STOP, expires=TODAY - dt.timedelta(days=1))
    course = Course(coverage=coverage(groups=(past,)))
    found = declare([guarantee(BOTH_HOLD)], ["04-changes", "06-interruption"], course)
    assert (found.verdict, found.missing_groups) == (J, ("06-interruption",))
    assert "the excuse of 06 (the task is not ours to stop; ops, until 2026-11-30) has expired" in (
        found.reason
    )


def test_what_ended_a_guarantee_holds_for_no_table() -> None:
    """Nothing is green because it was looked at before the end."""
    found = judge([guarantee({"pay.fee": HOLDS}, outcome="error")])
    assert [cell.words for row in found.matrix.rows for cell in row.cells] == ["gone", NO_WORD]
    assert cells_of(found)["pay.fee"] == [Judged.NOT_JUDGED]


@pytest.mark.parametrize("ending", ["refusal", "fault", "interrupted"])
def test_a_run_that_was_ended_tells_its_end_alone(ending: str) -> None:
    course = replace(Course(selected=1, coverage=coverage()), **{ending: "Oracle is gone"})
    found = declare([guarantee({"pay.fee": UNSURE}, outcome="error")], ["04-changes"], course)
    assert (found.verdict, found.scope) == (J, Scope.FULL)
    assert "Oracle is gone" in found.reason
    assert "pay.invoice" not in found.reason


def test_groups_stand_together_and_tables_in_their_order() -> None:
    unmapped = {"pay.old": HOLDS}
    outcomes = [
        guarantee(BOTH_HOLD | unmapped, group="07-tables", mutating=False),
        guarantee(BOTH_HOLD),
    ]
    matrix = matrix_of(outcomes, coverage())
    assert matrix.groups == ("04-changes", "07-tables")
    assert [row.table for row in matrix.rows] == [*TABLES, "pay.old"]
    assert [cell.judged for cell in matrix.rows[2].cells] == [Judged.NOT_CONCERNED, Judged.HOLDS]
    assert [*matrix.heads().values()] == ["04", "07"]
    alike = matrix_of([*outcomes, guarantee(BOTH_HOLD, group="04-own")], coverage())
    assert [*alike.heads().values()] == ["04-changes", "04-own", "07"]
    assert matrix.of_group(matrix.rows[0], "04-changes") == {Judged.HOLDS: 1}
    assert matrix.rows[2].worst is Judged.HOLDS


def test_many_tables_are_told_in_one_line() -> None:
    tables = tuple(f"t{number:02}" for number in range(21))
    covered = Coverage(tables, TODAY)
    matrix = matrix_of([guarantee({"t00": HOLDS})], covered)
    holes, idle = coverage_lines(matrix, covered, Scope.FULL)
    assert holes.endswith("t08 (1 of 1 guarantees) and 12 more")
    assert idle.endswith("t08 and 12 more")
