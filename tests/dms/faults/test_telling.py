"""Faults of what a task tells: statistics, slot, exceptions, log, state. A test is named like its
fault.
"""

from __future__ import annotations

from typing import Any

from tests.dms.faults.bench import SAMPLE, Bench, inserted
from tests.dms.replication import wait_for

TOO_LONG = "repeat('가', 255)"


def counted(bench: Bench, number: int, rows: int = 4) -> tuple[int, int, bool]:
    """Insert rows; returns by how much both counters have grown, and whether
    the rows have arrived.
    """
    before = bench.counters()
    bench.write(
        f"INSERT INTO {SAMPLE} (id) SELECT {number} + g FROM generate_series(0, {rows - 1}) g"
    )
    after = bench.counters()
    arrived = all(bench.row(number + one) is not None for one in range(rows))
    return after[0] - before[0], after[1] - before[1], arrived


def test_applied_without_effect(bench: Bench) -> None:
    on, off = bench.both("applied_without_effect", lambda number: counted(bench, number))
    assert on == (4, 4, False)
    assert off == (4, 4, True)


def test_nothing_applied(bench: Bench) -> None:
    on, off = bench.both("nothing_applied", lambda number: counted(bench, number))
    assert on == (4, 0, False)
    assert off == (4, 4, True)
    assert bench.run.state.get("state") == "running"


def test_statistics_frozen(bench: Bench) -> None:
    on, off = bench.both("statistics_frozen", lambda number: counted(bench, number))
    assert on == (0, 0, True)
    assert off == (4, 4, True)


def test_captured_counted_too_low(bench: Bench) -> None:
    on, off = bench.both("captured_counted_too_low", lambda number: counted(bench, number), every=2)
    assert on == (2, 4, True)
    assert off == (4, 4, True)


def test_applied_counted_twice(bench: Bench) -> None:
    on, off = bench.both("applied_counted_twice", lambda number: counted(bench, number))
    assert on == (4, 8, True)
    assert off == (4, 4, True)


def test_latency_says_zero(bench: Bench) -> None:
    def scenario(number: int) -> tuple[bool, bool]:
        bench.run.task.metrics.take()
        bench.insert(number)
        # with a second marker applied, the task has come back from the first, and noted it
        bench.write()
        points = bench.run.task.metrics.take()
        assert points["CDCThroughputRowsTarget"] > 0
        return points["CDCLatencySource"] > 0, points["CDCLatencyTarget"] > 0

    assert bench.both("latency_says_zero", scenario) == ((False, False), (True, True))


def test_replication_stalled(bench: Bench) -> None:
    bench.on("replication_stalled")
    assert bench.run.task._parts.faults.stalled
    bench.execute(inserted(number := bench.new_id()))
    for other in ("mojibake", "deletes_ignored"):
        bench.on(other)  # which the task looks at each time it comes round
    assert bench.row(number) is None
    assert bench.run.state.get("state") == "running"
    bench.off()
    wait_for(lambda: bench.row(number))


def test_table_left_behind(bench: Bench) -> None:
    def scenario(number: int) -> tuple[bool, bool, str]:
        bench.write(inserted(number), f"INSERT INTO travelbuddy.other VALUES ({number})")
        return (
            bench.row(number) is not None,
            bench.row(number, "OTHER") is not None,
            bench.table_state(),
        )

    on, off = bench.both("table_left_behind", scenario)
    assert on == (False, True, "Table completed")
    assert off == (True, True, "Table completed")


def test_table_suspended(bench: Bench) -> None:
    def scenario(number: int) -> tuple[bool, bool, str]:
        bench.write(inserted(number), f"INSERT INTO travelbuddy.other VALUES ({number})")
        return (
            bench.row(number) is not None,
            bench.row(number, "OTHER") is not None,
            bench.table_state(),
        )

    on, off = bench.both("table_suspended", scenario)
    assert on == (False, True, "Table error")
    assert off == (True, True, "Table completed")
    assert bench.run.state.get("state") == "running"


def test_a_table_shown_as_suspended_across_a_resume_is_not_left_so(bench: Bench) -> None:
    bench.on("table_suspended")
    bench.write(inserted(first := bench.new_id()))
    bench.restart("resume-processing")
    bench.write(inserted(first + 1))
    assert (bench.row(first + 1), bench.table_state()) == (None, "Table error")
    bench.off()
    bench.write(inserted(first + 2))
    assert bench.row(first + 2) is not None
    assert bench.table_state() == "Table completed"


def test_a_table_that_the_task_has_suspended_stays_suspended(bench: Bench) -> None:
    bench.run.state.set_table_state("travelbuddy", "sample", "Table error")
    bench.on("table_suspended")
    bench.write()
    bench.off()
    bench.write()
    assert bench.table_state() == "Table error"
    bench.run.state.set_table_state("travelbuddy", "sample", "Table completed")
    bench.restart("resume-processing")


def test_slot_frozen(bench: Bench) -> None:
    bench.write()
    bench.on("slot_frozen")
    bench.write()  # from here on the task has looked
    before = bench.confirmed()
    bench.write(inserted(first := bench.new_id()), inserted(first + 1))
    assert bench.row(first + 1) is not None
    assert bench.confirmed() == before
    bench.off()
    bench.write()
    wait_for(lambda: bench.confirmed() > before)


def test_exceptions_not_written(bench: Bench) -> None:
    def scenario(number: int) -> tuple[bool, list[str]]:
        bench.insert(number, name=TOO_LONG)
        return bench.row(number) is not None, [error[:9] for error in bench.refusals(number)]

    assert bench.both("exceptions_not_written", scenario) == ((False, []), (False, ["ORA-12899"]))


def said(bench: Bench, number: int) -> Any:
    """The severities of the lines that a refused row leaves in the log."""
    before = len(bench.run.written.getvalue())
    bench.insert(number, name=TOO_LONG)
    return {line.split("]")[1][0] for line in bench.run.written.getvalue()[before:].splitlines()}


def test_log_warnings_missing(bench: Bench) -> None:
    assert bench.both("log_warnings_missing", lambda number: said(bench, number)) == (
        {"E"},
        {"E", "W"},
    )


def test_log_errors_missing(bench: Bench) -> None:
    assert bench.both("log_errors_missing", lambda number: said(bench, number)) == (
        {"W"},
        {"E", "W"},
    )


def test_every_line_missing(bench: Bench) -> None:
    on, _ = bench.both("log_errors_missing", lambda number: said(bench, number), lines="all")
    assert on == set()
