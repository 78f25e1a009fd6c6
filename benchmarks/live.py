"""Whole tables compared again and again while somebody writes: nothing may be called divergent that
is only late.

In the second half of the runs ten rows are made wrong in Oracle just before the comparison; exactly
those must be found, with column and both values.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from benchmarks.labs import RunningLab, running_lab
from benchmarks.live_corruption import CORRUPTED, corrupt, repair, right_source_values, seen
from benchmarks.live_writer import TABLE, FlightSpecials
from benchmarks.timing import progress
from benchmarks.writer import Writer
from reconciliation.agreed.profile import Profile
from reconciliation.compare.tables import compare_tables
from reconciliation.model import Status, TableResult
from reconciliation.session import markers
from reconciliation.session.opening import open_session
from reconciliation.session.session import Session
from reconciliation.session.sweep import sweep

#: the keys of the loaded rows begin behind those of the lab's own
FIRST_KEY = 1_000
_LOADED_AT_ONCE = 5_000
_LOAD_LIMIT_SECONDS = 900
#: the writer must have written this share of what it was asked for
WANTED_RATE = 0.9

_ROWS = f"""INSERT INTO {TABLE} SELECT i, 'Flight special ' || i || ' to 서울',
    CASE WHEN i %% 20 <> 0 THEN 'Return flights, taxes included, café on board, offer number ' || i
      END,
    'Incheon ' || (i * 7919) %% 500, 'ICN', 'São Paulo ' || (i * 104729) %% 300, 'GRU',
      ((i * 31) %% 2000)::integer,
    timestamptz '2026-01-01 00:00:00+00' + (i * 7919::bigint) %% 2592000000 * interval
      '1 millisecond'
    FROM generate_series(%s::bigint, %s::bigint) AS i"""


@dataclass(frozen=True)
class Run:
    """One comparison: times in seconds, the writer's rate in rows per second; ``wrong`` says what
    should not be so.
    """

    number: int
    corrupted: int
    status: str
    rows: int
    reported: int
    in_flight: int
    rechecked: int
    lag: float
    seconds: float
    rate: float
    wrong: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``python -m benchmarks live``."""
    parser.add_argument(
        "--runs",
        type=int,
        default=20,
        metavar="N",
        help="comparisons, half of them with corrupted rows (20)",
    )
    parser.add_argument(
        "--rows", type=int, default=100_000, metavar="N", help="rows of the table (100,000)"
    )
    parser.add_argument(
        "--rate", type=int, default=500, metavar="N", help="row changes per second (500)"
    )
    parser.add_argument(
        "--limit", type=float, metavar="SECONDS", help="arrival limit instead of the environment's"
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write the figures to this file as well"
    )


def run(options: argparse.Namespace) -> int:
    """Measures and prints; 0 when no run reported anything but what was corrupted, otherwise 1."""
    clean = options.runs - options.runs // 2
    found = measure(
        options.rows, clean, options.runs - clean, options.rate, options.limit, progress
    )
    print(as_text(found, options.rate))
    if options.json:
        document = {
            "rows": options.rows,
            "rate": options.rate,
            "runs": [asdict(one) for one in found],
        }
        options.json.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    return 0 if is_reached(found, options.rate) else 1


def measure(
    rows: int,
    clean: int,
    corrupted: int,
    rate: int,
    limit: float | None,
    say: Callable[[str], None],
) -> list[Run]:
    """``clean`` comparisons, then ``corrupted`` ones, in a lab of their own; a last one when the
    writer has ended.
    """
    keys = range(FIRST_KEY, FIRST_KEY + rows)
    with running_lab() as lab, open_session(with_limit(lab, limit)) as judge:
        load(lab, judge, keys, say)
        with Writer(lab.postgres, FlightSpecials(keys), rate) as writer:
            found = []
            for number in range(1, clean + corrupted + 1):
                found.append(compare_once(lab, judge, writer, keys, number, number > clean))
                say(_line(found[-1]))
        arrived(judge)
        last = _result(judge)
        found.append(
            _as_run(
                0, 0, last, arrived(judge), 0.0, "" if last.status is Status.EQUAL else "not equal"
            )
        )
    return found


def with_limit(lab: RunningLab, limit: float | None) -> Profile:
    """The lab's profile with another arrival limit, in seconds."""
    replication = lab.profile.replication
    seconds = replication.arrival_limit_seconds if limit is None else limit
    return replace(lab.profile, replication=replace(replication, arrival_limit_seconds=seconds))


