"""A few differences of every group, so that two hundred of one kind do not
hide the one of another.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from reconciliation.differences.group_causes import Group, group_of
from reconciliation.model import Difference, DifferenceGroup, TableResult


def examples(
    result: TableResult, per_group: int
) -> list[tuple[DifferenceGroup, Sequence[Difference]]]:
    """Every group of a table with its first ``per_group`` differences, in the
    order of the groups.
    """
    members: dict[Group, list[Difference]] = defaultdict(list)
    for item in result.differences:
        found = members[group_of(item)]
        if len(found) < per_group:
            found.append(item)
    return [
        (group, members[group.kind, group.source_column, group.target_column, group.cause])
        for group in result.groups
    ]


def rows_of(differences: Iterable[Difference]) -> int:
    """Rows that some differences stand for: of rows without a key, which are counted, as many as
    one side lacks.
    """
    counts = (counts_of(item) for item in differences)
    return sum(1 if count is None else abs(count[0] - count[1]) for count in counts)


def counts_of(item: Difference) -> tuple[int, int] | None:
    """How often a row without a key stands on each side; None of a difference of another kind."""
    ours, theirs = item.source_value, item.target_value
    if item.source_column is None and isinstance(ours, int) and isinstance(theirs, int):
        return ours, theirs
    return None


def kept_words(result: TableResult) -> str | None:
    """What the lists of differences leave out, in words; None when they are complete."""
    counted, listed, parts = (
        sum(group.rows for group in result.groups),
        rows_of(result.differences),
        [],
    )
    if counted > listed:
        parts.append(f"{counted - listed:,} of {counted:,} differences are counted but not listed")
    if result.unlooked_rows:
        parts.append(
            f"{result.unlooked_rows:,} more rows differed at the first look "
            "and were not looked at again: they are in no count by column"
        )
    return "; ".join(parts) or None
