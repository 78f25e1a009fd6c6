"""The values that flow between the rooms of the judge. Plain frozen dataclasses, no behaviour, no
I/O.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from fractions import Fraction
from typing import TypeAlias

#: A cell's value, None for NULL: the driver's, or the canonical one a rule makes of it. Its type is
#: the column's, which only the rule of the column pair knows: whoever takes one apart looks first.
Value = object
#: A value as a JSON or TOML document holds it; ``documents`` takes one apart.
Document: TypeAlias = (
    bool
    | int
    | float
    | str
    | dt.datetime
    | dt.date
    | dt.time
    | Sequence["Document"]
    | Mapping[str, "Document"]
    | None
)

# ------------------------------------------------------------------ catalogues


@dataclass(frozen=True)
class ColumnType:
    """A column as its own catalogue describes it.

    ``name`` is the catalogue's type name in lower case for PostgreSQL (``int8``, ``varchar``,
    ``timestamptz``) and in upper case for Oracle (``NUMBER``, ``VARCHAR2``). ``length`` counts
    characters for PostgreSQL and the unit said by ``byte_length`` for Oracle;
    ``precision``/``scale`` are None when unconstrained. ``charset`` is Oracle's name of the
    character set of a text column, None for the usual ones (AL32UTF8, and AL16UTF16 for national
    text). ``labels`` are those of an enumeration of PostgreSQL, in their order.
    """

    name: str
    length: int | None = None
    byte_length: bool = False
    precision: int | None = None
    scale: int | None = None
    charset: str | None = None
    labels: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.length is not None:
            return f"{self.name}({self.length}{' BYTE' if self.byte_length else ''})"
        if self.precision is not None:
            return f"{self.name}({self.precision},{self.scale or 0})"
        return self.name


#: how PostgreSQL numbers a column by itself: it refuses a value unless the statement overrides it,
#: or takes one
ALWAYS, BY_DEFAULT = "always", "by default"


@dataclass(frozen=True)
class CatalogueColumn:
    """``identity`` is ALWAYS or BY_DEFAULT for an identity column of PostgreSQL, None for others.

    ``generated``: computed by the database from other columns, so nobody writes it. ``declared`` is
    the type as a CAST names it ("numeric(18,4)", "pay.state"), empty for Oracle.
    """

    name: str
    type: ColumnType
    nullable: bool
    default: str | None = None
    identity: str | None = None
    generated: bool = False
    declared: str = ""


@dataclass(frozen=True)
class ForeignKey:
    """``columns`` refer to ``referenced`` of ``table`` (full name), in this order.

    Of a table in Oracle that the account may not see only the schema is told (``PAY.?``), and
    nothing is ``referenced``.
    """

    name: str
    columns: tuple[str, ...]
    table: str
    referenced: tuple[str, ...]


@dataclass(frozen=True)
class CheckConstraint:
    """``expression`` is the condition in the database's own words, without CHECK; NOT NULL is none.
    ``columns`` are those it reads.
    """

    name: str
    expression: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Trigger:
    name: str
    table: str
    enabled: bool
    description: str  # timing and events, for example "BEFORE EACH ROW INSERT"


@dataclass(frozen=True)
class CatalogueTable:
    """``name`` without the schema, in the case the catalogue stores it.

    ``unique_keys`` are those beside the primary key, each the columns of one. ``partition_of`` is
    the full name of the partitioned table a partition belongs to.
    """

    schema: str
    name: str
    columns: Mapping[str, CatalogueColumn]
    primary_key: tuple[str, ...]
    replica_identity: str | None = None  # PostgreSQL: default, index, full, nothing
    triggers: tuple[Trigger, ...] = ()
    # Oracle: the grant without which there may be further triggers
    hidden_triggers: str | None = None
    disabled_key: str | None = None  # Oracle: the name of a primary key that is not in force
    unique_keys: tuple[tuple[str, ...], ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    checks: tuple[CheckConstraint, ...] = ()
    partition_of: str | None = None

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}"


#: one side's catalogue: full table name ("travelbuddy.flightspecial", "TRAVELBUDDY.FLIGHTSPECIAL")
#: -> table
Catalogue = Mapping[str, CatalogueTable]

# ------------------------------------------------------------------ contract


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


#: what the two sides are called wherever people read
SIDES = ("PostgreSQL", "Oracle")

#: how the rows of a table are paired: by its key, or, without one, by counting rows that hold the
#: same values
KEYED, MULTISET = "keyed", "multiset"


@dataclass(frozen=True)
class TableContract:
    """``key`` is empty exactly where ``rows`` is MULTISET. The filters are SQL conditions, each in
    its database's own words; both are given or neither, and rows outside them are not part of the
    comparison.

    ``write`` False: no run writes a row of this table, for the reason in ``excuse``, which is given
    exactly then. ``called`` is the table's name in a sentence. ``values`` are, by source column,
    those a written row may hold, where the catalogue does not tell. ``reserved`` are, by key
    column, the first and the last value kept free for runs.
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

    def pair(self, source_column: str) -> ColumnPair:
        return next(pair for pair in self.pairs if pair.source == source_column)


@dataclass(frozen=True)
class Contract:
    tables: tuple[TableContract, ...]

    def table(self, source: str) -> TableContract:
        return next(table for table in self.tables if table.source == source)


# ------------------------------------------------------------------ findings


@dataclass(frozen=True)
class Finding:
    """One broken static promise, with its evidence in words.

    ``check`` is the machine name of the check (``rule_names_nothing``, ``rules_fight``,
    ``column_not_reached``, ``type_cannot_hold``, ``value_refused``, ``trigger_enabled``, ...).
    Findings of one ``kind`` are the same in many places, and may be summed up as "kind: place,
    place, ..."; no kind means that the message stands for itself.
    """

    check: str
    message: str
    table: str | None = None
    column: str | None = None
    rule_ids: tuple[str, ...] = ()
    kind: str = ""
    place: str = ""


@dataclass(frozen=True)
class Refusal:
    """Why the legacy schema cannot hold one value: column pair, value, the ORA code it must be
    refused with.
    """

    source_column: str
    target_column: str
    value: Value
    ora_code: int
    reason: str
    accepted: AcceptedDifference | None = None


# ------------------------------------------------------------------ comparison


class DifferenceKind(Enum):
    MISSING = "missing"  # in PostgreSQL, not in Oracle
    EXTRA = "extra"  # in Oracle, not in PostgreSQL
    CHANGED = "changed"


#: the rule of a difference between tables without a key: the values are how often the row stands on
#: each side
COUNTED_ROWS = "rows counted"

Row = Mapping[str, Value]  # column name -> driver value
Key = tuple[Value, ...]  # canonical key values
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


# ------------------------------------------------------------------ the replication task


@dataclass(frozen=True)
class TaskInfo:
    """A replication task as DescribeReplicationTasks shows it; ``resource_id`` is the last part of
    its ARN.
    """

    identifier: str
    arn: str
    status: str
    migration_type: str
    table_mappings: str
    settings: Mapping[str, Document]
    stop_reason: str
    last_failure: str
    source_endpoint_arn: str
    target_endpoint_arn: str
    instance_arn: str
    has_run: bool
    recovery_checkpoint: str = ""

    @property
    def resource_id(self) -> str:
        return self.arn.rpartition(":")[2]
