"""A judge of two real databases with tables made by hand: PostgreSQL and the Oracle stand-in,
without a lab or AWS.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from reconciliation.compare import contracted, tables
from reconciliation.compare.choice import AUTO, DIGESTS, ROWS
from reconciliation.compare.streams.layout import NoTexts
from reconciliation.databases.catalogue import read_source_catalogue, read_target_catalogue
from reconciliation.databases.connections import Credentials, source_engine, target_engine
from reconciliation.model import ColumnPair, Contract, Difference, TableContract, TableResult
from reconciliation.parallel_run import ParallelRun
from tests.clusters import temporary_cluster
from tests.oracle.conftest import STORE_DATABASE, start_server
from tests.oracle.fake_engine import PASSWORD, SERVICE, USER

from . import samples
from .fake_aws import FakeAws, FakeClient

SCHEMA, DATABASE = "travelbuddy", "dso"
#: how rows are compared at the first look
PATHS = ("texts", "values", "digests")
_TASKS = {
    "ReplicationTasks": [
        {
            "ReplicationTaskIdentifier": "rsync-task",
            "ReplicationTaskArn": "arn:x:task:ABC",
            "Status": "running",
        }
    ]
}


class HandMade:
    """A parallel run whose tables are added one by one; what differs is looked at again for a
    short time only.
    """

    def __init__(self, cluster: Any, server: Any) -> None:
        profile = samples.lab_profile()
        hasty = replace(profile.replication, arrival_limit_seconds=0.05)
        self.profile = replace(
            profile, replication=hasty, aws=replace(profile.aws, task="rsync-task")
        )
        self.mode = AUTO
        self.postgresql, self.oracle = cluster.connect(DATABASE), server.connect()
        self.aws = FakeAws(dms=FakeClient(describe_replication_tasks=_TASKS))
        self.aws.cloudwatch = FakeClient()
        self.source = source_engine(
            Credentials("PostgreSQL", cluster.host, cluster.port, DATABASE, cluster.user, "any")
        )
        there = Credentials("Oracle", "127.0.0.1", server.port, SERVICE, USER, PASSWORD)
        self.target = target_engine(there)
        self.contract = Contract(())

    def here(self, statement: str) -> None:
        """Run a statement in PostgreSQL."""
        with self.postgresql.cursor() as cursor:
            cursor.execute(statement)

    def there(self, *statements: str) -> None:
        """Run statements in Oracle and commit."""
        with self.oracle.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        self.oracle.commit()

    def agree(self, name: str, key: Sequence[str], columns: Mapping[str, str | None]) -> None:
        """A contract for a table that both sides have; ``columns`` maps names to conversions."""
        pairs = tuple(
            ColumnPair(column, column.upper(), conversion) for column, conversion in columns.items()
        )
        table = TableContract(
            f"{SCHEMA}.{name}", f"{USER}.{name.upper()}", tuple(key), pairs, key[0]
        )
        self.contract = Contract((table,))
        self.resolved = SimpleNamespace(tables=(SimpleNamespace(source=table.source),))
        self.source_catalogue = read_source_catalogue(self.source, SCHEMA)
        self.target_catalogue = read_target_catalogue(self.target, USER)

    def compared(self) -> TableResult:
        """The comparison of the table agreed on last."""
        (result,) = tables.compare_tables(self.run, mode=self.mode)
        return result

    @property
    def run(self) -> ParallelRun:
        """The run with the table agreed on last."""
        return samples.parallel_run(
            profile=self.profile,
            aws=self.aws,
            source=self.source,
            target=self.target,
            contract=self.contract,
            resolved=self.resolved,
            source_catalogue=self.source_catalogue,
            target_catalogue=self.target_catalogue,
        )

    def close(self) -> None:
        for connection in (self.postgresql, self.oracle):
            connection.close()
        for engine in (self.source, self.target):
            engine.dispose()


@contextmanager
def hand_made(directory: Path) -> Iterator[HandMade]:
    """Both databases with an empty schema each, gone afterwards."""
    with temporary_cluster() as cluster:
        for name in (STORE_DATABASE, DATABASE):
            cluster.execute(f"CREATE DATABASE {name}")
        cluster.execute(f"CREATE SCHEMA {SCHEMA}", DATABASE)
        server = start_server(directory, cluster)
        try:
            with closing(HandMade(cluster, server)) as judge:
                yield judge
        finally:
            server.process.terminate()
            server.process.wait()


def go(judge: HandMade, path: str, monkeypatch: Any) -> None:
    """Have the first look go one of PATHS; what cannot be digested or written as text goes another
    way.
    """

    def no_texts(*_: Any) -> Any:
        raise NoTexts("this test wants it so")

    monkeypatch.setattr(judge, "mode", DIGESTS if path == "digests" else ROWS)
    if path == "values":
        monkeypatch.setattr(contracted, "layout", no_texts)


def cells(result: TableResult) -> set[tuple[str, Any, str | None]]:
    """(kind, key, column of PostgreSQL) of every difference; a key of one column is the value
    itself.
    """
    return {(item.kind.value, _key(item), item.source_column) for item in result.differences}


def _key(item: Difference) -> Any:
    return item.key[0] if len(item.key) == 1 else item.key
