"""A PostgreSQL cluster of the lab: created, started and stopped; nothing in it is meant to outlive
the lab.
"""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from lab.core.account import Account
from lab.core.binaries import Installation
from lab.core.errors import LabError, StoppedError
from lab.core.logs import tail
from lab.core.ports import HOST, free_port

if TYPE_CHECKING:
    import psycopg

SUPERUSER = "postgres"
_ATTEMPTS = 4
_PATIENCE = 60.0

_COMMON_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    # nothing has to survive a crash of the machine
    "fsync": "off",
    "full_page_writes": "off",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "30min",
    "shared_buffers": "64MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %u@%d ",
    "max_connections": "200",
}

#: of a cluster that keeps the Oracle stand-in's rows: it tells when each was committed
STORE_SETTINGS = {"track_commit_timestamp": "on"}

LOGICAL_SETTINGS = {
    "wal_level": "logical",
    "shared_preload_libraries": "pglogical",
    "max_replication_slots": "20",
    "max_wal_senders": "20",
    "max_worker_processes": "20",
    # where a server has this list it creates slots for the plug-ins on it only, and pglogical's is
    # not on it by default
    "output_plugin_libraries": "pgoutput, test_decoding, pglogical_output",
}

#: brought by minor versions (15.20 and 17.11 have it, 15.18 has not): a server that does not know
#: it would not start
_LATE_SETTINGS = ("output_plugin_libraries",)


def never() -> bool:
    return False


@dataclass
class Cluster:
    """One cluster and, while it runs, its postmaster. The superuser is ``postgres``."""

    name: str
    directory: Path
    log_file: Path
    password: str = field(repr=False)
    installation: Installation
    account: Account
    environ: Mapping[str, str] = field(repr=False)
    host: str = HOST
    port: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    stopping: Callable[[], bool] = field(default=never, repr=False)

    @property
    def user(self) -> str:
        return SUPERUSER

    def create(self, settings: Mapping[str, str]) -> None:
        """Run initdb and write the configuration; the directory's parent must be enterable by the
        account.
        """
        self.directory.mkdir(mode=0o700)
        self.account.own(self.directory)
        secret = self.directory.with_name(f"{self.directory.name}.password")
        secret.touch(mode=0o600)
        secret.write_text(self.password)
        self.account.own(secret)
        try:
            self._initdb(secret)
        finally:
            secret.unlink()
        wanted = {**_COMMON_SETTINGS, **settings}
        for name in _LATE_SETTINGS:
            if name in wanted and not self.installation.knows_setting(name):
                del wanted[name]
        lines = [f"{key} = '{value}'" for key, value in wanted.items()]
        with (self.directory / "postgresql.conf").open("a", encoding="utf-8") as configuration:
            configuration.write("\n".join(["", *lines, ""]))

    def _initdb(self, secret: Path) -> None:
        command = [
            self.installation.program("initdb"),
            "--pgdata",
            str(self.directory),
            "--no-sync",
        ]
        command += ["--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256"]
        # of a new segment of the WAL every byte is written, and a lab fills few
        command += ["--wal-segsize=1"]
        command += [f"--username={SUPERUSER}", f"--pwfile={secret}"]
        with self.log_file.open("ab") as log:
            outcome = subprocess.run(command, **self._process_options(log), check=False)
        if outcome.returncode != 0:
            raise LabError(
                f"{self.name}: initdb failed with exit code {outcome.returncode}",
                tail(self.log_file),
            )

    def start(self, port: int = 0) -> None:
        """Start the postmaster and wait until it accepts connections; port 0 takes a free one.

        A free port may be taken by somebody else in between: then another one is tried.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            self.port = port or free_port()
            before = self.log_file.stat().st_size if self.log_file.exists() else 0
            self._launch()
            if self._wait_until_ready():
                return
            taken = "Address already in use" in tail(self.log_file, since=before)
            if port or not taken or attempt == _ATTEMPTS:
                break
        raise LabError(f"{self.name} did not start on port {self.port}", tail(self.log_file))

    def _launch(self) -> None:
        command = [
            self.installation.program("postgres"),
            "-D",
            str(self.directory),
            "-p",
            str(self.port),
        ]
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                command, start_new_session=True, **self._process_options(log)
            )

    def _wait_until_ready(self) -> bool:
        """True when the postmaster says so in its pid file, false when it ended."""
        deadline = time.monotonic() + _PATIENCE
        while self.process and self.process.poll() is None:
            if self.stopping():
                self.stop()
                raise StoppedError(f"{self.name}: stopped while starting")
            if self._announced_ready():
                return True
            if time.monotonic() > deadline:
                self.stop()
                raise LabError(
                    f"{self.name} is not ready after {_PATIENCE:.0f} s", tail(self.log_file)
                )
            time.sleep(0.02)
        self.process = None
        return False

    def _announced_ready(self) -> bool:
        # the eighth line of postmaster.pid is the status that pg_ctl waits for
        try:
            lines = (self.directory / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        if self.process is None or len(lines) < 8:
            return False
        return lines[0] == str(self.process.pid) and lines[7].strip() == "ready"

    def stop(self, patience: float = 10.0, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the postmaster if it runs: SIGINT is PostgreSQL's fast shutdown, SIGQUIT the
        immediate one.
        """
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait(patience)
        self.process = None

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """A connection as superuser, in autocommit mode."""
        # most commands connect to nothing, and the driver takes longer to import than all the rest
        import psycopg

        return psycopg.connect(
            host=self.host,
            port=self.port,
            dbname=database,
            user=self.user,
            password=self.password,
            autocommit=True,
        )

    def _process_options(self, log: BinaryIO) -> dict[str, Any]:
        return {
            "stdin": subprocess.DEVNULL,
            "stdout": log,
            "stderr": log,
            "cwd": "/",
            "env": dict(self.environ),
            **self.account.popen_options(),
        }
