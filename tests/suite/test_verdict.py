"""The three verdicts, their exit codes, and what is told of a broken guarantee."""

from __future__ import annotations

import json
import re

import pytest

from tests.suite.conftest import PASSWORD, Project

pytest_plugins = ("pytester",)

GOOD = "Scenario: It is good\n  Given a little world\n  Then all is well"
BAD = "Scenario: One is two\n  Given a little world\n  Then 1 equals 2\n  And all is well"
BREAKS = "Scenario: It breaks\n  Given a little world\n  Then the suite itself breaks"
IDLE = "Scenario: It is about nothing\n  Given a little world\n  Then nothing is concerned"
SKIPS = "Scenario: It is skipped\n  Given a little world\n  Then nothing can be said"
GONE = "Scenario: It is gone\n  Given a little world\n  Then the environment is gone"


def test_all_guarantees_hold(project: Project) -> None:
    project.feature("01-first/good.feature", GOOD)
    project.feature("02-second/good.feature", GOOD)
    result = project.run()
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        ["READY: all 2 guarantees hold for 1 table", "reports: reports/reconciliation.html, *"]
    )
    assert project.verdict["verdict"] == "READY"
    assert project.verdict["exit_code"] == 0
    assert project.verdict["guarantees"] == {"there_are": 2, "run": 2, "passed": 2}
    assert "READY" in (project.path / "reports/reconciliation.html").read_text(encoding="utf-8")
    assert (project.path / "reports/junit.xml").is_file()


def test_a_guarantee_that_nothing_there_is_about_neither_holds_nor_keeps_from_ready(
    project: Project,
) -> None:
    project.feature("01-first/good.feature", GOOD)
    project.feature("02-second/idle.feature", IDLE)
    result = project.run()
    assert result.ret == 0
    told = "02-second: It is about nothing (every table is mapped)"
    result.stdout.fnmatch_lines(
        ["READY: all 1 guarantees hold*", "*02-second *1 not concerned", f"not concerned: {told}"]
    )
    assert project.verdict["out_of_scope"] == [told]
    counts = {"there_are": 2, "run": 2, "passed": 1, "not concerned": 1}
    assert project.verdict["guarantees"] == counts
    junit = (project.path / "reports/junit.xml").read_text(encoding="utf-8")
    assert 'skipped="1"' in junit
    assert 'message="every table is mapped"' in junit
    page = (project.path / "reports/reconciliation.html").read_text(encoding="utf-8")
    assert "<b>1 of 1</b>guarantees hold" in page
    assert "every table is mapped" in page


def test_a_broken_guarantee_is_told_in_its_own_words_with_its_evidence(project: Project) -> None:
    project.feature("01-first/mixed.feature", GOOD, BAD, head="Feature: Numbers stay what they are")
    result = project.run()
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        [
            "*Scenario in mixed.feature*",
            "Numbers stay what they are: One is two",
            "   passed *s Given a little world",
            "   FAILED *s Then 1 equals 2",
            "        -          And all is well",
            "NOT READY: 1 of 2 guarantees are broken",
            "broken: Numbers stay what they are: One is two",
            "    1 differs from 2",
            "    second line of evidence",
        ]
    )
    [broken] = project.verdict["not_held"]
    assert broken["scenario"] == "One is two"
    assert broken["message"].startswith("1 differs from 2")


@pytest.mark.parametrize(
    ("scenario", "word"), [(BREAKS, "KeyError"), (SKIPS, "the table is not there")]
)
def test_what_could_not_be_judged_is_never_ready(
    project: Project, scenario: str, word: str
) -> None:
    project.feature("01-first/mixed.feature", GOOD, scenario)
    result = project.run()
    assert result.ret == 2
    result.stdout.fnmatch_lines(
        ["NOT JUDGED: 1 of 2 guarantees could not be judged", "not judged: *", f"    *{word}*"]
    )
    assert "FAILED features" not in result.stdout.str()
    assert "failed" not in result.parseoutcomes()


def test_what_several_guarantees_say_in_the_same_words_is_told_once(project: Project) -> None:
    alike = [BAD.replace("One is", f"{one} is") for one in ("One", "Eins")]
    other = "Scenario: Three is four\n  Given a little world\n  Then 3 equals 4"
    unjudged = [
        f"Scenario: {name}\n  Given a little world\n  Then not judged: nobody is there"
        for name in ("It is asked", "It is asked again")
    ]
    project.feature(
        "01-first/alike.feature", alike[0], other, alike[1], *unjudged, head="Feature: Numbers"
    )
    result = project.run()
    assert result.ret == 1
    told = result.stdout.str().partition("NOT READY: ")[2].splitlines()
    first = told.index("broken: Numbers: One is two")
    assert told[first : first + 11] == [
        "broken: Numbers: One is two",
        "broken: Numbers: Eins is two",
        "    1 differs from 2",
        "    second line of evidence",
        "broken: Numbers: Three is four",
        "    3 differs from 4",
        "    second line of evidence",
        "not judged: Numbers: It is asked",
        "not judged: Numbers: It is asked again",
        "    nobody is there",
        f"seed: {project.verdict['seed']} (repeat the values with --seed "
        f"{project.verdict['seed']})",
    ]


