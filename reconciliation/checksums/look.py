"""The first look at a whole table by digests, and the choice between them and rows."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlalchemy import Connection

from reconciliation.checksums.able import check_databases, check_key_columns
from reconciliation.checksums.drill import Drilled, drill, useless
from reconciliation.checksums.forms import DigestForms, NoDigests, digest_forms
from reconciliation.checksums.ground import Databases
from reconciliation.segments.ranges import KeyRange
from reconciliation.streams.binary import BinaryRows
from reconciliation.streams.layout import Layout
from reconciliation.tally import Tally

#: how rows may be compared
AUTO, ROWS, DIGESTS = MODES = ("auto", "rows", "digests")
#: rows of the samples that decide, one read and one digested; a table of fewer than three samples is read
SAMPLE_ROWS = 20_000
#: samples that one statement digests, within one snapshot
SAMPLES_AT_ONCE = 10
#: bytes prove more than digests do, so digests have to take less than this share of the time
ADVANTAGE = 0.5

#: both sides' connections, each inside a read-only transaction with a snapshot of its own
Snapshots = Callable[[], AbstractContextManager[tuple[Connection, Connection]]]


@dataclass(frozen=True)
class Looked:
    """``tally`` is None where rows are to be read; ``method`` then says why, otherwise what was done and why."""

    tally: Tally | None
    method: str


def look_by_digests(
    rows: Layout | BinaryRows, snapshots: Snapshots, mode: str, *, patience: float, progress: Callable[[int], None]
) -> Looked:
    """Compare every row of both sides by digests, unless ``mode`` or the measured samples say to read them.

    ``patience`` is seconds for one statement and ``progress`` gets the number of source rows, as in ``look_at_rows``.
    Raises CompareError, Unordered or EnvironmentFault.
    """
    if mode == ROWS:
        return Looked(None, "as was asked for")
    try:
        check_key_columns(rows)
        forms = digest_forms(rows)
        with snapshots() as (here, there):
            ground = Databases(rows, forms, here, there, patience)
            samples = ground.cut(KeyRange(), SAMPLE_ROWS)
            if mode == AUTO and len(samples) < 3:
                return Looked(None, f"no more than {2 * SAMPLE_ROWS:,} rows, which are read at once")
            check_databases(rows, here, there)
            chosen, why = (True, "as was asked for") if mode == DIGESTS else _choose(ground, samples)
    except NoDigests as reason:
        return Looked(None, f"no digests: {reason}")
    if not chosen:
        return Looked(None, why)
    found = Drilled()
    found.moved["bounds"] += len(samples) - 1
    for start in range(0, len(samples), SAMPLES_AT_ONCE):
        group = samples[start : start + SAMPLES_AT_ONCE]
        # a snapshot for each: none of them grows old, and replication goes on meanwhile
        with snapshots() as (here, there):
            ground = Databases(rows, forms, here, there, patience)
            drill(ground, KeyRange(group[0].low, group[-1].high), len(group) * SAMPLE_ROWS, found, progress)
    return Looked(found.tally, f"{_described(forms, found)}; {why}")


def _choose(ground: Databases, samples: list[KeyRange]) -> tuple[bool, str]:
    """Whether digests are worth it, and why: two samples side by side in the middle of the table, each read once."""
    middle = len(samples) // 2
    began = time.perf_counter()
    ground.read(samples[middle - 1])
    read = time.perf_counter()
    held = ground.digests(ground.cut(samples[middle], SAMPLE_ROWS // 10))
    done = time.perf_counter()
    figures = f"measured on {SAMPLE_ROWS:,} rows: read in {read - began:.2f} s, digested in {done - read:.2f} s"
    if useless(held):
        return False, f"{figures}, but most of their digests differ, so that rows would be read anyway"
    if done - read < ADVANTAGE * (read - began):
        return True, f"{figures}, so digests"
    return False, f"{figures}, so rows (digests have to be twice as fast)"


def _described(forms: DigestForms, found: Drilled) -> str:
    moved, rows = found.moved, found.tally.source_rows + found.tally.target_rows
    return (f"digests: rows are equal by 128-bit digests (MD5) of {forms.of}, not by the bytes themselves; "
            f"what moved: {moved['digests']:,} digests, {moved['bounds']:,} keys and {moved['rows']:,} of {rows:,} "
            "rows")  # fmt: skip
