"""What was agreed on about tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from reconciliation.model.values import SIDES, Value


@dataclass(frozen=True)
class ColumnPair:
    """One agreed pair; ``conversion`` names a rule of ``canonical`` (for example ``epoch_millis``)
    or is None.
    """

    source: str
    target: str
    conversion: str | None = None
    #: inclusive bounds the project agreed on for generated and stored values, as the TOML gives
    #: them, or None
    minimum: Value = None
    maximum: Value = None


@dataclass(frozen=True)
class AcceptedDifference:
    """A difference somebody signed for. ``rule`` is one of ``canonical.ACCEPTABLE`` (see
    contracts/accepted.toml).
    """

    table: str
    columns: tuple[str, ...]
    rule: str
    reason: str
    owner: str
    expires: dt.date
    # columns the entry names and the contract does not compare (any more)
    vanished: tuple[str, ...] = ()


@dataclass(frozen=True)
class NotCompared:
    """A column of either side, or a pair of columns, that the comparison leaves out, and why."""

    source: str | None
    target: str | None
    reason: str


@dataclass(frozen=True)
class Excuse:
    """Why something is not judged, who answers for that, and the last day it holds."""

    reason: str
    owner: str
    expires: dt.date


#: how the rows of a table are paired: by its key, or, without one, by counting rows that hold the
#: same values
KEYED, MULTISET = "keyed", "multiset"


@dataclass(frozen=True)
class TableContract:
    """``key`` is empty exactly where ``rows`` is MULTISET. The filters are SQL conditions, each in
    its database's own words; both are given or neither, and rows outside them are not part of the
    comparison.

    ``write`` False: no run writes a row of this table, for the reason in ``excuse``, which is given
    only then; without one nobody has decided (``undecided_writing``). ``called`` is the table's
    name in a sentence. ``values`` are, by source column, those a written row may hold, where the
    catalogue does not tell. ``reserved`` are, by key column, the first and the last value kept free
    for runs.
    """

    source: str
    target: str
    key: tuple[str, ...]  # source column names
    pairs: tuple[ColumnPair, ...]  # key columns included
    mark_column: str | None  # source text column that can carry the run's mark
    accepted: tuple[AcceptedDifference, ...] = ()
    path: str = ""
    sides: tuple[str, str] = SIDES
    # source columns whose values are shown as digests, nowhere as they are
    sensitive: tuple[str, ...] = ()
    source_filter: str | None = None
    target_filter: str | None = None
    rows: str = KEYED
    not_compared: tuple[NotCompared, ...] = ()
    called: str | None = None
    write: bool = True
    excuse: Excuse | None = None
    values: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    reserved: Mapping[str, tuple[Value, Value]] = field(default_factory=dict)

    @property
    def undecided_writing(self) -> str | None:
        """What somebody has to decide before a run that changes rows judges this table; None where
        it is decided.
        """
        if self.write or self.excuse is not None:
            return None
        return (
            f"{self.path or self.source}: write = false, and nobody has decided: remove it where "
            "runs may write rows of their own, or add an [excuse] that somebody answers for"
        )

    def pair(self, source_column: str) -> ColumnPair:
        return next(pair for pair in self.pairs if pair.source == source_column)


@dataclass(frozen=True)
class Contract:
    tables: tuple[TableContract, ...]

    def table(self, source: str) -> TableContract:
        return next(table for table in self.tables if table.source == source)
