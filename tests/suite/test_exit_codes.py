"""One table decides about words, colours and exit codes; the documents are written from it."""

from __future__ import annotations

import pytest

from exit_codes import ExitCode
from reconciliation.endings import SUBJECTS, Colour, ending
from reconciliation.verdict import Scope, Verdict
from tests.exit_codes import COMMAND, PAGE, README, readme, rendered

R, N, J = Verdict.READY, Verdict.NOT_READY, Verdict.NOT_JUDGED


def test_the_page_is_what_decides() -> None:
    assert PAGE.read_text("utf-8") == rendered(), f"write it anew: {COMMAND}"


def test_the_table_of_the_readme_is_what_decides() -> None:
    text = README.read_text("utf-8")
    assert text == readme(text), f"write it anew: {COMMAND}"
    assert "docs/exit-codes.md" in text


def test_a_readme_without_its_marks_is_told() -> None:
    with pytest.raises(ValueError, match="lacks the lines"):
        readme("# no table")


@pytest.mark.parametrize(
    ("verdict", "scope", "told", "colour", "code"),
    [
        (R, Scope.FULL, "READY", Colour.GREEN, 0),
        (R, Scope.READING, "READY (reading only)", Colour.GREEN, 0),
        (R, Scope.PARTIAL, "NOT JUDGED (partial)", Colour.BLUE, 0),
        *((N, scope, "NOT READY", Colour.RED, 1) for scope in Scope),
        *((J, scope, "NOT JUDGED", Colour.AMBER, 2) for scope in Scope),
    ],
)
def test_how_a_run_of_the_guarantees_ends(
    verdict: Verdict, scope: Scope, told: str, colour: Colour, code: int
) -> None:
    found = ending(verdict, scope)
    assert (found.headline, found.colour, found.code) == (told, colour, code)
    assert found.word == told.partition(" (")[0]


@pytest.mark.parametrize("scope", Scope)
def test_what_is_broken_outweighs_how_the_run_ended(scope: Scope) -> None:
    assert ending(N, scope, interrupted=True).code == ExitCode.BROKEN
    assert ending(J, scope, interrupted=True).code == ExitCode.INTERRUPTED
    assert ending(J, scope, usage=True).code == ExitCode.USAGE


@pytest.mark.parametrize("how", ["interrupted", "usage"])
def test_nothing_is_ready_that_was_not_run_to_its_end(how: str) -> None:
    with pytest.raises(ValueError, match="neither an interrupted run"):
        ending(R, **{how: True})


def test_a_subject_has_the_scopes_it_asks_in() -> None:
    with pytest.raises(ValueError, match="tables are not judged in scope reading"):
        ending(R, Scope.READING, "tables")
    for subject in SUBJECTS.values():
        assert subject.questions.keys() == subject.good_news.keys()
        assert set(subject.words) == set(Verdict)
