"""Two PostgreSQL clusters, the Oracle stand-in, the process of a task, and a writer: everything
that can be killed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import oracledb
import psycopg2
import psycopg2.errors

from lab.dms.control import TaskProcess
from tests.clusters import Cluster, start_cluster
from tests.dms.load import (
    COLUMNS,
    MAPPINGS,
    SCHEMA,
    SOURCE_DDL,
    TARGET_DDL,
    Load,
    Work,
    as_oracle,
    as_postgres,
)
from tests.dms.replication import wait_for
from tests.dms.worlds import spec_content
from tests.lab.command import is_alive
from tests.oracle.conftest import STORE_DATABASE, WireServer, start_server
from tests.oracle.fake_engine import PASSWORD
from tests.oracle.soak.watch import children
from tests.waiting import LONG_SECONDS

DATABASE = "dso"
#: changes
MOST_BEHIND = 1_000
#: transactions
LOOKED_EVERY = 20


class CrashLab:
    """``directory`` must be reachable for the user postgres."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.source = start_cluster(directory / "source", logical=True)
        self.store = start_cluster(directory / "store")
        self.source.execute(f"CREATE DATABASE {DATABASE}")
        for statement in ("CREATE EXTENSION pglogical", *SOURCE_DDL):
            self.source.execute(statement, DATABASE)
        self.store.execute(f"CREATE DATABASE {STORE_DATABASE}")
        self.oracle = self._start_oracle()
        with self.oracle.connect() as connection, connection.cursor() as cursor:
            for statement in TARGET_DDL:
                cursor.execute(statement)
        self.process = TaskProcess(directory / "dms" / "CRASHEDTASK")

    def close(self) -> None:
        self.process.stop()
        self.oracle.process.terminate()
        self.oracle.process.wait(LONG_SECONDS)
        self.store.stop()
        self.source.stop()

    # -------------------------------------------------------------------- the task

    def content(self, tuning: dict[str, Any] | None = None, **switches: Any) -> dict[str, Any]:
        """The task's specification; ``tuning`` goes into ChangeProcessingTuning."""
        return spec_content(
            resource_id="CRASHEDTASK",
            table_mappings=MAPPINGS,
            source={
                "host": self.source.host,
                "port": self.source.port,
                "database": DATABASE,
                "user": self.source.user,
                "password": self.source.password,
            },
            target={
                "host": "127.0.0.1",
                "port": self.oracle.port,
                "service": "XE",
                "user": "dmsuser",
                "password": PASSWORD,
                "attributes": {"alwaysReplaceEmptyString": "false"},
            },
            # on a busy machine a database may take long to be back
            settings={
                "ChangeProcessingTuning": tuning or {},
                "ErrorBehavior": {"RecoverableErrorCount": 10_000},
            },
            switches={"recoverable_interval_seconds": 0.05, "commit_when_idle": "yes"} | switches,
        )

    def start(
        self,
        start_type: str = "resume-processing",
        tuning: dict[str, Any] | None = None,
        **switches: Any,
    ) -> None:
        """Start the process and return as soon as it lives."""
        self.process.start(self.content(tuning, **switches), start_type)

    def await_running(self) -> None:
        wait_for(lambda: self.process.status().state != "starting")
        status = self.process.status()
        assert status.state == "running", f"{status.last_failure_message}\n{self.log()}"

    def kill(self, *, may_have_ended: bool = False) -> None:
        """SIGKILL, wherever the process is; as a rule it must not have ended by itself."""
        child = self.process._child
        assert child is not None
        kill(child.pid)
        assert child.wait(LONG_SECONDS) in (
            (-signal.SIGKILL, 0) if may_have_ended else (-signal.SIGKILL,)
        ), self.log()

    def log(self) -> str:
        file = self.process.directory / "task.log"
        return file.read_text()[-20000:] if file.exists() else ""

    # ----------------------------------------------------------------- both databases

    def crash_source(self) -> None:
        """Kill the source database (all of it, as when the machine goes) and start it again."""
        kill_server(self.source)
        self.source = start_cluster(self.directory / "source", logical=True, port=self.source.port)

    def crash_oracle(self) -> None:
        """Kill the Oracle stand-in and start it again on its port."""
        port = self.oracle.port
        kill(self.oracle.process.pid)
        self.oracle.process.wait(LONG_SECONDS)
        (self.directory / "oracle" / "ready").unlink()
        self.oracle = self._start_oracle(port)

    def _start_oracle(self, port: int = 0) -> WireServer:
        home = self.directory / "oracle"
        home.mkdir(exist_ok=True)
        return start_server(home, self.store, port=port)

    # --------------------------------------------------------------------- both sides

    def in_postgres(self, table: str) -> list[tuple[Any, ...]]:
        return self.ask(f"SELECT {', '.join(COLUMNS[table][0])} FROM {SCHEMA}.{table}")

    def in_oracle(self, table: str) -> list[tuple[Any, ...]]:
        return self.ask_oracle(f"SELECT {', '.join(COLUMNS[table][0])} FROM TRAVELBUDDY.{table}")

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        connection = self.source.connect(DATABASE)
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute(query)
            return [
                tuple(bytes(v) if isinstance(v, memoryview) else v for v in row)
                for row in cursor.fetchall()
            ]

    def in_store(self, query: str) -> list[tuple[Any, ...]]:
        """Of the PostgreSQL in which the Oracle stand-in keeps its rows."""
        connection = self.store.connect(STORE_DATABASE)
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchall()

    def ask_oracle(self, query: str) -> list[tuple[Any, ...]]:
        with self.oracle.connect() as connection, connection.cursor() as cursor:
            cursor.outputtypehandler = _plain
            return cursor.execute(query).fetchall()

    def exceptions(self) -> list[tuple[Any, ...]]:
        return self.ask_oracle(
            'SELECT TABLE_NAME, STATEMENT, ERROR FROM TRAVELBUDDY."awsdms_apply_exceptions"'
        )

    def counted(self) -> tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]]:
        """What the statistics say was captured and applied, by table and counter."""
        captured: Counter[tuple[str, str]] = Counter()
        applied: Counter[tuple[str, str]] = Counter()
        for row in self.process.statistics():
            for name in ("inserts", "updates", "deletes"):
                captured[row.table_name, name] = getattr(row, name)
                applied[row.table_name, name] = getattr(row, f"applied_{name}")
        return +captured, +applied

    def applied(self) -> int:
        """Changes, by the statistics."""
        return self.counted()[1].total()

    def assert_equal(self, load: Load) -> None:
        """Both sides hold what was committed, row by row, and the statistics say so."""
        self._await_applied(load)
        assert self.counted() == (load.counts, load.counts)
        assert self.exceptions() == []
        for table in COLUMNS:
            rows = list(load.rows[table].values())
            assert _sorted(self.in_postgres(table)) == _sorted(
                as_postgres(table, row) for row in rows
            ), table
            assert _sorted(self.in_oracle(table)) == _sorted(
                as_oracle(table, row) for row in rows
            ), table

    def _await_applied(self, load: Load) -> None:
        """Until the statistics say that all is applied, or no longer change."""
        latest, since = self.counted(), time.monotonic()
        while latest[1] != load.counts and time.monotonic() < since + LONG_SECONDS:
            time.sleep(0.05)
            if (counted := self.counted()) != latest:
                latest, since = counted, time.monotonic()


