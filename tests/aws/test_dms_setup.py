"""Instances, endpoints, connections and tags through boto3."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.aws.building import await_connection, create_endpoint, create_instance, refused
from tests.aws.conftest import Lab


def test_an_instance_is_created_and_available(dms: Any) -> None:
    created = create_instance(dms)
    assert created["ReplicationInstanceStatus"] == "creating"
    by_id = [
        {"Name": "replication-instance-id", "Values": ["Repl"]},
        {"Name": "engine-version", "Values": ["3.5.4"]},
    ]
    assert refused(dms.describe_replication_instances, Filters=by_id) == "ResourceNotFoundFault"
    by_id[0]["Values"] = ["repl"]
    (found,) = dms.describe_replication_instances(Filters=by_id)["ReplicationInstances"]
    assert found["ReplicationInstanceStatus"] == "available"
    assert found["ReplicationInstanceIdentifier"] == "repl"


def test_resource_ids_are_opaque(dms: Any) -> None:
    arn = create_instance(dms)["ReplicationInstanceArn"]
    prefix, resource_id = arn.rsplit(":", 1)
    assert prefix == "arn:aws:dms:ap-northeast-2:000000000000:rep"
    assert 26 <= len(resource_id) <= 39
    assert resource_id.isupper()
    wanted = dms.create_replication_instance(
        ReplicationInstanceIdentifier="other",
        ReplicationInstanceClass="dms.t3.micro",
        ResourceIdentifier="Mine",
    )
    assert wanted["ReplicationInstance"]["ReplicationInstanceArn"] == f"{prefix}:Mine"


def test_names_are_taken_once(dms: Any) -> None:
    create_instance(dms)
    create_endpoint(dms, "source")
    for create in (create_instance, lambda dms: create_endpoint(dms, "source")):
        assert refused(create, dms) == "ResourceAlreadyExistsFault"


@pytest.mark.parametrize("name", ["1st", "two--hyphens", "ends-", "with space", ""])
def test_an_identifier_has_to_be_one(dms: Any, name: str) -> None:
    code = refused(
        dms.create_replication_instance,
        ReplicationInstanceIdentifier=name,
        ReplicationInstanceClass="dms.t3.micro",
    )
    assert code == "InvalidParameterValueException"


def test_an_endpoint_is_described_without_its_password(dms: Any, lab: Lab) -> None:
    create_endpoint(
        dms, "source", ExtraConnectionAttributes="pluginname=pglogical; captureDdls=false;unknown=1"
    )
    (found,) = dms.describe_endpoints()["Endpoints"]
    assert found["Status"] == "active"
    assert found["SslMode"] == "none"
    assert found["EngineDisplayName"] == "PostgreSQL"
    assert found["ExtraConnectionAttributes"] == "pluginname=pglogical; captureDdls=false;unknown=1"
    assert found["PostgreSQLSettings"] == {
        "ServerName": "127.0.0.1",
        "Port": 5432,
        "DatabaseName": "dso",
        "Username": "dmsuser",
        "PluginName": "pglogical",
        "CaptureDdls": False,
    }
    assert "hidden" not in repr(found)
    assert "hidden" not in repr(lab.cloud.dms.registry)


def test_engine_settings_reach_the_process_with_the_attributes(dms: Any, lab: Lab) -> None:
    arn = create_endpoint(
        dms,
        "target",
        OracleSettings={"FailTasksOnLobTruncation": True, "ServerName": "elsewhere"},
        ExtraConnectionAttributes="alwaysReplaceEmptyString=false",
    )["EndpointArn"]
    endpoint = lab.cloud.dms.registry.endpoints[arn]
    assert endpoint.attributes == {
        "FailTasksOnLobTruncation": "true",
        "alwaysReplaceEmptyString": "false",
    }
    (described,) = dms.describe_endpoints()["Endpoints"]
    assert (
        described["ExtraConnectionAttributes"]
        == "alwaysReplaceEmptyString=false;FailTasksOnLobTruncation=true"
    )
    assert endpoint.server == "127.0.0.1"


@pytest.mark.parametrize(
    "parameters",
    [
        {"ExtraConnectionAttributes": "no value"},
        {"ExtraConnectionAttributes": "captureDdls=perhaps"},
        {"ExtraConnectionAttributes": "password=hidden"},
        {"SslMode": "require"},
        {"EngineName": "mysql"},
        {"PostgreSQLSettings": {"SecretsManagerSecretId": "x"}},
        {"CertificateArn": "arn:aws:dms:x"},
    ],
)
def test_what_an_endpoint_cannot_be_is_refused(dms: Any, parameters: dict[str, Any]) -> None:
    assert refused(create_endpoint, dms, "source", **parameters) == "InvalidParameterValueException"


def test_an_endpoint_is_modified_and_deleted(dms: Any, lab: Lab) -> None:
    arn = create_endpoint(dms, "source")["EndpointArn"]
    dms.modify_endpoint(
        EndpointArn=arn, Port=6543, Password="new", ExtraConnectionAttributes="HeartbeatEnable=true"
    )
    endpoint = lab.cloud.dms.registry.endpoints[arn]
    assert (endpoint.port, endpoint.password, endpoint.user) == (6543, "new", "dmsuser")
    assert endpoint.attributes == {"HeartbeatEnable": "true"}
    assert dms.delete_endpoint(EndpointArn=arn)["Endpoint"]["Status"] == "deleting"
    assert dms.describe_endpoints()["Endpoints"] == []


def test_a_connection_is_tested_in_the_background(dms: Any, lab: Lab) -> None:
    instance, endpoint = create_instance(dms), create_endpoint(dms, "source")
    arns = {
        "ReplicationInstanceArn": instance["ReplicationInstanceArn"],
        "EndpointArn": endpoint["EndpointArn"],
    }
    assert dms.test_connection(**arns)["Connection"]["Status"] == "testing"
    tested = await_connection(dms, endpoint["EndpointArn"])
    assert tested["Status"] == "successful"
    assert "LastFailureMessage" not in tested
    lab.unreachable.add(endpoint["EndpointIdentifier"])
    dms.test_connection(**arns)
    tested = await_connection(dms, endpoint["EndpointArn"])
    assert (tested["Status"], tested["LastFailureMessage"]) == (
        "failed",
        "Test Endpoint failed: nobody there",
    )
    dms.delete_connection(**arns)
    assert dms.describe_connections()["Connections"] == []


@pytest.mark.parametrize(
    ("call", "filter_name"),
    [
        ("describe_replication_instances", "color"),
        ("describe_endpoints", "endpoint-color"),
        ("describe_connections", "endpoint-id"),
        ("describe_replication_tasks", "status"),
    ],
)
def test_an_unknown_filter_is_an_error(dms: Any, call: str, filter_name: str) -> None:
    filters = [{"Name": filter_name, "Values": ["x"]}]
    assert refused(getattr(dms, call), Filters=filters) == "InvalidParameterValueException"


def test_lists_come_in_pages(dms: Any) -> None:
    for number in range(25):
        create_endpoint(dms, "source", EndpointIdentifier=f"endpoint-{number}")
    first = dms.describe_endpoints(MaxRecords=20)
    rest = dms.describe_endpoints(MaxRecords=20, Marker=first["Marker"])
    names = [one["EndpointIdentifier"] for one in first["Endpoints"] + rest["Endpoints"]]
    assert names == [f"endpoint-{number}" for number in range(25)]
    assert "Marker" not in rest
    assert refused(dms.describe_endpoints, MaxRecords=5) == "InvalidParameterValueException"
    assert refused(dms.describe_endpoints, Marker="made up") == "InvalidParameterValueException"


def test_tags_are_kept(dms: Any) -> None:
    arn = create_endpoint(dms, "source", Tags=[{"Key": "leg", "Value": "way back"}])["EndpointArn"]
    dms.add_tags_to_resource(ResourceArn=arn, Tags=[{"Key": "owner", "Value": "db"}])
    dms.remove_tags_from_resource(ResourceArn=arn, TagKeys=["leg"])
    assert dms.list_tags_for_resource(ResourceArn=arn)["TagList"] == [
        {"Key": "owner", "Value": "db"}
    ]
    assert dms.list_tags_for_resource(ResourceArnList=[arn])["TagList"][0]["ResourceArn"] == arn
    assert (
        refused(dms.list_tags_for_resource, ResourceArn="arn:aws:dms:x") == "ResourceNotFoundFault"
    )


def test_what_is_not_done_says_so_in_its_own_protocol(dms: Any) -> None:
    with pytest.raises(
        dms.exceptions.InvalidOperationFault, match="does not do DescribeFleetAdvisorCollectors"
    ):
        dms.describe_fleet_advisor_collectors()
    with pytest.raises(ClientError, match="ResourceNotFoundFault"):
        dms.delete_endpoint(EndpointArn="arn:aws:dms:x")
