"""A lab of a world that is none of the project's: its files, two Oracle users, names that need
quotes, no service.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import boto3
import oracledb
import psycopg
import pytest

from lab.core.paths import ROOT
from tests.waiting import LONG_SECONDS, wait_for

SOURCE = """
CREATE SCHEMA shop;
CREATE TYPE shop.kind AS ENUM ('a', 'b');
CREATE TABLE shop.offer (id uuid PRIMARY KEY, kind shop.kind, until timestamptz);
CREATE TABLE shop."Order" ("No" serial PRIMARY KEY, "Note" text);
"""
SOURCE_SEEDS = """
INSERT INTO shop.offer VALUES ('00000000-0000-0000-0000-000000000001', 'a', :start);
INSERT INTO shop."Order" ("Note") VALUES ('one; two');
"""
TARGET = """
CREATE TABLE OFFER (ID VARCHAR2(36) PRIMARY KEY, KIND VARCHAR2(10), UNTIL NUMBER);
GRANT REFERENCES ON OFFER TO BOOKS;
CONNECT BOOKS;
CREATE TABLE "Order" ("No" NUMBER PRIMARY KEY, "Note" VARCHAR2(100),
  OFFER VARCHAR2(36) REFERENCES SHOP.OFFER);
CREATE SEQUENCE ORDER_SEQ;
CREATE TRIGGER ORDER_TRIGGER BEFORE INSERT ON "Order" FOR EACH ROW
BEGIN
  SELECT ORDER_SEQ.NEXTVAL INTO :new."No" FROM dual;
END;
/
"""
TARGET_SEEDS = """
INSERT INTO OFFER VALUES ('00000000-0000-0000-0000-000000000001', 'a', :start_ms);
CONNECT BOOKS;
INSERT INTO "Order" ("No", "Note") VALUES (7, 'one; two');
"""
FILES = {
    "source_ddl": SOURCE,
    "source_seeds": SOURCE_SEEDS,
    "target_ddl": TARGET,
    "target_seeds": TARGET_SEEDS,
}

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project whose profile ``own`` is of that world."""
    (tmp_path / "environments").mkdir()
    for key, text in FILES.items():
        (tmp_path / f"{key}.sql").write_text(text, encoding="utf-8")
    text = (ROOT / "environments/lab.toml").read_text(encoding="utf-8")
    before, lab = text.split("[lab]")
    before = before.replace("[api]", "[no_api]").replace('"lab"', '"own"', 1)
    kept = [line for line in lab.splitlines() if not line.startswith((*FILES, "oracle_schemas"))]
    own = [f'{key} = "{key}.sql"' for key in FILES] + ['oracle_schemas = ["SHOP", "BOOKS"]']
    profile = "\n".join([before + "[lab]", *own, *kept[1:]])
    (tmp_path / "environments/own.toml").write_text(profile, encoding="utf-8")
    return tmp_path


