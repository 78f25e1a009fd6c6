"""What the lab makes of a world's files."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from lab.core.paths import ROOT
from lab.core.profile import load_profile
from lab.core.world import Script, starting_instant

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_the_start_takes_the_place_of_its_marks() -> None:
    script = Script("seeds.sql", "VALUES (:start, :start_ms + 5)")
    milliseconds = "1772366400000"
    assert script.for_postgresql(START) == (
        f"VALUES (TIMESTAMPTZ '2026-03-01 12:00:00+00:00', {milliseconds} + 5)"
    )
    assert script.for_oracle(START) == (
        f"VALUES (TIMESTAMP '2026-03-01 12:00:00.000000 +00:00', {milliseconds} + 5)"
    )


def test_nothing_else_is_taken_for_a_mark() -> None:
    for text in (":started", ":new.id", "x::start", "'12:start'", ":start_msx", "start"):
        assert Script("seeds.sql", text).for_oracle(START) == text


def test_the_start_is_a_whole_second() -> None:
    assert starting_instant().microsecond == 0


def test_travelbuddys_seeds_are_the_same_on_both_sides() -> None:
    world = load_profile("lab", ROOT).world
    (new,), (old,) = world.source_seeds, world.target_seeds
    assert _texts(new.text) == _texts(old.text)
    assert len(_texts(new.text)) > 11
    intervals = re.findall(r":start \+ INTERVAL '(.*)'", new.text)
    assert list(map(_milliseconds, intervals)) == [
        int(number) for number in re.findall(r":start_ms \+ (\d+)", old.text)
    ]
    assert all(
        _milliseconds(one) < timedelta(days=30) / timedelta(milliseconds=1) for one in intervals
    )
    assert any(_milliseconds(one) % 1000 for one in intervals)


def _texts(sql: str) -> list[str]:
    return [
        text
        for text in re.findall(r"'([^'\n]*)'", re.sub(r"--.*", "", sql))
        if not re.search(r"days|^id$|^travelbuddy\.", text)
    ]


def _milliseconds(interval: str) -> int:
    parts = interval.split()
    return timedelta(
        **{unit: int(number) for number, unit in zip(parts[::2], parts[1::2], strict=True)}
    ) // timedelta(milliseconds=1)
