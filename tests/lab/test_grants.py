"""What the lab grants is what docs/grants.md hands to a DBA, and it is enough and not more."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lab.core import grants

PAGE = (Path(__file__).parents[2] / "docs/grants.md").read_text(encoding="utf-8")
NEW = (("travelbuddy", "flightspecial"), ("travelbuddy", "hotelspecial"))
OLD = tuple((schema.upper(), name.upper()) for schema, name in NEW)
#: the page's blocks with TravelBuddy's tables
GRANTED = {
    "DMS_ON_ORACLE": grants.DMS_ON_ORACLE,
    "SUITE_ON_ORACLE": grants.suite_on_oracle(OLD),
    "SUITE_SEES_SCNS": grants.suite_sees_scns(OLD),
    "SUITE_SWEEPS_ORACLE": grants.suite_sweeps_oracle(OLD),
    "SUITE_ON_CONTROL_TABLES": grants.suite_on_control_tables(["TRAVELBUDDY"]),
    "SUITE_ON_POSTGRESQL": grants.suite_on_postgresql(NEW),
    "SUITE_WRITES_POSTGRESQL": grants.suite_writes_postgresql(NEW),
}


def test_the_page_has_every_list_of_the_lab_and_no_other() -> None:
    assert sorted(re.findall(r"<!-- (\w+) -->", PAGE)) == sorted(GRANTED)


@pytest.mark.parametrize("name", GRANTED)
def test_the_page_hands_out_what_the_lab_executes(name: str) -> None:
    (block,) = re.findall(rf"<!-- {name} -->\n```sql\n(.*?)```", PAGE, re.DOTALL)
    assert block.split(";\n")[:-1] == list(GRANTED[name])


def test_the_suite_is_given_nothing_that_opens_the_database() -> None:
    given = [
        statement
        for name, statements in GRANTED.items()
        if name.startswith("SUITE")
        for statement in statements
    ]
    assert given
    assert not [
        one
        for one in given
        if re.search(r" ANY |WITH |SUPERUSER|\bALL\b(?! SEQUENCES IN)|TRIGGER\b|DBA TO", one)
    ]
