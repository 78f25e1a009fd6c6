"""Rows looked up by their keys on both sides, as they are now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from reconciliation.canonical import ColumnRule, source_key, target_key
from reconciliation.compare.rereads import Pair
from reconciliation.compare.rows import Comparison, compare_rows
from reconciliation.databases.rows import Side, rows_by_key, source_side, target_side
from reconciliation.model import Catalogue, Difference, Key, Row, TableContract
from reconciliation.parallel_run import ParallelRun


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


def read(
    run: ParallelRun, table: str, keys: Iterable[Key], versions: bool = False
) -> tuple[dict[Key, Row], dict[Key, Row]]:
    """The rows with these keys on both sides, as they are now, by canonical key.

    ``versions`` adds the system column ``xmin`` to the rows of PostgreSQL.
    """
    contract, wanted = run.table(table), list(keys)
    here, there = sides_of(contract, run.rules(table), run.catalogues)
    if versions:
        here = replace(here, columns=(*here.columns, "xmin"))
    with run.source.connect() as connection:
        source_rows = rows_by_key(connection, here, wanted)
    with run.target.connect() as connection:
        target_rows = rows_by_key(connection, there, wanted)
    return source_rows, target_rows


def compare_keys(run: ParallelRun, table: str, keys: Iterable[Key | int]) -> Comparison:
    """Both sides read afresh and compared; ``keys`` are key tuples, or plain values for a
    single-column key.

    What differs is read a second time: a bit flipped on the way is no difference, and does not
    come twice.
    """
    wanted = [key if isinstance(key, tuple) else (key,) for key in keys]
    found = compare_rows(run.table(table), run.rules(table), *read(run, table, wanted))
    if found.differences:
        found = compare_rows(run.table(table), run.rules(table), *read(run, table, wanted))
    return found


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
