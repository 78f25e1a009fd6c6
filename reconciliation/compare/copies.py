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
from reconciliation.compare.checksums.choice import AUTO, choose
from reconciliation.compare.recheck import recheck
from reconciliation.compare.rereads import Pair
from reconciliation.compare.resume.identity import identity
from reconciliation.compare.resume.start import Resume, Start, begun, left_over
from reconciliation.compare.resume.store import file_name
from reconciliation.compare.rows import CompareError, compare_rows
from reconciliation.compare.segments.job import Databases, Job
from reconciliation.compare.segments.plan import plan
from reconciliation.compare.segments.runner import Progress, compare_in_segments
from reconciliation.compare.segments.workers import Workers
from reconciliation.compare.streams.binary import BinaryRows, binary_rows
from reconciliation.compare.streams.layout import NoTexts
from reconciliation.compare.streams.merge import Unordered
from reconciliation.compare.tally import final_result, first_result
from reconciliation.compare.unreadable import Careful, with_unreadable
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

    ``compare`` is one of ``checksums.choice.MODES``.
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
    try:
        steady = endurance or Endurance()
        result = _compare(copy, (source, target), progress, workers, steady, resume)
    except unforeseen.ON_PURPOSE:
        raise
    except Exception as error:
        reason = _reason(copy, (source, target), error, reports)
        unjudged = TableResult.unjudged(copy.source, copy.target, reason)
        result = replace(unjudged, notes=left_over(resume.checkpoint(copy.name)))
    return replace(result, seconds=time.monotonic() - began)


def check_checkpoint(copy: Copy, source: Engine, target: Engine, resume: Resume) -> None:
    """What is to be taken up has to belong to what is compared now. Raises CannotResume."""
    checkpoint = resume.checkpoint(copy.name)
    if checkpoint is not None and checkpoint.plan is not None:
        with suppress(
            EnvironmentFault, CanonicalError, NoTexts
        ):  # it will not be judged, for that reason
            checkpoint.check(_Pair.of(copy, (source, target)).identity(copy))


@dataclass(frozen=True)
class _Pair:
    """A table and its copy as they are found."""

    table: TableContract
    rules: Mapping[str, ColumnRule]
    catalogue: tuple[CatalogueTable, CatalogueTable]
    engines: tuple[Engine, Engine]

    @classmethod
    def of(cls, copy: Copy, engines: tuple[Engine, Engine]) -> _Pair:
        here, there = _table(engines[0], copy.source), _table(engines[1], copy.target)
        table = _contract(here, there)
        return cls(table, same_type_rules(table, here, there), (here, there), engines)

    @property
    def rows(self) -> BinaryRows:
        return binary_rows(self.table, self.rules, *self.catalogue)

    def identity(self, copy: Copy) -> Mapping[str, str]:
        return identity(
            self.table, self.catalogue, self.engines, self.rows, f"{METHOD}, {copy.compare}"
        )


def _compare(
    copy: Copy,
    engines: tuple[Engine, Engine],
    progress: Progress | None,
    workers: Workers | None,
    endurance: Endurance,
    resume: Resume,
) -> TableResult:
    patience, checkpoint = endurance.patience(), resume.checkpoint(copy.name)

    def steadily(what: str, work: Callable[[], T]) -> T:
        return patience.through(f"{copy.source}, {what},", tuple(map(answering, engines)), work)

    pair = steadily("the catalogues", lambda: _Pair.of(copy, engines))
    table, rules, (here, there) = pair.table, pair.rules, pair.catalogue
    job = Job(
        table, here, there, endurance.limits.answer, True, outage_seconds=endurance.outage_seconds
    )
    databases = Databases(*engines)

    def begin() -> Start:
        with engines[0].connect() as connection:
            limit = workers.limit if workers else 1
            pieces = plan(connection, here, pair.rows, limit, resume.segment_rows)
        return Start(pieces, None, choose(copy.compare, pieces, job, databases))

    start, notes = begun(
        checkpoint,
        job,
        lambda: steadily("the databases' identity", lambda: pair.identity(copy)),
        lambda: steadily("the plan", begin),
    )
    pieces, choice = start.plan, start.choice
    tally = compare_in_segments(
        pieces, choice.job, databases, workers, progress, checkpoint, endurance.tell
    )
    tally.notes[:0] = notes
    method = choice.method(f"{METHOD}{f', {pieces.reason}' if pieces.reason else ''}", tally)
    result = first_result(table, rules, tally, method)
    if tally.suspects:
        again = _Again(table, rules, engines, _sides(table, rules, here, there))
        careful = Careful(
            lambda keys: steadily("rows that differed", lambda: again.read(keys)),
            table,
            engines,
            again.sides,
        )
        outcome = recheck(
            careful.read, tally.suspects, copy.recheck_seconds, outages=lambda: len(patience.notes)
        )
        result = with_unreadable(final_result(result, outcome, tally), careful.found)
    return result.through(patience.notes)


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


@dataclass(frozen=True)
class _Again:
    """Rows with some keys, read afresh from both sides and compared by value."""

    table: TableContract
    rules: Mapping[str, ColumnRule]
    engines: tuple[Engine, Engine]
    sides: tuple[Side, Side]

    def read(self, keys: Sequence[Key]) -> tuple[Sequence[Difference], dict[Key, Pair]]:
        found = []
        for engine, side in zip(self.engines, self.sides, strict=True):
            with engine.connect() as connection:
                found.append(rows_by_key(connection, side, keys))
        ours, theirs = found
        comparison = compare_rows(self.table, self.rules, ours, theirs)
        return comparison.differences, {key: (ours.get(key), theirs.get(key)) for key in keys}
