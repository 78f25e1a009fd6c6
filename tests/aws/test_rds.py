"""RDS through boto3, told by a live PostgreSQL."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lab.aws.assembly import assemble
from lab.aws.config import AwsConfig
from lab.aws.query import response_document
from lab.aws.service_models import operation_model
from lab.logins import PostgresLogin
from tests.aws.building import refused, until
from tests.aws.conftest import Lab, Switchable
from tests.clusters import Cluster, free_port, start_cluster, temporary_cluster

NAME = "flightspecials-test-postgres-db"


@pytest.fixture
def source(cluster: Cluster) -> PostgresLogin:
    return PostgresLogin(cluster.host, cluster.port, "dso", cluster.user, "s3cret-source")


@pytest.fixture
def rds(client: Any, lab: Lab) -> Any:
    return client("rds")


@pytest.fixture
def pending(cluster: Cluster) -> Iterator[Cluster]:
    """The cluster with a changed parameter that waits for a restart."""
    cluster.execute("alter system set max_replication_slots = 7")
    cluster.execute("select pg_reload_conf()")
    yield cluster
    cluster.execute("alter system reset max_replication_slots")
    cluster.execute("select pg_reload_conf()")


def instance(rds: Any) -> dict[str, Any]:
    (found,) = rds.describe_db_instances(DBInstanceIdentifier=NAME)["DBInstances"]
    return found


def parameters(rds: Any) -> dict[str, dict[str, Any]]:
    group = instance(rds)["DBParameterGroups"][0]["DBParameterGroupName"]
    pages = rds.get_paginator("describe_db_parameters").paginate(DBParameterGroupName=group)
    return {one["ParameterName"]: one for page in pages for one in page["Parameters"]}


@contextmanager
def cluster_directory() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="cluster-"))
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def at(lab: Lab, port: int) -> None:
    """Let the instance stand for another server."""
    lab.cloud.rds._source = replace(lab.config.source, port=port)


def test_the_instance_is_the_live_server(rds: Any, cluster: Cluster) -> None:
    found = instance(rds)
    with cluster.connect() as connection:
        version = connection.info.server_version
    connection.close()
    assert found["EngineVersion"] == f"{version // 10000}.{version % 10000}"
    assert found["Endpoint"] == {"Address": "127.0.0.1", "Port": cluster.port}
    assert (found["DBName"], found["Engine"], found["DBInstanceStatus"]) == (
        "dso",
        "postgres",
        "available",
    )
    assert found["DBParameterGroups"][0]["ParameterApplyStatus"] == "in-sync"
    (group,) = rds.describe_db_parameter_groups()["DBParameterGroups"]
    assert group["DBParameterGroupFamily"] == f"postgres{version // 10000}"
    assert group["DBParameterGroupName"] == found["DBParameterGroups"][0]["DBParameterGroupName"]


def test_parameters_come_from_the_server(rds: Any) -> None:
    found = parameters(rds)
    assert len(found) > 300
    assert list(found) == sorted(found)
    expected = {
        "wal_level": "logical",
        "rds.logical_replication": "1",
        "shared_preload_libraries": "rdsutils,pglogical",
        "max_replication_slots": "10",
        "max_wal_senders": "10",
        "wal_sender_timeout": "60000",
        "fsync": "0",
    }
    assert {name: found[name]["ParameterValue"] for name in expected} == expected
    assert (found["wal_level"]["ApplyType"], found["wal_sender_timeout"]["ApplyType"]) == (
        "static",
        "dynamic",
    )


def test_parameters_come_in_pages(rds: Any) -> None:
    group = instance(rds)["DBParameterGroups"][0]["DBParameterGroupName"]
    page = rds.describe_db_parameters(DBParameterGroupName=group)
    assert (len(page["Parameters"]), bool(page["Marker"])) == (100, True)
    set_by_someone = rds.describe_db_parameters(DBParameterGroupName=group, Source="user")[
        "Parameters"
    ]
    assert {"wal_level", "rds.logical_replication"} <= {
        one["ParameterName"] for one in set_by_someone
    }
    assert {one["Source"] for one in set_by_someone} == {"user"}


def test_a_change_that_waits_for_a_restart_is_pending(rds: Any, pending: Cluster) -> None:
    assert instance(rds)["DBParameterGroups"][0]["ParameterApplyStatus"] == "pending-reboot"
    assert parameters(rds)["max_replication_slots"]["ParameterValue"] == "7"


def change(rds: Any, name: str, value: str, method: str) -> None:
    group = instance(rds)["DBParameterGroups"][0]["DBParameterGroupName"]
    wanted = {"ParameterName": name, "ParameterValue": value, "ApplyMethod": method}
    assert (
        rds.modify_db_parameter_group(DBParameterGroupName=group, Parameters=[wanted])[
            "DBParameterGroupName"
        ]
        == group
    )


def applied(rds: Any) -> str:
    return instance(rds)["DBParameterGroups"][0]["ParameterApplyStatus"]


def test_a_parameter_waits_for_its_reboot(rds: Any, lab: Lab) -> None:
    """On a server of its own, which is really restarted."""
    with ExitStack() as running:
        directory = running.enter_context(cluster_directory())
        servers = [start_cluster(directory, logical=True)]
        running.callback(lambda: servers[-1].stop())
        servers[0].execute("create database dso")
        port = servers[0].port

        def restart() -> None:
            servers[-1].stop()
            servers.append(start_cluster(directory, logical=True, port=port))

        at(lab, port)
        lab.cloud.rds._restart = restart
        assert applied(rds) == "in-sync"
        change(rds, "max_worker_processes", "12", "pending-reboot")
        change(rds, "wal_sender_timeout", "30000", "immediate")
        change(rds, "log_min_duration_statement", "77", "pending-reboot")
        assert applied(rds) == "pending-reboot"
        found = parameters(rds)
        wanted = ("max_worker_processes", "wal_sender_timeout", "log_min_duration_statement")
        assert [found[name]["ParameterValue"] for name in wanted] == ["12", "30000", "77"]
        assert shown(servers[-1], "max_worker_processes") == "8"
        assert shown(servers[-1], "wal_sender_timeout") == "30s"
        assert shown(servers[-1], "log_min_duration_statement") == "-1"
        assert (
            rds.reboot_db_instance(DBInstanceIdentifier=NAME)["DBInstance"]["DBInstanceStatus"]
            == "rebooting"
        )
        until(lambda: instance(rds)["DBInstanceStatus"], lambda state: state == "available")
        assert applied(rds) == "in-sync"
        assert shown(servers[-1], "max_worker_processes") == "12"
        assert shown(servers[-1], "log_min_duration_statement") == "77ms"
        assert len(servers) == 2


def test_a_reboot_asks_the_supervisor_and_waits_for_it(
    rds: Any, config: AwsConfig, switchable: Switchable, tmp_path: Path
) -> None:
    request = tmp_path / "restart-source"
    switchable.front = assemble(replace(config, restart_file=request)).front
    rds.reboot_db_instance(DBInstanceIdentifier=NAME)
    until(request.exists, bool)
    assert instance(rds)["DBInstanceStatus"] == "rebooting"
    with pytest.raises(ClientError, match="InvalidDBInstanceState"):
        rds.reboot_db_instance(DBInstanceIdentifier=NAME)
    request.unlink()
    until(lambda: instance(rds)["DBInstanceStatus"], lambda state: state == "available")


def shown(cluster: Cluster, name: str) -> str:
    with closing(cluster.connect()) as connection, connection.cursor() as cursor:
        cursor.execute(f"show {name}")
        return cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("name", "value", "method", "code"),
    [
        ("max_wal_senders", "12", "immediate", "InvalidParameterCombination"),
        ("max_wal_senders", "12", "some day", "InvalidParameterValue"),
        ("max_wal_senders", "many", "pending-reboot", "InvalidParameterValue"),
        ("no_such_parameter", "1", "immediate", "InvalidParameterValue"),
        ("server_version", "1", "pending-reboot", "InvalidParameterValue"),
        ("rds.logical_replication", "0", "pending-reboot", "InvalidParameterValue"),
        ("shared_preload_libraries", "evil", "pending-reboot", "InvalidParameterValue"),
    ],
)
def test_a_change_that_cannot_be_is_refused(
    rds: Any, name: str, value: str, method: str, code: str
) -> None:
    """wal_level is on the test server's command line."""
    before = parameters(rds)
    assert refused(change, rds, name, value, method) == code
    assert parameters(rds) == before


