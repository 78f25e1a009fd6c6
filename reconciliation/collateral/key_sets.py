"""The keys of both sides held against each other: rows that went have no block to be found by.

The machinery is that of whole tables, with a contract that compares the key and nothing else.
Where there are many and they are whole numbers both databases count them and add them up by range,
and ranges that differ are cut smaller until the keys themselves are told; otherwise keys stream
past each other in key order. No more than a few thousand are held at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from reconciliation.canonical import ColumnRule, rules_for
from reconciliation.compare import by_key
from reconciliation.compare.by_values import compare_by_values
from reconciliation.compare.checksums.able import check_key_columns
from reconciliation.compare.checksums.digest import CountSql
from reconciliation.compare.checksums.forms import NoDigests, counting_forms
from reconciliation.compare.contracted import written
from reconciliation.compare.keyed import KeyedTable
from reconciliation.compare.plan import plan
from reconciliation.compare.segments.job import Databases
from reconciliation.compare.segments.runner import compare_in_segments
from reconciliation.compare.streams.row_form import RowForm
from reconciliation.compare.tally import Tally
from reconciliation.model import Key, TableContract
from reconciliation.parallel_run import ParallelRun

#: rows from which keys are counted and added up by range
COUNTED_ROWS = 50_000


def keys_alone(contract: TableContract) -> TableContract:
    """The contract of the same rows with the columns of the key only."""
    key = frozenset(contract.key)
    return replace(
        contract,
        pairs=tuple(pair for pair in contract.pairs if pair.source in key),
        mark_column=None,
        accepted=tuple(one for one in contract.accepted if key >= {*one.columns}),
        sensitive=tuple(name for name in contract.sensitive if name in key),
        not_compared=(),
        values={},
    )


def unlike_keys(
    run: ParallelRun, contract: TableContract, most: int | None = None
) -> tuple[Key, ...] | None:
    """The keys that only one side holds now; those in flight are among them. None for a table of
    about more than ``most`` rows.

    Raises Unordered, CompareError, CanonicalError and EnvironmentFault.
    """
    keyed = _keyed(run, keys_alone(contract))
    tally = _compared(run, keyed, most)
    return None if tally is None else (*tally.suspects, *tally.more)


def _keyed(run: ParallelRun, table: TableContract) -> KeyedTable:
    here, there = run.source_catalogue[table.source], run.target_catalogue[table.target]
    rules: Mapping[str, ColumnRule] = rules_for(table, here, there)
    return KeyedTable(
        f"keys of {table.source}",
        table,
        rules,
        (here, there),
        by_key.sides_of(table, rules, run.catalogues),
        Databases(run.source, run.target),
    )


def _compared(run: ParallelRun, keyed: KeyedTable, most: int | None) -> Tally | None:
    form, method = written(keyed)
    if form is None:
        return compare_by_values(keyed, method, None).tally if most is None else None
    with run.source.connect() as connection:
        pieces = plan(connection, keyed.catalogue[0], form, 1)
    if most is not None and not (pieces.rows is not None and pieces.rows <= most):
        return None
    job = keyed.job(run.endurance)
    if (pieces.rows or 0) >= COUNTED_ROWS and _adds_up(form):
        about = -(-(pieces.rows or 0) // len(pieces.segments))
        job = replace(job, digested_rows=about, digests=counting_forms)
    return compare_in_segments(pieces, job, keyed.databases)


def _adds_up(form: RowForm) -> bool:
    """Whether counts and sums tell the keys of a range: text that went and text that came in the
    same range would add up to nothing.
    """
    try:
        check_key_columns(form)
    except NoDigests:
        return False
    counted = counting_forms(form).source
    return isinstance(counted, CountSql) and len(counted.numbers) == len(form.key_rules)
