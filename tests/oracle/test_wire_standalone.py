"""The stand-in as a server of its own, started with options instead of the lab's configuration
file.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import oracledb
import pytest

from tests.children import start_child
from tests.clusters import temporary_cluster
from tests.oracle.fake_engine import PASSWORD
from tests.waiting import LONG_SECONDS, comes_true

ROOT = Path(__file__).parents[2]


def command(*options: str) -> list[str]:
    return [sys.executable, "-m", "lab.oracle", *options]


def test_a_server_starts_with_options_and_passwords_from_the_environment(tmp_path: Path) -> None:
    ready, log = tmp_path / "ready", tmp_path / "log"
    with temporary_cluster() as cluster:
        cluster.execute("CREATE DATABASE elsewhere")
        store = f"{cluster.host}:{cluster.port}/elsewhere"
        options = [
            "--port",
            "0",
            "--store",
            store,
            "--store-user",
            cluster.user,
            "--ready-file",
            str(ready),
        ]
        environment = os.environ | {
            "PGPASSWORD": cluster.password or "",
            "ORACLE_PASSWORD": PASSWORD,
        }
        with log.open("wb") as output:
            process = start_child(
                command(
                    *options,
                    "--user",
                    "scott",
                    "--user",
                    "TIGER",
                    "--service",
                    "ORCL",
                    "--version",
                    "12.2.0.1.0",
                ),
                env=environment,
                stdout=output,
                stderr=output,
                cwd=ROOT,
            )
        try:
            assert comes_true(lambda: ready.exists() or process.poll() is not None)
            assert ready.exists(), log.read_text()
            port = json.loads(ready.read_text())["port"]
            for user in ("SCOTT", "tiger"):
                with oracledb.connect(
                    user=user, password=PASSWORD, dsn=f"127.0.0.1:{port}/ORCL"
                ) as connection:
                    assert connection.version == "12.2.0.1.0"
                    assert connection.cursor().execute("select user from dual").fetchone() == (
                        user.upper(),
                    )
        finally:
            process.terminate()
            assert process.wait(LONG_SECONDS) == 0
    assert f"listening on 127.0.0.1:{port}, service ORCL" in log.read_text()
    assert PASSWORD not in log.read_text()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "--store has to be HOST:PORT/DATABASE"),
        (["--store", "localhost/x", "--user", "A"], "--store has to be HOST:PORT/DATABASE"),
        (["--store", "localhost:1/x"], "--user has to name at least one Oracle user"),
        (
            ["--store", "localhost:1/x", "--user", "A"],
            "the environment variable ORACLE_PASSWORD has to hold",
        ),
    ],
)
def test_options_that_cannot_be_used_are_one_clear_line(options: list[str], message: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "ORACLE_PASSWORD"}
    done = subprocess.run(
        command(*options),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment,
        timeout=LONG_SECONDS,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith(f"lab.oracle: {message}")
    assert len(done.stderr.splitlines()) == 1
