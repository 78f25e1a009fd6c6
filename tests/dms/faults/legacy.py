"""A running task between a real PostgreSQL and the Oracle stand-in, whose faults are switched while
it runs.
"""

from __future__ import annotations

import gc
import io
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lab.dms.agreed.spec import parse_spec
from lab.dms.directory.state import TaskState
from lab.dms.faults import switch_all_off, switch_on
from lab.dms.ground.logs import TaskLog
from lab.dms.task.task import Task
from tests.clusters import Cluster
from tests.dms.faults.bench import upper_case_mapping
from tests.dms.replication import wait_for
from tests.dms.worlds import spec_content
from tests.oracle.conftest import STORE_DATABASE, WireServer, start_server
from tests.oracle.fake_engine import PASSWORD
from tests.waiting import LONG_SECONDS

DATABASE = "legacy"
SPECIAL = "TRAVELBUDDY.SPECIAL"
SOURCE_DDL = """
CREATE SCHEMA travelbuddy;
CREATE TABLE travelbuddy.special (id bigint PRIMARY KEY, name varchar(100), note varchar(100),
  code varchar(20));
CREATE TABLE travelbuddy.marker (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY)
"""
TARGET_DDL = (
    "CREATE TABLE TRAVELBUDDY.SPECIAL (ID NUMBER NOT NULL PRIMARY KEY, NAME VARCHAR2(100), NOTE "
    "VARCHAR2(100), "
    "CODE VARCHAR2(20), ONLY_HERE VARCHAR2(20))",
    "CREATE TABLE TRAVELBUDDY.MARKER (ID NUMBER NOT NULL PRIMARY KEY)",
    "CREATE SEQUENCE TRAVELBUDDY.SPECIAL_SEQ START WITH 5000",
    "CREATE TRIGGER TRAVELBUDDY.SPECIAL_TRIGGER BEFORE INSERT ON TRAVELBUDDY.SPECIAL FOR EACH ROW "
    "BEGIN SELECT TRAVELBUDDY.SPECIAL_SEQ.NEXTVAL INTO :new.ID FROM dual; END;",
    "ALTER TRIGGER TRAVELBUDDY.SPECIAL_TRIGGER DISABLE",
)


@contextmanager
def started(
    cluster: Cluster, oracle_directory: Path, directory: Path, source_ddl: str, **options: Any
) -> Iterator[Legacy]:
    """Both databases, made in a cluster that has neither, and a task of their own; ``options`` are
    those of Legacy.
    """
    for name in (DATABASE, STORE_DATABASE):
        cluster.execute(f"CREATE DATABASE {name}")
    cluster.execute("CREATE EXTENSION pglogical", DATABASE)
    cluster.execute(source_ddl, DATABASE)
    server = start_server(oracle_directory, cluster)
    # see tests/oracle/conftest.py: python-oracledb must not be interrupted by a collection
    gc.disable()
    legacy = None
    try:
        legacy = Legacy(cluster, server, directory, **options)
        yield legacy
    finally:
        if legacy is not None:
            legacy.close()
        gc.enable()
        server.process.terminate()
        server.process.wait(LONG_SECONDS)


class Legacy:
    """A task between a PostgreSQL and the Oracle stand-in; every test begins with empty tables."""

    def __init__(
        self,
        cluster: Cluster,
        oracle: WireServer,
        state_dir: Path,
        target_ddl: Sequence[str] = TARGET_DDL,
        mapping: Mapping[str, Any] | None = None,
    ) -> None:
        self.source = cluster.connect(DATABASE)
        self.oracle = oracle
        self.state_dir = state_dir
        self.session = oracle.connect(user="TRAVELBUDDY")
        self.session.autocommit = True
        for statement in target_ddl:
            self.sql(statement)
        self.directory = state_dir / "dms" / "TASK"
        self.directory.mkdir(parents=True)
        source = {
            "host": cluster.host,
            "port": cluster.port,
            "user": cluster.user,
            "password": cluster.password,
        }
        target = {"host": "127.0.0.1", "port": oracle.port, "user": "dmsuser", "password": PASSWORD}
        content = spec_content(
            source=source | {"database": DATABASE},
            target=target | {"service": "XE"},
            table_mappings=mapping or upper_case_mapping(),
            settings={"ChangeProcessingTuning": {"CommitTimeout": 0}},
        )
        self.spec = parse_spec(content)
        self.written = io.StringIO()
        self.markers = 0
        self.start("start-replication")

    def start(self, start_type: str) -> None:
        """Start the task and wait until it runs."""
        self.state = TaskState(self.directory)
        self.state.set(state="starting")
        self.task = Task(self.spec, self.directory, self.state, TaskLog(stream=self.written))
        self.thread = threading.Thread(target=self.task.run, args=(start_type,))
        self.thread.start()
        wait_for(lambda: self.state.get("state") == "running")

    def stop(self) -> None:
        """Stop the task."""
        self.task.stop()
        self.thread.join(LONG_SECONDS)
        self.state.close()

    def close(self) -> None:
        """Stop the task and end the test's own session."""
        self.stop()
        self.session.close()
        self.source.close()

    def sql(self, statement: str) -> list[Any]:
        with self.session.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def change(self, statement: str) -> None:
        """Run one statement in a transaction of PostgreSQL."""
        with self.source.cursor() as cursor:
            cursor.execute(statement)

    def names(self, where: str = "1=1") -> list[Any]:
        """Id and name of every row of the target."""
        return self.sql(f"SELECT ID, NAME FROM {SPECIAL} WHERE {where} ORDER BY ID")

    def write(self, *statements: str) -> None:
        """Run each in a transaction of PostgreSQL; all have been applied afterwards, strangers have
        come and gone.
        """
        for statement in statements:
            self.change(statement)
        for _ in range(2):
            # with the second marker the task has come back from whom it met after it had committed
            # the first one
            self.change("INSERT INTO travelbuddy.marker DEFAULT VALUES")
            self.markers += 1
            wait_for(
                lambda: self.sql("SELECT COUNT(*) FROM TRAVELBUDDY.MARKER") == [(self.markers,)]
            )

    def insert(self, *numbers: int, **values: str) -> None:
        """Insert rows, each in a transaction; the values are SQL."""
        names = "".join(f", {name}" for name in values)
        given = "".join(f", {value}" for value in values.values())
        self.write(
            *(
                f"INSERT INTO travelbuddy.special (id{names}) VALUES ({number}{given})"
                for number in numbers
            )
        )

    def errors(self) -> list[str]:
        """The first words of what Oracle refused."""
        found = self.sql('SELECT ERROR FROM TRAVELBUDDY."awsdms_apply_exceptions"')
        return [str(text.read() if hasattr(text, "read") else text)[:9] for (text,) in found]

    def both(self, name: str, scenario: Callable[[], Any], **options: Any) -> tuple[Any, Any]:
        """What a scenario sees with the fault on and with it off again, each time with empty
        tables.
        """
        switch_on(self.state_dir, name, options)
        on = scenario()
        switch_all_off(self.state_dir)
        self.empty()
        return on, scenario()

    def empty(self) -> None:
        """Take every row away on both sides, and what was refused."""
        self.write("DELETE FROM travelbuddy.special")
        self.sql(f"DELETE FROM {SPECIAL}")
        self.sql('DELETE FROM TRAVELBUDDY."awsdms_apply_exceptions"')
