"""Coverage in a run: what scenarios say of tables, what is excused, and where all of it is told."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from tests.suite.conftest import Project

pytest_plugins = ("pytester",)

ALL = (
    "Scenario: All of them\n  Given a little world\n"
    "  Then every mapped table comes out as holds but for nobody"
)
ONE_BROKEN = (
    "Scenario: One does not\n  Given a little world\n"
    "  Then every mapped table comes out as holds but for pay.fee\n"
    "  And for pay.fee it comes out as broken"
)
OVERLOOKED = ONE_BROKEN.rpartition("\n")[0]
NAMED = "Scenario: Its own\n  Given a little world\n  Then for pay.fee it comes out as holds"
GOOD = "Scenario: It is good\n  Given a little world\n  Then all is well"


@pytest.fixture(autouse=True)
def two_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_MAPPED", "pay.fee pay.invoice")


def judged(project: Project) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for cell in project.verdict["matrix"]:
        found.setdefault(cell["table"], []).append(cell["judged"])
    return found


def test_tables_and_guarantees_are_in_every_report(project: Project) -> None:
    project.feature("04-some-group/a.feature", ALL, ONE_BROKEN, NAMED)
    result = project.run()
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        [
            "NOT READY: 1 of 3 guarantees are broken, in 1 of 2 tables: pay.fee",
            "  2 mapped tables, 3 guarantees about rows: x broken, *",
            "  table        04",
            "  pay.fee      x1 +2",
            "  pay.invoice  +2",
            "  pay.fee: 1 broken: One does not: why pay.fee is broken",
            "broken: *: One does not",
            "    pay.fee: why pay.fee is broken",
        ]
    )
    assert judged(project) == {
        "pay.fee": ["holds", "broken", "holds"],
        "pay.invoice": ["holds", "holds", "not concerned"],
    }
    assert project.verdict["matrix"][1] == {
        "table": "pay.fee",
        "guarantee": {
            "group": "04-some-group",
            "feature": "A little feature",
            "scenario": "One does not",
        },
        "judged": "broken",
        "words": "why pay.fee is broken",
    }
    assert project.verdict["tables"]["pay.fee"] == {"holds": 2, "broken": 1}
    [broken] = project.verdict["not_held"]
    assert broken["tables"] == ["pay.fee"]
    page = (project.path / "reports/reconciliation.html").read_text(encoding="utf-8")
    assert 'title="2 One does not: broken\nwhy pay.fee is broken">✗</td>' in page
    report = json.loads((project.path / "reports/reconciliation.json").read_text(encoding="utf-8"))
    assert [row["table"] for row in report["matrix"]["rows"]] == ["pay.fee", "pay.invoice"]
    cases = ElementTree.parse(project.path / "reports/junit.xml").getroot().iter("testcase")
    told = {case.get("name"): case.findtext("system-out") for case in cases}
    assert told["One does not"] == (
        "pay.invoice: holds: why pay.invoice is holds\npay.fee: broken: why pay.fee is broken"
    )


def test_each_table_is_a_step_with_its_own_status(project: Project) -> None:
    project.feature("04-some-group/a.feature", ONE_BROKEN)
    project.run()
    [result] = project.results()
    last = result["steps"][-1]
    assert (last["name"], last["status"]) == ("2 mapped tables: 1 broken, 1 holds", "passed")
    assert [(step["name"], step["status"]) for step in last["steps"]] == [
        ("pay.invoice: holds", "passed"),
        ("pay.fee: broken", "failed"),
    ]
    assert last["steps"][1]["statusDetails"]["message"] == "why pay.fee is broken"


def test_a_scenario_whose_table_is_broken_is_red_everywhere(project: Project) -> None:
    project.feature("04-some-group/a.feature", ONE_BROKEN)
    result = project.run()
    assert result.parseoutcomes() == {"failed": 1}


LATE = """
import pytest
from fixtures.run import run_of
from reconciliation.verdict import Cell, Judged

@pytest.fixture(autouse=True)
def late(request):
    yield
    cells = run_of(request.config).answers[request.node.nodeid]
    cells["pay.fee"] = Cell(Judged.BROKEN, "seen at the end")