def load(lab: RunningLab, judge: Session, keys: range, say: Callable[[str], None]) -> None:
    """Write a row for every key, and wait until all of them have arrived."""
    sweep(judge)  # a run that writes has a journal
    say(f"writing {len(keys):,} rows and waiting until the replication has brought them over")
    connection = lab.source()
    try:
        for first in range(keys.start, keys.stop, _LOADED_AT_ONCE):
            with connection.cursor() as cursor:
                cursor.execute(_ROWS, (first, min(first + _LOADED_AT_ONCE, keys.stop) - 1))
            connection.commit()
    finally:
        connection.close()
    arrived(judge)


def arrived(judge: Session) -> float:
    """Seconds a marker takes; everything written before has arrived with it."""
    written = markers.write(judge, [TABLE])
    arrival = markers.wait(judge, written, _LOAD_LIMIT_SECONDS)[TABLE]
    if not arrival.arrived:
        raise RuntimeError(f"the replication did not bring a row over in {_LOAD_LIMIT_SECONDS} s")
    return arrival.lag_seconds


def compare_once(
    lab: RunningLab, judge: Session, writer: Writer, keys: range, number: int, is_corrupted: bool
) -> Run:
    """One comparison while the writer writes; what was corrupted for it is repaired."""
    lag = arrived(judge)
    connection = lab.target()
    try:
        corruption = corrupt(connection, keys, number) if is_corrupted else None
        began, written = time.monotonic(), writer.rows
        result = _result(judge)
        rate = (writer.rows - written) / (time.monotonic() - began)
        if corruption is None:
            wrong = "" if result.status in (Status.EQUAL, Status.IN_FLIGHT) else _words(result)
            return _as_run(number, 0, result, lag, rate, wrong)
        repair(connection, corruption)
    finally:
        connection.close()
    is_right = (
        result.status is Status.DIVERGENT
        and seen(result.differences) == corruption.expected
        and right_source_values(result.differences, corruption)
    )
    return _as_run(number, CORRUPTED, result, lag, rate, "" if is_right else _words(result))


def _result(judge: Session) -> TableResult:
    (result,) = compare_tables(judge.parallel_run, [TABLE])
    return result


def _words(result: TableResult) -> str:
    shown = ", ".join(
        f"{item.kind.value} {item.key} {item.target_column or ''}"
        for item in result.differences[:12]
    )
    return f"{result.status.value}: {result.reason or shown or 'nothing reported'}"


def _as_run(
    number: int, corrupted: int, result: TableResult, lag: float, rate: float, wrong: str
) -> Run:
    reported = result.differing_rows + result.missing_rows + result.extra_rows
    return Run(
        number,
        corrupted,
        result.status.value,
        result.source_rows,
        reported,
        result.in_flight_rows,
        result.rechecked_rows,
        round(lag, 3),
        round(result.seconds, 2),
        round(rate, 1),
        wrong,
    )


# ------------------------------------------------------------------ the outcome


def is_reached(found: Sequence[Run], rate: int) -> bool:
    """Whether every run said what is true, and the writer wrote as fast as it was asked to."""
    return not any(one.wrong for one in found) and _rate(found) >= WANTED_RATE * rate


def _rate(found: Sequence[Run]) -> float:
    return statistics.median(one.rate for one in found if one.number)


def _line(one: Run) -> str:
    return (
        f"run {one.number:>2}: {one.status}, {one.reported} reported, {one.in_flight} in flight, "
        f"{one.rechecked} looked at again, {one.seconds:.1f} s, {one.rate:.0f} rows/s {one.wrong}"
    )


def as_text(found: Sequence[Run], rate: int) -> str:
    """A table of the runs and what they come to."""
    lines = [
        (
            "| run | corrupted | status | rows | reported | in flight | looked at again | lag s "
            "| s "
            "| writer rows/s |"
        ),
        "| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [
        f"| {one.number or 'at rest'} | {one.corrupted} | {one.status} | {one.rows:,} | "
        f"{one.reported} "
        f"| {one.in_flight} | {one.rechecked} | {one.lag:.2f} | {one.seconds:.1f} | "
        f"{one.rate:.0f} |"
        for one in found
    ]
    wrong = [f"run {one.number}: {one.wrong}" for one in found if one.wrong]
    good = "reached" if not wrong else "MISSED "
    fast = "reached" if _rate(found) >= WANTED_RATE * rate else "MISSED "
    return "\n".join(
        [
            *lines,
            "",
            *wrong,
            f"{good}  nothing reported but what was corrupted, in {len(found) - 1} runs",
            (
                f"{fast}  written rows/s, at least {WANTED_RATE * rate:.0f}: {_rate(found):.0f} "
                f"(median)"
            ),
        ]
    )
