"""Interruptions with a fault that loses or repeats something there: its scenario is broken, and no
other.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.children import lab_in_the_foreground
from tests.suite.place import Place

#: fault -> a word of the scenario it must break; together they leave the one of a plain stop alone
BREAKS = {
    "slot_recreated_on_restart": "started anew from its own position",
    "first_transaction_lost_on_reconnect": "behind a restart of PostgreSQL",
    "changes_lost_with_connection": "cannot reach Oracle",
    "killed_transaction_half_committed": "in whose middle",
    "slot_recreated_when_lost": "replication slot is gone",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One lab for all tests of this module."""
    made = Place.copy_to(tmp_path_factory.mktemp("project"))
    with lab_in_the_foreground("lab", made.root, made.environment):
        yield made


def _broken(place: Place, *faults: str) -> list[str]:
    """The scenarios of the group that do not hold with these faults, in their order."""
    with place.faulty(*faults):
        done = place.features("features/06-interruption")
    assert done.returncode == 1, done.stdout
    assert place.verdict["verdict"] == "NOT READY"
    return [one["scenario"] for one in place.verdict["not_held"]]


def test_each_fault_breaks_the_scenario_of_its_interruption_and_no_other(place: Place) -> None:
    broken = _broken(place, *BREAKS)
    assert [words for words in BREAKS.values() if not any(words in one for one in broken)] == []
    assert len(broken) == len(BREAKS)


def test_a_transaction_that_is_repeated_whole_behind_its_first_half_is_seen(place: Place) -> None:
    (broken,) = _broken(place, "killed_transaction_half_committed --option then=repeated")
    assert BREAKS["killed_transaction_half_committed"] in broken