@pytest.fixture
def start(project: Path, state_dir: Path) -> Iterator[Start]:
    """Starts the lab in the foreground; it is stopped at the end."""
    started: list[subprocess.Popen[str]] = []

    def begin(*options: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "lab.core.supervisor", "--environment", "own", "--json"]
        command += ["--root", str(project), "--state-dir", str(state_dir), *options]
        started.append(
            subprocess.Popen(
                command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
        )
        return started[-1]

    yield begin
    for process in started:
        process.terminate()
        process.communicate(timeout=LONG_SECONDS)


def access_of(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, process.stderr and process.stderr.read()
    return json.loads(line)


def source(login: dict[str, Any]) -> psycopg.Connection:
    names = {"database": "dbname"}
    return psycopg.connect(**{names.get(key, key): value for key, value in login.items()})


def target(login: dict[str, Any]) -> oracledb.Connection:
    where = f"{login['host']}:{login['port']}/{login['service']}"
    return oracledb.connect(user=login["user"], password=login["password"], dsn=where)


def rows(connection: oracledb.Connection, statement: str) -> list[Any]:
    with connection.cursor() as cursor:
        return cursor.execute(statement).fetchall()


def dms_of(access: dict[str, Any]) -> Any:
    return boto3.client(
        "dms",
        endpoint_url=access["aws"]["endpoint_url"],
        region_name=access["aws"]["region"],
        aws_access_key_id="lab",
        aws_secret_access_key="lab",
    )


def test_a_world_without_a_task_yet(start: Start, project: Path) -> None:
    profile = project / "environments/own.toml"
    assert not (project / "environments/mappings").exists()
    access = access_of(start("--without-task"))
    assert "api" not in access
    with source(access["suite"]["source"]) as new:
        [(until,)] = new.execute("SELECT until FROM shop.offer").fetchall()
        assert new.execute('SELECT * FROM shop."Order"').fetchall() == [(1, "one; two")]
        # what a default needs, and not more
        new.execute('INSERT INTO shop."Order" ("Note") VALUES (\'x\')')
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            new.execute('TRUNCATE shop."Order"')
        new.rollback()
    with target(access["suite"]["oracle"]) as old:
        assert rows(old, "SELECT ID, UNTIL FROM SHOP.OFFER") == [
            ("00000000-0000-0000-0000-000000000001", until.timestamp() * 1000)
        ]
        # the trigger did not number the seed, and is as the profile says
        assert rows(old, 'SELECT "No", "Note" FROM BOOKS."Order"') == [(7, "one; two")]
        assert rows(old, "SELECT STATUS FROM DBA_TRIGGERS WHERE OWNER = 'BOOKS'") == [("DISABLED",)]
        with old.cursor() as cursor:
            cursor.execute('DELETE FROM BOOKS."Order"')
        old.rollback()
    with closing(dms_of(access)) as dms:
        assert dms.describe_replication_tasks()["ReplicationTasks"] == []
        connections = dms.describe_connections()["Connections"]
    assert [one["Status"] for one in connections] == ["successful"] * 2
    assert "mappings/corrected.json" in profile.read_text()


def test_a_world_that_is_replicated(start: Start, project: Path) -> None:
    upper = {"rule-type": "transformation", "rule-action": "convert-uppercase"}
    offer = {"schema-name": "shop", "table-name": "offer"}
    rules = [
        {"rule-type": "selection", "object-locator": offer, "rule-action": "include"},
        upper | {"rule-target": "schema", "object-locator": {"schema-name": "shop"}},
        upper | {"rule-target": "table", "object-locator": offer},
        upper | {"rule-target": "column", "object-locator": offer | {"column-name": "id"}},
        upper | {"rule-target": "column", "object-locator": offer | {"column-name": "kind"}},
        {
            "rule-type": "transformation",
            "rule-action": "remove-column",
            "rule-target": "column",
            "object-locator": offer | {"column-name": "until"},
        },
    ]
    numbered = [
        rule | {"rule-id": str(number), "rule-name": str(number)}
        for number, rule in enumerate(rules, 1)
    ]
    (project / "environments/mappings").mkdir()
    mapping = project / "environments/mappings/corrected.json"
    mapping.write_text(json.dumps({"rules": numbered}), encoding="utf-8")
    access = access_of(start())
    with source(access["suite"]["source"]) as new:
        new.execute(
            "INSERT INTO shop.offer VALUES ('00000000-0000-0000-0000-000000000002', 'b', NULL)"
        )
    with target(access["suite"]["oracle"]) as old:
        wait_for(lambda: ("b",) in rows(old, "SELECT KIND FROM SHOP.OFFER"))
        assert rows(old, 'SELECT * FROM SHOP."awsdms_apply_exceptions"') == []


@pytest.mark.parametrize(
    ("key", "more", "told"),
    [
        ("source_ddl", "CREATE TABLE nowhere.t ();", 'schema "nowhere" does not exist'),
        ("target_ddl", "DROP TABLE NOWHERE;", "ORA-00942: table or view does not exist"),
    ],
)
def test_a_refused_statement_ends_the_start_with_its_place(
    start: Start, project: Path, key: str, more: str, told: str
) -> None:
    file = project / f"{key}.sql"
    before = file.read_text().rstrip()
    file.write_text(f"{before}\n{more}\n", encoding="utf-8")
    line = len(before.splitlines()) + 1
    output, progress = start("--without-task").communicate(timeout=LONG_SECONDS)
    assert output == ""
    assert progress.splitlines()[-1] == f"{key}.sql, line {line}: {told}"
