"""The whole lab with its real components, through the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import boto3
import oracledb
import psycopg
import requests

from exit_codes import ExitCode
from lab.core.paths import ROOT, lab_paths
from tests.lab.command import (
    accepts,
    components,
    is_alive,
    lab_command,
    listeners,
    processes_of,
    run_lab,
    still_alive,
    still_listening,
    up,
)
from tests.waiting import LONG_SECONDS, wait_for


def open_ports(access: dict[str, Any]) -> list[int]:
    urls = (access["aws"]["endpoint_url"], access["api"]["base_url"])
    return [
        access["postgres"]["port"],
        access["oracle"]["port"],
        *(int(url.rpartition(":")[2]) for url in urls),
    ]


def test_up_serves_everything_and_down_leaves_nothing(state_dir: Path) -> None:
    access = up(state_dir)
    assert_everything_answers(access)
    assert up(state_dir) == access
    parts = components(state_dir)
    assert {part["name"] for part in parts} == {
        "supervisor",
        "postgres",
        "store",
        "oracle",
        "api",
        "aws",
        "dms task",
    }
    assert all(part["alive"] for part in parts)
    pids, sockets = processes_of(state_dir), listeners(open_ports(access))
    assert {part["pid"] for part in parts} <= set(pids)
    assert run_lab("down", state_dir=state_dir).returncode == 0
    assert processes_of(state_dir) == []
    assert still_alive(pids) == []
    assert not still_listening(sockets)
    assert list(state_dir.iterdir()) == [state_dir / "lab.lock"]
    assert not lab_paths("lab", state_dir).outside_clusters.exists()


def assert_everything_answers(access: dict[str, Any]) -> None:
    postgres, oracle, aws = access["postgres"], access["oracle"], access["aws"]
    with psycopg.connect(
        host=postgres["host"],
        port=postgres["port"],
        dbname=postgres["database"],
        user=postgres["user"],
        password=postgres["password"],
    ) as connection:
        slots = connection.execute("SELECT plugin, active FROM pg_replication_slots").fetchall()
    assert slots == [("pglogical_output", True)]
    with (
        oracledb.connect(
            user=oracle["user"],
            password=oracle["password"],
            dsn=f"{oracle['host']}:{oracle['port']}/{oracle['service']}",
        ) as legacy,
        legacy.cursor() as cursor,
    ):
        assert cursor.execute("SELECT COUNT(*) FROM TRAVELBUDDY.FLIGHTSPECIAL").fetchone() == (11,)
    dms = boto3.client(
        "dms",
        endpoint_url=aws["endpoint_url"],
        region_name=aws["region"],
        aws_access_key_id="lab",
        aws_secret_access_key="lab",
    )
    (task,) = dms.describe_replication_tasks()["ReplicationTasks"]
    assert (task["ReplicationTaskIdentifier"], task["Status"]) == (aws["task"], "running")
    dms.close()
    specials = requests.get(
        f"{access['api']['base_url']}/travelbuddy/flightspecials", timeout=LONG_SECONDS
    ).json()
    assert len(specials) == 11


def test_two_labs_side_by_side(state_dir: Path) -> None:
    starts = [start(state_dir, environment) for environment in ("lab", "lab-as-documented")]
    first, second = (finish(process) for process in starts)
    assert (first["environment"], second["environment"]) == ("lab", "lab-as-documented")
    assert set(open_ports(first)).isdisjoint(open_ports(second))
    assert first["postgres"]["password"] != second["postgres"]["password"]
    pids = processes_of(state_dir, "lab-as-documented")
    assert run_lab("down", state_dir=state_dir).returncode == 0
    assert still_alive(pids) == pids
    assert all(accepts(port) for port in open_ports(second))


def test_two_starts_of_one_lab_at_once(state_dir: Path) -> None:
    starts = [start(state_dir), start(state_dir)]
    first, second = (finish(process) for process in starts)
    assert first == second
    assert sum(part["name"] == "supervisor" for part in components(state_dir)) == 1


def test_a_killed_lab_is_swept_away_at_the_next_start(state_dir: Path) -> None:
    access = up(state_dir)
    parts, sockets = components(state_dir), listeners(open_ports(access))
    supervisor = next(part["pid"] for part in parts if part["name"] == "supervisor")
    os.kill(supervisor, signal.SIGKILL)
    wait_for(lambda: not is_alive(supervisor))
    assert run_lab("status", state_dir=state_dir).returncode == ExitCode.NOT_JUDGED
    assert up(state_dir) != access
    assert still_alive([part["pid"] for part in parts]) == []
    assert not still_listening(sockets)


def test_a_start_that_is_interrupted_leaves_nothing(state_dir: Path) -> None:
    process = start(state_dir)
    wait_for(lambda: (state_dir / "lab" / "log" / "store.log").exists())
    process.terminate()
    output, progress = process.communicate(timeout=LONG_SECONDS)
    assert (process.returncode, output) == (ExitCode.INTERRUPTED, "")
    assert progress.splitlines()[-1] == "interrupted"
    assert processes_of(state_dir) == []
    assert list(state_dir.iterdir()) == [state_dir / "lab.lock"]


def start(state_dir: Path, environment: str = "lab") -> subprocess.Popen[str]:
    return subprocess.Popen(
        lab_command("up", "--detach", "--json", environment=environment, state_dir=state_dir),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> dict[str, Any]:
    output, progress = process.communicate(timeout=LONG_SECONDS)
    assert process.returncode == 0, progress
    return json.loads(output)
