"""The conformance table is complete, true to the tests it names, and what its page shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.dms.agreed.switches import describe_switches
from tests.conformance.facts import SWITCH, FactsUnusable, read_sections, unknown_tests
from tests.conformance.page import PAGE, render, share_imitated

#: sections 1 to 4: table mappings, settings and API, PostgreSQL as source, Oracle as target
FACTS = 251
WANTED_SHARE = 0.85


def test_every_fact_says_what_is_made_of_it() -> None:
    assert sum(len(section.facts) for section in read_sections()) == FACTS


def test_the_tests_that_facts_name_exist() -> None:
    assert list(unknown_tests(fact for section in read_sections() for fact in section.facts)) == []


def test_the_switches_that_facts_name_exist_with_that_default() -> None:
    known = {name: str(default) for name, default, _ in describe_switches()}
    facts = [fact for section in read_sections() for fact in section.facts if fact.status == SWITCH]
    assert [fact.number for fact in facts if known.get(fact.switch) != fact.default] == []


def test_most_facts_are_imitated_and_tested() -> None:
    assert share_imitated(read_sections()) >= WANTED_SHARE


def test_the_page_is_what_the_facts_say() -> None:
    assert PAGE.read_text("utf-8") == render(read_sections()), "run: python -m tests.conformance"


@pytest.mark.parametrize(
    ("entry", "complaint"),
    [
        ("", "has no text"),
        ('fact = "a"\nsource = "UG23"\nstatus = ""', "has the status ''"),
        ('fact = "a"\nsource = "UG23"\nstatus = "imitated"', "names no test"),
        ('fact = "a"\nsource = "UG23"\nstatus = "switch"\nswitch = "x"', "no default"),
        ('fact = "a"\nsource = "UG23"\nstatus = "not imitated"', "does not say why"),
        ('fact = "a"\nsource = "UG23"\nstate = "x"', "unknown key state"),
    ],
)
def test_a_blank_is_refused(tmp_path: Path, entry: str, complaint: str) -> None:
    (tmp_path / "1.1.toml").write_text(f'title = "t"\nfacts = 1\n[fact.1]\n{entry}\n')
    with pytest.raises(FactsUnusable, match=complaint):
        read_sections(tmp_path)


def test_a_missing_fact_is_refused(tmp_path: Path) -> None:
    one = 'fact = "a"\nsource = "UG23"\nstatus = "imitated"\ntests = ["tests/x.py::test_x"]'
    (tmp_path / "1.1.toml").write_text(
        f'title = "t"\nfacts = 3\n[fact.1]\n{one}\n[fact.3]\n{one}\n'
    )
    with pytest.raises(FactsUnusable, match="numbered 1 to 3"):
        read_sections(tmp_path)


def test_a_test_that_does_not_exist_is_named(tmp_path: Path) -> None:
    one = (
        'fact = "a"\nsource = "UG23"\nstatus = "imitated"\ntests = '
        '["tests/test_walls.py::test_nowhere"]'
    )
    (tmp_path / "1.1.toml").write_text(f'title = "t"\nfacts = 1\n[fact.1]\n{one}\n')
    [section] = read_sections(tmp_path)
    assert list(unknown_tests(section.facts)) == ["fact 1.1.1: tests/test_walls.py::test_nowhere"]
