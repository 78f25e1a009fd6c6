"""Runs of the guarantees beside a writer, as text."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.live_features_run import Run

_HEAD = (
    "| run | fault | verdict | exit | s | waits | lag median s | longest s | changes by others "
    "| refused to them | peak MB |",
    "| ---: | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
)


def line_of(one: Run) -> str:
    """What is told of a run when it has ended."""
    figures = (
        f"{one.verdict}, exit code {one.exit_code}, {one.seconds:.1f} s, {one.waits} waits, lag "
        f"{one.lag_median:.2f} s (longest {one.lag_longest:.2f}), {one.changes:,} changes by "
        f"others, {one.peak_bytes / 1e6:.0f} MB"
    )
    return "\n".join([f"{one.fault or 'no fault'}: {figures}", *(f"    {w}" for w in one.wrong)])


def as_text(found: Sequence[Run]) -> str:
    """A table of the runs, what was wrong with which, and how many came out as they have to."""
    rows = [
        f"| {number} | {one.fault} | {one.verdict} | {one.exit_code} | {one.seconds:.1f} | "
        f"{one.waits} | {one.lag_median:.2f} | {one.lag_longest:.2f} | {one.changes:,} | "
        f"{one.refused} | {one.peak_bytes / 1e6:.0f} |"
        for number, one in enumerate(found, 1)
    ]
    wrong = [f"run {number}: {line}" for number, one in enumerate(found, 1) for line in one.wrong]
    clean = [one for one in found if not one.fault]
    faulty = [one for one in found if one.fault]
    counts = [(clean, "READY"), (faulty, "NOT READY, the table with the fault named")]
    return "\n".join([*_HEAD, *rows, "", *wrong, *(_count(*one) for one in counts if one[0])])


def _count(found: Sequence[Run], wanted: str) -> str:
    right = sum(not one.wrong for one in found)
    word = "reached" if right == len(found) else "MISSED "
    return f"{word}  {right} of {len(found)} runs {wanted}"
