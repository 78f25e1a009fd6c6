"""A throw-away PostgreSQL cluster and a stand-in on it, and what their processes take of the
memory.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import oracledb
import psycopg2

from tests.clusters import Cluster, temporary_cluster

_ROOT = Path(__file__).parents[1]
_STORE = "oracle_store"
_PLAIN = "plain"
USER = "BENCH"
PASSWORD = "measured"
SERVICE = "XE"
_PATIENCE_SECONDS = 200.0
#: both sides use the same server; nothing has to survive a crash, and nothing runs in the
#: background
SETTINGS = {
    "shared_buffers": "256MB",
    "full_page_writes": "off",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "1h",
    "autovacuum": "off",
    "jit": "off",
}


@dataclass(frozen=True)
class Servers:
    """The stand-in's process and port, and the cluster that holds its store
    and a plain database.
    """

    cluster: Cluster
    stand_in: subprocess.Popen[bytes]
    port: int

    def oracle(self) -> oracledb.Connection:
        """A session of the stand-in."""
        return oracledb.connect(
            user=USER, password=PASSWORD, dsn=f"127.0.0.1:{self.port}/{SERVICE}"
        )

    def plain(self) -> psycopg2.extensions.connection:
        """A connection to the plain database; not in autocommit mode."""
        connection = self.cluster.connect(_PLAIN)
        connection.autocommit = False
        return connection

    def vacuum(self) -> None:
        """Leaves both databases as a server that has been at rest would have them."""
        for database in (_STORE, _PLAIN):
            self.cluster.execute("VACUUM ANALYZE", database)

    def session_pid(self) -> int:
        """The process that serves the only session; waits until those of
        earlier sessions are gone.
        """
        children = Path(f"/proc/{self.stand_in.pid}/task/{self.stand_in.pid}/children")
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while len(pids := children.read_text().split()) != 1:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{len(pids)} sessions instead of one")
            time.sleep(0.05)
        return int(pids[0])

    def store_backend_pid(self) -> int:
        """PostgreSQL's process for the session that was opened last."""
        query = (
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'oracle-stand-in' "
            "ORDER BY backend_start DESC LIMIT 1"
        )
        with closing(self.cluster.connect(_STORE)) as connection, connection.cursor() as cursor:
            cursor.execute(query)
            return int(cursor.fetchone()[0])


@contextmanager
def running_servers() -> Iterator[Servers]:
    """Both servers, gone afterwards."""
    with (
        temporary_cluster(settings=SETTINGS) as cluster,
        tempfile.TemporaryDirectory(prefix="benchmark-") as home,
    ):
        for database in (_STORE, _PLAIN):
            cluster.execute(f"CREATE DATABASE {database}")
        process, port = _start(Path(home), cluster)
        try:
            yield Servers(cluster, process, port)
        finally:
            process.terminate()
            process.wait(_PATIENCE_SECONDS)


def _start(home: Path, cluster: Cluster) -> tuple[subprocess.Popen[bytes], int]:
    ready, log = home / "ready", home / "log"
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
        "ready_file": str(ready),
        "store": store | {"database": _STORE},
        "users": {USER: {"password": PASSWORD}},
    }
    file = home / "oracle.json"
    file.write_text(json.dumps(config))
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "lab.oracle", "--config", str(file)],
            stdout=output,
            stderr=output,
            cwd=_ROOT,
        )
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            process.wait()
            raise RuntimeError(f"the stand-in did not start: {log.read_text()}")
        time.sleep(0.02)
    return process, json.loads(ready.read_text())["port"]


def peak_bytes(pid: int) -> int:
    """The most that a process has had resident so far; memory shared with others counts in full."""
    return _status(pid, "VmHWM")


def own_bytes(pid: int) -> int:
    """What a process has resident now and shares with no other."""
    return _status(pid, "RssAnon")


def _status(pid: int, field: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0]) * 1024
    raise RuntimeError(f"the kernel tells no {field} of process {pid}")


def machine() -> dict[str, object]:
    """What the figures depend on."""
    load, _, _ = os.getloadavg()
    return {
        "cores": os.cpu_count(),
        "load": round(load, 2),
        "python": sys.version.split()[0],
        "oracledb": oracledb.__version__,
        "psycopg2": psycopg2.__version__.split()[0],
    }
