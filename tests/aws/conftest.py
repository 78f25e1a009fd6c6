"""A lab's cloud over real HTTP: fresh services for every test behind one server, boto3 in front of
it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from werkzeug.test import Client

from lab.aws.assembly import Cloud, assemble
from lab.aws.config import ACCOUNT, AwsConfig
from lab.aws.dms.connection_test import ConnectionTestError
from lab.aws.dms.records.endpoint import Endpoint
from lab.aws.moto_services import moto_application
from lab.logins import OracleLogin, PostgresLogin
from lab.serving import Server
from tests.aws.conformity import parsed_deviations, wire_deviations
from tests.aws.replication import FakeProcess, refuse_non_json
from tests.clusters import Cluster, temporary_cluster
from tests.waiting import LONG_SECONDS

REGION = "ap-northeast-2"
PROFILE: dict[str, Any] = {
    "aws": {"task": "rsync-task"},
    "source": {"secret": "flightspecials/postgresql"},
    "target": {"secret": "travelbuddy/oracle"},
    "agreed": {
        "rds_instance": "flightspecials-test-postgres-db",
        "replication_instance": "dmsworkshop-target-dmsrepl",
        "source_endpoint": "flightspecials-postgresql-rsync-source",
        "target_endpoint": "travelbuddy-oracle-target",
    },
    "lab": {
        "source_endpoint_attributes": "PluginName=pglogical",
        "target_endpoint_attributes": "alwaysReplaceEmptyString=false",
    },
}
MAPPING = json.dumps({"rules": []})


@dataclass(frozen=True)
class Finding:
    name: str
    status: str
    lines: tuple[str, ...] = ()


class Switchable:
    """A WSGI application that hands requests to the cloud of the present test."""

    front: Any = None

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return self.front(environ, start_response)


@dataclass
class Lab:
    """The cloud under test and its stand-ins: processes by the task's resource id, endpoints that
    refuse.
    """

    cloud: Cloud
    config: AwsConfig
    processes: dict[str, FakeProcess] = field(default_factory=dict)
    unreachable: set[str] = field(default_factory=set)
    #: cleared, it holds premigration assessments back
    assessing: threading.Event = field(default_factory=threading.Event)

    @property
    def process(self) -> FakeProcess:
        (only,) = self.processes.values()
        return only


@pytest.fixture(scope="module", autouse=True)
def _account() -> Iterator[None]:
    """The application tells moto its account by a variable of its process, which is that of the
    tests here.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MOTO_ACCOUNT_ID", ACCOUNT)
        yield


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    with temporary_cluster(logical=True) as running:
        running.execute("create database dso")
        yield running


@pytest.fixture(scope="session")
def switchable() -> Switchable:
    return Switchable()


@pytest.fixture(scope="session")
def endpoint_url(switchable: Switchable) -> Iterator[str]:
    server = Server(switchable, "127.0.0.1", 0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield server.url
    server.stop()
    thread.join(LONG_SECONDS)
    assert not thread.is_alive()


@pytest.fixture
def source() -> PostgresLogin:
    """Where the lab's PostgreSQL is: nowhere, unless a module says otherwise."""
    return PostgresLogin("127.0.0.1", 1, "dso", "postgres", "s3cret-source")


@pytest.fixture
def config(tmp_path: Path, source: PostgresLogin) -> AwsConfig:
    return AwsConfig(
        host="127.0.0.1",
        port=0,
        region=REGION,
        state_directory=tmp_path,
        source=source,
        oracle=OracleLogin("127.0.0.1", 1, "XE", "dmsuser", "s3cret-oracle"),
        suite_source=replace(source, user="verifier", password="s3cret-verifier"),
        suite_oracle=OracleLogin("127.0.0.1", 1, "XE", "verifier", "s3cret-verifier"),
        profile=PROFILE,
        table_mapping=MAPPING,
        ready_file=tmp_path / "ready",
    )


@pytest.fixture
def lab(config: AwsConfig, switchable: Switchable, endpoint_url: str) -> Iterator[Lab]:
    processes: dict[str, FakeProcess] = {}
    unreachable: set[str] = set()

    def process(directory: Path) -> FakeProcess:
        processes[directory.name] = FakeProcess(directory)
        return processes[directory.name]

    assessing = threading.Event()
    assessing.set()

    def assess(_spec: Mapping[str, Any], names: Sequence[str]) -> Iterator[Finding]:
        """Every check passes but those whose name says otherwise."""
        for name in names:
            assert assessing.wait(LONG_SECONDS)
            yield Finding(name, name.removesuffix("-one"))

    def connect(endpoint: Endpoint) -> None:
        if endpoint.identifier in unreachable:
            raise ConnectionTestError("Test Endpoint failed: nobody there")

    cloud = assemble(
        config,
        processes=process,
        validate_mapping=refuse_non_json,
        switches={"missing_target_column": "skip"},
        test_connection=connect,
        schemas=lambda endpoint: connect(endpoint) or ("public", "travelbuddy"),
        assessments=("passed-one", "warning-one", "failed-one"),
        assess=assess,
    )
    cloud.logs.endpoint_url = endpoint_url
    switchable.front = cloud.front
    yield Lab(cloud, config, processes, unreachable, assessing)
    Client(moto_application()).post("/moto-api/reset")


@pytest.fixture(scope="session")
def client(endpoint_url: str) -> Callable[[str], Any]:
    """boto3 clients by service name; every response is held against the SDK's model."""
    session = boto3.Session(
        aws_access_key_id="lab", aws_secret_access_key="lab", region_name=REGION
    )
    settings = Config(retries={"max_attempts": 0})
    made: dict[str, Any] = {}

    def make(service: str) -> Any:
        if service not in made:
            made[service] = session.client(service, endpoint_url=endpoint_url, config=settings)
            made[service].meta.events.register("after-call", held_against_the_model)
        return made[service]

    return make


@pytest.fixture(scope="session")
def conforming_dms(client: Callable[[str], Any]) -> Any:
    """boto3's DMS client, for tests that bring a cloud of their own."""
    return client("dms")


def held_against_the_model(http_response: Any, parsed: Any, model: Any, **_rest: Any) -> None:
    """Fails for a response whose bytes, or whose parsed form, are not what the SDK's model says."""
    if http_response.status_code == 200:
        found = wire_deviations(
            http_response.content, http_response.headers.get("Content-Type", ""), model
        )
        found += parsed_deviations(parsed, model.output_shape) if model.output_shape else []
        assert not found, f"{model.name}: {found}"


@pytest.fixture
def dms(conforming_dms: Any, lab: Lab) -> Any:
    return conforming_dms
