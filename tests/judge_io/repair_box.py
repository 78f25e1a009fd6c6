"""A judge of two empty databases, PostgreSQL and the Oracle stand-in, with tables as a test needs
them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from reconciliation.cli.repair import repair_script
from reconciliation.compare import contracted
from reconciliation.compare.tables import compare_tables
from reconciliation.databases.catalogue import read_source_catalogue, read_target_catalogue
from reconciliation.databases.connections import Credentials, source_engine, target_engine
from reconciliation.model import (
    AcceptedDifference,
    ColumnPair,
    Contract,
    TableContract,
    TableResult,
)
from reconciliation.parallel_run import ParallelRun
from reconciliation.repair.check import Effect, check_script
from reconciliation.repair.script import parse
from reconciliation.report import RunReport
from reconciliation.verdict import verdict_of_tables
from tests.clusters import temporary_cluster
from tests.oracle.conftest import STORE_DATABASE, start_server
from tests.oracle.fake_engine import PASSWORD, SERVICE, USER

from . import samples

SCHEMA = "travelbuddy"


class Box:
    """``oracle`` is a connection that writes, ``postgresql`` executes one statement; the run
    itself only reads.
    """

    def __init__(self, source: Credentials, target: Credentials, execute: Any, oracle: Any) -> None:
        profile = samples.lab_profile()
        short = replace(profile.replication, arrival_limit_seconds=0.05)
        self.profile = replace(profile, mutations=False, replication=short)
        self.target_credentials = target
        self.source, self.target = source_engine(source), target_engine(target)
        self.postgresql, self.oracle = execute, oracle
        self.contract, self.resolved = Contract(()), SimpleNamespace(tables=())
        self._catalogues()

    def _catalogues(self) -> None:
        self.source_catalogue = read_source_catalogue(self.source, SCHEMA)
        self.target_catalogue = read_target_catalogue(self.target, USER)

    def legacy(self, *sql: str, binds: Sequence[Any] = ()) -> int:
        """Execute and commit in Oracle; gives the row count of the last statement."""
        with self.oracle.cursor() as cursor:
            for statement in sql:
                cursor.execute(statement, binds)
            self.oracle.commit()
            return int(cursor.rowcount)

    def agree(
        self,
        name: str,
        columns: Sequence[tuple[str, ...]],
        key: Sequence[str] = ("id",),
        **more: Any,
    ) -> None:
        """A contract for a table of both sides: (source column, target
        column[, conversion]) pairs.
        """
        accepted = tuple(
            AcceptedDifference(
                f"{SCHEMA}.{name}", (column,), rule, "agreed", "somebody", dt.date.max
            )
            for column, rule in more.pop("accepted", ())
        )
        table = TableContract(
            f"{SCHEMA}.{name}",
            f"{USER}.{name.upper()}",
            tuple(key),
            tuple(ColumnPair(*column) for column in columns),
            key[0],
            accepted,
            **more,
        )
        others = tuple(item for item in self.contract.tables if item.source != table.source)
        self.contract = Contract((*others, table))
        self.resolved = SimpleNamespace(
            tables=tuple(SimpleNamespace(source=item.source) for item in self.contract.tables)
        )
        self._catalogues()

    def results(self, *names: str) -> tuple[TableResult, ...]:
        return tuple(compare_tables(self.run, [f"{SCHEMA}.{name}" for name in names]))

    @property
    def run(self) -> ParallelRun:
        """The run as far as it was agreed on."""
        return samples.parallel_run(
            profile=self.profile,
            source=self.source,
            target=self.target,
            target_credentials=self.target_credentials,
            contract=self.contract,
            resolved=self.resolved,
            source_catalogue=self.source_catalogue,
            target_catalogue=self.target_catalogue,
        )

    def close(self) -> None:
        self.source.dispose()
        self.target.dispose()

    def report(self, *names: str) -> RunReport:
        results = self.results(*names)
        return RunReport(
            "20260301T120000Z-ab12",
            "lab",
            "a title",
            samples.NOW,
            samples.NOW,
            verdict_of_tables(results),
            tables=results,
            subject="tables",
        )


@contextmanager
def box(directory: Path) -> Iterator[Box]:
    """Both databases, gone afterwards."""
    with temporary_cluster() as cluster:
        for name in (STORE_DATABASE, "dso"):
            cluster.execute(f"CREATE DATABASE {name}")
        cluster.execute(f"CREATE SCHEMA {SCHEMA}", "dso")
        server = start_server(directory, cluster)

        def execute(*statements: str) -> None:
            for statement in statements:
                cluster.execute(statement, "dso")

        with server.connect() as connection:
            judge = Box(
                Credentials("PostgreSQL", cluster.host, cluster.port, "dso", cluster.user, "any"),
                Credentials("Oracle", "127.0.0.1", server.port, SERVICE, USER, PASSWORD),
                execute,
                connection,
            )
            with closing(judge), pytest.MonkeyPatch.context() as patch:
                patch.setattr(
                    contracted,
                    "Delivery",
                    lambda *_: SimpleNamespace(behind=lambda anew=True: None),
                )
                yield judge
        server.process.terminate()
        server.process.wait()


def script_for(judge: Box, *names: str) -> str:
    """The repair script of what differs in these tables now."""
    return repair_script(judge.run, judge.report(*names))


def effects(judge: Box, script: str) -> list[Effect]:
    """What each statement would do now, in the script's order."""
    return [item.effect for item in check_script(judge.run, parse(script))]