def test_what_was_not_judged_is_told_by_the_verdict_and_is_no_error_of_the_suite(
    project: Project,
) -> None:
    unjudged = "Scenario: It is asked\n  Given a little world\n  Then not judged: nobody is there"
    project.feature("01-first/mixed.feature", unjudged, BREAKS)
    result = project.run("-v")
    assert result.ret == 2
    result.stdout.fnmatch_lines(["*::it_is_asked NOT JUDGED *", "*::it_breaks ERROR *"])
    result.stdout.fnmatch_lines(["*= 1 error, 1 not judged in *"])
    assert result.stdout.str().count("nobody is there") == 1
    result.stdout.fnmatch_lines(["*ERROR at call of it_breaks*", "*KeyError: 'a mistake in *"])
    result.stdout.no_fnmatch_line("*at call of it_is_asked*")


#: what is no word about the replication: a library's own assertion, and a test's way out
MISTAKES = """
import pytest
from pytest_bdd import then

@then("{0}")
def mistaken():
    {0}
"""


@pytest.mark.parametrize("mistake", ["assert False, 'of a library'", "pytest.fail('of a helper')"])
def test_only_a_broken_guarantee_is_broken(project: Project, mistake: str) -> None:
    project.feature(
        "01-first/mixed.feature", GOOD, f"Scenario: Wrong\n  Given a little world\n  Then {mistake}"
    )
    project.plugin(MISTAKES.format(mistake))
    result = project.run()
    assert (result.ret, project.verdict["verdict"]) == (2, "NOT JUDGED")
    result.stdout.fnmatch_lines([f"    ERROR * Then {mistake}"])
    [wrong] = project.verdict["not_held"]
    assert wrong["outcome"] == "error"
    assert "of a " in wrong["message"]


def test_a_broken_guarantee_outweighs_one_that_could_not_be_judged(project: Project) -> None:
    project.feature("01-first/mixed.feature", BREAKS, BAD)
    result = project.run()
    assert result.ret == 1
    assert project.verdict["verdict"] == "NOT READY"
    assert [one["outcome"] for one in project.verdict["not_held"]] == ["failed", "error"]


def test_an_environment_that_is_gone_ends_the_run_with_one_line(project: Project) -> None:
    project.feature("01-first/gone.feature", GONE)
    project.feature(
        "02-second/good.feature", *[GOOD.replace("good", f"good {number}") for number in "abcdefgh"]
    )
    result = project.run()
    assert result.ret == 2
    result.stdout.fnmatch_lines(["NOT JUDGED: PostgreSQL 127.0.0.1:5432/dso does not answer"])
    assert project.verdict["guarantees"]["run"] == 1


@pytest.mark.parametrize(
    "selection",
    [
        ("-k", "good_a"),
        ("-m", "not nightly"),
        ("--deselect", "features/01-first/a.feature::it_is_good_b"),
    ],
)
def test_a_part_that_holds_is_no_declaration(project: Project, selection: tuple[str, ...]) -> None:
    scenarios = [GOOD.replace("good", f"good {name}") for name in "abc"]
    project.feature(
        "01-first/a.feature", scenarios[0], *[f"@nightly\n{one}" for one in scenarios[1:]]
    )
    result = project.run(*selection)
    assert result.ret == 0
    run = 2 if "--deselect" in selection else 1
    result.stdout.fnmatch_lines(
        [
            "*lab: NOT JUDGED (partial)*",
            f"NOT JUDGED: partial: {run} of 3 guarantees were run; those hold",
        ]
    )
    assert (project.verdict["scope"], project.verdict["may_be_declared"]) == ("partial", False)


NIGHTLY = "@nightly\n" + GOOD
CHANGING = GOOD.replace("good", "changing")


