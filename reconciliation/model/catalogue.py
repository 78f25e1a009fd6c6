"""A database as its own catalogue describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


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
