"""A scenario hit by an outage is begun anew and leaves no trace; an outage that lasts is one line
and exit code 2.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from tests.suite.conftest import Project

pytest_plugins = ("pytester",)

GOOD = "Scenario: It is good\n  Given a little world\n  Then all is well"
BAD = "Scenario: One is two\n  Given a little world\n  Then 1 equals 2"
HIT = (
    "Scenario: It is hit\n  Given a little world\n  When something is done\n  Then nobody "
    "answers {} times"
)
HIT_BROKEN = HIT + "\n  And 1 equals 2"
LINE = "PostgreSQL 127.0.0.1:5432/dso: the connection was lost"
FAST = ("--patience", "0.5")
#: seconds within which something moves, wherever something is done, on a machine that is busy
MOVES = "5"


def test_a_scenario_that_was_hit_is_begun_anew_and_leaves_no_trace(project: Project) -> None:
    project.feature("01-first/a.feature", GOOD, HIT.format(2))
    result = project.run(*FAST)
    assert result.ret == 0, result.stdout.str()
    result.stdout.fnmatch_lines(["READY: all 2 guarantees hold for 1 table"])
    assert project.verdict["guarantees"] == {"there_are": 2, "run": 2, "passed": 2}
    assert [one["status"] for one in project.results()] == ["passed", "passed"]
    [hit] = [one for one in project.results() if one["name"] == "It is hit"]
    assert [step["status"] for step in hit["steps"]] == ["passed"] * 3
    assert len(hit["labels"]) == len({(one["name"], one["value"]) for one in hit["labels"]})
    attached = list((project.path / "reports/allure-results").glob("*-attachment.txt"))
    assert [path.read_text() for path in attached] == ["something was done"]
    cases = ET.parse(project.path / "reports/junit.xml").getroot().findall(".//testcase")
    assert [[part.tag for part in case] for case in cases] == [["system-out"], []]


def test_what_a_scenario_said_of_tables_before_it_was_hit_is_forgotten(project: Project) -> None:
    project.feature(
        "01-first/a.feature",
        HIT.format(1).replace("Then", "Then it comes out otherwise the second time\n  And"),
    )
    project.plugin(
        "from pytest_bdd import then\nfrom fixtures.run import run_of\n"
        "from reconciliation.verdict import Cell, Judged\nsaid = []\n\n"
        "@then('it comes out otherwise the second time')\ndef otherwise(request):\n"
        "    cells = run_of(request.config).answers.setdefault(request.node.nodeid, {})\n"
        "    cells['first' if not said else 'second'] = Cell(Judged.HOLDS)\n"
        "    said.append(1)\n"
    )
    project.run(*FAST)
    told = [one for one in project.verdict["matrix"] if one["judged"] == "holds"]
    assert [one["table"] for one in told] == ["second"]


def test_what_was_waited_for_is_noted(project: Project) -> None:
    project.feature("01-first/a.feature", HIT.format(1))
    text = project.run(*FAST).stdout.str()
    assert f"{LINE}; waiting until it answers again" in text
    [note] = project.verdict["outages"]
    assert note in text
    assert f"UTC: {LINE}; the scenario 'It is hit' was begun anew" in note


def test_a_scenario_is_broken_or_not_as_its_last_attempt_says(project: Project) -> None:
    project.feature("01-first/a.feature", HIT_BROKEN.format(1))
    assert project.run(*FAST).ret == 1
    assert [one["message"].splitlines()[0] for one in project.verdict["not_held"]] == [
        "1 differs from 2"
    ]


def test_a_scenario_is_not_begun_for_ever(project: Project) -> None:
    project.feature("01-first/a.feature", GOOD, HIT.format(9))
    project.feature("02-second/b.feature", GOOD.replace("good", "never run"))
    result = project.run(*FAST)
    assert result.ret == 2
    reason = f"{LINE}; the scenario 'It is hit' was begun 3 times and hit by an outage each time"
    assert project.verdict["reason"] == reason
    assert project.verdict["guarantees"] == {"there_are": 3, "run": 1, "passed": 1}
    assert {one["status"] for one in project.results()} == {"passed", "skipped"}
    report = (project.path / "reports/junit.xml").read_text()
    assert "<failure" not in report
    assert 'name="it_is_hit' not in report


#: nobody answers while the scenario is torn down, the first time
HIT_AT_ITS_END = """
from reconciliation.errors import Lost

