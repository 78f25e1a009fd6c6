"""Two PostgreSQL tables held against each other: a copy and what it was copied from. No task, no
contract, no lab.

The contract is what both catalogues agree on: columns by name, the source's primary key. Rows that
differ may be rechecked for a while, for a copy that is being written.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Engine

from reconciliation.canonical import ColumnRule, source_key
from reconciliation.canonical.same_type import same_type_rules
from reconciliation.compare.choice import AUTO
from reconciliation.compare.keyed import (
    KeyedTable,
    Means,
    check_checkpoint,
    compare_once,
    recheck_suspects,
)
from reconciliation.compare.rereads import Pair
from reconciliation.compare.resume.store import file_name
from reconciliation.compare.rows import CompareError, compare_rows
from reconciliation.compare.segments.job import Databases
from reconciliation.compare.segments.runner import Progress
from reconciliation.compare.segments.workers import Workers
from reconciliation.compare.start import Resume, left_over
from reconciliation.compare.streams.binary import BinaryRows, binary_rows
from reconciliation.compare.streams.layout import NoTexts
from reconciliation.compare.streams.merge import Unordered
from reconciliation.compare.tally import first_result
from reconciliation.compare.unreadable import with_unreadable
from reconciliation.databases.catalogue import read_source_catalogue
from reconciliation.databases.locks import holders
from reconciliation.databases.rows import Side, rows_by_key, source_side
from reconciliation.errors import CanonicalError, EnvironmentFault, Locked
from reconciliation.model import (
    CatalogueTable,
    ColumnPair,
    Difference,
    Key,
    Row,
    TableContract,
    TableResult,
)
from reconciliation.process import unforeseen
from reconciliation.process.patience import Endurance, answering

#: how rows are compared, in words
METHOD = "the bytes both servers send"
_REPORTS = Path(__file__).resolve().parents[2] / "reports"
T = TypeVar("T")


@dataclass(frozen=True)
class Copy:
    """``source`` and ``target`` are full table names; rows that differ may still agree for
    ``recheck_seconds``.

    ``compare`` is one of ``choice.MODES``.
    """

    source: str
    target: str
    recheck_seconds: float = 0.0
    compare: str = AUTO

    @property
    def name(self) -> str:
        """The file name of its checkpoint."""
        return file_name(self.source, self.target)


def compare_copy(
    copy: Copy,
    source: Engine,
    target: Engine,
    progress: Progress | None = None,
    workers: Workers | None = None,
    endurance: Endurance | None = None,
    resume: Resume | None = None,
    reports: Path = _REPORTS,
) -> TableResult:
    """The comparison of every row. NOT_JUDGED with its reason for what cannot be compared, never an
    error for it.

    A large table is cut into parts, which ``workers`` compare at once, where there are any. The
    traceback of an error nobody foresaw goes into ``reports``. Raises CannotResume.
    """
    began, resume = time.monotonic(), resume or Resume()
    means = Means(workers, progress, copy.compare, endurance or Endurance(), resume)
    try:
        result = _compare(copy, (source, target), means)
    except unforeseen.ON_PURPOSE:
        raise
    except Exception as error:
        reason = _reason(copy, (source, target), error, reports)
        unjudged = TableResult.unjudged(copy.source, copy.target, reason)
        result = replace(unjudged, notes=left_over(resume.checkpoint(copy.name)))
    return replace(result, seconds=time.monotonic() - began)


def check_copy(copy: Copy, source: Engine, target: Engine, resume: Resume) -> None:
    """What is to be taken up has to belong to what is compared now. Raises CannotResume."""
    # what cannot be read or paired will not be judged, for that reason
    with suppress(EnvironmentFault, CanonicalError, NoTexts):
        check_checkpoint(
            resume.checkpoint(copy.name), lambda: _described(copy, _keyed(copy, (source, target)))
        )


def _described(copy: Copy, keyed: KeyedTable) -> Mapping[str, str]:
    return keyed.identity(_rows(keyed), f"{METHOD}, {copy.compare}")


def _compare(copy: Copy, engines: tuple[Engine, Engine], means: Means) -> TableResult:
    patience = means.endurance.patience()

    def steadily(what: str, work: Callable[[], T]) -> T:
        return patience.through(f"{copy.source}, {what},", tuple(map(answering, engines)), work)

    keyed = steadily("the catalogues", lambda: _keyed(copy, engines))
    compared = compare_once(keyed, _rows(keyed), METHOD, means, steadily)
    result = first_result(keyed.table, keyed.rules, compared.tally, compared.method)
    if compared.tally.suspects:
        result, unreadable = recheck_suspects(
            keyed,
            result,
            compared.tally,
            lambda keys: steadily("rows that differed", lambda: _read(keyed, keys)),
            copy.recheck_seconds,
            outages=lambda: len(patience.notes),
        )
        result = with_unreadable(result, unreadable)
    return result.through(patience.notes)


def _keyed(copy: Copy, engines: tuple[Engine, Engine]) -> KeyedTable:
    here, there = _table(engines[0], copy.source), _table(engines[1], copy.target)
    table = _contract(here, there)
    rules = same_type_rules(table, here, there)
    sides = _sides(table, rules, here, there)
    return KeyedTable(
        copy.name, table, rules, (here, there), sides, Databases(*engines), is_copy=True
    )


def _rows(keyed: KeyedTable) -> BinaryRows:
    return binary_rows(keyed.table, keyed.rules, *keyed.catalogue)


def _read(keyed: KeyedTable, keys: Sequence[Key]) -> tuple[Sequence[Difference], dict[Key, Pair]]:
    """Rows with some keys, read afresh from both sides and compared by value."""
    found = []
    for engine, side in zip(keyed.engines, keyed.sides, strict=True):
        with engine.connect() as connection:
            found.append(rows_by_key(connection, side, keys))
    ours, theirs = found
    comparison = compare_rows(keyed.table, keyed.rules, ours, theirs)
    return comparison.differences, {key: (ours.get(key), theirs.get(key)) for key in keys}


def _reason(copy: Copy, engines: tuple[Engine, Engine], error: Exception, reports: Path) -> str:
    """Why a copy was not judged."""
    if isinstance(error, CompareError | Unordered | NoTexts):
        return str(error)
    try:
        if isinstance(error, Locked):
            return f"{error}; {_holders(copy, *engines)}"
    except unforeseen.ON_PURPOSE:
        raise
    except Exception as further:
        error = further
    return unforeseen.reason(error, reports)


def _holders(copy: Copy, source: Engine, target: Engine) -> str:
    found = [holders(source, copy.source), holders(target, copy.target)]
    return "; ".join(words for words in found if "is locked by" in words) or found[0]


def _table(engine: Engine, name: str) -> CatalogueTable:
    schema, dot, _ = name.rpartition(".")
    if not dot:
        raise EnvironmentFault(f"{name!r} names no schema; write schema.table")
    found = read_source_catalogue(engine, schema).get(name)
    if found is None:
        raise EnvironmentFault(
            f"there is no table {name} in {engine.url.host}:{engine.url.port}/{engine.url.database}"
        )
    return found


def _contract(here: CatalogueTable, there: CatalogueTable) -> TableContract:
    lacking = [
        *(name for name in here.columns if name not in there.columns),
        *(name for name in there.columns if name not in here.columns),
    ]
    if lacking:
        raise EnvironmentFault(
            f"only one of {here.full_name} and {there.full_name} has the columns "
            f"{', '.join(lacking)}"
        )
    if not here.primary_key:
        raise EnvironmentFault(f"{here.full_name} has no primary key; its rows cannot be paired")
    pairs = tuple(ColumnPair(name, name) for name in here.columns)
    return TableContract(
        here.full_name,
        there.full_name,
        here.primary_key,
        pairs,
        here.primary_key[0],
        sides=("source", "target"),
    )


def _sides(
    table: TableContract,
    rules: Mapping[str, ColumnRule],
    here: CatalogueTable,
    there: CatalogueTable,
) -> tuple[Side, Side]:
    def key_of(row: Row) -> Key:
        return source_key(table, rules, row)

    return source_side(table, here, key_of), source_side(table, there, key_of)
