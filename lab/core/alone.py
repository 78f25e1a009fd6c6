"""``python -m lab oracle``: the Oracle stand-in on its own, with a PostgreSQL cluster that keeps
its rows.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import re
import shutil
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from exit_codes import ExitCode
from lab.core.account import Account, server_account
from lab.core.arguments import Parser
from lab.core.binaries import find_installation
from lab.core.cluster import STORE_SETTINGS, Cluster
from lab.core.ending import ended, interruptible
from lab.core.errors import LabError, UsageError
from lab.core.lock import LabLock
from lab.core.passwords import new_password
from lab.core.paths import ROOT, STATE_VARIABLE
from lab.core.ports import HOST
from lab.core.processes import command_line

DATABASE = "oracle_store"
_STRAY_VARIABLES = re.compile(r"PG[A-Z]+")
_PATIENCE = 60.0
#: the data outlives the server, so it has to outlive a crash of the machine too
_DURABLE = {
    "fsync": "on",
    "full_page_writes": "on",
    "checkpoint_timeout": "5min",
    "max_wal_size": "1GB",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Serves until a signal ends it, in order: INTERRUPTED. Otherwise what kept it from serving, in
    one line.
    """
    # half a second of imports that the lab's other commands do without
    from lab.oracle import __main__ as oracle

    arguments = _parser(oracle).parse_anywhere(sys.argv[2:] if argv is None else argv)
    logging.basicConfig(
        level=logging.WARNING, format="%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"
    )
    base = Path(os.environ.get(STATE_VARIABLE) or ROOT / ".lab")
    data = (arguments.data or base / "oracle").absolute()
    with interruptible():
        return ended(lambda: _serve(oracle, arguments, data), data.parent, "oracle")


def _parser(oracle: Any) -> Parser:
    parser = Parser(
        prog="python -m lab oracle",
        description="The Oracle stand-in on its own. "
        "It keeps its rows in a PostgreSQL cluster that it starts and stops itself. "
        "Passwords come from the environment: ORACLE_PASSWORD_NAME, else ORACLE_PASSWORD.",
    )
    oracle.add_server_options(parser)
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="where the rows are kept (default: .lab/oracle)"
    )
    parser.add_argument("--store", help="HOST:PORT/DATABASE of a PostgreSQL to use instead")
    parser.add_argument(
        "--store-user",
        default="postgres",
        help="superuser of that PostgreSQL (default: %(default)s)",
    )
    return parser


def _serve(oracle: Any, arguments: argparse.Namespace, data: Path) -> int:
    """INTERRUPTED, as nothing but a signal ends the server once it serves."""
    config = _config(oracle, arguments)
    if (
        not arguments.store
        and not config["users"]
        and not (data / "postgres" / "PG_VERSION").exists()
    ):
        raise UsageError("--user has to name at least one Oracle user")
    try:
        if arguments.store:
            oracle.serve(config, _announce)
        else:
            oracle.check_port(config["host"], config["port"])
            with _locked(data), _store(data) as store:
                oracle.serve(config | {"store": store}, _announce)
    except oracle.ConfigError as error:
        raise LabError(str(error)) from None
    return ExitCode.INTERRUPTED


def _config(oracle: Any, arguments: argparse.Namespace) -> dict[str, Any]:
    """What options and environment say. Raises UsageError for what cannot be meant."""
    # it brings the engine with it, and with that the half second that other commands do without
    from lab.oracle.engine.versions import DEFAULT_VERSION, read_version

    if not 0 <= arguments.port <= 65535:
        raise UsageError(f"--port has to be a port number (0: a free one), not {arguments.port}")
    read = oracle.config_from if arguments.store else oracle.server_config
    try:
        read_version(arguments.version or DEFAULT_VERSION)
        return read(arguments, os.environ)
    except (oracle.ConfigError, ValueError) as error:
        raise UsageError(str(error)) from None


def _announce(engine: Any, port: int) -> None:
    version = ".".join(map(str, engine.version))
    users = ", ".join(engine.users) or "those it had"
    print(
        f"Oracle stand-in {version} on port {port}, service {engine.service_names[0]}, users "
        f"{users}",
        flush=True,
    )
    if engine.refuses_thin_clients:
        print(
            "python -m lab oracle: thin drivers refuse a server of 11.2, "
            "as they refuse the real one; --modern-protocol lets them in",
            file=sys.stderr,
        )


@contextlib.contextmanager
def _locked(data: Path) -> Iterator[None]:
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LabError(
            f"{data} cannot be made: {error.strerror}; choose another place with --data"
        ) from None
    lock, deadline = LabLock(data / "lock"), time.monotonic() + _PATIENCE
    while not lock.acquire(0.1):
        holder = lock.holder()
        # sessions of a server that was killed hold it until they have ended
        if holder is not None and (command_line(holder) or time.monotonic() > deadline):
            raise LabError(
                f"{data} is in use by process {holder}; stop it or choose another place with --data"
            )
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def _store(data: Path) -> Iterator[dict[str, Any]]:
    """The cluster of a data directory, made when there is none, running; yields how to log in to
    it.
    """
    account = server_account()
    if not account.can_enter(data):
        raise LabError(
            f"the account {account.name}, which PostgreSQL runs as, cannot enter {data}; "
            "choose another place with --data"
        )
    cluster = _cluster(data, account)
    if not (cluster.directory / "ready").exists():
        _create(cluster)
    _stop_orphan(cluster.directory)
    try:
        cluster.start()
        _make_database(cluster)
        yield {
            "host": HOST,
            "port": cluster.port,
            "database": DATABASE,
            "user": cluster.user,
            "password": cluster.password,
        }
    finally:
        # a second one must not cut the store's end short
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        cluster.stop()


def _cluster(data: Path, account: Account) -> Cluster:
    version = data / "postgres" / "PG_VERSION"
    major = int(version.read_text()) if version.exists() else None
    return Cluster(
        name="store",
        directory=data / "postgres",
        log_file=data / "postgres.log",
        password=_password(data / "store.password"),
        installation=find_installation(pglogical=False, major=major),
        account=account,
        environ={
            key: value for key, value in os.environ.items() if not _STRAY_VARIABLES.fullmatch(key)
        },
    )


def _password(file: Path) -> str:
    """The store's password, kept between starts where only the caller reads it."""
    if not file.exists():
        beside = file.with_suffix(".draft")
        beside.unlink(missing_ok=True)
        beside.touch(mode=0o600)
        beside.write_text(new_password())
        beside.replace(file)
    return file.read_text()


def _create(cluster: Cluster) -> None:
    """A new cluster, marked when it is complete: one that was broken off on
    the way is made again.
    """
    shutil.rmtree(cluster.directory, ignore_errors=True)
    cluster.create({**STORE_SETTINGS, **_DURABLE})
    (cluster.directory / "ready").touch()


def _stop_orphan(directory: Path) -> None:
    """Ends the postmaster that a killed server left behind; nobody else runs one here, as the lock
    is held.
    """
    try:
        pid = int((directory / "postmaster.pid").read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return
    if str(directory) not in command_line(pid):
        return
    deadline = time.monotonic() + _PATIENCE
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGINT)
        while str(directory) in command_line(pid):
            if time.monotonic() > deadline:
                raise LabError(f"process {pid}, left behind on {directory}, does not end")
            time.sleep(0.05)


def _make_database(cluster: Cluster) -> None:
    with cluster.connect() as connection:
        if not connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
        ).fetchone():
            connection.execute(f"CREATE DATABASE {DATABASE}")
