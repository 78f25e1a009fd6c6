"""Every fault of :mod:`tests.outages.parts` through both doors: none may be told as something it is
not.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.outages import parts  # noqa: F401 - enters its cases into the table
from tests.outages.cases import TABLE, Case
from tests.outages.stage import DOORS, Stage


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("case", TABLE["parts"], ids=lambda case: case.name)
def test_a_fault_is_told_as_what_it_is(
    stage: Stage, case: Case, door: str, record_property: Callable[[str, object], None]
) -> None:
    outcome = case.play(stage, door)
    record_property("row", case.row(door, outcome))
    assert not (wrong := case.wrong(door, outcome)), f"{'; '.join(wrong)}\n{outcome.output[-4000:]}"
