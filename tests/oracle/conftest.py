"""Servers as processes of their own (the wire layer on the fake engine, the whole stand-in) and
clients of them.
"""

from __future__ import annotations

import contextlib
import gc
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import oracledb
import pytest

from tests.children import start_child
from tests.clusters import Cluster, temporary_cluster
from tests.oracle.fake_engine import PASSWORD, SERVICE, USER
from tests.waiting import LONG_SECONDS, wait_for

STORE_DATABASE = "oracle_store"


@dataclass(frozen=True)
class WireServer:
    """A running server: where it listens, its process, and the file its log goes to."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def dsn(self) -> str:
        return f"127.0.0.1:{self.port}/{SERVICE}"

    def connect(self, **changes: object) -> oracledb.Connection:
        """A connection of the unmodified driver."""
        parameters: dict[str, object] = {"user": USER, "password": PASSWORD, "dsn": self.dsn}
        return oracledb.connect(**parameters | changes)


def start_fake_server(directory: Path) -> WireServer:
    """The wire layer in front of the fake engine."""
    return _start(directory, ["tests.oracle.fake_engine", str(directory / "ready")])


def start_server(directory: Path, cluster: Cluster, **changes: object) -> WireServer:
    """The whole stand-in, its rows kept in a database of ``cluster`` that has to exist; ``changes``
    of its options.
    """
    store = {
        "host": cluster.host,
        "port": cluster.port,
        "user": cluster.user,
        "password": cluster.password,
    }
    config = {
        "host": "127.0.0.1",
        "port": 0,
        "service": SERVICE,
        "ready_file": str(directory / "ready"),
        "store": store | {"database": STORE_DATABASE},
        "users": {user: {"password": PASSWORD} for user in (USER, "DMSUSER")},
    }
    file = directory / "oracle.json"
    file.write_text(json.dumps(config | changes))
    return _start(directory, ["lab.oracle", "--config", str(file)])


def _start(directory: Path, module: list[str]) -> WireServer:
    ready, log = directory / "ready", directory / "log"
    with log.open("wb") as output:
        command = [sys.executable, "-m", *module]
        process = start_child(command, stdout=output, stderr=output, cwd=Path(__file__).parents[2])
    deadline = time.monotonic() + LONG_SECONDS
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise RuntimeError(f"the server did not start: {log.read_text()}")
        time.sleep(0.02)
    return WireServer(json.loads(ready.read_text())["port"], process, log)


def ended(connection: oracledb.Connection) -> None:
    """Closes a session of the stand-in, and waits until it has ended in the store, too.

    A client has the answer before that, and DROP USER waits a second at most for a session that has
    just logged off.
    """
    backend = Path(f"/proc/{connection.session_id}")
    connection.close()
    wait_for(lambda: not backend.exists())


@pytest.fixture(autouse=True)
def _cursors_are_collected_between_tests() -> Iterator[None]:
    """python-oracledb 26.1.0 returns a collected cursor's statement under a lock that the same
    thread may be holding.

    A collection in the middle of another cursor's call would then wait for ever, so there is none.
    """
    gc.disable()
    yield
    gc.enable()
    gc.collect(1)


@pytest.fixture(scope="session")
def wire_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WireServer]:
    server = start_fake_server(tmp_path_factory.mktemp("wire"))
    yield server
    server.process.terminate()
    server.process.wait(LONG_SECONDS)


@pytest.fixture(scope="session")
def oracle_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WireServer]:
    """The stand-in as the lab runs it, on a cluster of its own."""
    with temporary_cluster() as cluster:
        cluster.execute(f"CREATE DATABASE {STORE_DATABASE}")
        server = start_server(tmp_path_factory.mktemp("oracle"), cluster)
        yield server
        server.process.terminate()
        server.process.wait(LONG_SECONDS)


@pytest.fixture
def connection(wire_server: WireServer) -> Iterator[oracledb.Connection]:
    opened = wire_server.connect()
    yield opened
    with contextlib.suppress(oracledb.Error):
        opened.close()


@pytest.fixture
def cursor(connection: oracledb.Connection) -> oracledb.Cursor:
    return connection.cursor()
