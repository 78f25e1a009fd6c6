"""Faults that somebody else's session plants on the target, on the Oracle stand-in. A test is named like its fault."""

from __future__ import annotations

import gc
import io
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lab.dms.errors import TaskFailed
from lab.dms.faults import Surroundings, clear_all_faults, set_fault
from lab.dms.logs import TaskLog
from lab.dms.spec import parse_spec
from lab.dms.state import TaskState
from lab.dms.target import OracleTarget
from lab.dms.task import Task
from tests.clusters import Cluster
from tests.dms.faults.bench import upper_case_mapping
from tests.dms.replication import wait_for
from tests.dms.worlds import spec_content
from tests.oracle.conftest import STORE_DATABASE, WireServer, start_server
from tests.oracle.fake_engine import PASSWORD

DATABASE = "legacy"
SPECIAL = "TRAVELBUDDY.SPECIAL"
SOURCE_DDL = """
CREATE SCHEMA travelbuddy;
CREATE TABLE travelbuddy.special (id bigint PRIMARY KEY, name varchar(100), note varchar(100), code varchar(20));
CREATE TABLE travelbuddy.marker (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY)
"""
TARGET_DDL = (
    "CREATE TABLE TRAVELBUDDY.SPECIAL (ID NUMBER NOT NULL PRIMARY KEY, NAME VARCHAR2(100), NOTE VARCHAR2(100), "
    "CODE VARCHAR2(20), ONLY_HERE VARCHAR2(20))",
    "CREATE TABLE TRAVELBUDDY.MARKER (ID NUMBER NOT NULL PRIMARY KEY)",
    "CREATE SEQUENCE TRAVELBUDDY.SPECIAL_SEQ START WITH 5000",
    "CREATE TRIGGER TRAVELBUDDY.SPECIAL_TRIGGER BEFORE INSERT ON TRAVELBUDDY.SPECIAL FOR EACH ROW "
    "BEGIN SELECT TRAVELBUDDY.SPECIAL_SEQ.NEXTVAL INTO :new.ID FROM dual; END;",
    "ALTER TRIGGER TRAVELBUDDY.SPECIAL_TRIGGER DISABLE",
)