class Writer:
    """Writes a load in a thread, so many transactions a second, until it is stopped; survives the
    source's crashes.

    It waits when the target is ``MOST_BEHIND`` changes behind: on a busy machine, where everything
    takes its time, there would otherwise be minutes of work left at the end.
    """

    def __init__(self, lab: CrashLab, load: Load, rate: float) -> None:
        self._lab = lab
        self._load = load
        self._pause = 1 / rate
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.failure: BaseException | None = None
        self.transactions = 0

    def __enter__(self) -> Writer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join(LONG_SECONDS)
        assert not self._thread.is_alive()
        if self.failure is not None:
            raise self.failure

    def _run(self) -> None:
        try:
            while not self._ending.is_set():
                connection = self._connect()
                if connection is not None:
                    with contextlib.closing(connection):
                        self._write(connection)
        except BaseException as error:
            self.failure = error

    def _connect(self) -> Any:
        try:
            connection = self._lab.source.connect(DATABASE)
        except psycopg2.OperationalError:
            self._ending.wait(0.05)
            return None
        connection.autocommit = False
        return connection

    def _write(self, connection: Any) -> None:
        """Transaction by transaction, until the end or until the connection is lost."""
        due = time.monotonic()
        while not self._ending.is_set():
            if self.transactions % LOOKED_EVERY == 0 and self._is_far_behind():
                self._ending.wait(0.05)
                continue
            work = self._load.next()
            transaction: int | None = None
            try:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_current_xact_id()::text")
                    transaction = int(cursor.fetchone()[0])
                    for sql, parameters in work.steps:
                        cursor.execute(sql, parameters)
                (connection.commit if work.commits else connection.rollback)()
            except (psycopg2.OperationalError, psycopg2.InterfaceError):
                if transaction is not None and self._was_committed(transaction):
                    self._load.committed(work)
                return
            self._note(work)
            due = max(due + self._pause, time.monotonic())
            self._ending.wait(due - time.monotonic())

    def _is_far_behind(self) -> bool:
        return (self._load.counts - self._lab.counted()[1]).total() > MOST_BEHIND

    def _note(self, work: Work) -> None:
        self.transactions += 1
        if work.commits:
            self._load.committed(work)

    def _was_committed(self, transaction: int) -> bool:
        """What became of a transaction whose answer was lost with the server."""

        def status() -> str | None:
            try:
                return str(self._lab.ask(f"SELECT pg_xact_status('{transaction}')")[0][0])
            except psycopg2.errors.InvalidParameterValue:
                # in the future: the server went before it had written anything of it
                return "unknown"
            except psycopg2.OperationalError:
                return None

        return wait_for(status) == "committed"


def kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def kill_server(cluster: Cluster) -> None:
    """Kill a server with all its processes, and wait until none is left.

    Each of them is a session of its own, and one that lived a moment longer would keep the next
    server from starting.
    """
    postmaster = cluster.process.pid
    os.kill(postmaster, signal.SIGSTOP)
    os.waitpid(postmaster, os.WUNTRACED)  # it has stopped, and makes no more of them
    processes = children(postmaster)
    for pid in (postmaster, *processes):
        kill(pid)
    cluster.process.wait()
    wait_for(lambda: not any(map(is_alive, processes)))


def _plain(cursor: oracledb.Cursor, column: oracledb.FetchInfo) -> Any:
    if column.type_code is oracledb.DB_TYPE_CLOB:
        return cursor.var(oracledb.DB_TYPE_LONG, arraysize=cursor.arraysize)
    if column.type_code is oracledb.DB_TYPE_BLOB:
        return cursor.var(oracledb.DB_TYPE_LONG_RAW, arraysize=cursor.arraysize)
    if column.type_code is oracledb.DB_TYPE_NUMBER and column.name in ("BALANCE", "AMOUNT"):
        return cursor.var(Decimal, arraysize=cursor.arraysize)
    return None


def _sorted(rows: Any) -> list[tuple[Any, ...]]:
    return sorted(rows, key=repr)