def test_without_logical_decoding_the_switch_is_off(rds: Any, lab: Lab) -> None:
    with temporary_cluster() as plain:
        plain.execute("create database dso")
        at(lab, plain.port)
        found = parameters(rds)
    assert found["wal_level"]["ParameterValue"] == "replica"
    assert found["rds.logical_replication"]["ParameterValue"] == "0"
    assert found["shared_preload_libraries"]["ParameterValue"] == "rdsutils"
    assert instance(rds)["DBInstanceStatus"] == "stopped"
    assert instance(rds)["EngineVersion"], "the version that was seen last"
    assert parameters(rds)["wal_level"]["ParameterValue"] == "replica"


def test_a_server_that_never_answered_is_not_made_up(rds: Any, lab: Lab) -> None:
    at(lab, free_port())
    found = instance(rds)
    assert found["DBInstanceStatus"] == "stopped"
    assert "EngineVersion" not in found
    with pytest.raises(ClientError, match=r"InternalFailure.*does not answer"):
        rds.describe_db_parameter_groups()


def test_a_login_that_is_refused_is_a_failure(rds: Any, lab: Lab) -> None:
    lab.cloud.rds._source = replace(lab.config.source, user="nobody")
    assert instance(rds)["DBInstanceStatus"] == "failed"


@pytest.mark.parametrize(
    ("call", "arguments", "code", "status"),
    [
        ("describe_db_instances", {"DBInstanceIdentifier": "other"}, "DBInstanceNotFound", 404),
        (
            "describe_db_parameters",
            {"DBParameterGroupName": "other"},
            "DBParameterGroupNotFound",
            404,
        ),
        (
            "describe_db_instances",
            {"Filters": [{"Name": "x", "Values": ["y"]}]},
            "InvalidParameterValue",
            400,
        ),
        ("reboot_db_instance", {"DBInstanceIdentifier": NAME}, "NotImplemented", 501),
        ("describe_db_clusters", {}, "NotImplemented", 501),
    ],
)
def test_refusals_are_errors_of_aws(
    rds: Any, call: str, arguments: dict[str, Any], code: str, status: int
) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(rds, call)(**arguments)
    response = caught.value.response
    assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == (
        code,
        status,
    )
    assert response["Error"]["Message"]


def test_filters_are_honoured(rds: Any) -> None:
    by_engine = [{"Name": "engine", "Values": ["postgres", "mysql"]}]
    by_id = [{"Name": "db-instance-id", "Values": ["other"]}]
    assert len(rds.describe_db_instances(Filters=by_engine)["DBInstances"]) == 1
    assert rds.describe_db_instances(Filters=by_engine + by_id)["DBInstances"] == []


def test_a_member_that_rds_does_not_have_cannot_be_answered() -> None:
    with pytest.raises(KeyError, match="Colour"):
        response_document(
            operation_model("rds", "DescribeDBInstances"), {"DBInstances": [{"Colour": "red"}]}
        )