TORN_DOWN = []

def pytest_runtest_teardown(item):
    TORN_DOWN.append(item)
    if len(TORN_DOWN) == 1:
        raise Lost("{line}")
    raise AssertionError("begun anew")
"""


@pytest.mark.parametrize("lasts", [False, True])
@pytest.mark.parametrize(("scenario", "outcome"), [(BAD, "failed"), (GOOD, "passed")])
def test_what_was_judged_before_its_end_was_hit_stays_as_it_was_judged(
    project: Project, monkeypatch: pytest.MonkeyPatch, scenario: str, outcome: str, lasts: bool
) -> None:
    if lasts:
        monkeypatch.setenv("FAKE_AWAY", AWAY)
    project.feature("01-first/a.feature", scenario)
    project.plugin(HIT_AT_ITS_END.format(line=LINE))
    assert project.run(*FAST).ret == (1 if outcome == "failed" else 2 if lasts else 0)
    assert project.verdict["guarantees"] == {"there_are": 1, "run": 1, outcome: 1}
    [result] = project.results()
    assert result["status"] == outcome
    if outcome == "failed":
        assert project.verdict["not_held"][0]["message"].startswith("1 differs from 2")
        assert "1 differs from 2" in result["statusDetails"]["message"]
    assert (not lasts) is (AWAY not in project.verdict["reason"])


AWAY = "Oracle 127.0.0.1:1521/XE does not answer"


@pytest.mark.parametrize(
    ("before", "code", "verdict"), [(GOOD, 2, "NOT JUDGED"), (BAD, 1, "NOT READY")]
)
def test_an_outage_that_lasts_ends_the_run_with_one_cause(
    project: Project, monkeypatch: pytest.MonkeyPatch, before: str, code: int, verdict: str
) -> None:
    monkeypatch.setenv("FAKE_AWAY", AWAY)
    project.feature("01-first/a.feature", before, HIT.format(1), GOOD.replace("good", "never run"))
    result = project.run(*FAST)
    assert (result.ret, project.verdict["verdict"]) == (code, verdict)
    text = result.stdout.str()
    assert f"{AWAY}; the scenario 'It is hit' was given up after 0.5 s without a connection" in text
    assert "Traceback" not in text
    assert len(text.splitlines()) < 60
    assert project.verdict["guarantees"]["run"] == 1
    assert "fake lab stopped" in text
    assert "this run's rows stay under the keys its journal has" in text


@pytest.mark.parametrize(
    ("before", "code", "verdict"), [(GOOD, 2, "NOT JUDGED"), (BAD, 1, "NOT READY")]
)
def test_without_patience_the_first_outage_ends_the_run(
    project: Project, before: str, code: int, verdict: str
) -> None:
    """Also when everybody answers again at once."""
    project.feature("01-first/a.feature", before, HIT.format(1), GOOD.replace("good", "never run"))
    result = project.run("--patience", "0")
    assert (result.ret, project.verdict["verdict"]) == (code, verdict)
    cause = f"{LINE}; the scenario 'It is hit' was given up at once: --patience is 0"
    assert project.verdict["not_judged"][0] == cause
    assert project.verdict["guarantees"]["run"] == 1
    text = result.stdout.str()
    assert "Traceback" not in text
    assert "waiting until it answers" not in text
    assert "begun anew" not in text


def test_a_part_of_the_lab_that_is_gone_is_not_waited_for(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_AWAY", AWAY)
    monkeypatch.setenv("FAKE_DEAD", "oracle")
    project.feature("01-first/a.feature", HIT.format(1))
    project.plugin("from fixtures.life import recovery\n\nrecovery._LAB_SECONDS = 0.0\n")
    result = project.run("--patience", "600")
    assert result.ret == 2
    assert project.verdict["reason"].startswith(
        "the lab 'lab' has lost oracle and does not start that again"
    )


def test_a_scenario_in_which_nothing_moves_is_ended_and_not_judged(project: Project) -> None:
    project.feature(
        "01-first/a.feature",
        "Scenario: It hangs\n  Given a little world\n  Then nothing moves",
        GOOD,
    )
    result = project.run("--stall-timeout", MOVES)
    assert result.ret == 2
    [hung] = project.verdict["not_held"]
    assert hung["outcome"] == "error"
    assert hung["message"].startswith("no progress for ")
    assert "at Then nothing moves (" in hung["message"]
    assert project.verdict["guarantees"]["passed"] == 1
    assert "Stack of" not in result.stdout.str() + result.stderr.str()


def test_a_scenario_in_which_something_moves_takes_as_long_as_it_takes(project: Project) -> None:
    project.feature(
        "01-first/a.feature",
        "Scenario: It is slow\n  Given a little world\n  Then it takes 8 s\n  And all is well",
    )
    result = project.run(
        "--stall-timeout", MOVES, "-o", "timeout=4", "-o", "faulthandler_timeout=4"
    )
    assert result.ret == 0, result.stdout.str()
    assert "most recent call first" not in result.stderr.str()


#: what is done before and behind the scenarios, told, and hit by an outage the first time where
#: ``hit`` says so
TOLD = """
from reconciliation.errors import Lost, TooSlow

