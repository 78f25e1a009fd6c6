"""``python -m lab.aws`` as the lab's supervisor runs it, with nobody where Oracle should be."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.aws.building import until
from tests.aws.conftest import PROFILE, REGION
from tests.clusters import Cluster, free_port
from tests.components import run_component
from tests.waiting import LONG_SECONDS

SELECTION = {
    "rule-type": "selection",
    "rule-id": "1",
    "rule-name": "all",
    "object-locator": {"schema-name": "travelbuddy", "table-name": "%"},
    "rule-action": "include",
}


def configuration(directory: Path, cluster: Cluster, **changes: Any) -> Path:
    logins = {
        "source": {**login(cluster.port), "database": "dso"},
        "oracle": {**login(free_port()), "service": "XE"},
    }
    document = {
        "host": "127.0.0.1",
        "port": 0,
        "region": REGION,
        "state_dir": str(directory),
        **logins,
        "suite": logins,
        "environment_profile": PROFILE,
        "table_mapping": json.dumps({"rules": [SELECTION]}),
        "ready_file": str(directory / "ready"),
    }
    path = directory / "aws.json"
    path.write_text(json.dumps({**document, **changes}))
    return path


def login(port: int) -> dict[str, Any]:
    return {"host": "127.0.0.1", "port": port, "user": "postgres", "password": "s3cret"}


def ended(path: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lab.aws", "--config", str(path)]
    return subprocess.run(command, capture_output=True, text=True, timeout=LONG_SECONDS)


def test_it_is_ready_also_when_a_connection_fails(tmp_path: Path, cluster: Cluster) -> None:
    with run_component(
        "lab.aws", configuration(tmp_path, cluster), tmp_path / "ready"
    ) as component:
        session = boto3.Session(
            aws_access_key_id="lab", aws_secret_access_key="lab", region_name=REGION
        )
        dms = session.client("dms", endpoint_url=f"http://127.0.0.1:{component.port}")
        states = {
            one["EndpointIdentifier"]: one["Status"]
            for one in dms.describe_connections()["Connections"]
        }
        (task,) = dms.describe_replication_tasks()["ReplicationTasks"]
        endpoints = {
            one["EndpointIdentifier"]: one for one in dms.describe_endpoints()["Endpoints"]
        }
        dms.close()
    assert states == {
        "flightspecials-postgresql-rsync-source": "successful",
        "travelbuddy-oracle-target": "failed",
    }
    assert (task["ReplicationTaskIdentifier"], task["Status"]) == ("rsync-task", "ready")
    settings = json.loads(task["ReplicationTaskSettings"])
    assert settings["FullLoadSettings"]["TargetTablePrepMode"] == "DO_NOTHING"
    assert settings["Logging"]["CloudWatchLogGroup"] == "dms-tasks-dmsworkshop-target-dmsrepl"
    source = endpoints["flightspecials-postgresql-rsync-source"]
    assert source["PostgreSQLSettings"]["PluginName"] == "pglogical"
    assert (
        endpoints["travelbuddy-oracle-target"]["ExtraConnectionAttributes"]
        == "alwaysReplaceEmptyString=false"
    )
    assert component.exit_code == 0
    assert "the task is not started: a connection is not successful" in component.output
    assert "s3cret" not in component.output


def test_a_mapping_that_is_refused_ends_it_with_one_line(tmp_path: Path, cluster: Cluster) -> None:
    result = ended(configuration(tmp_path, cluster, table_mapping='{"rules": ['))
    assert result.returncode == 1
    last = result.stderr.splitlines()[-1]
    assert last.startswith(
        "lab.aws: the replication is not set up: Invalid Table Mappings document."
    )
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "ready").exists()


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"environment_profile": {}}, "the key 'environment_profile.aws.task' is missing"),
        ({"source": {"host": "127.0.0.1"}}, "the key 'port' is missing"),
    ],
)
def test_a_bad_configuration_is_one_clear_line(
    tmp_path: Path, cluster: Cluster, changes: dict[str, Any], line: str
) -> None:
    result = ended(configuration(tmp_path, cluster, **changes))
    assert result.returncode == 2
    assert line in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_its_end_ends_the_replication_process(tmp_path: Path, cluster: Cluster) -> None:
    """With connection tests that always succeed the task starts, and its process keeps trying to
    reach Oracle.
    """
    driver = (
        "import sys, lab.aws.__main__ as component; made = component.assemble;"
        "component.assemble = lambda config: made(config, test_connection=lambda endpoint: None);"
        "sys.exit(component.main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", driver, "--config", str(configuration(tmp_path, cluster))]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
    try:
        lock = until(lambda: next(tmp_path.glob("dms/*/task.lock"), None), bool)
        pid = int(until(lock.read_text, bool))
    finally:
        process.terminate()
        _, output = process.communicate(timeout=LONG_SECONDS)
    survived = Path(f"/proc/{pid}").exists()
    if survived:
        os.kill(pid, signal.SIGKILL)
    assert not survived
    assert process.returncode == 0, output.decode()
