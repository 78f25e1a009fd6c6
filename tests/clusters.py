"""Throw-away PostgreSQL clusters for tests: 127.0.0.1 only, trust authentication, fsync off."""

from __future__ import annotations

import atexit
import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import psycopg2

from lab.core.binaries import find_installation
from tests.children import start_child
from tests.waiting import LONG_SECONDS

SYSTEM_USER = "postgres"
#: somebody else may take a port between the moment it was found free and the start of the server
PORT_ATTEMPTS = 3


@dataclass
class Cluster:
    """A running cluster; ``user`` is its superuser, ``password`` is accepted but not looked at."""

    host: str
    port: int
    directory: Path
    process: subprocess.Popen[bytes] = field(repr=False)
    user: str = "postgres"
    password: str = "trusted"

    def connect(self, database: str = "postgres") -> Any:
        """A psycopg2 connection in autocommit mode."""
        connection = psycopg2.connect(
            host=self.host,
            port=self.port,
            dbname=database,
            user=self.user,
            password=self.password,
            connect_timeout=int(LONG_SECONDS),
        )
        connection.autocommit = True
        return connection

    def execute(
        self, statement: str, database: str = "postgres", parameters: tuple[Any, ...] = ()
    ) -> None:
        connection = self.connect(database)
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement, parameters or None)
        finally:
            connection.close()

    def stop(self) -> None:
        """Fast shutdown; the directory stays, so that the cluster can be looked at."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(LONG_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


@cache
def binaries() -> Path:
    """Directory of the server programs the lab uses: the newest that have pglogical."""
    return find_installation().directory


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_cluster(
    directory: Path,
    *,
    logical: bool = False,
    settings: dict[str, str] | None = None,
    port: int | None = None,
) -> Cluster:
    """Create (once) and start a cluster under ``directory``, on a free port unless one is named.

    ``logical`` turns on logical decoding with pglogical preloaded. As root the cluster runs as the
    user postgres, who must be able to reach ``directory``: pytest's tmp_path is closed to others,
    ``temporary_cluster`` is not.
    """
    directory.mkdir(parents=True, exist_ok=True)
    data = directory / "data"
    if os.geteuid() == 0:
        shutil.chown(directory, SYSTEM_USER, SYSTEM_USER)
    if not (data / "PG_VERSION").exists():
        _initialise(data)
    for _ in range(PORT_ATTEMPTS if port is None else 1):
        chosen = port or free_port()
        process = _launch(
            data, chosen, _settings(logical) | (settings or {}), directory / "postgres.log"
        )
        cluster = Cluster("127.0.0.1", chosen, directory, process)
        if _answers(cluster):
            return cluster
    log = (directory / "postgres.log").read_text(errors="replace")
    raise RuntimeError(f"PostgreSQL did not start in {directory}: {log[-2000:]}")


@contextmanager
def temporary_cluster(
    *, logical: bool = False, settings: dict[str, str] | None = None
) -> Iterator[Cluster]:
    """A cluster in a directory of its own that is gone afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="cluster-"))
    try:
        cluster = start_cluster(directory, logical=logical, settings=settings)
        try:
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@cache
def _knows_the_list_of_plugins() -> bool:
    """Newer minor versions (15.20, 17.11) create slots for the plug-ins on a list only."""
    described = subprocess.run(
        [binaries() / "postgres", "--describe-config"], check=True, capture_output=True
    )
    return bool(re.search(rb"^output_plugin_libraries\t", described.stdout, re.MULTILINE))


def _settings(logical: bool) -> dict[str, str]:
    settings = {
        "fsync": "off",
        "jit": "off",
        "autovacuum": "off",
        "max_connections": "50",
        "shared_buffers": "16MB",
        "log_min_messages": "warning",
        # the Oracle stand-in reads it in its store
        "track_commit_timestamp": "on",
    }
    if logical:
        settings |= {"wal_level": "logical", "shared_preload_libraries": "pglogical"}
    if _knows_the_list_of_plugins():
        settings |= {"output_plugin_libraries": "pgoutput, test_decoding, pglogical_output"}
    return settings


def _as_system_user() -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    return {"user": SYSTEM_USER, "group": SYSTEM_USER, "extra_groups": []}


def _initialise(data: Path) -> None:
    """A copy of one that the process makes once: initdb takes five times as much of a processor.

    So the clusters of a process have one system identifier, as those have that were restored from
    one backup.
    """
    _as_owner("cp", "--archive", "--reflink=auto", str(_template()), str(data))


@cache
def _template() -> Path:
    """A cluster that is never started; it is gone with the process."""
    home = Path(tempfile.mkdtemp(prefix="cluster-template-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    if os.geteuid() == 0:
        shutil.chown(home, SYSTEM_USER, SYSTEM_USER)
    login = ("--username=postgres", "--auth=trust")
    texts = ("--encoding=UTF8", "--locale=C.UTF-8")
    little = ("--no-sync", "--wal-segsize=1")  # of a new segment every byte is written
    _as_owner(str(binaries() / "initdb"), "-D", str(home / "data"), *login, *texts, *little)
    return home / "data"


def _as_owner(*command: str) -> None:
    subprocess.run(
        command,
        check=True,
        cwd="/",
        capture_output=True,
        timeout=LONG_SECONDS,
        **_as_system_user(),
    )


def _launch(data: Path, port: int, settings: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    fixed = {"listen_addresses": "127.0.0.1", "port": str(port), "unix_socket_directories": ""}
    options = [
        part for name, value in (settings | fixed).items() for part in ("-c", f"{name}={value}")
    ]
    with log.open("ab") as output:
        return start_child(
            [str(binaries() / "postgres"), "-D", str(data), *options],
            "INT",
            cwd="/",
            stdout=output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            **_as_system_user(),
        )


def _answers(cluster: Cluster) -> bool:
    """Whether it comes up; False when its process has ended, and then nothing is left of it."""
    end = time.monotonic() + LONG_SECONDS
    while cluster.process.poll() is None and time.monotonic() < end:
        with contextlib.suppress(psycopg2.OperationalError):
            if _is_the_one(cluster):
                return True
        time.sleep(0.05)
    cluster.stop()
    return False


def _is_the_one(cluster: Cluster) -> bool:
    """Whether it is this cluster that answers on its port: another one may have been quicker."""
    connection = cluster.connect()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SHOW data_directory")
            return cursor.fetchone() == (str(cluster.directory / "data"),)
    finally:
        connection.close()