"""


def test_what_is_said_of_a_table_when_a_scenario_is_torn_down_counts(project: Project) -> None:
    project.feature("04-some-group/a.feature", ALL)
    project.plugin(LATE)
    assert project.run().ret == 1
    assert judged(project)["pay.fee"] == ["broken"]
    assert project.verdict["not_held"][0]["message"] == "pay.fee: seen at the end"
    assert project.results()[0]["steps"][-1]["steps"][0]["name"] == "pay.fee: broken"


def test_a_reason_that_names_its_table_names_it_once(project: Project) -> None:
    named = 'Judged.NOT_JUDGED, "pay.fee: it is locked"'
    project.feature("04-some-group/a.feature", ALL)
    project.plugin(LATE.replace('Judged.BROKEN, "seen at the end"', named))
    result = project.run()
    assert result.ret == 2
    assert project.verdict["not_held"][0]["message"] == "pay.fee: it is locked"
    assert "no change was judged in pay.fee (it is locked)" in result.stdout.str()
    assert "pay.fee: pay.fee" not in result.stdout.str()


def test_a_table_that_every_table_leaves_out_is_a_hole(project: Project) -> None:
    project.feature("04-some-group/a.feature", ALL, OVERLOOKED)
    result = project.run()
    assert result.ret == 2
    result.stdout.fnmatch_lines(["NOT JUDGED: no word on pay.fee (1 of 2 guarantees)"])
    assert judged(project)["pay.fee"] == ["holds", "not judged"]


def test_a_mapped_table_that_nothing_changed_keeps_from_ready(project: Project) -> None:
    project.feature("04-some-group/a.feature", NAMED)
    result = project.run()
    assert result.ret == 2
    result.stdout.fnmatch_lines(["NOT JUDGED: no change was judged in pay.invoice"])


def test_reading_alone_is_no_full_run(project: Project) -> None:
    project.feature("07-some-group/a.feature", f"@nightly\n{ALL}")
    result = project.run()
    assert result.ret == 2
    assert (project.verdict["scope"], project.verdict["verdict"]) == ("reading", "NOT JUDGED")


EXCUSED_TABLE = """
import datetime as dt
from dataclasses import replace
from fixtures.run import run_of
from reconciliation.model import Contract, Excuse

def pytest_runtest_setup(item):
    run = run_of(item.config).judge.parallel_run
    [table] = run.contract.tables
    excuse = Excuse("no key", "dba", dt.date({year}, 1, 31))
    run.contract = Contract((replace(table, source="pay.fee", write=False, excuse=excuse),))
"""


def test_an_excused_table_is_told_with_owner_and_last_day(project: Project) -> None:
    project.feature("04-some-group/a.feature", ALL.replace("nobody", "pay.fee"))
    project.plugin(EXCUSED_TABLE.format(year=9999))
    result = project.run()
    assert result.ret == 0
    words = "pay.fee (no key; dba, until 9999-01-31)"
    result.stdout.fnmatch_lines(
        [
            f"READY: all 1 guarantees hold for 1 table; 1 table excused: {words}",
            "  pay.fee      e1",
            f"  excused: table {words}",
        ]
    )
    assert project.verdict["excuses"] == [f"table {words}"]
    page = (project.path / "reports/reconciliation.html").read_text(encoding="utf-8")
    assert f"<li>table {words}</li>" in page


def test_an_expired_excuse_keeps_from_ready(project: Project) -> None:
    excused = ALL.replace("nobody", "pay.fee") + "\n  And for pay.fee it comes out as excused"
    project.feature("04-some-group/a.feature", excused)
    project.plugin(EXCUSED_TABLE.format(year=2001))
    result = project.run()
    assert result.ret == 2
    words = "the excuse of pay.fee (no key; dba, until 2001-01-31) has expired"
    result.stdout.fnmatch_lines([f"NOT JUDGED: {words}*"])


EXCUSED_GROUP = """
import datetime as dt
from dataclasses import replace
from fixtures.run import run_of
from reconciliation.agreed.profile_model import GroupExcuse

