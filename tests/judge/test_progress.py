"""The line that says how far a comparison has come."""

from __future__ import annotations

import io

import pytest

from reconciliation.compare.segments.progress import Meter


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def _meter() -> tuple[Meter, Clock, io.StringIO]:
    clock, terminal = Clock(), io.StringIO()
    return Meter(terminal, clock), clock, terminal


def test_rows_rate_time_left_and_segments() -> None:
    meter, clock, terminal = _meter()
    meter.begin("a.b", 10_000, 4)
    clock.now += 2
    meter.segment_done()
    meter("a.b", 4_000)
    assert (
        meter.line() == "a.b: 4,000 of about 10,000 rows, 2,000 rows/s, 3 s left, 1 of 4 segments"
    )
    assert terminal.getvalue() == f"\r\x1b[K{meter.line()}"


def test_the_rate_is_that_of_the_last_seconds() -> None:
    meter, clock, _ = _meter()
    meter.begin("a.b", 1_000_000, 1)
    rows = 0
    for second in range(60):
        clock.now += 1
        rows += 100 if second < 30 else 1_000
        meter("a.b", rows)
    assert "1,000 rows/s, 16 min left" in meter.line()


def test_an_estimate_that_proved_wrong_is_not_shown() -> None:
    meter, clock, _ = _meter()
    meter.begin("a.b", 1_000, 1)
    clock.now += 1
    meter("a.b", 1_500)
    assert meter.line() == "a.b: 1,500 rows, 1,500 rows/s"


def test_a_table_nobody_announced_begins_by_itself() -> None:
    meter, _, _ = _meter()
    meter.begin("a.b", 1_000, 2)
    meter("c.d", 5)
    assert meter.line() == "c.d: 5 rows"


def test_lines_are_few_and_the_last_is_erased() -> None:
    meter, clock, terminal = _meter()
    with meter:
        for rows in range(100):
            clock.now += 0.01
            meter("a.b", rows)
    assert terminal.getvalue().count("rows") <= 2 * 6
    assert terminal.getvalue().endswith("\r\x1b[K")


@pytest.mark.parametrize(
    ("seconds", "words"), [(3, "3 s left"), (600, "10 min left"), (8_100, "2 h 15 min left")]
)
def test_the_time_left_is_readable(seconds: int, words: str) -> None:
    meter, clock, _ = _meter()
    meter.begin("a.b", 1 + seconds, 1)
    clock.now += 1
    meter("a.b", 1)
    assert words in meter.line()


def test_nothing_is_written_without_a_terminal() -> None:
    with Meter(None) as meter:
        meter("a.b", 1)
    assert "a.b: 1 rows" in meter.line()
