"""Every type of PostgreSQL, from a real slot through DMS's types into columns of the Oracle
stand-in.
"""

from __future__ import annotations

import datetime as dt
import io
import threading
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from lab.dms.agreed.spec import parse_spec
from lab.dms.directory.state import TaskState
from lab.dms.ground.logs import TaskLog
from lab.dms.task.task import Task
from tests.clusters import Cluster, temporary_cluster
from tests.dms.replication import wait_for
from tests.dms.table_world import upper_case
from tests.dms.worlds import spec_content
from tests.oracle.conftest import STORE_DATABASE, WireServer, start_server
from tests.oracle.fake_engine import PASSWORD
from tests.waiting import LONG_SECONDS

#: column, PostgreSQL type, literal, Oracle type, what arrives
ROWS: tuple[tuple[str, str, str, str, Any], ...] = (
    ("c_int2", "smallint", "-32768", "NUMBER(5)", -32768),
    ("c_int4", "integer", "2147483647", "NUMBER(10)", 2147483647),
    ("c_int8", "bigint", "-9223372036854775808", "NUMBER(19)", -(2**63)),
    ("c_numeric", "numeric(12,3)", "123456789.125", "NUMBER(12,3)", Decimal("123456789.125")),
    ("c_number", "numeric", "0.611111104488373", "NUMBER", Decimal("0.611111")),
    (
        "c_wide",
        "numeric(45,2)",
        "1234567890123456789012345678901234567890.10",
        "VARCHAR2(60)",
        "1234567890123456789012345678901234567890.10",
    ),
    ("c_money", "money", "'-1234.50'", "NUMBER(38,4)", Decimal("-1234.5")),
    ("c_real", "real", "0.1", "NUMBER", Decimal("0.1")),
    (
        "c_double",
        "double precision",
        "1.7976931348623157e+100",
        "BINARY_DOUBLE",
        1.7976931348623157e100,
    ),
    (
        "c_greatest",
        "double precision",
        "1.7976931348623157e+308",
        "BINARY_DOUBLE",
        1.7976931348623157e308,
    ),
    ("c_infinite", "double precision", "'-Infinity'", "BINARY_DOUBLE", float("-inf")),
    ("c_single", "real", "'Infinity'", "BINARY_FLOAT", float("inf")),
    ("c_true", "boolean", "true", "VARCHAR2(5)", "true"),
    ("c_false", "boolean", "false", "VARCHAR2(5)", "false"),
    ("c_char", "char(5)", "'ab'", "VARCHAR2(20)", "ab"),
    ("c_varchar", "varchar(20)", "'é가😀'", "NVARCHAR2(20)", "é가😀"),
    ("c_unbounded", "varchar", "repeat('é', 4001)", "CLOB", "é" * 4000),
    ("c_text", "text", "'line' || chr(10) || 'two'", "NCLOB", "line\ntwo"),
    ("c_citext", "citext", "'MiXed'", "CLOB", "MiXed"),
    ("c_json", "json", "'{\"a\": 1.10}'", "CLOB", '{"a": 1.10}'),
    ("c_jsonb", "jsonb", '\'{"b":[1,null],"a":"x"}\'', "CLOB", '{"a": "x", "b": [1, null]}'),
    ("c_json_null", "jsonb", "'null'", "CLOB", "null"),
    ("c_array", "text[]", "ARRAY['a b', NULL, 'c']", "CLOB", '{"a b",NULL,c}'),
    ("c_composite", "address", "ROW('Main St', 5)", "CLOB", '("Main St",5)'),
    ("c_hstore", "hstore", "'k=>v, n=>NULL'", "CLOB", '"k"=>"v", "n"=>NULL'),
    ("c_xml", "xml", "'<a>1</a>'", "CLOB", "<a>1</a>"),
    ("c_tsvector", "tsvector", "'fat cat'", "CLOB", "'cat' 'fat'"),
    ("c_tsquery", "tsquery", "'fat & cat'", "CLOB", "'fat' & 'cat'"),
    ("c_path", "path", "'((0,0),(1,1))'", "CLOB", "((0,0),(1,1))"),
    ("c_polygon", "polygon", "'((0,0),(1,1),(1,0))'", "CLOB", "((0,0),(1,1),(1,0))"),
    ("c_bytea", "bytea", "'\\x00ff10'", "BLOB", b"\x00\xff\x10"),
    (
        "c_uuid",
        "uuid",
        "'0f8fad5b-d9cb-469f-a165-70867728950e'",
        "VARCHAR2(36)",
        "0f8fad5b-d9cb-469f-a165-70867728950e",
    ),
    ("c_date", "date", "'2026-02-28'", "DATE", dt.datetime(2026, 2, 28)),
    ("c_time", "time", "'23:59:58.987654'", "TIMESTAMP(0)", dt.datetime(1970, 1, 1, 23, 59, 58)),
    ("c_timetz", "timetz", "'12:00:01.5+09'", "VARCHAR2(20)", "12:00:01"),
    (
        "c_timestamp",
        "timestamp",
        "'1969-12-31 23:59:59.123456'",
        "TIMESTAMP(6)",
        dt.datetime(1969, 12, 31, 23, 59, 59, 123456),
    ),
    (
        "c_seconds",
        "timestamp",
        "'2026-02-28 12:00:00.999999'",
        "DATE",
        dt.datetime(2026, 2, 28, 12),
    ),
    (
        "c_zoned",
        "timestamptz",
        "'2026-02-28 12:00:00.5+09'",
        "TIMESTAMP(6)",
        dt.datetime(2026, 2, 28, 3, 0, 0, 500000),
    ),
    (
        "c_interval",
        "interval",
        "'1 year 2 months 3 days 04:05:06'",
        "VARCHAR2(128)",
        "1 YEAR, 2 MONTHS, 3 DAYS, 4 HOURS, 5 MINUTES, 6 SECONDS",
    ),
    ("c_enum", "mood", "'happy'", "VARCHAR2(64)", "happy"),
    ("c_inet", "inet", "'10.1.2.3/24'", "VARCHAR2(50)", "10.1.2.3/24"),
    ("c_cidr", "cidr", "'10.1.0.0/16'", "VARCHAR2(50)", "10.1.0.0/16"),
    ("c_macaddr", "macaddr", "'08:00:2b:01:02:03'", "VARCHAR2(18)", "08:00:2b:01:02:03"),
    ("c_bit", "bit(5)", "B'10110'", "VARCHAR2(5)", "10110"),
    ("c_range", "int4range", "'[1,5)'", "VARCHAR2(255)", "[1,5)"),
    (
        "c_tsrange",
        "tsrange",
        "'[2026-01-01,2026-01-02)'",
        "VARCHAR2(255)",
        '["2026-01-01 00:00:00","2026-01-02 00:00:00")',
    ),
    ("c_point", "point", "'(1,2)'", "VARCHAR2(255)", "(1,2)"),
    ("c_line", "line", "'{1,2,3}'", "VARCHAR2(255)", "{1,2,3}"),
    ("c_lseg", "lseg", "'[(0,0),(1,1)]'", "VARCHAR2(255)", "[(0,0),(1,1)]"),
    ("c_box", "box", "'(1,1),(0,0)'", "VARCHAR2(255)", "(1,1),(0,0)"),
    ("c_circle", "circle", "'<(0,0),5>'", "VARCHAR2(255)", "<(0,0),5>"),
)


