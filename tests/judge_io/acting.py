"""A session that only acts: a real PostgreSQL, a journal in memory, no Oracle."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

from reconciliation.databases.catalogue import read_source_catalogue
from reconciliation.databases.connections import Credentials, source_engine
from reconciliation.making.model import Insert, OwnRow
from reconciliation.model import (
    ALWAYS,
    CatalogueTable,
    ColumnPair,
    ForeignKey,
    Key,
    TableContract,
)
from reconciliation.process.limits import Limits
from reconciliation.process.patience import Endurance
from reconciliation.session.pace import Pace
from reconciliation.session.preflight import Preflight
from reconciliation.session.writing import Transactions
from tests.clusters import Cluster

from . import samples

SCHEMA = "pay"
LOCK_SECONDS = 0.5


class Notes:
    """The journal's notes, in memory."""

    def __init__(self) -> None:
        self.keys: dict[str, set[Key]] = defaultdict(set)

    def note(self, table: str, keys: Sequence[Key]) -> None:
        self.keys[table].update(keys)

    def noted(self, table: str) -> frozenset[Key]:
        return frozenset(self.keys[table])


@dataclass
class Acting:
    session: Any
    cluster: Cluster

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        connection = self.cluster.connect()
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return list(cursor.fetchall())
        finally:
            connection.close()

    def insert(self, table: str, key: Key, row: Mapping[str, Any]) -> Insert:
        """The insert of an own row, noted."""
        self.session.journal.note(f"{SCHEMA}.{table}", [key])
        return Insert(OwnRow(f"{SCHEMA}.{table}", key, row))


@contextmanager
def acting(
    cluster: Cluster, keys: Mapping[str, tuple[str, ...]], foreign: Mapping[str, ForeignKey]
) -> Iterator[Acting]:
    """Acts on the tables of schema ``pay``, as the user writer; ``keys`` by table's name."""
    writer, reader = (
        source_engine(
            Credentials("PostgreSQL", cluster.host, cluster.port, "postgres", user, "x"),
            read_only,
            lock_timeout=LOCK_SECONDS,
        )
        for user, read_only in (("writer", False), (cluster.user, True))
    )
    catalogue = {
        name: _as_declared(table, foreign)
        for name, table in read_source_catalogue(reader, SCHEMA).items()
    }
    run = samples.parallel_run(
        source=reader,
        source_credentials=Credentials("PostgreSQL", "x", 1, "postgres", "writer", "x"),
        source_catalogue=catalogue,
        contract=SimpleNamespace(tables=tuple(_contract(*item) for item in keys.items())),
        endurance=Endurance(Limits(lock=LOCK_SECONDS)),
    )
    session = SimpleNamespace(
        parallel_run=run,
        preflight=Preflight((), unwritable={f"{SCHEMA}.kept": f"{SCHEMA}.kept may not be removed"}),
        journal=Notes(),
        transactions=Transactions(reader, SimpleNamespace(source=writer)),
        pace=Pace(None),
    )
    try:
        yield Acting(session, cluster)
    finally:
        writer.dispose()
        reader.dispose()


def _contract(name: str, key: tuple[str, ...]) -> TableContract:
    pairs = tuple(ColumnPair(column, column.upper()) for column in key)
    return TableContract(f"{SCHEMA}.{name}", f"PAY.{name.upper()}", key, pairs, None)


def _as_declared(table: CatalogueTable, foreign: Mapping[str, ForeignKey]) -> CatalogueTable:
    """With what these tests declare, whatever the catalogue tells of it."""
    columns = {
        name: replace(column, identity=ALWAYS) if name == "always_id" else column
        for name, column in table.columns.items()
    }
    keys = (foreign[table.name],) if table.name in foreign else ()
    return replace(table, columns=columns, foreign_keys=keys)
