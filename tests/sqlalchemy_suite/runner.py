"""Starts a stand-in and the suite's processes, and reads what became of every test."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

from tests.clusters import temporary_cluster
from tests.oracle.conftest import STORE_DATABASE, WireServer, start_server
from tests.oracle.fake_engine import SERVICE
from tests.sqlalchemy_suite.names import test_name
from tests.sqlalchemy_suite.requirements import NOT_HERE
from tests.waiting import LONG_SECONDS

PROCESSES = 2
#: SQLAlchemy logs the schemas it makes up for a process in with this password
PASSWORD = "xe"
LIMIT_SECONDS = 2000
_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Outcome:
    """What became of a test: passed, failed, or left out because Oracle cannot do it; with the
    first line said.
    """

    kind: str
    message: str = ""


def run_suite(directory: Path, arguments: list[str] | None = None) -> dict[str, Outcome]:
    """All tests by name. ``directory`` gets the logs; ``arguments`` are further ones for pytest.

    Raises RuntimeError when a process of the suite could not work at all.
    """
    users = [
        f"SUITE_{number}{role}"
        for number in range(1, PROCESSES + 1)
        for role in ("", "_TS1", "_TS2")
    ]
    with temporary_cluster() as cluster:
        cluster.execute(f"CREATE DATABASE {STORE_DATABASE}")
        server = start_server(
            directory, cluster, users={user: {"password": PASSWORD} for user in users}
        )
        try:
            return _run_processes(server, directory, arguments or [])
        finally:
            server.process.terminate()
            server.process.wait(LONG_SECONDS)


def _run_processes(server: WireServer, directory: Path, arguments: list[str]) -> dict[str, Outcome]:
    processes = [_start(server, directory, number, arguments) for number in range(1, PROCESSES + 1)]
    outcomes: dict[str, Outcome] = {}
    try:
        for number, process in enumerate(processes, start=1):
            process.wait(LIMIT_SECONDS)
            outcomes |= _read(directory, number)
    finally:
        for process in processes:
            process.kill()
            process.wait()
    return outcomes


def _start(
    server: WireServer, directory: Path, number: int, arguments: list[str]
) -> subprocess.Popen[bytes]:
    url = f"oracle+oracledb://nobody:{PASSWORD}@127.0.0.1:{server.port}/?service_name={SERVICE}"
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--tb=short",
        "-c",
        str(_HERE / "pytest.ini"),
        "--rootdir",
        str(_HERE),
        f"--schema-user=suite_{number}",
        f"--share={number}/{PROCESSES}",
        f"--dburi={url}",
        f"--junitxml={directory / f'{number}.xml'}",
        *arguments,
        str(_HERE / "imported_suite.py"),
    ]
    with (directory / f"{number}.log").open("wb") as output:
        return subprocess.Popen(
            command,
            cwd=_HERE.parents[1],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def _read(directory: Path, number: int) -> dict[str, Outcome]:
    report = directory / f"{number}.xml"
    if not report.exists():
        log = (directory / f"{number}.log").read_text(errors="replace")
        raise RuntimeError(
            f"process {number} of SQLAlchemy's suite ended without a report: {log[-3000:]}"
        )
    outcomes: dict[str, Outcome] = {}
    for case in ElementTree.parse(report).iter("testcase"):
        name = test_name(case.attrib["classname"], case.attrib["name"])
        outcome = _outcome(case)
        if name not in outcomes or outcome.kind == "failed":
            outcomes[name] = outcome
    return outcomes


def _outcome(case: ElementTree.Element) -> Outcome:
    for child in case:
        message = " ".join(child.get("message", "").split())[:300]
        if child.tag in ("failure", "error"):
            return Outcome("failed", message)
        if child.tag == "skipped":
            return Outcome("failed" if NOT_HERE in message else "left out", message)
    return Outcome("passed")
