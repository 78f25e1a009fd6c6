"""What a comparison of rows finds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from fractions import Fraction

from reconciliation.model.values import SIDES, Key, Value


class DifferenceKind(Enum):
    MISSING = "missing"  # in PostgreSQL, not in Oracle
    EXTRA = "extra"  # in Oracle, not in PostgreSQL
    CHANGED = "changed"


#: the rule of a difference between tables without a key: the values are how often the row stands on
#: each side
COUNTED_ROWS = "rows counted"

#: what the differences of one cause have in common, see ``Difference``
Amount = dt.timedelta | Fraction | int | str


@dataclass(frozen=True)
class Difference:
    """One differing cell, or one missing/extra row (then the column fields are None).

    ``cause`` is a guess by shape, for grouping: a key of ``causes.WORDS``.
    """

    table: str
    target_table: str
    key: Key
    kind: DifferenceKind
    source_column: str | None = None
    target_column: str | None = None
    source_value: Value = None
    target_value: Value = None
    rule: str | None = None
    cause: str | None = None
    #: the column types as their own catalogues name them, and the names of the key columns, for
    #: messages
    source_type: str | None = None
    target_type: str | None = None
    key_columns: tuple[str, ...] = ()
    sides: tuple[str, str] = SIDES
    #: source columns of the table whose values, keys included, are shown as digests
    sensitive: tuple[str, ...] = ()
    #: the two canonical values that were compared; None of whole rows, and once the cause of the
    #: column's differences is settled: no report shows them
    canonical: tuple[Value, Value] | None = field(default=None, repr=False, compare=False)
    #: by how much, where the settled cause has an amount: what was added ("shifted", a timedelta or
    #: Fraction), the factor ("scaled"), the last power of ten or unit that is left ("rounding")
    amount: Amount | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True)
class UnreadableCell:
    """A value that cannot be read, and so the row under ``key`` cannot be judged.

    ``column`` is named as ``side`` names it; None where no column could be found that fails by
    itself.
    """

    key: Key
    side: str
    column: str | None
    why: str
    key_columns: tuple[str, ...] = ()
    #: source columns whose values are shown as digests
    sensitive: tuple[str, ...] = ()


class Status(Enum):
    EQUAL = "equal"
    IN_FLIGHT = "in flight"
    DIVERGENT = "divergent"
    NOT_JUDGED = "not judged"


@dataclass(frozen=True)
class DifferenceGroup:
    """How many rows differ in the same way; for missing and extra rows the columns are None."""

    kind: DifferenceKind
    source_column: str | None
    target_column: str | None
    cause: str | None
    rows: int
    first_key: Key
    detail: str = ""  # what all of them have in common: "by +9 h", "to 255 bytes"


@dataclass(frozen=True)
class TableResult:
    """The comparison of one table. Counts are rows; ``reductions`` counts values per named loss of
    precision.
    """

    table: str
    target_table: str
    status: Status
    source_rows: int
    target_rows: int
    equal_rows: int
    differing_rows: int
    missing_rows: int
    extra_rows: int
    in_flight_rows: int = 0
    accepted_values: Mapping[str, int] = field(default_factory=dict)
    reductions: Mapping[str, int] = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()
    seconds: float = 0.0
    reason: str | None = None  # why not judged
    watermark: str | None = None  # source position up to which the verdict holds
    rules: Mapping[str, str] = field(default_factory=dict)  # "source -> TARGET" -> rule name
    # of all differences; ``differences`` holds the first of each group
    groups: tuple[DifferenceGroup, ...] = ()
    rechecked_rows: int = 0  # rows that differed at the first look and were looked at again
    method: str | None = None  # how the first look compared rows, and why so
    sides: tuple[str, str] = SIDES
    #: of ``seconds``, those of looking again at rows that differed
    recheck_seconds: float = field(default=0.0, compare=False)
    unlooked_rows: int = 0  # rows that differed at the first look and were not looked at again
    unreadable_rows: int = 0  # rows that were not judged because a value in them cannot be read
    unreadable: tuple[UnreadableCell, ...] = ()  # the first of those values
    not_compared: tuple[str, ...] = ()  # columns the contract leaves out, each with its reason
    #: every difference that stayed, for the repair script; reports show ``differences`` and count
    #: ``groups``
    stayed: tuple[Difference, ...] = field(default=(), repr=False)
    # the row filters in force, one for each side; empty: all rows were compared
    filters: tuple[str, ...] = ()
    # what happened on the way: outages, segments taken over from a run before
    notes: tuple[str, ...] = ()
    outages: tuple[str, ...] = ()  # those of ``notes`` that tell of an outage which was waited for

    def through(self, outages: Sequence[str]) -> TableResult:
        """The same with notes about further outages."""
        return replace(self, notes=(*self.notes, *outages), outages=(*self.outages, *outages))

    @classmethod
    def unjudged(cls, table: str, target_table: str, reason: str) -> TableResult:
        """Of a table about which nothing can be said."""
        return cls(table, target_table, Status.NOT_JUDGED, 0, 0, 0, 0, 0, 0, reason=reason)