def pytest_collection_modifyitems(config):
    run = run_of(config)
    excuse = GroupExcuse("06", "not ours to stop", "ops", dt.date({year}, 1, 31))
    run.profile = replace(run.profile, control_task=False, excused=(excuse,))
"""
STOPS = "@interruption\n" + ALL.replace("All", "Stopped, all")
DECLARED = "@declaration\n" + GOOD


def test_a_group_the_profile_forbids_and_excuses_is_not_missing(project: Project) -> None:
    project.feature("04-some-group/a.feature", ALL)
    project.feature("06-interruption/b.feature", STOPS)
    project.feature("08-declaration/c.feature", DECLARED)
    project.plugin(EXCUSED_GROUP.format(year=9999))
    result = project.run()
    assert result.ret == 0
    words = "06 (not ours to stop; ops, until 9999-01-31)"
    result.stdout.fnmatch_lines(
        [f"READY: all 2 guarantees hold for 2 tables; 1 group excused: {words}"]
    )
    assert project.verdict["may_be_declared"] is True
    assert (project.verdict["scope"], project.verdict["out_of_scope"]) == ("full", [])


def test_a_group_whose_excuse_has_expired_is_missing(project: Project) -> None:
    project.feature("04-some-group/a.feature", ALL)
    project.feature("06-interruption/b.feature", STOPS)
    project.plugin(EXCUSED_GROUP.format(year=2001))
    result = project.run()
    assert result.ret == 2
    result.stdout.fnmatch_lines(
        ["NOT JUDGED: 06-interruption: no scenario of this group was run; the excuse of 06 *"]
    )


def test_an_excuse_excuses_only_what_the_profile_forbids(project: Project) -> None:
    project.feature("04-some-group/a.feature", ALL)
    project.feature("06-interruption/b.feature", STOPS)
    project.plugin(
        EXCUSED_GROUP.format(year=9999).replace("control_task=False", "control_task=True")
    )
    project.run()
    assert project.verdict["excuses"] == []
    project.run("-m", "not interruption")
    assert (project.verdict["scope"], project.verdict["verdict"]) == ("partial", "NOT JUDGED")


@pytest.mark.parametrize("year", [2001, 9999])
def test_a_reading_run_leaves_out_the_same_with_an_excuse_or_without(
    project: Project, year: int
) -> None:
    project.feature("03-some-group/a.feature", f"@nightly\n{GOOD}")
    project.feature("06-interruption/b.feature", STOPS)
    project.feature("08-declaration/c.feature", DECLARED)
    project.plugin(EXCUSED_GROUP.format(year=year).replace("control_task", "mutations"))
    result = project.run()
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        ["READY: reading only: 1 *; not judged in this scope: 06-interruption, 08-declaration"]
    )
    told = ["group 06 (not ours to stop; ops, until 9999-01-31)"]
    assert project.verdict["excuses"] == (told if year == 9999 else [])


DECLARES = """
from pytest_bdd import then
from fixtures.promises.declarations import every_group_holds
from fixtures.run import run_of

@then("every group was judged")
def declared(request):
    every_group_holds(None, run_of(request.config))
"""
LAST = "@declaration\nScenario: Declared\n  Then every group was judged"


@pytest.mark.parametrize(
    ("scenario", "words"),
    [
        (ONE_BROKEN, "1 of 1 guarantees do not hold:\n04-some-group: One does not (pay.fee)"),
        (
            ONE_BROKEN.replace("broken", "not judged"),
            "1 of 1 guarantees were not judged:\n04-some-group: One does not (pay.fee)",
        ),
        (
            OVERLOOKED,
            "not every mapped table is covered:\nno word on pay.fee (1 of 1 guarantees)\n"
            "no change was judged in pay.fee",
        ),
    ],
)
def test_the_declaration_names_tables_and_holes(
    project: Project, scenario: str, words: str
) -> None:
    project.feature("04-some-group/a.feature", scenario)
    project.feature("08-declaration/b.feature", LAST)
    project.plugin(DECLARES)
    project.run()
    [declared] = [one for one in project.verdict["not_held"] if one["scenario"] == "Declared"]
    assert declared["message"] == words