@pytest.fixture(scope="module")
def source() -> Iterator[Cluster]:
    with temporary_cluster(logical=True) as cluster:
        cluster.execute("CREATE DATABASE dso")
        cluster.execute(f"CREATE DATABASE {STORE_DATABASE}")
        columns = ", ".join(f"{name} {kind}" for name, kind, *_ in ROWS)
        for statement in (
            (
                "CREATE EXTENSION pglogical; CREATE SCHEMA app; ALTER DATABASE dso SET "
                "search_path = "
                "app, public"
            ),
            "CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE TYPE mood AS ENUM ('happy')",
            "CREATE TYPE address AS (street text, no int)",
            f"CREATE TABLE every (id bigint PRIMARY KEY, {columns})",
        ):
            cluster.execute(statement, "dso")
        yield cluster


@pytest.fixture(scope="module")
def oracle(source: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WireServer]:
    users = {user: {"password": PASSWORD} for user in ("APP", "DMSUSER")}
    server = start_server(tmp_path_factory.mktemp("oracle"), source, users=users)
    try:
        columns = ", ".join(f"{name.upper()} {kind}" for name, _, _, kind, _ in ROWS)
        with server.connect(user="APP") as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE TABLE APP.EVERY (ID NUMBER PRIMARY KEY, {columns})")
        yield server
    finally:
        server.process.terminate()
        server.process.wait(LONG_SECONDS)


