"""The service, PostgreSQL, the replication process and the Oracle stand-in, started for a test."""

from __future__ import annotations

import json
import tomllib
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import oracledb

from tests.clusters import Cluster, temporary_cluster
from tests.components import ROOT, run_component
from tests.service.conftest import TABLE
from tests.waiting import LONG_SECONDS

PASSWORD = "s3cret"
LEGACY_TABLE = """
    create table FLIGHTSPECIAL (
        ID number primary key, HEADER varchar2(255) default '' not null, BODY varchar2(255),
          ORIGIN varchar2(255),
        DESTINATION varchar2(255), ORIGINCODE varchar2(6), DESTINATIONCODE varchar2(6),
          COST number not null,
        EXPIRYDATE number)
"""
SOURCE_ROW = (
    "insert into travelbuddy.flightspecial values (1, 'London to Paris', 'b', 'o', "
    "'oc', 'd', 'dc', 50, now())"
)
LEGACY_ROW = "insert into FLIGHTSPECIAL (ID, HEADER, COST) values (1, 'London to Paris', 50)"


@dataclass
class Chain:
    """The running parts: clients by service, the service's address, a session
    on the legacy schema.
    """

    client: Callable[[str], Any]
    api: str
    legacy: oracledb.Connection
    source: Cluster
    endpoint_url: str

    def change_header(self, header: str) -> None:
        body = json.dumps({"id": 1, "flightSpecialHeader": header}).encode()
        request = urllib.request.Request(
            f"{self.api}/travelbuddy/flightspecials/1/header", data=body
        )
        with urllib.request.urlopen(request, timeout=LONG_SECONDS) as answer:
            assert json.loads(answer.read())["resultCode"] == "Y"

    def legacy_header(self) -> str:
        with self.legacy.cursor() as cursor:
            ((header,),) = cursor.execute(
                "select HEADER from FLIGHTSPECIAL where ID = 1"
            ).fetchall()
        self.legacy.rollback()
        return header


@contextmanager
def running_chain(tmp_path: Path) -> Iterator[Chain]:
    """All parts as processes of their own, with state and logs in ``tmp_path``."""
    with ExitStack() as stack:
        source = stack.enter_context(temporary_cluster(logical=True))
        store = stack.enter_context(temporary_cluster())
        build_source(source)
        store.execute("create database oracle_store")
        oracle_port = start(stack, tmp_path, "oracle", oracle_config(store))
        legacy = stack.enter_context(build_legacy(oracle_port))
        login = {
            "host": source.host,
            "port": source.port,
            "database": "dso",
            "user": source.user,
            "password": PASSWORD,
        }
        aws_port = start(stack, tmp_path, "aws", aws_config(tmp_path, login, oracle_port))
        api_port = start(stack, tmp_path, "service", {"source": login})
        session = boto3.Session(
            aws_access_key_id="lab", aws_secret_access_key="lab", region_name="ap-northeast-2"
        )

        def client(service: str) -> Any:
            made = session.client(service, endpoint_url=f"http://127.0.0.1:{aws_port}")
            stack.callback(made.close)
            return made

        yield Chain(
            client, f"http://127.0.0.1:{api_port}", legacy, source, f"http://127.0.0.1:{aws_port}"
        )


def start(stack: ExitStack, directory: Path, name: str, config: dict[str, Any]) -> int:
    ready = directory / f"{name}.ready"
    path = directory / f"{name}.json"
    path.write_text(
        json.dumps({"host": "127.0.0.1", "port": 0, "ready_file": str(ready), **config})
    )
    return stack.enter_context(run_component(f"lab.{name}", path, ready)).port


def build_source(source: Cluster) -> None:
    source.execute("create database dso")
    for statement in ("create extension pglogical", TABLE, SOURCE_ROW):
        source.execute(statement, "dso")


def build_legacy(port: int) -> oracledb.Connection:
    legacy = oracledb.connect(
        user="TRAVELBUDDY", password=PASSWORD, host="127.0.0.1", port=port, service_name="XE"
    )
    with legacy.cursor() as cursor:
        cursor.execute(LEGACY_TABLE)
        cursor.execute(LEGACY_ROW)
    legacy.commit()
    return legacy


def oracle_config(store: Cluster) -> dict[str, Any]:
    rows = {
        "host": store.host,
        "port": store.port,
        "database": "oracle_store",
        "user": store.user,
        "password": "-",
    }
    users = {name: {"password": PASSWORD} for name in ("DMSUSER", "TRAVELBUDDY")}
    return {"service": "XE", "store": rows, "users": users}


def aws_config(directory: Path, source: dict[str, Any], oracle_port: int) -> dict[str, Any]:
    oracle = {
        "host": "127.0.0.1",
        "port": oracle_port,
        "service": "XE",
        "user": "dmsuser",
        "password": PASSWORD,
    }
    profile = tomllib.loads((ROOT / "environments" / "lab.toml").read_text())
    profile["lab"]["switches"] = {"metrics_interval_seconds": 0.5}
    return {
        "region": "ap-northeast-2",
        "state_dir": str(directory),
        "source": source,
        "oracle": oracle,
        "suite": {"source": source, "oracle": oracle},
        "environment_profile": profile,
        "table_mapping": (ROOT / "environments" / "mappings" / "corrected.json").read_text(),
    }
