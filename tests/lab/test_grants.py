"""What the lab grants is what docs/grants.md hands to a DBA, and it is enough and not more."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lab.core import grants

PAGE = (Path(__file__).parents[2] / "docs/grants.md").read_text(encoding="utf-8")
LISTS = sorted(name for name in vars(grants) if isinstance(getattr(grants, name), tuple))


def test_the_page_has_every_list_of_the_lab_and_no_other() -> None:
    assert sorted(re.findall(r"<!-- (\w+) -->", PAGE)) == LISTS
    assert len(LISTS) == 6


@pytest.mark.parametrize("name", LISTS)
def test_the_page_hands_out_what_the_lab_executes(name: str) -> None:
    (block,) = re.findall(rf"<!-- {name} -->\n```sql\n(.*?)```", PAGE, re.DOTALL)
    assert block.split(";\n")[:-1] == list(getattr(grants, name))


def test_the_suite_is_given_nothing_that_opens_the_database() -> None:
    given = [
        statement
        for name in LISTS
        if name.startswith("SUITE")
        for statement in getattr(grants, name)
    ]
    assert given
    assert not [
        one
        for one in given
        if re.search(r" ANY |WITH |SUPERUSER|\bALL\b(?! SEQUENCES IN)|TRIGGER\b|DBA TO", one)
    ]
