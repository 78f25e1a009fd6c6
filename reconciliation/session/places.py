"""Where rows of a run may stand: a table of PostgreSQL with its key, and the one in Oracle that its
rows reach.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, Engine, text

from reconciliation.canonical import source_key, target_key
from reconciliation.canonical.types import source_label
from reconciliation.databases.quoting import text_quoted
from reconciliation.databases.rows import Side, plain_key, rows_by_key, source_side, target_side
from reconciliation.errors import CanonicalError
from reconciliation.model import (
    Catalogue,
    CatalogueTable,
    ColumnType,
    Key,
    Row,
    TableContract,
    Value,
)
from reconciliation.parallel_run import ParallelRun

_WHOLE = ("int2", "int4", "int8", "numeric")


@dataclass(frozen=True)
class Place:
    """Both sides read nothing but the key. ``there`` is None where nothing of the run can be in
    Oracle; ``contract`` is None where the task does not map the table.
    """

    name: str
    here: Side
    there: Side | None
    contract: TableContract | None = None

    def reserved(self, agreed: tuple[int, int]) -> tuple[int, int] | None:
        """The first and the last whole number that is a run's as this table's key: the contract's,
        otherwise those ``agreed`` for all tables. None where its key is nothing of the kind.
        """
        if self.contract is None or not self.contract.write or len(self.here.key) != 1:
            return None
        [column] = self.here.key
        if source_label(self.here.table.columns[column].type) not in _WHOLE:
            return None
        first, last = self.contract.reserved.get(column, agreed)
        return (first, last) if isinstance(first, int) and isinstance(last, int) else None


def place_of(run: ParallelRun, name: str) -> Place | None:
    """Of a table by its source name; None where it cannot be looked at as its contract says, or
    has no key.
    """
    contract = next((table for table in run.contract.tables if table.source == name), None)
    if name in run.unfit or name not in run.source_catalogue:
        return None
    if contract is None:
        return _unmapped(run, run.source_catalogue[name])
    if not contract.key:
        return None
    try:
        rules = run.rules(name)
    except CanonicalError:
        return None
    here = source_side(
        contract, run.source_catalogue[name], lambda row: source_key(contract, rules, row)
    )
    there = target_side(
        contract,
        run.target_catalogue[contract.target],
        lambda row: target_key(contract, rules, row),
    )
    return Place(name, _keys_only(here), _keys_only(there), contract)


def _keys_only(side: Side) -> Side:
    """Rows outside the contract's filter count as well: whatever a run wrote is the run's."""
    return replace(side, columns=side.key, filter=None)


def _unmapped(run: ParallelRun, table: CatalogueTable) -> Place | None:
    """A table the task does not map. In a lab a broken task may have carried its rows to Oracle's
    table of the same name.
    """
    if not table.primary_key:
        return None
    key = table.primary_key
    uuids = [source_label(table.columns[name].type) == "uuid" for name in key]
    here = Side(table, key, key, False, _unmapped_key(key, uuids))
    other = _namesake(run.target_catalogue, table) if run.profile.sweep_target_orphans else None
    there = None
    if other is not None:
        key = other.primary_key
        there = Side(other, key, key, True, _unmapped_key(key, uuids))
    return Place(table.full_name, here, there)


def _unmapped_key(columns: tuple[str, ...], uuids: Sequence[bool]) -> Callable[[Row], Key]:
    """No rule says what a UUID is in Oracle: a text on both sides, as which it is noted."""
    plain = plain_key(columns)

    def key_of(row: Row) -> Key:
        values = zip(plain(row), uuids, strict=True)
        return tuple(_uuid_text(value) if is_uuid else value for value, is_uuid in values)

    return key_of


def _uuid_text(value: Value) -> Value:
    if isinstance(value, bytes) and len(value) == 16:
        return str(uuid.UUID(bytes=value))
    return str(value) if isinstance(value, uuid.UUID) else value


def _namesake(catalogue: Catalogue, table: CatalogueTable) -> CatalogueTable | None:
    """Oracle's table of the same name with the same key columns, if there is one."""
    for there in catalogue.values():
        if _lower(there.name, *there.primary_key) == _lower(table.name, *table.primary_key):
            return there
    return None


def _lower(*names: str) -> tuple[str, ...]:
    return tuple(name.lower() for name in names)


# ------------------------------------------------------------------ looking


def standing(connection: Connection, side: Side, keys: Iterable[Key]) -> frozenset[Key]:
    """Those of ``keys`` under which rows stand."""
    wanted = [key for key in keys if len(key) == len(side.key)]
    return frozenset(rows_by_key(connection, side, wanted))


def all_keys(engine: Engine, side: Side) -> frozenset[Key]:
    """The key of every row there is."""
    with engine.connect() as connection:
        found = connection.execute(text(side.select()))
        return frozenset(side.key_of(side.row(tuple(row))) for row in found)


def keys_within(connection: Connection, side: Side, first: int, last: int) -> frozenset[Key]:
    """The keys of a table with one whole-number key from ``first`` to ``last``."""
    if not _holds_numbers(side.table.columns[side.key[0]].type, side.is_target):
        return frozenset()
    condition = f"{text_quoted(side.key[0])} BETWEEN :first AND :last"
    found = connection.execute(text(side.select(condition)), {"first": first, "last": last})
    return frozenset(side.key_of(side.row(tuple(row))) for row in found)


def _holds_numbers(kind: ColumnType, is_target: bool) -> bool:
    return kind.name in ("NUMBER", "FLOAT") if is_target else source_label(kind) in _WHOLE


def children_first(places: Iterable[Place], catalogue: Catalogue, is_target: bool) -> list[Place]:
    """So that rows go before those they refer to; in a ring of tables one order is as good as
    another.
    """
    by_name: dict[str, list[Place]] = {}  # several tables may reach one in Oracle
    for place in places:
        side = place.there if is_target else place.here
        if side is not None:
            by_name.setdefault(side.table.full_name, []).append(place)
    parents_first: list[Place] = []
    taken: set[str] = set()

    def take(name: str) -> None:
        if name in taken or name not in by_name:
            return
        taken.add(name)
        for key in catalogue[name].foreign_keys:
            take(key.table)
        parents_first.extend(by_name[name])

    for name in by_name:
        take(name)
    return parents_first[::-1]