def content(source: Cluster, oracle: WireServer) -> dict[str, Any]:
    database = {
        "host": source.host,
        "port": source.port,
        "database": "dso",
        "user": "postgres",
        "password": "trusted",
    }
    service = {
        "host": "127.0.0.1",
        "port": oracle.port,
        "service": "XE",
        "user": "dmsuser",
        "password": PASSWORD,
    }
    return spec_content(
        table_mappings=upper_case(),
        source=database,
        target=service,
        switches={"commit_when_idle": "yes"},
    )


@pytest.fixture(scope="module")
def arrived(
    source: Cluster, oracle: WireServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[int, dict[str, Any]]]:
    """Both rows in Oracle by their key, after an insert each and an update of the first."""
    directory = tmp_path_factory.mktemp("task") / "dms" / "TASK"
    directory.mkdir(parents=True)
    state, written, failures = TaskState(directory), io.StringIO(), []
    task = Task(parse_spec(content(source, oracle)), directory, state, TaskLog(stream=written))

    def run() -> None:
        try:
            task.run("start-replication")
        except Exception as error:
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        wait_for(lambda: failures or state.get("state") == "running")
        literals = ", ".join(literal for _, _, literal, _, _ in ROWS)
        source.execute(
            f"INSERT INTO every VALUES (1, {literals}); INSERT INTO every (id) VALUES (2)", "dso"
        )
        source.execute(
            "UPDATE every SET c_int2 = 1; UPDATE every SET c_int2 = -32768 WHERE id = 1", "dso"
        )
        wait_for(
            lambda: (
                failures or (state.statistics() and state.statistics()[0]["applied_updates"] == 3)
            )
        )
        with oracle.connect(user="APP") as connection, connection.cursor() as cursor:
            cursor.execute("SELECT * FROM APP.EVERY")
            names = [column[0] for column in cursor.description]
            rows = [dict(zip(names, map(_read, row), strict=True)) for row in cursor.fetchall()]
        yield {row["ID"]: row for row in rows}
    finally:
        task.stop()
        thread.join(LONG_SECONDS)
        state.close()
        print(written.getvalue(), *failures)


def _read(value: Any) -> Any:
    return value.read() if hasattr(value, "read") else value


@pytest.mark.parametrize(
    ("column", "expected"), [(row[0], row[4]) for row in ROWS], ids=[row[1] for row in ROWS]
)
def test_a_value_of_every_type_arrives(arrived: dict[int, Any], column: str, expected: Any) -> None:
    found = arrived[1][column.upper()]
    assert (Decimal(str(found)) if isinstance(expected, Decimal) else found) == expected


def test_null_of_every_type_arrives(arrived: dict[int, Any]) -> None:
    assert {name: value for name, value in arrived[2].items() if value is not None} == {
        "ID": 2,
        "C_INT2": 1,
    }