def test_a_green_reading_run_is_green_and_says_what_it_did_not_judge(project: Project) -> None:
    project.feature("01-first/a.feature", NIGHTLY)
    project.feature("02-second/b.feature", "@nightly\n" + GOOD, CHANGING)
    project.feature("03-third/c.feature", CHANGING)
    result = project.run("-m", "nightly", "--color=yes")
    assert result.ret == 0
    out = result.stdout.str()
    assert re.search(r"\x1b\[[0-9;]*32m[^\n]*lab: READY \(reading only\)", out)
    assert (
        "READY: reading only: 2 guarantees hold; not judged in this scope: 02-second (1 of 2), "
        "03-third" in out
    )
    verdict = project.verdict
    assert (verdict["verdict"], verdict["scope"], verdict["may_be_declared"]) == (
        "READY",
        "reading",
        False,
    )
    assert verdict["out_of_scope"] == ["02-second (1 of 2)", "03-third"]
    assert verdict["not_judged"] == []
    page = (project.path / "reports/reconciliation.html").read_text(encoding="utf-8")
    assert '<section class="card verdict green">' in page
    assert "<strong>READY (reading only)</strong>" in page
    assert "this run declares nothing" in page
    assert "no scenario of this group was run" not in page
    allure = (project.path / "reports/allure-results/environment.properties").read_text(
        encoding="utf-8"
    )
    assert "Verdict = READY (reading only)\nScope = reading\n" in allure
    assert "May.be.declared = no" in allure


def test_a_red_reading_run_says_what_is_broken_and_nothing_else(project: Project) -> None:
    project.feature("01-first/a.feature", "@nightly\n" + BAD, NIGHTLY)
    project.feature("02-second/b.feature", CHANGING)
    project.feature("03-third/c.feature", CHANGING)
    result = project.run("-m", "nightly")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["NOT READY: 1 of 2 guarantees are broken"])
    page = (project.path / "reports/reconciliation.html").read_text(encoding="utf-8")
    assert "1 thing stands against it" in page
    assert "Not in the scope of this run (reading):" in page


def test_nobody_is_sent_to_tidy_up_accepted_differences_in_a_reading_run(project: Project) -> None:
    """The rows there are need not hold what was accepted; the generated rows of a full run do."""
    project.feature("01-first/a.feature", NIGHTLY)
    project.feature("02-second/b.feature", CHANGING)
    project.plugin(
        "from types import SimpleNamespace\nimport pytest\nfrom fixtures.run import run_of\n"
        "from reconciliation.model import Status, TableResult\n\n"
        "def pytest_runtest_teardown(item):\n"
        "    run = run_of(item.config)\n"
        "    run.tables = [TableResult(one.source, one.target, Status.EQUAL, 9, 9, 9, 0, 0, 0)\n"
        "                  for one in run.judge.parallel_run.contract.tables]\n"
    )
    assert project.run("-m", "nightly").ret == 0
    report = json.loads((project.path / "reports/reconciliation.json").read_text(encoding="utf-8"))
    assert report["accepted"]
    told = {(one["words"], one["to_be_tidied"]) for one in report["accepted"]}
    assert told == {("not looked for in this run", False)}


def test_one_file_of_many_is_no_declaration(project: Project) -> None:
    project.feature("01-first/a.feature", GOOD)
    project.feature("02-second/b.feature", GOOD)
    result = project.run(asked="features/02-second/b.feature")
    assert result.ret == 0
    result.stdout.fnmatch_lines(["NOT JUDGED: partial: 1 of 2 guarantees were run; those hold"])


def test_nothing_selected_is_not_judged(project: Project) -> None:
    project.feature("01-first/a.feature", GOOD)
    result = project.run("-k", "no_such_guarantee")
    assert result.ret == 2
    result.stdout.fnmatch_lines(["NOT JUDGED: no guarantee was selected"])


def test_a_run_that_is_interrupted_is_not_judged(project: Project) -> None:
    project.feature("01-first/a.feature", GOOD, BAD.replace("1 equals 2", "2 equals 2"))
    project.plugin("def pytest_runtest_teardown(item):\n    raise KeyboardInterrupt\n")
    result = project.run()
    assert result.ret == 130
    result.stdout.fnmatch_lines(["NOT JUDGED: interrupted after 1 of 2 guarantees"])
    assert project.verdict["exit_code"] == 130


def test_what_was_proven_broken_before_an_interruption_stays_broken(project: Project) -> None:
    project.feature("01-first/a.feature", BAD, GOOD)
    project.plugin("def pytest_runtest_teardown(item):\n    raise KeyboardInterrupt\n")
    result = project.run()
    assert result.ret == 1
    words = (
        "1 of 1 guarantees are broken; and not fully judged: interrupted after 1 of 2 guarantees"
    )
    result.stdout.fnmatch_lines([f"NOT READY: {words}"])
    page = (project.path / "reports/reconciliation.html").read_text(encoding="utf-8")
    assert "1 thing stands against it" in page
    assert "And not fully judged:" in page


def test_what_was_proven_broken_before_an_outage_stays_broken(project: Project) -> None:
    project.feature("01-first/a.feature", BAD, GONE, GOOD)
    result = project.run()
    assert result.ret == 1
    gone = "PostgreSQL 127.0.0.1:5432/dso does not answer"
    result.stdout.fnmatch_lines(
        [f"NOT READY: 1 of 2 guarantees are broken; and not fully judged: {gone}"]
    )
    assert project.verdict["not_judged"][0] == gone


