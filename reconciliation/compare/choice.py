"""Whether a table is compared by rows or by digests: as asked for, as far as possible, or as
measured.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from reconciliation.compare.checksums.able import check_databases, check_key_columns
from reconciliation.compare.checksums.drill import useless
from reconciliation.compare.checksums.forms import NoDigests, digest_forms
from reconciliation.compare.checksums.ground import BothSides
from reconciliation.compare.extent.ranges import KeyRange
from reconciliation.compare.extent.snapshots import snapshot
from reconciliation.compare.plan import Plan
from reconciliation.compare.segments.job import Databases, Job
from reconciliation.compare.tally import Tally
from reconciliation.errors import Unreadable
from reconciliation.model import Key

#: how rows may be compared
AUTO, ROWS, DIGESTS = MODES = ("auto", "rows", "digests")
#: rows of each of the two samples that decide, one read and one digested
SAMPLE_ROWS = 20_000
#: ranges the digested sample is cut into
_SAMPLE_RANGES = 10
#: bytes prove more than digests do, so digests have to take less than this share of the time
ADVANTAGE = 0.5


@dataclass(frozen=True)
class Choice:
    """``job`` compares by rows or by digests; ``why`` and ``of``, what is digested, are words for
    the report.
    """

    job: Job
    why: str = ""
    of: str = ""

    def method(self, rows: str, tally: Tally) -> str:
        """How the table was compared and why so; ``rows`` says how its rows are read."""
        if self.job.digested_rows is None:
            return f"{rows}; {self.why}" if self.why else rows
        moved, seen = tally.moved, tally.source_rows + tally.target_rows
        return (
            f"digests: rows are equal by 128-bit digests (MD5) of {self.of}, "
            f"not by the bytes themselves; what moved: {moved['digests']:,} digests, "
            f"{moved['bounds']:,} keys and {moved['rows']:,} of {seen:,} rows; {self.why}"
        )


def choose(mode: str, plan: Plan, job: Job, databases: Databases) -> Choice:
    """The job with the choice made; ``mode`` is one of MODES. Raises EnvironmentFault and what
    reading rows raises.
    """
    if mode == ROWS:
        return Choice(job)
    few = plan.rows is not None and plan.rows < 2 * SAMPLE_ROWS
    if mode == AUTO and few:
        return Choice(job)
    rows = job.rows()
    digesting = replace(job, digested_rows=-(-(plan.rows or 0) // len(plan.segments)))
    try:
        check_key_columns(rows)
        forms = digest_forms(rows)
        with snapshot(databases.source) as here, snapshot(databases.target) as there:
            check_databases(rows, here, there)
            ground = BothSides(rows, forms, here, there, job.answer_timeout)
            low = plan.segments[len(plan.segments) // 2].keys.low
            chosen, why = _tried(ground, low) if mode == DIGESTS else _measured(ground, low)
    except NoDigests as reason:
        return Choice(job, f"no digests: {reason}")
    except Unreadable as error:
        return Choice(job, f"no digests: {error}")
    return Choice(digesting if chosen else job, why, forms.of)


def _tried(ground: BothSides, low: Key | None) -> tuple[bool, str]:
    """Digests of a few rows: what a database refuses here keeps it from no comparison by rows."""
    ground.digests([KeyRange(low, ground.step(low, 1))])
    return True, "as asked for"


def _measured(ground: BothSides, low: Key | None) -> tuple[bool, str]:
    """Whether digests are worth it, and why: two samples side by side, so that neither finds its
    pages read before.
    """
    middle = ground.step(low, SAMPLE_ROWS)
    high = ground.step(middle, SAMPLE_ROWS) if middle is not None else None
    if high is None:
        return False, f"rows, as fewer than {2 * SAMPLE_ROWS:,} could be had for a measurement"
    began = time.perf_counter()
    ground.read(KeyRange(low, middle))
    read = time.perf_counter()
    held = ground.digests(ground.cut(KeyRange(middle, high), SAMPLE_ROWS // _SAMPLE_RANGES))
    done = time.perf_counter()
    figures = (
        f"rows: {SAMPLE_ROWS:,} in {read - began:.2f} s; digests: {SAMPLE_ROWS:,} in "
        f"{done - read:.2f} s"
    )
    if useless(held):
        return False, f"{figures}; most digests differ; so rows"
    if done - read < ADVANTAGE * (read - began):
        return True, f"{figures}; so digests"
    return False, f"{figures}; so rows (digests have to be twice as fast)"
