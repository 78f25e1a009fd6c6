"""One contracted table compared: by its key, or by counting its rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from reconciliation.canonical import ColumnRule
from reconciliation.canonical.types import ordered_as_national
from reconciliation.compare import by_key
from reconciliation.compare.accepted_counts import with_accepted
from reconciliation.compare.by_values import compare_by_values
from reconciliation.compare.keyed import (
    Compared,
    KeyedTable,
    Means,
    compare_once,
    recheck_suspects,
)
from reconciliation.compare.multisets.compare import compare_multiset
from reconciliation.compare.rereads import Pair
from reconciliation.compare.resume.store import file_name
from reconciliation.compare.segments.job import Databases
from reconciliation.compare.streams.layout import Layout, NoTexts, layout
from reconciliation.compare.tally import Tally, first_result
from reconciliation.compare.unreadable import with_unreadable
from reconciliation.errors import CanonicalError
from reconciliation.model import MULTISET, Difference, Key, TableContract, TableResult
from reconciliation.parallel_run import ParallelRun
from reconciliation.replication.behind import Delivery

T = TypeVar("T")


def compare_contracted(run: ParallelRun, table: TableContract, means: Means) -> TableResult:
    """Every row once, and for as long as they may still arrive those that differed again.

    Raises CannotResume, Unordered, CompareError, CanonicalError and EnvironmentFault.
    """
    return (_counted if table.rows == MULTISET else _paired)(run, table, means)


def _counted(run: ParallelRun, table: TableContract, _means: Means) -> TableResult:
    outages: list[str] = []
    limit = run.profile.replication.arrival_limit_seconds
    delivery = Delivery(run, table.source, limit, lambda: len(outages))
    counted = run.steadily(
        table.source,
        lambda: compare_multiset(run, table, run.rules(table.source), delivery.behind),
        outages,
    )
    return counted.through(outages)


def _paired(run: ParallelRun, table: TableContract, means: Means) -> TableResult:
    keyed = keyed_table(run, table)
    compared = _once(run, keyed, means)
    tally = compared.tally
    result = first_result(table, keyed.rules, tally, compared.method, compared.watermark)
    if not tally.suspects:
        return result
    _check_lookups(table, tally)
    again = _Again(run, table)
    final, unreadable = recheck_suspects(
        keyed, result, tally, again.read, again.limit, again.behind, again.outages_so_far
    )
    readable = [key for key in tally.suspects if key not in unreadable]
    return with_unreadable(
        with_accepted(run, table, readable, final.through(again.outages)), unreadable
    )


class _Again:
    """Rows of one table read again, and whether the replication may still deliver them, through
    outages that are noted in ``outages``.
    """

    def __init__(self, run: ParallelRun, table: TableContract) -> None:
        self._run, self._table = run, table.source
        self.limit = run.profile.replication.arrival_limit_seconds
        self.outages: list[str] = []
        self._delivery = self._steadily(
            lambda: Delivery(run, self._table, self.limit, self.outages_so_far)
        )

    def read(self, keys: Sequence[Key]) -> tuple[Sequence[Difference], Mapping[Key, Pair]]:
        """As ``rereads.Read``."""
        return self._steadily(lambda: by_key.reread(self._run, self._table, keys))

    def behind(self, anew: bool) -> str | None:
        """As ``recheck.Behind``."""
        return self._steadily(lambda: self._delivery.behind(anew))

    def outages_so_far(self) -> int:
        """How many were waited for."""
        return len(self.outages)

    def _steadily(self, work: Callable[[], T]) -> T:
        return self._run.steadily(f"{self._table}, rows that differed,", work, self.outages)


#: conversions after which both databases still find a row by its key
FINDING = (None, "uuid_raw")


def _check_lookups(table: TableContract, tally: Tally) -> None:
    """Rows are rechecked by their keys: raises CanonicalError for a key that only one side
    has as a value.
    """
    for name in table.key:
        conversion = table.pair(name).conversion
        if conversion not in FINDING:
            raise CanonicalError(
                f"{tally.suspect_count} rows differ at the first look and cannot "
                f"be looked at again: the key column {name} is compared by {conversion}; "
                "name key columns without a conversion"
            )


def keyed_table(run: ParallelRun, table: TableContract) -> KeyedTable:
    """The table as both catalogues have it; raises CanonicalError for a pair without a rule."""
    rules = run.rules(table.source)
    return KeyedTable(
        file_name(table.source),
        table,
        rules,
        (run.source_catalogue[table.source], run.target_catalogue[table.target]),
        by_key.sides_of(table, rules, run.catalogues),
        Databases(run.source, run.target),
    )


def _once(run: ParallelRun, keyed: KeyedTable, means: Means) -> Compared:
    texts, method = written(keyed)
    if texts is not None:
        return compare_once(keyed, texts, method, means, run.steadily)
    outages: list[str] = []
    compared = run.steadily(
        keyed.table.source, lambda: compare_by_values(keyed, method, means.progress), outages
    )
    compared.tally.outages += outages
    return compared


def written(keyed: KeyedTable) -> tuple[Layout | None, str]:
    """How both databases write the table's rows, None where they cannot; and the method in words,
    with the reason.
    """
    words = _order_words(keyed.table, keyed.rules)
    try:
        found = layout(keyed.table, keyed.rules, *keyed.catalogue)
    except NoTexts as reason:
        return None, f"values, read into memory: {reason}{words}"
    return found, f"texts, written by both databases{words}"


def _order_words(table: TableContract, rules: Mapping[str, ColumnRule]) -> str:
    """What the order of a key's texts costs, for the method; empty where it costs nothing."""
    kinds = [rules[name].target.type for name in table.key]
    charset = next((kind.charset for kind in kinds if ordered_as_national(kind)), None)
    return (
        f", text keys ordered as national text, without an index: Oracle is in {charset}"
        if charset
        else ""
    )
