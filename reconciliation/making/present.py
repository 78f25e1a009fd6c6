"""Which made rows meet rows that are there already, on either side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from reconciliation.canonical.types import target_label
from reconciliation.databases.rows import rows_by_key, target_side
from reconciliation.making.tables import Table
from reconciliation.model import Key, Row
from reconciliation.parallel_run import ParallelRun

_LOBS = frozenset({"CLOB", "NCLOB", "BLOB", "LONG", "LONG RAW"})


def taken(
    run: ParallelRun, table: Table, unique: Sequence[str], rows: Sequence[Row]
) -> frozenset[int]:
    """The places of rows whose values of these columns PostgreSQL or Oracle holds in another row,
    each where no two of its own rows may share them, or where they are the key; NULL meets nothing.
    Elsewhere no index serves the question, and every answer would be a reading of the whole table.
    """
    places = [
        place for place, row in enumerate(rows) if all(row.get(name) is not None for name in unique)
    ]
    if not places:
        return frozenset()
    asked = [rows[place] for place in places]
    is_kept_here, is_kept_there = table.kept_unique(unique)
    here = (
        table.asking.present(table.source, tuple(unique), asked)
        if is_kept_here
        else frozenset[int]()
    )
    there = _in_oracle(run, table, unique, asked) if is_kept_there else frozenset[int]()
    return frozenset(places[place] for place in here | there)


def _in_oracle(
    run: ParallelRun, table: Table, unique: Sequence[str], rows: Sequence[Row]
) -> frozenset[int]:
    rules = [table.rules.get(name) for name in unique]
    known = [rule for rule in rules if rule is not None]
    if len(known) < len(rules) or any(target_label(rule.target.type) in _LOBS for rule in known):
        return frozenset()  # Oracle has no such columns, or cannot keep them unique

    def key_of(row: Row) -> Key:
        return tuple(rule.canonical_target(row[rule.pair.target]) for rule in known)

    side = replace(
        target_side(replace(table.contract, target_filter=None), table.target, key_of),
        columns=tuple(rule.pair.target for rule in known),
        key=tuple(rule.pair.target for rule in known),
    )
    keys = [tuple(rule.canonical_source(row[rule.pair.source]) for rule in known) for row in rows]
    with run.target.connect() as connection:
        found = rows_by_key(connection, side, keys)
    return frozenset(place for place, key in enumerate(keys) if key in found)
