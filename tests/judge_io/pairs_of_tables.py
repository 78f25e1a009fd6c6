"""PostgreSQL and the Oracle stand-in with the same rows, and what stands for a judge of them."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import oracledb
from sqlalchemy import Engine

from reconciliation.compare.streams.layout import Layout, layout
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
from tests.clusters import temporary_cluster
from tests.oracle.conftest import STORE_DATABASE, start_server
from tests.oracle.fake_engine import PASSWORD, SERVICE, USER

from . import samples

WIDE = 950  # characters; five such columns of VARCHAR2(950 CHAR) make several texts of a row
_COLUMNS = (
    "id",
    "name",
    "amount",
    "seen",
    "stamp",
    "flag",
    "raw",
    *(f"w{number}" for number in range(5)),
)
_SOURCE = (
    "id int8 PRIMARY KEY, name varchar(60), amount numeric(12,3), seen timestamptz, stamp "
    "timestamp(6), "
    "flag bool, raw bytea, " + ", ".join(f"w{number} varchar({WIDE})" for number in range(5))
)
_TARGET = (
    "id NUMBER(19) PRIMARY KEY, name VARCHAR2(60 CHAR), amount NUMBER(12,3), seen NUMBER(19), "
    "stamp TIMESTAMP(6), flag VARCHAR2(5), raw RAW(16), "
    + ", ".join(f"w{number} VARCHAR2({WIDE} CHAR)" for number in range(5))
)


class Pairs:
    """Both databases; ``rows`` makes the rows that both sides are filled with."""

    def __init__(
        self, source: Engine, target: Engine, execute: Any, oracle: Any, ports: tuple[int, int]
    ) -> None:
        self.source, self.target, self.execute, self.oracle, self.ports = (
            source,
            target,
            execute,
            oracle,
            ports,
        )

    def fill(self, name: str, rows: Sequence[Sequence[Any]]) -> None:
        """Both tables with the same rows, as ``rows_of`` makes them."""
        self.execute(f"CREATE TABLE travelbuddy.{name} ({_SOURCE})")
        marks = ", ".join(["%s"] * len(_COLUMNS))
        connection = self.source.raw_connection()
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET default_transaction_read_only = off")
                connection.commit()
                cursor.executemany(f"INSERT INTO travelbuddy.{name} VALUES ({marks})", rows)
                connection.commit()
                cursor.execute("SET default_transaction_read_only = on")
                connection.commit()
        finally:
            connection.close()
        cursor = self.oracle.cursor()
        cursor.execute(f"CREATE TABLE {name} ({_TARGET})")
        binds = ", ".join(f":{number + 1}" for number in range(len(_COLUMNS)))
        # the driver binds a datetime as DATE, without its fraction of a second
        cursor.setinputsizes(
            *(oracledb.DB_TYPE_TIMESTAMP if column == "stamp" else None for column in _COLUMNS)
        )
        cursor.executemany(
            f"INSERT INTO {name} VALUES ({binds})", [_as_oracle(row) for row in rows]
        )
        self.oracle.commit()

    def change(self, statement: str) -> None:
        """One statement in Oracle."""
        self.oracle.cursor().execute(statement)
        self.oracle.commit()

    def parallel_run(self, name: str, accepted: Sequence[str] = ()) -> ParallelRun:
        """A run of one table; '' as NULL is accepted in the columns named."""
        entries = (
            (
                AcceptedDifference(
                    f"travelbuddy.{name}",
                    tuple(accepted),
                    "empty_string_is_null",
                    "r",
                    "o",
                    dt.date(2099, 1, 1),
                ),
            )
            if accepted
            else ()
        )
        pairs = tuple(
            ColumnPair(column, column.upper(), "epoch_millis" if column == "seen" else None)
            for column in _COLUMNS
        )
        table = TableContract(
            f"travelbuddy.{name}", f"{USER}.{name.upper()}", ("id",), pairs, "name", entries
        )
        profile = samples.lab_profile()
        hasty = replace(profile.replication, arrival_limit_seconds=0.4)
        return samples.parallel_run(
            profile=replace(profile, replication=hasty, root=Path(os.devnull)),
            contract=Contract((table,)),
            resolved=SimpleNamespace(tables=(SimpleNamespace(source=table.source),)),
            source=self.source,
            target=self.target,
            source_catalogue=read_source_catalogue(self.source, "travelbuddy"),
            target_catalogue=read_target_catalogue(self.target, USER),
        )

    @contextmanager
    def through(self, port: int) -> Iterator[Pairs]:
        """The same with Oracle reached at another port."""
        there = target_of(port)
        try:
            yield Pairs(self.source, there, self.execute, self.oracle, (self.ports[0], port))
        finally:
            there.dispose()

    def compared(self, name: str, compare: str, accepted: Sequence[str] = ()) -> TableResult:
        """One table compared in one mode."""
        (result,) = compare_tables(self.parallel_run(name, accepted), mode=compare)
        return result


def row_of(key: int) -> tuple[Any, ...]:
    """A row with something of everything; wide texts are long only now and then."""
    moment = dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(
        milliseconds=key, microseconds=key % 3
    )
    words = [None if (key + number) % 7 == 0 else f"서울 {key} {number}" for number in range(5)]
    if key % 500 == 0:
        words = ["한" * WIDE] * 5
    return (
        key,
        f"n{key}é🛬",
        None if key % 11 == 0 else key / 8,
        moment,
        moment.replace(tzinfo=None),
        key % 2 == 0,
        bytes([key % 256, 0, 255]),
        *words,
    )


def _as_oracle(row: Sequence[Any]) -> list[Any]:
    key, name, amount, seen, stamp, flag, raw, *words = row
    millis = (seen - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(milliseconds=1)
    return [key, name, amount, millis, stamp, str(flag).lower(), raw, *words]


def target_of(port: int) -> Engine:
    """The judge's engine for a stand-in on this port."""
    return target_engine(Credentials("Oracle", "127.0.0.1", port, SERVICE, USER, PASSWORD))


def layout_of(pairs: Pairs, name: str) -> Layout:
    """How the rows of a table are written."""
    run = pairs.parallel_run(name)
    (table,) = run.contract.tables
    source, target = run.source_catalogue[table.source], run.target_catalogue[table.target]
    return layout(table, run.rules(table.source), source, target)


@contextmanager
def pairs_of_tables(directory: Path, **changes: object) -> Iterator[Pairs]:
    """A cluster, a stand-in with the options ``changes``, and engines for both."""
    with temporary_cluster() as cluster:
        for name in (STORE_DATABASE, "dso"):
            cluster.execute(f"CREATE DATABASE {name}")
        cluster.execute("CREATE SCHEMA travelbuddy", "dso")
        server = start_server(directory, cluster, **changes)
        here = source_engine(
            Credentials("PostgreSQL", cluster.host, cluster.port, "dso", cluster.user, "any")
        )
        there = target_of(server.port)
        try:
            with server.connect() as connection:
                yield Pairs(
                    here,
                    there,
                    lambda statement: cluster.execute(statement, "dso"),
                    connection,
                    (cluster.port, server.port),
                )
        finally:
            here.dispose()
            there.dispose()
            server.process.terminate()
            server.process.wait()
