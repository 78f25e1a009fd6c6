"""Rows looked up by their keys on both sides, as they are now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from sqlalchemy import Engine

from reconciliation.canonical import ColumnRule, source_key, target_key
from reconciliation.compare.rereads import Pair
from reconciliation.compare.rows import Comparison, compare_rows
from reconciliation.databases.rows import (
    Side,
    each_asked,
    rows_by_key,
    source_side,
    target_side,
    told,
)
from reconciliation.errors import Unreadable
from reconciliation.model import Catalogue, Difference, Key, Row, TableContract
from reconciliation.parallel_run import ParallelRun

Rows = dict[Key, Row]
BothRows = tuple[Rows, Rows]


def sides_of(
    table: TableContract, rules: Mapping[str, ColumnRule], catalogues: tuple[Catalogue, Catalogue]
) -> tuple[Side, Side]:
    """Both sides of a table, keyed by canonical keys; ``catalogues`` are PostgreSQL's and
    Oracle's.
    """
    here, there = catalogues
    return (
        source_side(table, here[table.source], lambda row: source_key(table, rules, row)),
        target_side(table, there[table.target], lambda row: target_key(table, rules, row)),
    )


def read(run: ParallelRun, table: str, keys: Iterable[Key], versions: bool = False) -> BothRows:
    """The rows with these keys on both sides, as they are now, by canonical key.

    ``versions`` adds the system column ``xmin`` to the rows of PostgreSQL.
    """
    return told(read_tables(run, {table: keys}, versions)[table])


def read_tables(
    run: ParallelRun, wanted: Mapping[str, Iterable[Key]], versions: bool = False
) -> dict[str, BothRows | Unreadable]:
    """``read`` for many tables over one connection a side; a table that cannot be read is told and
    does not keep the others from being read.
    """
    keys = {table: list(some) for table, some in wanted.items()}
    sides = {table: sides_of(run.table(table), run.rules(table), run.catalogues) for table in keys}
    here = {
        table: replace(side, columns=(*side.columns, "xmin")) if versions else side
        for table, (side, _) in sides.items()
    }
    there = {table: side for table, (_, side) in sides.items()}
    source, target = _rows(run.source, here, keys), _rows(run.target, there, keys)
    return {table: _both(source[table], target[table]) for table in keys}


def _rows(
    engine: Engine, sides: Mapping[str, Side], keys: Mapping[str, Sequence[Key]]
) -> dict[str, Rows | Unreadable]:
    asked = {name: partial(rows_by_key, side=side, keys=keys[name]) for name, side in sides.items()}
    return each_asked(engine, asked)


def _both(source: Rows | Unreadable, target: Rows | Unreadable) -> BothRows | Unreadable:
    if isinstance(source, Unreadable):
        return source
    return target if isinstance(target, Unreadable) else (source, target)


def compare_keys(run: ParallelRun, table: str, keys: Iterable[Key | int]) -> Comparison:
    """Both sides read afresh and compared; ``keys`` are key tuples, or plain values for a
    single-column key.

    What differs is read a second time: a bit flipped on the way is no difference, and does not
    come twice.
    """
    return told(compare_tables(run, {table: keys})[table])


def compare_tables(
    run: ParallelRun, wanted: Mapping[str, Iterable[Key | int]]
) -> dict[str, Comparison | Unreadable]:
    """``compare_keys`` for many tables at once; in place of a comparison why a table cannot be
    read.
    """
    keys = {
        table: [key if isinstance(key, tuple) else (key,) for key in some]
        for table, some in wanted.items()
    }
    found = _compared(run, keys)
    differing = {
        table: keys[table]
        for table, one in found.items()
        if not isinstance(one, Unreadable) and one.differences
    }
    return found | _compared(run, differing)


def _compared(
    run: ParallelRun, keys: Mapping[str, Sequence[Key]]
) -> dict[str, Comparison | Unreadable]:
    rows = read_tables(run, keys) if keys else {}
    return {
        table: both
        if isinstance(both, Unreadable)
        else compare_rows(run.table(table), run.rules(table), *both)
        for table, both in rows.items()
    }


def reread(
    run: ParallelRun, table: str, keys: Sequence[Key]
) -> tuple[Sequence[Difference], dict[Key, Pair]]:
    """As ``rereads.Read``: the differences, and both rows of every key.

    PostgreSQL's rows hold ``xmin``, too, the transaction that wrote them: a row written again
    with the values it had before has changed.
    """
    source_rows, target_rows = read(run, table, keys, versions=True)
    comparison = compare_rows(run.table(table), run.rules(table), source_rows, target_rows)
    return comparison.differences, {
        key: (source_rows.get(key), target_rows.get(key)) for key in keys
    }
