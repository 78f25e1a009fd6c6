"""AWS as it was agreed: a task, its endpoints and its instance, without a fault."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from reconciliation.databases.connections import Credentials

from . import samples
from .fake_aws import FakeAws, FakeClient

AGREED = replace(
    samples.lab_profile().agreed,
    endpoint_user="dmsuser",
    ssl_mode="none",
    source_endpoint_attributes="PluginName=pglogical",
    target_endpoint_attributes="alwaysReplaceEmptyString=false",
)


def agreed_world() -> dict[str, Any]:
    """A set-up exactly as agreed, as boto3 shows it."""
    return {
        "describe_replication_tasks": {
            "ReplicationTasks": [
                {
                    "ReplicationTaskIdentifier": samples.lab_profile().aws.task,
                    "ReplicationTaskArn": "arn:x:task:ABC",
                    "Status": "running",
                    "MigrationType": "cdc",
                    "TableMappings": "{}",
                    "SourceEndpointArn": "arn:source",
                    "TargetEndpointArn": "arn:target",
                    "ReplicationInstanceArn": "arn:instance",
                    "ReplicationTaskSettings": json.dumps(samples.agreed_settings()),
                    "ReplicationTaskStats": {"FreshStartDate": samples.NOW},
                }
            ]
        },
        "describe_replication_instances": {
            "ReplicationInstances": [
                {
                    "ReplicationInstanceIdentifier": AGREED.replication_instance,
                    "ReplicationInstanceArn": "arn:instance",
                    "ReplicationInstanceStatus": "available",
                }
            ]
        },
        "describe_endpoints": {
            "Endpoints": [
                {
                    "EndpointIdentifier": AGREED.source_endpoint,
                    "EndpointArn": "arn:source",
                    "EndpointType": "SOURCE",
                    "EngineName": "postgres",
                    "DatabaseName": "dso",
                    "Username": "dmsuser",
                    "SslMode": "none",
                    "Port": 5432,
                    "ServerName": "localhost",
                    "ExtraConnectionAttributes": "PluginName=PGLOGICAL;",
                },
                {
                    "EndpointIdentifier": AGREED.target_endpoint,
                    "EndpointArn": "arn:target",
                    "EndpointType": "TARGET",
                    "EngineName": "oracle",
                    "DatabaseName": "XE",
                    "Username": "DMSUSER",
                    "SslMode": "none",
                    "Port": 1521,
                    "ServerName": "127.0.0.1",
                    "OracleSettings": {"AlwaysReplaceEmptyString": False, "Password": "x"},
                },
            ]
        },
        "describe_connections": {
            "Connections": [{"Status": "successful", "EndpointIdentifier": "e"}]
        },
        "describe_table_statistics": {
            "TableStatistics": [
                {
                    "SchemaName": "travelbuddy",
                    "TableName": "flightspecial",
                    "TableState": "Table completed",
                    "Inserts": 3,
                }
            ]
        },
    }


def run_in(world: dict[str, Any]) -> Any:
    return samples.parallel_run(
        profile=replace(samples.lab_profile(), agreed=AGREED),
        aws=FakeAws(dms=FakeClient(**world)),
        source_credentials=Credentials("PostgreSQL", "127.0.0.1", 5432, "dso", "reader", "x"),
        target_credentials=Credentials("Oracle", "127.0.0.1", 1521, "XE", "reader", "x"),
    )


def task_of(world: dict[str, Any]) -> dict[str, Any]:
    return world["describe_replication_tasks"]["ReplicationTasks"][0]