HIT = [{hit!r}]

def told(what):
    def do(run, *_, **__):
        print("told:", what, flush=True)
        run.dirty = what == "before" or run.dirty
        if what in HIT:
            HIT.remove(what)
            raise Lost("{line}")
    return do

def pytest_sessionstart():
    from fixtures.life import cleanup, session

    cleanup.before, cleanup.between, cleanup.after = told("before"), told("between"), told("after")
    cleanup.behind_changes = told("behind changes")
    session._keep_task_facts = told("facts")
"""
#: what an outage leaves behind although everything answers again
SLOW = """
def renew(session):
    raise TooSlow("PostgreSQL gave no answer within 60 s")

def pytest_collection_finish(session):
    from tests.suite import fakes

    fakes.FakeSession.renew = renew
"""


def _told(result: pytest.RunResult) -> list[str]:
    return [line.partition("told: ")[2] for line in result.outlines if "told: " in line]


def test_an_outage_in_the_first_clean_up_is_waited_for(project: Project) -> None:
    project.feature("01-first/a.feature", GOOD)
    project.plugin(TOLD.format(hit="before", line=LINE))
    result = project.run(*FAST, "-s")
    assert result.ret == 0, result.stdout.str()
    assert _told(result)[0] == "before"
    assert _told(result).count("before") == 2
    [note] = project.verdict["outages"]
    assert note.endswith(f"{LINE}; the clean-up before the first scenario was begun anew")


def test_what_still_answers_is_cleaned_up(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What goes wrong once everything answers again ends the run, too, and is no reason to leave
    its rows.
    """
    project.feature("01-first/a.feature", HIT.format(1))
    project.plugin(TOLD.format(hit=None, line=LINE) + SLOW)
    result = project.run(*FAST, "-s")
    assert result.ret == 2
    assert project.verdict["reason"] == "PostgreSQL gave no answer within 60 s"
    assert _told(result) == ["before", "facts", "after"]
    assert project.verdict["outages"] == []


@pytest.mark.parametrize(
    ("options", "swept"), [((), ["between", "facts", "after"]), (("--keep-data",), ["facts"])]
)
def test_data_that_are_to_be_kept_are_kept_in_an_outage_at_the_end(
    project: Project, options: tuple[str, ...], swept: list[str]
) -> None:
    project.feature("01-first/a.feature", GOOD)
    project.plugin(TOLD.format(hit="facts", line=LINE))
    result = project.run(*FAST, *options, "-s")
    assert result.ret == 0, result.stdout.str()
    assert _told(result) == ["before", "facts", *swept]