class Legacy:
    """A task between a PostgreSQL and the Oracle stand-in; every test begins with empty tables."""

    def __init__(self, cluster: Cluster, oracle: WireServer, state_dir: Path) -> None:
        self.source = cluster.connect(DATABASE)
        self.oracle = oracle
        self.state_dir = state_dir
        self.session = oracle.connect(user="TRAVELBUDDY")
        self.session.autocommit = True
        for statement in TARGET_DDL:
            self.sql(statement)
        self.directory = state_dir / "dms" / "TASK"
        self.directory.mkdir(parents=True)
        source = {"host": cluster.host, "port": cluster.port, "user": cluster.user, "password": cluster.password}
        target = {"host": "127.0.0.1", "port": oracle.port, "user": "dmsuser", "password": PASSWORD}
        content = spec_content(
            source=source | {"database": DATABASE},
            target=target | {"service": "XE"},
            table_mappings=upper_case_mapping(),
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
        self.thread.join(20)
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
        """Run each in a transaction of PostgreSQL; all have been applied afterwards, strangers have come and gone."""
        for statement in statements:
            self.change(statement)
        for _ in range(2):
            # with the second marker the task has come back from whom it met after it had committed the first one
            self.change("INSERT INTO travelbuddy.marker DEFAULT VALUES")
            self.markers += 1
            wait_for(lambda: self.sql("SELECT COUNT(*) FROM TRAVELBUDDY.MARKER") == [(self.markers,)])

    def insert(self, *numbers: int, **values: str) -> None:
        """Insert rows, each in a transaction; the values are SQL."""
        names = "".join(f", {name}" for name in values)
        given = "".join(f", {value}" for value in values.values())
        self.write(*(f"INSERT INTO travelbuddy.special (id{names}) VALUES ({number}{given})" for number in numbers))

    def errors(self) -> list[str]:
        """The first words of what Oracle refused."""
        found = self.sql('SELECT ERROR FROM TRAVELBUDDY."awsdms_apply_exceptions"')
        return [str(text.read() if hasattr(text, "read") else text)[:9] for (text,) in found]

    def both(self, name: str, scenario: Callable[[], Any], **options: Any) -> tuple[Any, Any]:
        """What a scenario sees with the fault on and with it off again, each time with empty tables."""
        set_fault(self.state_dir, name, options)
        on = scenario()
        clear_all_faults(self.state_dir)
        self.empty()
        return on, scenario()

    def empty(self) -> None:
        """Take every row away on both sides, and what was refused."""
        self.write("DELETE FROM travelbuddy.special")
        self.sql(f"DELETE FROM {SPECIAL}")
        self.sql('DELETE FROM TRAVELBUDDY."awsdms_apply_exceptions"')


@pytest.fixture(scope="module")
def started(source_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Legacy]:
    for name in (DATABASE, STORE_DATABASE):
        source_cluster.execute(f"CREATE DATABASE {name}")
    source_cluster.execute("CREATE EXTENSION pglogical", DATABASE)
    source_cluster.execute(SOURCE_DDL, DATABASE)
    server = start_server(tmp_path_factory.mktemp("oracle"), source_cluster)
    # see tests/oracle/conftest.py: python-oracledb must not be interrupted by a collection
    gc.disable()
    legacy = None
    try:
        legacy = Legacy(source_cluster, server, tmp_path_factory.mktemp("legacy"))
        yield legacy
    finally:
        if legacy is not None:
            legacy.close()
        gc.enable()
        server.process.terminate()
        server.process.wait(20)


@pytest.fixture
def legacy(started: Legacy) -> Iterator[Legacy]:
    before = len(started.written.getvalue())
    yield started
    clear_all_faults(started.state_dir)
    started.empty()
    print(started.written.getvalue()[before:])


UPDATE = "UPDATE travelbuddy.special SET note = 'new' WHERE id = 1"


def test_identity_trigger(legacy: Legacy) -> None:
    def scenario() -> tuple[list[int], list[str]]:
        legacy.insert(1, name="'a'")
        legacy.write(UPDATE)
        return [number for number, _ in legacy.names()], legacy.errors()

    on, off = legacy.both("identity_trigger", scenario, table=SPECIAL)
    assert on == ([1000], ["0 rows af"])
    assert off == ([1], [])
    assert legacy.sql("SELECT TRIGGER_NAME FROM ALL_TRIGGERS WHERE TABLE_NAME = 'SPECIAL'") == [("SPECIAL_TRIGGER",)]


def test_touch_trigger(legacy: Legacy) -> None:
    def scenario() -> list[Any]:
        legacy.insert(1, name="'a'")
        return legacy.names()

    on, off = legacy.both("touch_trigger", scenario, table=SPECIAL, column="NAME", value="it's")
    assert (on, off) == ([(1, "it's")], [(1, "a")])


def test_triggers_enabled(legacy: Legacy) -> None:
    def scenario() -> tuple[bool, str]:
        legacy.insert(1, name="'a'")
        [(status,)] = legacy.sql("SELECT STATUS FROM ALL_TRIGGERS WHERE TABLE_NAME = 'SPECIAL'")
        return legacy.names() == [(1, "a")], status

    on, off = legacy.both("triggers_enabled", scenario, table=SPECIAL)
    assert (on, off) == ((False, "ENABLED"), (True, "DISABLED"))


def test_sequence_behind(legacy: Legacy) -> None:
    def scenario() -> int:
        legacy.insert(1)
        return legacy.sql("SELECT TRAVELBUDDY.SPECIAL_SEQ.NEXTVAL FROM DUAL")[0][0]

    on, off = legacy.both("sequence_behind", scenario, sequence="TRAVELBUDDY.SPECIAL_SEQ")
    assert on == 1
    assert off >= 5000


def test_column_overwritten(legacy: Legacy) -> None:
    def scenario() -> list[Any]:
        legacy.insert(1, name="'a'")
        return legacy.names()

    on, off = legacy.both("column_overwritten", scenario, table=SPECIAL, column="NAME")
    assert (on, off) == ([(1, "somebody else")], [(1, "a")])


def test_a_column_is_overwritten_by_the_clock(legacy: Legacy) -> None:
    set_fault(
        legacy.state_dir,
        "column_overwritten",
        {"table": SPECIAL, "column": "NAME", "seconds": 0.1, "every": 1000000},
    )
    legacy.insert(1, name="'a'")
    wait_for(lambda: legacy.names() == [(1, "somebody else")])


def test_rows_added(legacy: Legacy) -> None:
    def scenario() -> list[Any]:
        legacy.insert(1, name="'a'")
        return legacy.names()

    on, off = legacy.both("rows_added", scenario, table=SPECIAL)
    assert (on, off) == ([(-1, "a"), (1, "a")], [(1, "a")])


def test_rows_deleted(legacy: Legacy) -> None:
    def scenario() -> list[Any]:
        legacy.insert(1, name="'a'")
        return legacy.names()

    assert legacy.both("rows_deleted", scenario, table=SPECIAL) == ([], [(1, "a")])


def test_key_moved(legacy: Legacy) -> None:
    def scenario() -> tuple[list[Any], list[str]]:
        legacy.insert(1, name="'a'")
        legacy.write(UPDATE)
        return legacy.names(), legacy.errors()

    on, off = legacy.both("key_moved", scenario, table=SPECIAL)
    assert on == ([(-1, "a")], ["0 rows af"])
    assert off == ([(1, "a")], [])


def test_delete_hits_rows_with_null(legacy: Legacy) -> None:
    def scenario() -> tuple[list[Any], list[Any]]:
        legacy.insert(1, 2, name="'a'")
        legacy.insert(3)
        before = legacy.names()
        legacy.write("DELETE FROM travelbuddy.special WHERE id = 1")
        return before, legacy.names()

    all_three = [(1, "a"), (2, "a"), (3, None)]
    on, off = legacy.both("delete_hits_rows_with_null", scenario, table=SPECIAL, column="NAME")
    assert on == (all_three, [(2, "a")])
    assert off == (all_three, [(2, "a"), (3, None)])


def refused(legacy: Legacy, **values: str) -> tuple[list[Any], list[str]]:
    legacy.insert(1, **values)
    return legacy.names(), legacy.errors()


def test_column_dropped(legacy: Legacy) -> None:
    on, off = legacy.both(
        "column_dropped", lambda: refused(legacy, name="'a'", code="'b'"), table=SPECIAL, column="CODE"
    )
    assert on == ([], ["ORA-00904"])
    assert off == ([(1, "a")], [])
    described = legacy.sql(
        "SELECT DATA_TYPE, DATA_LENGTH FROM ALL_TAB_COLUMNS WHERE TABLE_NAME = 'SPECIAL' AND COLUMN_NAME = 'CODE'"
    )
    assert described == [("VARCHAR2", 20)]


def test_column_renamed(legacy: Legacy) -> None:
    on, off = legacy.both(
        "column_renamed", lambda: refused(legacy, name="'a'", code="'b'"), table=SPECIAL, column="CODE"
    )
    assert on == ([], ["ORA-00904"])
    assert off == ([(1, "a")], [])


def test_column_narrowed(legacy: Legacy) -> None:
    on, off = legacy.both(
        "column_narrowed", lambda: refused(legacy, name="'eleven char'"), table=SPECIAL, column="NAME"
    )
    assert on == ([], ["ORA-12899"])
    assert off == ([(1, "eleven char")], [])


def test_column_made_not_null(legacy: Legacy) -> None:
    on, off = legacy.both("column_made_not_null", lambda: refused(legacy), table=SPECIAL, column="NAME")
    assert on == ([], ["ORA-01400"])
    assert off == ([(1, None)], [])


def test_leftover_control_table(legacy: Legacy) -> None:
    def scenario() -> list[Any]:
        legacy.insert(1)
        return legacy.sql("SELECT TABLE_NAME FROM ALL_TABLES WHERE TABLE_NAME LIKE 'awsdms_validation%'")

    on, off = legacy.both("leftover_control_table", scenario, schema="TRAVELBUDDY")
    assert (on, off) == ([("awsdms_validation_failures_v2",)], [])


def test_what_cannot_be_planted_is_said_in_the_log(legacy: Legacy) -> None:
    set_fault(legacy.state_dir, "column_dropped", {"table": SPECIAL, "column": "NOPE"})
    legacy.insert(1)
    assert 'Fault column_dropped: ORA-00904: "TRAVELBUDDY"."SPECIAL"."NOPE"' in legacy.written.getvalue()
    assert legacy.errors() == []


def test_the_owner_is_asked_where_the_lab_knows_its_password(legacy: Legacy) -> None:
    config = legacy.state_dir / "config" / "oracle.json"
    config.parent.mkdir(exist_ok=True)
    config.write_text(json.dumps({"users": {"TRAVELBUDDY": {"password": "wrong"}}}), encoding="utf-8")
    around = Surroundings(legacy.directory, spec=legacy.spec, connect=lambda spec: OracleTarget(spec.target))
    try:
        with pytest.raises(TaskFailed, match="ORA-01017"):
            around.session("TRAVELBUDDY")
        around.session("SOMEBODY").close()
    finally:
        config.unlink()


def test_a_later_process_undoes_what_an_earlier_one_has_planted(legacy: Legacy) -> None:
    triggers = "SELECT COUNT(*) FROM ALL_TRIGGERS WHERE TABLE_NAME = 'SPECIAL'"
    set_fault(legacy.state_dir, "identity_trigger", {"table": SPECIAL})
    legacy.insert(1)
    assert legacy.sql(triggers) == [(2,)]
    legacy.stop()
    clear_all_faults(legacy.state_dir)
    assert legacy.sql(triggers) == [(2,)]
    legacy.start("resume-processing")
    legacy.insert(2)
    assert legacy.sql(triggers) == [(1,)]
    assert legacy.names("ID = 2") == [(2, None)]
