"""Two PostgreSQL tables held against each other: a copy and what it was copied from. No task, no contract, no lab.

The contract is what both catalogues agree on: columns by name, the source's primary key. Rows that differ may be
looked at again for a while, for a copy that is being written.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Engine

from reconciliation.canonical import CanonicalError, ColumnRule, source_key
from reconciliation.canonical.same_type import same_type_rules
from reconciliation.catalogue import read_source_catalogue
from reconciliation.checksums.choice import AUTO, choose
from reconciliation.compare import CompareError, compare_rows
from reconciliation.faults import EnvironmentFault
from reconciliation.model import CatalogueTable, ColumnPair, Difference, Key, Row, Status, TableContract, TableResult
from reconciliation.recheck import recheck
from reconciliation.rows import Side, rows_by_key, source_side
from reconciliation.segments.job import Databases, Job
from reconciliation.segments.plan import plan
from reconciliation.segments.runner import Progress, look_at_table
from reconciliation.segments.workers import Workers
from reconciliation.streams.binary import binary_rows
from reconciliation.streams.layout import NoTexts
from reconciliation.streams.merge import Unordered
from reconciliation.tables import ROW_LIMIT_SECONDS
from reconciliation.tally import final_result, first_result


@dataclass(frozen=True)
class Copy:
    """``source`` and ``target`` are full table names; rows that differ may still agree for ``recheck_seconds``.

    ``compare`` is one of ``checksums.choice.MODES``.
    """

    source: str
    target: str
    recheck_seconds: float = 0.0
    compare: str = AUTO


def compare_copy(
    copy: Copy, source: Engine, target: Engine, progress: Progress | None = None, workers: Workers | None = None
) -> TableResult:
    """The comparison of every row. NOT_JUDGED with its reason for what cannot be compared, never an error for it.

    A large table is cut into parts, which ``workers`` compare at once, where there are any.
    """
    began = time.monotonic()
    try:
        result = _compare(copy, source, target, progress, workers)
    except (EnvironmentFault, CanonicalError, CompareError, Unordered, NoTexts) as error:
        result = TableResult(copy.source, copy.target, Status.NOT_JUDGED, 0, 0, 0, 0, 0, 0, reason=str(error))
    return replace(result, seconds=time.monotonic() - began)


def _compare(
    copy: Copy, source: Engine, target: Engine, progress: Progress | None, workers: Workers | None
) -> TableResult:
    here, there = _table(source, copy.source), _table(target, copy.target)
    table = _contract(here, there)
    rules = same_type_rules(table, here, there)
    rows = binary_rows(table, rules, here, there)
    with source.connect() as connection:
        pieces = plan(connection, here, rows, workers.limit if workers else 1)
    job = Job(table, here, there, ROW_LIMIT_SECONDS, copy=True)
    databases = Databases(source, target)
    choice = choose(copy.compare, pieces, job, databases)
    tally = look_at_table(pieces, choice.job, databases, workers, progress)
    method = choice.method(f"the bytes both servers send{f', {pieces.reason}' if pieces.reason else ''}", tally)
    result = first_result(table, rules, tally, method)
    if not tally.suspects:
        return result
    again = _Again(table, rules, (source, target), _sides(table, rules, here, there))
    return final_result(result, recheck(again.look, tally.suspects, copy.recheck_seconds), tally)


def _table(engine: Engine, name: str) -> CatalogueTable:
    schema, dot, _ = name.rpartition(".")
    if not dot:
        raise EnvironmentFault(f"{name!r} names no schema; write schema.table")
    found = read_source_catalogue(engine, schema).get(name)
    if found is None:
        raise EnvironmentFault(f"there is no table {name} in {engine.url.host}:{engine.url.port}/{engine.url.database}")
    return found


def _contract(here: CatalogueTable, there: CatalogueTable) -> TableContract:
    lacking = [*(name for name in here.columns if name not in there.columns),
               *(name for name in there.columns if name not in here.columns)]  # fmt: skip
    if lacking:
        raise EnvironmentFault(f"only one of {here.full_name} and {there.full_name} has the columns "
                               f"{', '.join(lacking)}")  # fmt: skip
    if not here.primary_key:
        raise EnvironmentFault(f"{here.full_name} has no primary key; its rows cannot be paired")
    pairs = tuple(ColumnPair(name, name) for name in here.columns)
    return TableContract(here.full_name, there.full_name, here.primary_key, pairs, here.primary_key[0],
                         sides=("source", "target"))  # fmt: skip


def _sides(
    table: TableContract, rules: Mapping[str, ColumnRule], here: CatalogueTable, there: CatalogueTable
) -> tuple[Side, Side]:
    def key_of(row: Row) -> Key:
        return source_key(table, rules, row)

    return source_side(table, here, key_of), source_side(table, there, key_of)


@dataclass(frozen=True)
class _Again:
    """Rows with some keys, read afresh from both sides and compared by value."""

    table: TableContract
    rules: Mapping[str, ColumnRule]
    engines: tuple[Engine, Engine]
    sides: tuple[Side, Side]

    def look(self, keys: Sequence[Key]) -> tuple[Sequence[Difference], dict[Key, object]]:
        found = []
        for engine, side in zip(self.engines, self.sides, strict=True):
            with engine.connect() as connection:
                found.append(rows_by_key(connection, side, keys))
        ours, theirs = found
        comparison = compare_rows(self.table, self.rules, ours, theirs)
        return comparison.differences, {key: (ours.get(key), theirs.get(key)) for key in keys}
