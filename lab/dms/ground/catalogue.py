"""Tables and columns as the catalogues of both databases describe them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SourceColumn:
    """A PostgreSQL column; domains are resolved to their base type.

    ``type_name`` is the name in pg_type (``int8``, ``varchar``, ``timestamptz``; arrays begin with
    ``_``), ``kind`` is pg_type.typtype (``e`` for an enum) and ``modifier`` the type modifier, -1
    when there is none.
    """

    name: str
    type_name: str
    modifier: int = -1
    kind: str = "b"


@dataclass(frozen=True)
class SourceTable:
    """``key`` holds the columns of the replica identity, the primary key under REPLICA IDENTITY
    FULL.

    ``identity`` is pg_class.relreplident: ``d``, ``i``, ``f`` (full) or ``n`` (nothing).
    ``partitions`` is None for an ordinary table; for a partitioned one it holds the schemas and
    names of its leaves, where its changes are written.
    """

    schema: str
    name: str
    columns: tuple[SourceColumn, ...]
    key: tuple[str, ...] = ()
    identity: str = "d"
    partitions: tuple[tuple[str, str], ...] | None = None

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def has_full_identity(self) -> bool:
        return self.identity == "f"

    @property
    def carries_old(self) -> bool:
        """Whether updates and deletes say which row they mean."""
        return bool(self.key) or self.has_full_identity


@dataclass(frozen=True)
class TargetColumn:
    """An Oracle column as in ALL_TAB_COLUMNS; ``data_type`` for example ``VARCHAR2`` or
    ``TIMESTAMP(6)``.
    """

    name: str
    data_type: str
    length: int = 0
    nullable: bool = True


@dataclass(frozen=True)
class TargetTable:
    """``columns`` in the order of the catalogue, ``key`` from the primary key constraint."""

    schema: str
    name: str
    columns: tuple[TargetColumn, ...]
    key: tuple[str, ...] = ()

    @property
    def full_name(self) -> str:
        return f"{self.schema}.{self.name}"
