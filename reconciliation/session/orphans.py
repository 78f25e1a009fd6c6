"""Rows that a run left in Oracle under keys nobody can foresee: a broken replication renumbers.

Looked for only in a lab, where nobody else writes to Oracle.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import text

from reconciliation.databases.quoting import text_quoted_table
from reconciliation.databases.rows import Side
from reconciliation.errors import EnvironmentFault
from reconciliation.model import Key
from reconciliation.parallel_run import ParallelRun
from reconciliation.session.places import Place, all_keys

#: orphans are found by comparing keys in memory; a legacy table larger than this is no lab's table
LARGEST_JOURNALLED_TABLE = 200_000


def orphans(
    before: frozenset[Key], target: frozenset[Key], source: frozenset[Key]
) -> frozenset[Key]:
    """Keys that appeared in Oracle since ``before`` without standing in PostgreSQL: nobody else
    writes there.
    """
    return target - before - source


def keys_to_note(run: ParallelRun, places: Iterable[Place]) -> Mapping[str, frozenset[Key]]:
    """What stands in Oracle, by source name, where rows that appear there may be removed."""
    if not run.profile.sweep_target_orphans:
        return {}
    return {
        place.name: target_keys(run, place.there)
        for place in places
        if place.contract is not None and place.contract.write and place.there is not None
    }


def orphans_of(run: ParallelRun, place: Place, before: frozenset[Key] | None) -> frozenset[Key]:
    """Those of one table, whose keys in Oracle were noted ``before`` the run."""
    if before is None or place.there is None or not run.profile.sweep_target_orphans:
        return frozenset()
    there = target_keys(run, place.there)
    if not there - before:
        return frozenset()
    return orphans(before, there, all_keys(run.source, place.here))


def target_keys(run: ParallelRun, side: Side) -> frozenset[Key]:
    """All keys of Oracle's table; EnvironmentFault for a table too large to be a lab's."""
    with run.target.connect() as connection:
        count = connection.execute(
            text(f"SELECT COUNT(*) FROM {text_quoted_table(side.table)}")
        ).scalar_one()
    if count > LARGEST_JOURNALLED_TABLE:
        raise EnvironmentFault(
            f"{side.table.full_name} has {count} rows; sweep_target_orphans is for labs, switch it "
            "off"
        )
    return all_keys(run.target, side)