def test_a_scenario_that_was_only_set_up_has_not_held(project: Project) -> None:
    project.feature("01-first/a.feature", GOOD)
    project.plugin("def pytest_bdd_before_scenario(request):\n    raise KeyboardInterrupt\n")
    result = project.run()
    assert result.ret == 130
    result.stdout.fnmatch_lines(["NOT JUDGED: interrupted after 0 of 1 guarantees"])


def test_guarantees_that_were_left_out_on_the_way_are_not_judged(project: Project) -> None:
    project.feature("01-first/a.feature", GOOD, CHANGING)
    project.plugin("def pytest_runtest_teardown(item):\n    item.session.shouldstop = 'enough'\n")
    result = project.run()
    assert result.ret == 2
    result.stdout.fnmatch_lines(["NOT JUDGED: only 1 of the 2 chosen guarantees were run"])


def test_the_declaration_is_run_with_everything_else_or_not_at_all(project: Project) -> None:
    project.feature("01-first/a.feature", GOOD)
    project.feature("02-last/b.feature", "@declaration\n" + GOOD.replace("good", "declared"))
    assert project.run().parseoutcomes()["passed"] == 2
    result = project.run(asked="features/02-last")
    assert result.ret == 2
    result.stdout.fnmatch_lines(
        ["not run: 1 guarantees, it speaks about every guarantee, and 0 of 1 are run"]
    )


def test_a_clean_up_that_fails_is_not_ready(project: Project) -> None:
    project.feature("01-first/a.feature", GOOD)
    project.plugin(
        "from fixtures.life import cleanup\n\n"
        "def after(run):\n    raise RuntimeError('3 rows stay')\n\n"
        "def pytest_sessionstart():\n    cleanup.after = after\n"
    )
    result = project.run()
    assert result.ret == 2
    result.stdout.fnmatch_lines(["NOT JUDGED: clean-up failed: 3 rows stay"])


def test_collecting_only_gives_no_verdict_and_starts_nothing(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_FAULT", "EnvironmentFault:must not be seen")
    project.feature("01-first/a.feature", GOOD)
    result = project.run("--collect-only")
    assert result.ret == 0
    assert "must not be seen" not in result.stdout.str()
    assert not (project.path / "reports/verdict.json").exists()


def test_the_suites_own_tests_write_no_reports(project: Project) -> None:
    project.feature("01-first/a.feature", GOOD)
    project.write("tests/test_own.py", "def test_own():\n    assert True\n")
    result = project.run(asked="tests")
    assert result.ret == 0
    assert not (project.path / "reports").exists()
    assert "READY" not in result.stdout.str()


def test_guarantees_and_tests_are_not_run_together(project: Project) -> None:
    project.feature("01-first/a.feature", GOOD)
    project.write("tests/test_own.py", "def test_own():\n    assert True\n")
    result = project.run("tests")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: the guarantees and the suite's own tests run apart: *"])


def test_the_guarantees_run_in_one_process(project: Project) -> None:
    project.feature("01-first/a.feature", GOOD)
    result = project.run("-n", "2")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: the guarantees run in one process; leave out *-n*"])
    assert not (project.path / "reports").exists()
    assert project.run("-n", "0").ret == 0


def test_no_secret_is_written_or_shown(project: Project) -> None:
    project.feature("01-first/mixed.feature", GOOD, BAD, BREAKS)
    result = project.run()
    assert PASSWORD not in result.stdout.str() + result.stderr.str()
    assert "a little world" in project.everything_written()
    assert PASSWORD not in project.everything_written()


def test_no_terminal_obeys_what_a_database_says(project: Project) -> None:
    """A message with ESC, in the traceback, the last lines, the reasons and the attachments."""
    project.feature(
        "01-first/wild.feature", "Scenario: Wild\n  Given a little world\n  Then a name is wild"
    )
    project.plugin(
        "from pytest_bdd import then\nfrom fixtures.reporting import evidence\n"
        "from reconciliation.errors "
        "import Broken\n\n"
        "@then('a name is wild')\ndef wild():\n"
        "    evidence.attach_text('a text', ['a\\x1b[2Jb'])\n"
        "    evidence.attach_table('a table', ['x'], [['a\\x1b[2Jb']])\n"
        "    evidence.attach_rows('rows', [{'x': 'a\\x1b[2Jb'}])\n    raise Broken('a\\x1b[2Jb')\n"
    )
    result = project.run("-ra", "--color=no")
    assert result.ret == 1
    text = result.stdout.str()
    assert "\x1b" not in text
    assert text.count("a\\x1b[2Jb") >= 3
    attached = [
        path.read_text("utf-8")
        for path in (project.path / "reports/allure-results").glob("*-attachment*")
    ]
    assert sum("a\\x1b[2Jb" in one for one in attached) == 3
    assert not [one for one in attached if "\x1b" in one]
