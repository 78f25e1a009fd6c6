"""A profile that names a heartbeat, in a lab of two mapped tables: one marker stands for both."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.children import lab_in_the_foreground
from tests.suite.place import Place

BEAT, OTHER = "travelbuddy.hotelspecial", "travelbuddy.flightspecial"
CHANGES = "features/04-change-propagation"
INSERTED = (f"{CHANGES}/insert.feature", "-k", "null_wherever")


def _named(place: Place, value: str) -> None:
    """The heartbeat is this table, in place of the one before."""
    profile = place.root / f"environments/{place.name}.toml"
    text = re.sub(r'(?m)^heartbeat = ".*"\n', "", profile.read_text(encoding="utf-8"))
    line = f'[replication]\nheartbeat = "{value}"\n'
    profile.write_text(text.replace("[replication]\n", line), encoding="utf-8")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One lab for all tests of this module."""
    made = Place.copy_to(tmp_path_factory.mktemp("project"), "lab-travelbuddy")
    _named(made, BEAT)
    with lab_in_the_foreground(made.name, made.root, made.environment):
        yield made


def _run(place: Place, *selected: str) -> tuple[int, str]:
    """The exit code, and what was printed."""
    with place.expecting_less():
        done = place.features(*selected, "--environment", place.name)
    return done.returncode, done.stdout + done.stderr


def _run_under(place: Place, fault: str, table: str) -> tuple[int, str]:
    """The same of new rows while a fault of one table is on."""
    with place.faulty(f"{fault} --table {table}"):
        return _run(place, *INSERTED)


def _judged(place: Place) -> dict[str, set[str]]:
    """In which ways each table came out."""
    found: dict[str, set[str]] = {BEAT: set(), OTHER: set()}
    for cell in place.verdict["matrix"]:
        found[cell["table"]].add(cell["judged"])
    return found


def test_guarantees_about_changes_hold_behind_one_marker(place: Place) -> None:
    code, said = _run(place, CHANGES)
    assert code == 0, said
    assert _judged(place) == {BEAT: {"holds"}, OTHER: {"holds"}}
    seen = re.findall(r"markers seen, .* behind: (.*)", place.everything_written())
    assert len(seen) > 10
    assert all(words.startswith(f"{BEAT} ") and OTHER not in words for words in seen)


def test_a_table_left_behind_is_found_by_its_rows(place: Place) -> None:
    code, said = _run_under(place, "table_left_behind", OTHER)
    assert code == 1, said
    assert _judged(place) == {BEAT: {"holds"}, OTHER: {"broken"}}
    [broken] = place.verdict["not_held"]
    assert "the row is missing in Oracle TRAVELBUDDY.FLIGHTSPECIAL" in broken["message"]


def test_where_the_heartbeat_does_not_come_nothing_arrives(place: Place) -> None:
    code, said = _run_under(place, "inserts_ignored", BEAT)
    assert code == 1, said
    [broken] = place.verdict["not_held"]
    assert re.match(
        "nothing arrives in Oracle: a marker written behind the change in the heartbeat table "
        rf"{re.escape(BEAT)} was not there after 1[2-9]\.\d s; the task ",
        broken["message"],
    )


def test_a_table_that_is_not_agreed_on_is_no_heartbeat(place: Place) -> None:
    _named(place, "travelbuddy.outbox")
    try:
        code, said = _run(place, *INSERTED)
    finally:
        _named(place, BEAT)
    assert code == 4
    assert "[replication] heartbeat 'travelbuddy.outbox' has no contract" in said
    assert "PostgreSQL 127.0.0.1" not in said  # nothing was connected to
